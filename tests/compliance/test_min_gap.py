"""Gaps between contacts: by local date, or to the second."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import LedgerEntry
from tests.compliance.builders import (
    a_call,
    a_rule,
    an_action,
    chicago,
    codes,
    judge,
    some_facts,
    utc,
)

NOON = chicago("2026-06-10")


def a_gap(**given: Any) -> Any:
    return a_rule("min_gap", **{"gap": {"n": 2, "unit": "days"}, **given})


def ledger(*at: datetime, **given: Any) -> tuple[LedgerEntry, ...]:
    return tuple(a_call(one, **given) for one in at)


@pytest.mark.parametrize(
    ("last", "until"),
    [
        pytest.param(chicago("2026-06-10", "09:00"), chicago("2026-06-12", "00:00"), id="today"),
        pytest.param(
            chicago("2026-06-09", "23:59"), chicago("2026-06-11", "00:00"), id="late yesterday"
        ),
        pytest.param(chicago("2026-06-08", "23:59"), None, id="two dates apart"),
    ],
)
def test_a_gap_of_dates_ends_at_midnight(last: datetime, until: datetime | None) -> None:
    assert judge(an_action(), some_facts(ledger=ledger(last)), a_gap()).until == until


@pytest.mark.parametrize(
    ("gap", "until"),
    [
        pytest.param({"n": 60, "unit": "minutes"}, NOON + timedelta(minutes=20), id="minutes"),
        pytest.param({"n": 3, "unit": "hours"}, NOON + timedelta(minutes=140), id="hours"),
        pytest.param({"n": 40, "unit": "minutes"}, None, id="exactly as long ago"),
    ],
)
def test_a_gap_of_time_ends_to_the_second(gap: dict[str, Any], until: datetime | None) -> None:
    facts = some_facts(ledger=ledger(NOON - timedelta(minutes=40)))

    assert judge(an_action(), facts, a_gap(gap=gap)).until == until


def test_days_may_be_counted_to_the_second() -> None:
    facts = some_facts(ledger=ledger(NOON - timedelta(hours=30)))

    assert judge(an_action(), facts, a_gap(basis="duration")).until == NOON + timedelta(hours=18)


def test_the_newest_contact_counts() -> None:
    facts = some_facts(ledger=ledger(NOON - timedelta(hours=1), NOON - timedelta(days=1)))

    decision = judge(an_action(), facts, a_gap())

    assert decision.until == chicago("2026-06-12", "00:00")
    assert codes(decision) == ["min_gap.too_soon"]
    assert decision.reasons[0].parameters["n"] == 2


@pytest.mark.parametrize(
    ("rule", "entry", "counts"),
    [
        pytest.param({}, {}, True, id="the same debt"),
        pytest.param({}, {"debts": ("D2",)}, False, id="another debt"),
        pytest.param({"unit": "person"}, {"debts": ("D2",)}, True, id="the same person"),
        pytest.param({"count": {"channel": "sms"}}, {}, False, id="another channel"),
        pytest.param(
            {"count": {"outcome": "conversation"}}, {"outcome": "pending"}, True, id="pending"
        ),
        pytest.param({"exclude": ["debtor_requested"]}, {"purpose": "reply_to_debtor"}, False,
                     id="left out"),
        pytest.param({"after_outcome": ["conversation"]}, {}, False, id="nobody spoken to yet"),
    ],
)  # fmt: skip
def test_what_counts(rule: dict[str, Any], entry: dict[str, Any], counts: bool) -> None:
    facts = some_facts(ledger=(a_call(NOON - timedelta(hours=1), **entry),))

    assert (judge(an_action(), facts, a_gap(**rule)).verdict is Verdict.DEFER) is counts


def test_what_the_debtor_asked_for_needs_no_gap() -> None:
    facts = some_facts(ledger=ledger(NOON - timedelta(hours=1)))
    rule = a_gap(exclude=["debtor_requested"])

    assert judge(an_action(purpose="reply_to_debtor"), facts, rule).verdict is Verdict.ALLOW
    assert judge(an_action(), facts, rule).verdict is Verdict.DEFER


def test_of_two_zones_the_later_end_counts() -> None:
    facts = some_facts(
        ledger=ledger(NOON - timedelta(hours=1)), zones=["America/Chicago", "America/Los_Angeles"]
    )

    assert judge(an_action(), facts, a_gap()).until == utc("2026-06-12", "07:00")
    # Eleven in Chicago is midnight in Shanghai: the 11th there.
    fixed = a_gap(zone="Asia/Shanghai")
    assert judge(an_action(), facts, fixed).until == utc("2026-06-12", "16:00")
