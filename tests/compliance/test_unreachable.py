"""When a debtor counts as unreachable."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Endpoint, InboundMessage, LedgerEntry
from tests.compliance.builders import a_call, a_rule, an_action, chicago, judge, some_facts

NOON = chicago("2026-06-10")


def relayed(conditions: dict[str, Any], at: datetime = NOON, **facts: Any) -> Any:
    """Judge a call to a friend who may be called if the debtor is unreachable."""
    rule = a_rule(
        "recipient_block",
        allowed_roles=["debtor"],
        conditional_roles={"contact_person": {"unreachable_when": conditions}},
    )
    return judge(an_action(at=at, recipient_role="contact_person"), some_facts(**facts), rule)


@pytest.mark.parametrize(
    ("facts", "unreachable"),
    [
        pytest.param({}, False, id="nothing is known"),
        pytest.param({"person_flags": {"debtor_number_invalid": True}}, True, id="a flag says so"),
        pytest.param({"person_flags": {"debtor_number_invalid": UNKNOWN}}, False, id="may be"),
        pytest.param(
            {"endpoints": {"P1": Endpoint("mobile", status="invalid")}}, True, id="the one number"
        ),
        pytest.param(
            {
                "endpoints": {
                    "P1": Endpoint("mobile", status="invalid"),
                    "P2": Endpoint("landline_residential"),
                }
            },
            False,
            id="another number stands",
        ),
        pytest.param(
            {
                "endpoints": {
                    "P1": Endpoint("mobile", "debtor", "wrong_party"),
                    "P2": Endpoint("mobile", "friend"),
                    "E1": Endpoint("email"),
                }
            },
            True,
            id="somebody else's number and an e-mail address stand",
        ),
    ],
)
def test_an_invalid_number(facts: dict[str, Any], unreachable: bool) -> None:
    decision = relayed({"invalid_number": True}, **facts)

    assert (decision.verdict is Verdict.ALLOW) is unreachable


def failed(*moments: datetime, **given: Any) -> tuple[LedgerEntry, ...]:
    return tuple(a_call(at, **{"outcome": "no_answer", **given}) for at in moments)


MORNING = [chicago("2026-06-09", clock) for clock in ("09:00", "12:00", "15:00")]


@pytest.mark.parametrize(
    ("ledger", "verdict"),
    [
        pytest.param(failed(*MORNING), Verdict.ALLOW, id="three"),
        pytest.param(failed(*MORNING[:2]), Verdict.BLOCK, id="two"),
        pytest.param(failed(*MORNING, outcome="not_connected"), Verdict.ALLOW, id="busy"),
        pytest.param(failed(*MORNING, outcome="voicemail_other"), Verdict.BLOCK, id="voicemail"),
        pytest.param(failed(*MORNING, channel="sms"), Verdict.BLOCK, id="texts are no dials"),
        pytest.param(failed(*MORNING, direction="in"), Verdict.BLOCK, id="their own calls"),
        pytest.param(
            failed(*MORNING, recipient_role="guarantor"), Verdict.BLOCK, id="calls to another"
        ),
        pytest.param(
            (*failed(*MORNING), a_call(chicago("2026-06-09", "18:00"), "conversation")),
            Verdict.BLOCK,
            id="reached since",
        ),
        pytest.param(
            (*failed(*MORNING), a_call(chicago("2026-06-08", "18:00"), "conversation")),
            Verdict.ALLOW,
            id="reached before",
        ),
        pytest.param(
            (*failed(*MORNING), a_call(NOON, "pending")), Verdict.BLOCK, id="a call in flight"
        ),
        pytest.param(
            (*failed(*MORNING), a_call(NOON, "pending", channel="sms")),
            Verdict.ALLOW,
            id="a text in flight",
        ),
        pytest.param(
            (*failed(*MORNING), a_call(NOON, "inbound_message", channel="sms", direction="in")),
            Verdict.BLOCK,
            id="the debtor wrote",
        ),
        pytest.param(
            (*failed(*MORNING), a_call(NOON + timedelta(hours=1), "conversation")),
            Verdict.ALLOW,
            id="what is not known yet",
        ),
    ],
)
def test_failed_attempts(ledger: tuple[LedgerEntry, ...], verdict: Verdict) -> None:
    assert relayed({"failed_attempts": {"n": 3}}, ledger=ledger).verdict is verdict


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        pytest.param(NOON, Verdict.BLOCK, id="since"),
        pytest.param(NOON + timedelta(hours=1), Verdict.ALLOW, id="later"),
        pytest.param(MORNING[0] - timedelta(hours=1), Verdict.ALLOW, id="before"),
    ],
)
def test_a_message_from_the_debtor_ends_it(at: datetime, verdict: Verdict) -> None:
    decision = relayed(
        {"failed_attempts": {"n": 3}},
        ledger=failed(*MORNING),
        inbound=(InboundMessage(at, "sms"),),
    )

    assert decision.verdict is verdict


@pytest.mark.parametrize(
    ("usable", "until"),
    [
        pytest.param({}, chicago("2026-06-10", "00:00"), id="from the next date"),
        pytest.param({"usable": "same_date"}, None, id="at once"),
    ],
)
def test_from_when_failures_may_be_relied_on(usable: dict[str, Any], until: Any) -> None:
    at = chicago("2026-06-09", "17:00")

    decision = relayed({"failed_attempts": {"n": 3, **usable}}, at, ledger=failed(*MORNING))

    assert decision.until == until


def test_a_fourth_failure_does_not_begin_the_wait_anew() -> None:
    ledger = failed(*MORNING, chicago("2026-06-10", "09:00"))

    assert relayed({"failed_attempts": {"n": 3}}, ledger=ledger).verdict is Verdict.ALLOW


def test_where_the_date_is_uncertain_the_later_one_counts() -> None:
    at = chicago("2026-06-09", "23:30")  # already the 10th in New York
    zones = ("America/New_York", "America/Chicago")

    decision = relayed({"failed_attempts": {"n": 3}}, at, ledger=failed(*MORNING), zones=zones)

    assert decision.until == chicago("2026-06-10", "00:00")


def on(*days: str) -> tuple[LedgerEntry, ...]:
    return failed(*(chicago(day, "10:00") for day in days))


@pytest.mark.parametrize(
    ("ledger", "usable", "verdict", "until"),
    [
        pytest.param(on("2026-06-08", "2026-06-09", "2026-06-10"), {}, "allow", None, id="three"),
        pytest.param(
            on("2026-06-08", "2026-06-09", "2026-06-10"),
            {"usable": "next_date"},
            "defer",
            chicago("2026-06-11", "00:00"),
            id="from the next date",
        ),
        pytest.param(on("2026-06-09", "2026-06-10"), {}, "block", None, id="two"),
        pytest.param(
            on("2026-06-07", "2026-06-08", "2026-06-10"), {}, "block", None, id="with a gap"
        ),
        pytest.param(
            on("2026-06-07", "2026-06-08", "2026-06-10"),
            {"usable": "next_date"},
            "block",
            None,
            id="with a gap, next date",
        ),
        pytest.param(
            (*on("2026-06-08", "2026-06-08", "2026-06-09", "2026-06-10"),),
            {},
            "allow",
            None,
            id="twice on one",
        ),
        pytest.param(
            on("2026-06-05", "2026-06-06", "2026-06-07", "2026-06-10"),
            {},
            "allow",
            None,
            id="days ago, and not reached since",
        ),
    ],
)
def test_failed_dates(ledger: Any, usable: dict[str, Any], verdict: str, until: Any) -> None:
    decision = relayed({"failed_dates": {"n": 3, **usable}}, ledger=ledger)

    assert (decision.verdict, decision.until) == (verdict, until)


def test_one_way_is_enough() -> None:
    ways: dict[str, Any] = {"invalid_number": True, "failed_attempts": {"n": 3}}

    assert relayed(ways, ledger=failed(*MORNING)).verdict is Verdict.ALLOW


def test_no_way_is_none() -> None:
    assert relayed({}, person_flags={"debtor_number_invalid": True}).verdict is Verdict.BLOCK
