"""Nothing happens before somebody who may has allowed it."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import Approval
from tests.compliance.builders import a_rule, an_action, chicago, judge, some_facts

NOON = chicago("2026-06-10")
LAST_WEEK = chicago("2026-06-03")


def asked(approval: dict[str, Any] | None, rule: dict[str, Any] | None = None) -> Any:
    given = {"subject": "visit", "at": LAST_WEEK, "approver_role": "compliance"}
    approvals = () if approval is None else (Approval(**{**given, **approval}),)
    action = an_action(channel="visit", endpoint="P1")
    return judge(
        action,
        some_facts(approvals=approvals),
        a_rule("human_approval_required", subject="visit", **(rule or {})),
    )


@pytest.mark.parametrize(
    ("approval", "rule", "allowed"),
    [
        pytest.param(None, {}, False, id="nobody has"),
        pytest.param({}, {}, True, id="somebody has"),
        pytest.param({"subject": "suit"}, {}, False, id="something else"),
        pytest.param({"at": NOON + timedelta(seconds=1)}, {}, False, id="not yet"),
        pytest.param({}, {"approver_role": "compliance"}, True, id="who may"),
        pytest.param({}, {"approver_role": ["legal", "head"]}, False, id="who may not"),
        pytest.param({"channel": "visit"}, {}, True, id="this channel"),
        pytest.param({"channel": "call"}, {}, False, id="another channel"),
        pytest.param({"purpose": "legal_notice"}, {}, False, id="another purpose"),
        pytest.param({"endpoint": "P2"}, {}, False, id="another address"),
        pytest.param({"debts": frozenset({"D1", "D2"})}, {}, True, id="this debt among others"),
        pytest.param({"debts": frozenset({"D2"})}, {}, False, id="another debt"),
        pytest.param({"expires": NOON}, {}, False, id="expired"),
        pytest.param({"expires": NOON + timedelta(seconds=1)}, {}, True, id="not expired"),
        pytest.param({}, {"ttl": {"n": 7, "unit": "days"}}, False, id="lapsed: its eighth date"),
        pytest.param({}, {"ttl": {"n": 8, "unit": "days"}}, True, id="its eighth and last date"),
        pytest.param({}, {"ttl": {"n": 168, "unit": "hours"}}, False, id="lapsed to the second"),
    ],
)
def test_an_approval(approval: dict[str, Any] | None, rule: dict[str, Any], allowed: bool) -> None:
    assert (asked(approval, rule).verdict is Verdict.ALLOW) is allowed


def test_the_block_says_who_must_approve_what() -> None:
    decision = asked(None, {"approver_role": ["legal", "head"]})

    assert decision.reasons[0].code == "human_approval_required.needs_approval"
    assert decision.reasons[0].parameters == {
        "subject": "visit",
        "approver_role": ["head", "legal"],
    }
    assert decision.needs == ("human_approval_required",)


def test_an_approval_that_lapses_before_the_hours_open_is_asked_for_again() -> None:
    night = chicago("2026-06-10", "22:00")
    approval = Approval("visit", LAST_WEEK, "head", expires=chicago("2026-06-11", "01:00"))
    hours = a_rule("quiet_hours", windows={"all": [["08:00", "21:00"]]}, tz_basis=["address"])
    rule = a_rule("human_approval_required", subject="visit")

    decision = judge(an_action(at=night), some_facts(approvals=(approval,)), hours, rule)

    assert decision.verdict is Verdict.BLOCK
