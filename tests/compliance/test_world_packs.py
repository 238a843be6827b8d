"""Packs of many countries, chosen by residence as the service chooses them."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from outreach.compliance import compile_packs, decide, select_packs
from outreach.config_files.packs import read_packs
from outreach.domain.decisions import Decision, Verdict
from outreach.domain.known import Consent, Endpoint, Notice, OptOut
from tests.compliance.builders import an_action, some_facts

PACKS = read_packs(Path(__file__).parents[2] / "config" / "compliance")
HOMES = {
    "KR": "Asia/Seoul",
    "JP": "Asia/Tokyo",
    "PH": "Asia/Manila",
    "ID": "Asia/Makassar",
    "TH": "Asia/Bangkok",
    "VN": "Asia/Ho_Chi_Minh",
    "AU-QLD": "Australia/Brisbane",
    "HK": "Asia/Hong_Kong",
    "SG": "Asia/Singapore",
    "CO": "America/Bogota",
    "CL": "America/Santiago",
    "PE": "America/Lima",
    "MX": "America/Mexico_City",
    "BR-SP": "America/Sao_Paulo",
    "BR-RJ": "America/Sao_Paulo",
    "BR-ES": "America/Sao_Paulo",
    "BR-AM": "America/Manaus",
    "BR-AL": "America/Maceio",
    "CA-ON": "America/Toronto",
    "CA-QC": "America/Toronto",
    "ZA": "Africa/Johannesburg",
    "NG": "Africa/Lagos",
    "KE": "Africa/Nairobi",
    "RU": "Asia/Yekaterinburg",
}
LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=ZoneInfo("UTC"))
NOTICES = tuple(Notice(kind, LONG_AGO) for kind in ("collection_notice", "collection_start_notice"))
AUTHORIZED = (Consent("channel_authorised", LONG_AGO, "sms"),)


def at_home(residence: str, day: str, clock: str) -> datetime:
    """Return an instant by the wall clock of a residence."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(HOMES[residence]))


def asked(residence: str, facts: dict[str, Any], **action: Any) -> Decision:
    """Decide a text of the lender's to somebody's phone by the packs of their residence."""
    known = some_facts(
        **{
            "lender_role": "first_party",
            "residence": residence,
            "zones": (HOMES[residence],),
            "endpoints": {"P1": Endpoint(kind="mobile")},
            "notices": NOTICES,
            "consents": AUTHORIZED,
            **facts,
        }
    )
    proposed = an_action(**{"channel": "sms", "endpoint": "P1", **action})
    chosen = select_packs(PACKS, known.lender_role, residence)
    return chosen.refusal or decide(proposed, known, compile_packs(chosen.packs))


@pytest.mark.parametrize("residence", HOMES)
@pytest.mark.parametrize("purpose", ["servicing_reminder", "collection"])
def test_a_text_on_a_working_morning_goes_out(residence: str, purpose: str) -> None:
    at = at_home(residence, "2026-06-10", "10:00")

    decision = asked(residence, {}, at=at, purpose=purpose)

    assert decision.verdict is Verdict.ALLOW, decision.rules


@pytest.mark.parametrize("residence", HOMES)
def test_a_text_at_night_waits_for_the_morning(residence: str) -> None:
    at = at_home(residence, "2026-06-09", "22:30")

    decision = asked(residence, {}, at=at)

    assert decision.verdict is Verdict.DEFER
    opens = "09:00" if residence == "BR-RJ" else "08:00"
    assert decision.until == at_home(residence, "2026-06-10", opens)


@pytest.mark.parametrize("residence", HOMES)
def test_the_confirmation_of_an_opt_out_passes_by_day(residence: str) -> None:
    at = at_home(residence, "2026-06-10", "10:01")
    opt_out = OptOut(at_home(residence, "2026-06-10", "10:00"), "sms", "P1")
    content = frozenset({"opt_out_confirmed", "signature", "lender_name"})

    decision = asked(
        residence, {"opt_outs": (opt_out,)}, at=at, purpose="opt_out_confirmation", content=content
    )

    assert decision.verdict is Verdict.ALLOW, decision.rules


@pytest.mark.parametrize(
    "residence",
    ["PH", "TH", "VN", "HK", "CO", "MX", "NG", "KE"],
)
@pytest.mark.parametrize("role", ["contact_person", "colleague", "relative", "unknown"])
def test_other_people_are_left_alone(residence: str, role: str) -> None:
    at = at_home(residence, "2026-06-10", "10:00")

    decision = asked(residence, {}, at=at, recipient_role=role)

    assert decision.verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    ("residence", "packs"),
    [
        pytest.param("BR-SP", ["br-cdc", "br-sp"], id="a state we know"),
        pytest.param("BR-AM", ["br-am", "br-cdc"], id="another"),
        pytest.param("CA-ON", ["ca-on"], id="a province"),
        pytest.param("CA", ["ca-on", "ca-qc"], id="a province nobody told us"),
        pytest.param(
            "BR",
            ["br-al", "br-am", "br-cdc", "br-es", "br-rj", "br-sp"],
            id="a state nobody told us",
        ),
    ],
)
def test_packs_of_a_region_are_chosen(residence: str, packs: list[str]) -> None:
    chosen = select_packs(PACKS, "third_party", residence)

    assert [p.id for p in chosen.packs if p.requires.countries] == packs
    assert chosen.refusal is None


@pytest.mark.parametrize("residence", ["BR-MG", "CA-BC"])
def test_where_the_law_of_a_region_is_unknown_nobody_is_contacted(residence: str) -> None:
    refusal = select_packs(PACKS, "third_party", residence).refusal

    assert refusal is not None
    assert refusal.verdict is Verdict.BLOCK


@pytest.mark.parametrize("residence", ["CL", "PE", "CO", "ID", "AU-QLD", "CA-ON", "CA-QC", "BR-SP"])
def test_without_a_calendar_of_holidays_no_call_is_placed(residence: str) -> None:
    """Any date may be a holiday, on which these never open."""
    at = at_home(residence, "2026-06-10", "10:00")
    facts = {
        "holidays": None,
        "consents": (Consent("channel_authorised", LONG_AGO, "call"),),
    }

    decision = asked(residence, facts, at=at, channel="call")

    assert decision.verdict is Verdict.BLOCK
