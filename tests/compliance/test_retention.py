"""Records are kept so long after an event before they may be purged."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Debt, Hold
from tests.compliance.builders import a_rule, an_action, chicago, codes, judge, some_facts

NIGHT = chicago("2026-05-10", "02:00")
KEPT: dict[str, Any] = {"min": {"n": 2, "unit": "years"}, "from": "last_record_at"}


def asked(facts: dict[str, Any], rule: dict[str, Any] | None = None, **action: Any) -> Any:
    given: dict[str, Any] = {"at": NIGHT, "channel": "records", "purpose": "purge", **action}
    return judge(
        an_action(**given), some_facts(**facts), a_rule("retention", **{**KEPT, **(rule or {})})
    )


def since(day: str) -> dict[str, Any]:
    return {"person_dates": {"last_record_at": chicago(day, "15:00")}}


@pytest.mark.parametrize(
    ("day", "until"),
    [
        pytest.param("2024-06-10", "2026-06-10", id="23 months"),
        pytest.param("2024-05-11", "2026-05-11", id="the last date"),
        pytest.param("2024-05-10", None, id="two years"),
        pytest.param("2020-01-01", None, id="long ago"),
    ],
)
def test_records_are_kept(day: str, until: str | None) -> None:
    decision = asked(since(day))

    assert decision.until == (chicago(until, "00:00") if until else None)
    assert codes(decision) == (["retention.kept"] if until else [])


@pytest.mark.parametrize(
    ("known", "until"),
    [
        pytest.param({"paid_off": chicago("2025-01-01")}, "2027-01-01", id="one of them"),
        pytest.param(
            {"paid_off": chicago("2025-01-01"), "last_record_at": chicago("2025-02-01")},
            "2027-02-01",
            id="the later of them",
        ),
    ],
)
def test_the_time_may_run_from_several_events(known: dict[str, Any], until: str) -> None:
    decision = asked({"person_dates": known}, {"from": ["last_record_at", "paid_off"]})

    assert decision.until == chicago(until, "00:00")


def test_only_a_purge_is_stopped() -> None:
    assert asked(since("2026-05-01"), purpose="collection").verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("content", "what", "stopped"),
    [
        pytest.param((), {}, True, id="a purge that names nothing takes everything"),
        pytest.param(("collection_records",), {}, True, id="the records"),
        pytest.param(("call_recordings",), {}, False, id="something else"),
        pytest.param(("call_recordings",), {"what": "call_recordings"}, True, id="recordings"),
        pytest.param((), {"what": ["consent_proof"]}, True, id="everything, proofs included"),
    ],
)
def test_what_is_kept(content: tuple[str, ...], what: dict[str, Any], stopped: bool) -> None:
    decision = asked(since("2026-05-01"), what, content=frozenset(content))

    assert (decision.verdict is Verdict.DEFER) is stopped


LONG_AGO = chicago("2020-01-01")


@pytest.mark.parametrize(
    ("facts", "debts", "verdict"),
    [
        pytest.param({}, ("D1",), "block", id="unknown"),
        pytest.param({"last_record_at": LONG_AGO}, ("D1",), "allow", id="the person's"),
        pytest.param({"last_record_at": LONG_AGO}, (), "allow", id="no debt named"),
        pytest.param({}, (), "block", id="no debt named, and unknown"),
        pytest.param({"D1": LONG_AGO}, ("D1",), "allow", id="the debt's"),
        pytest.param({"D1": LONG_AGO}, ("D1", "D2"), "block", id="known of one debt only"),
        pytest.param(
            {"D1": LONG_AGO, "D2": chicago("2026-01-01")}, ("D1", "D2"), "defer", id="the latest"
        ),
        pytest.param(
            {"D1": LONG_AGO, "last_record_at": chicago("2026-01-01")},
            ("D1", "D2"),
            "defer",
            id="the person's stands in",
        ),
        pytest.param({"D1": NIGHT + timedelta(days=1)}, ("D1",), "block", id="in the future"),
    ],
)
def test_since_when(facts: dict[str, Any], debts: tuple[str, ...], verdict: str) -> None:
    known = {
        "person_dates": {k: v for k, v in facts.items() if k == "last_record_at"},
        "debts": {
            k: Debt(dates={"last_record_at": v}) for k, v in facts.items() if k.startswith("D")
        },
    }

    assert asked(known, debts=debts).verdict == verdict


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        pytest.param({}, True, id="held"),
        pytest.param({"kind": "review"}, False, id="another hold"),
        pytest.param({"debts": frozenset({"D2"})}, False, id="another debt"),
        pytest.param({"at": NIGHT + timedelta(seconds=1)}, False, id="not known yet"),
        pytest.param({"released": NIGHT}, False, id="lifted"),
        pytest.param({"released": NIGHT + timedelta(days=1)}, True, id="lifted later"),
        pytest.param({"ends": NIGHT}, False, id="ended"),
        pytest.param({"ends": NIGHT + timedelta(days=1)}, True, id="ends later"),
    ],
)
def test_a_legal_hold(hold: dict[str, Any], held: bool) -> None:
    facts = {
        **since("2020-01-01"),
        "holds": (Hold(**{"kind": "legal_hold", "at": LONG_AGO, **hold}),),
    }

    assert codes(asked(facts)) == (["retention.legal_hold"] if held else [])


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"person_flags": {"legal_hold": True}}, id="of the person"),
        pytest.param({"person_flags": {"legal_hold": UNKNOWN}}, id="that may be"),
        pytest.param({"lender_flags": {"legal_hold": True}}, id="of the lender"),
        pytest.param({"debts": {"D1": Debt(flags={"legal_hold": True})}}, id="of the debt"),
    ],
)
def test_a_flag_holds_too(facts: dict[str, Any]) -> None:
    assert codes(asked({**since("2020-01-01"), **facts})) == ["retention.legal_hold"]


def test_other_holds_may_be_named() -> None:
    facts = {**since("2020-01-01"), "holds": (Hold("dispute", LONG_AGO),)}

    assert codes(asked(facts, {"legal_hold": ["dispute"]})) == ["retention.legal_hold"]
    assert asked({**facts}, {"legal_hold": ["dispute"]}, debts=()).verdict is Verdict.BLOCK


def test_a_deferral_says_when_records_must_be_gone() -> None:
    decision = asked(since("2024-06-10"), {"purge_after": {"n": 5, "unit": "years"}})

    assert decision.reasons[0].parameters["purge_by"] == "2029-06-10T05:00:00+00:00"


def test_nothing_has_to_be_kept_but_the_event_must_have_been() -> None:
    rule = {"min": {"n": 0, "unit": "days"}, "from": "paid_off"}

    assert codes(asked({}, rule)) == ["retention.event_unknown"]
    paid = {"person_dates": {"paid_off": LONG_AGO}}
    assert asked(paid, rule).verdict is Verdict.ALLOW
