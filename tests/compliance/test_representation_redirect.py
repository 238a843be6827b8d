"""Who has a lawyer is contacted through the lawyer."""

from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import Approval, Hold
from tests.compliance.builders import a_call, a_rule, an_action, chicago, codes, judge, some_facts

KNOWN = chicago("2026-05-01")
AFTER: dict[str, Any] = {"after": {"n": 30, "unit": "days"}, "requires": "human_approval"}


def asked(
    rule: dict[str, Any],
    hold: dict[str, Any] | None = None,
    action: dict[str, Any] | None = None,
    **facts: Any,
) -> Any:
    held = Hold(**{"kind": "attorney", "at": KNOWN, "policy": "attorney_only", **(hold or {})})
    return judge(
        an_action(**(action or {})),
        some_facts(holds=(held,), **facts),
        a_rule("representation_redirect", **rule),
    )


@pytest.mark.parametrize(
    ("rule", "hold", "action", "code"),
    [
        pytest.param({}, {}, {}, "represented", id="the person is represented"),
        pytest.param({}, {}, {"recipient_role": "attorney"}, None, id="the lawyer"),
        pytest.param({}, {"kind": "review"}, {}, None, id="another hold"),
        pytest.param({}, {"debts": frozenset({"D2"})}, {}, None, id="for another debt"),
        pytest.param(
            {"allowed_recipients": ["judicial_scrivener"]},
            {"policy": "stop_all"},
            {"recipient_role": "judicial_scrivener"},
            None,
            id="another representative",
        ),
        pytest.param(
            {"kinds": ["debt_adviser"]}, {"kind": "debt_adviser"}, {}, "represented", id="kinds"
        ),
        pytest.param(
            {"allowed_purposes": ["statutory_notice"]},
            {},
            {"purpose": "statutory_notice"},
            None,
            id="a notice that the law asks for",
        ),
    ],
)
def test_representation(
    rule: dict[str, Any], hold: dict[str, Any], action: dict[str, Any], code: str | None
) -> None:
    decision = asked(rule, hold, action)

    assert codes(decision) == ([f"representation_redirect.{code}"] if code else [])


def test_the_block_names_who_may_be_contacted() -> None:
    decision = asked({})

    assert decision.needs == ("attorney",)
    assert decision.reasons[0].parameters == {"recipients": ["attorney"]}


def test_without_holds_nobody_is_represented() -> None:
    rule = a_rule("representation_redirect")

    assert judge(an_action(), some_facts(), rule).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("noted", "entries", "code"),
    [
        pytest.param("2026-05-11T09:00:00-05:00", [], "silent", id="30 dates ago"),
        pytest.param("2026-05-12T09:00:00-05:00", [], "represented", id="29 dates ago"),
        pytest.param("2026-05-11", [], "silent", id="a date alone"),
        pytest.param("in May", [], "represented", id="no date"),
        pytest.param(True, [], "represented", id="no text"),
        pytest.param(None, [], "represented", id="never written to"),
        pytest.param(None, [("2026-05-11", "out", "sent")], "silent", id="written to"),
        pytest.param(None, [("2026-05-11", "out", "released")], "represented", id="never sent"),
        pytest.param(
            None,
            [("2026-05-11", "out", "sent"), ("2026-05-20", "in", "inbound_message")],
            "represented",
            id="answered",
        ),
        pytest.param(
            None,
            [("2026-05-11", "out", "sent"), ("2026-05-20", "out", "conversation")],
            "represented",
            id="spoken to",
        ),
        pytest.param(None, [("2026-07-11", "out", "sent")], "represented", id="not yet"),
    ],
)
def test_a_silent_lawyer(noted: Any, entries: list[tuple[str, str, str]], code: str) -> None:
    ledger = tuple(
        a_call(chicago(day), outcome, direction=direction, recipient_role="attorney")
        for day, direction, outcome in entries
    )
    attributes = {} if noted is None else {"last_contacted_at": noted}

    decision = asked({"fallback": AFTER}, {"attributes": attributes}, ledger=ledger)

    assert codes(decision) == [f"representation_redirect.{code}"]
    assert ("human_approval_required" in decision.needs) is (code == "silent")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [pytest.param("compliance", True, id="may"), pytest.param("agent", False, id="may not")],
)
def test_a_silent_lawyer_leaves_it_to_a_person(role: str, allowed: bool) -> None:
    approval = Approval("representative_silent", chicago("2026-06-09"), role)
    fallback = {**AFTER, "approver_role": "compliance", "ttl": {"n": 30, "unit": "days"}}
    attributes = {"last_contacted_at": "2026-05-02"}

    decision = asked({"fallback": fallback}, {"attributes": attributes}, approvals=(approval,))

    assert (decision.verdict is Verdict.ALLOW) is allowed
