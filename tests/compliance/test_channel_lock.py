"""One channel a week after a direct contact."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
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
TALK = a_call(chicago("2026-06-08", "10:00"), "conversation", channel="private_message")


def a_lock(**given: Any) -> Any:
    return a_rule("channel_lock", **{"after_outcome": ["conversation"], **given})


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        pytest.param({}, chicago("2026-06-15", "00:00"), id="the week from Monday"),
        pytest.param({"week_start": "sun"}, chicago("2026-06-14", "00:00"), id="from Sunday"),
        pytest.param({"period": "month"}, chicago("2026-07-01", "00:00"), id="the month"),
        pytest.param({"period": "day"}, None, id="the day is over"),
        pytest.param({"week_start": "tue"}, None, id="the week is over"),
        pytest.param({"zone": "Asia/Shanghai"}, utc("2026-06-14", "16:00"), id="a fixed zone"),
    ],
)
def test_another_channel_waits_for_the_next_period(
    rule: dict[str, Any], until: datetime | None
) -> None:
    assert judge(an_action(), some_facts(ledger=(TALK,)), a_lock(**rule)).until == until


@pytest.mark.parametrize(
    ("entry", "action", "locked"),
    [
        pytest.param({}, {"channel": "private_message"}, False, id="the channel already used"),
        pytest.param({}, {"channel": "sms"}, True, id="another channel"),
        pytest.param({"channel": "call"}, {"channel": "voicemail"}, False, id="one telephone"),
        pytest.param({"outcome": "sent"}, {}, False, id="no direct contact"),
        pytest.param({"outcome": "pending"}, {}, True, id="pending may have become one"),
        pytest.param({"direction": "in"}, {}, False, id="the person's own"),
        pytest.param({"debts": ("D2",)}, {}, True, id="another debt of the person"),
        pytest.param({"at": NOON + timedelta(hours=1)}, {}, False, id="not known yet"),
    ],
)
def test_what_locks(entry: dict[str, Any], action: dict[str, Any], locked: bool) -> None:
    given = {"at": TALK.at, "outcome": "conversation", "channel": "private_message", **entry}
    facts = some_facts(ledger=(a_call(**given),))

    assert (judge(an_action(**action), facts, a_lock()).verdict is Verdict.DEFER) is locked


def test_a_rule_may_choose_what_locks() -> None:
    inbound = a_call(TALK.at, "inbound_conversation", direction="in", channel="email")
    facts = some_facts(ledger=(TALK, inbound))

    def used(**rule: Any) -> Any:
        outcomes = ["conversation", "inbound_conversation"]
        decision = judge(an_action(), facts, a_lock(after_outcome=outcomes, **rule))
        assert codes(decision) == ["channel_lock.other_channel_used"]
        return decision.reasons[0].parameters["used"]

    assert used() == ("private_message",)
    assert used(directions=["in", "out"]) == ("email", "private_message")
    assert used(directions=["in", "out"], channels=["email"]) == ("email",)


def test_the_lock_may_be_about_one_debt() -> None:
    facts = some_facts(ledger=(TALK,))

    assert judge(an_action(debts=("D2",)), facts, a_lock(unit="debt")).verdict is Verdict.ALLOW
    assert judge(an_action(), facts, a_lock(unit="debt")).verdict is Verdict.DEFER
