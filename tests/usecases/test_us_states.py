"""A lender's ordinary texts in American states: the shipped packs, words and treatment together."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.config_files.packs import read_packs
from outreach.config_files.treatments import load_treatments
from outreach.domain.borrowers import Consent, Endpoint, PersonState, Profile
from outreach.domain.cases import Case
from outreach.domain.decisions import Verdict
from outreach.domain.loans import Installment, LoanState, Report
from outreach.domain.signals import Position
from outreach.domain.vocabulary import CaseKind, Channel, EndpointStatus, LenderRole
from outreach.facts.conditions import compile_condition
from outreach.rendering.catalog import load_catalog
from outreach.store.books import PersonBook
from outreach.usecases.considering import Considering
from outreach.usecases.lenders import LenderPlan, SenderPlan, SourcePlan
from outreach.usecases.rulebook import Rulebook
from outreach.usecases.trying import Looked

ROOT = Path(__file__).parents[2]
PACKS = read_packs(ROOT / "config" / "compliance")
TREATMENTS = load_treatments(ROOT / "config" / "treatments", compile_condition)
CATALOG = load_catalog(ROOT / "templates" / "messages")
# A Tuesday, by daylight in every zone from New York to Honolulu.
NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LENDER = LenderPlan(
    slug="harbor",
    name="Harbor Credit",
    role=LenderRole.FIRST_PARTY,
    country="US",
    timezone="America/New_York",
    locale="en-US",
    phone="+1 614 555 0142",
    licences={"US-CA": "60DBO-000142"},
    senders=(SenderPlan("sms", Channel.SMS, "carrier", "+16145550142", 20),),
    sources={"core": SourcePlan("complete", timedelta(hours=26))},
)


def looked(residence: str, days: int, lender: LenderPlan = LENDER, **consent: Any) -> Looked:
    """Look at somebody whose installment fell due so many days ago (or falls due)."""
    due_on = TODAY - timedelta(days=days)
    position = Position("core", f"{1:020}", NOW - timedelta(hours=2))
    loan = LoanState(
        1,
        "LN-1",
        "core",
        "USD",
        lender_timezone="America/New_York",
        account_tail="1007",
        installments=(Installment(4, 24_750, Report(position, 0, due_on, 24_750, {})),),
    )
    kind = CaseKind.DELINQUENCY if days > 0 else CaseKind.PRE_DUE
    given = {"kind": "express_written", **consent}
    permission = Consent(
        "sms", "servicing_reminder", "ph-1", "granted", NOW - timedelta(days=30), **given
    )
    phone = Endpoint("ph-1", "phone", "mobile", "+12125550143", EndpointStatus.ACTIVE)
    person = PersonState(
        Profile(residence=residence, timezone="America/New_York", endpoints=(phone,)),
        {permission.key: permission},
    )
    case = Case(1, 1, kind, 4, due_on, 1, 1, due_on)
    book = PersonBook("harbor", 1, None, person, {1: loan}, {1: case})
    rulebook = Rulebook(PACKS, TREATMENTS, {"harbor": lender})
    heard = {("harbor", "core"): NOW - timedelta(hours=1)}
    return Considering(rulebook, CATALOG).look(book, (), heard, NOW)


STATES = ("US-OH", "US-NY", "US-NY-NYC", "US-CA", "US-MA", "US-FL", "US-TX", "US-DC", "US-WA")


@pytest.mark.parametrize("days", [-3, 0, 2, 30, 60, 90])
@pytest.mark.parametrize("residence", STATES)
def test_a_lender_may_remind_and_follow_up_by_text(residence: str, days: int) -> None:
    found = looked(residence, days)

    assert found.allowed is not None, found.reasons


@pytest.mark.parametrize("residence", STATES)
def test_express_consent_is_enough_while_a_loan_is_serviced(residence: str) -> None:
    found = looked(residence, 60, kind="express")

    assert found.allowed is not None, found.reasons


def test_californians_see_the_license_and_nobody_else_does() -> None:
    for residence, seen in (("US-CA", True), ("US-OH", False)):
        allowed = looked(residence, 2).allowed
        assert allowed is not None
        assert allowed.rendered is not None
        assert ("60DBO-000142" in allowed.rendered.text) is seen


@pytest.mark.parametrize(
    ("residence", "days", "changes", "rule"),
    [
        pytest.param("US-CA", 2, {}, "us.ca.license_in_message", id="no license to show"),
        pytest.param("US-WV", 2, {}, "us.other.verify", id="a state nobody verified"),
        pytest.param(
            "US-NY-NYC", 90, {"kind": "express"}, "us.nyc.electronic_consent", id="not in writing"
        ),
        pytest.param(
            "US-NY", 90, {"kind": "express"}, "us.nyc.electronic_consent", id="perhaps in the City"
        ),
        pytest.param(
            "US-DC", 60, {"given_to": "another"}, "us.dc.cap_5in7_electronic", id="not to us"
        ),
    ],
)
def test_what_is_missing_stops_the_text(
    residence: str, days: int, changes: dict[str, Any], rule: str
) -> None:
    found = looked(residence, days, replace(LENDER, licences={}), **changes)

    assert found.allowed is None
    assert all(trial.decision.verdict is Verdict.BLOCK for trial in found.trials)
    assert rule in {reason.rule for reason in found.reasons}


def test_a_state_nobody_verified_may_be_reminded_before_the_due_date() -> None:
    assert looked("US-WV", -3).allowed is not None
