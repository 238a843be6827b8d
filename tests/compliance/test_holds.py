"""Cease, dispute, moratorium: which holds act, and what they let through."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Hold, LedgerEntry, Verdict
from tests.compliance.builders import a_call, a_rule, an_action, chicago, codes, judge, some_facts

NOON = chicago("2026-06-10")
LAST_WEEK = chicago("2026-06-03")


def a_hold(kind: str, **given: Any) -> Any:
    return some_facts(holds=(Hold(**{"kind": kind, "at": LAST_WEEK, **given}),))


@pytest.mark.parametrize(
    ("hold", "acts"),
    [
        pytest.param({}, True, id="placed and not lifted"),
        pytest.param({"kind": "hardship"}, False, id="another kind"),
        pytest.param({"at": NOON + timedelta(seconds=1)}, False, id="not known yet"),
        pytest.param({"at": NOON}, True, id="known this instant"),
        pytest.param({"released": NOON}, False, id="lifted this instant"),
        pytest.param({"released": NOON + timedelta(seconds=1)}, True, id="lifted later"),
        pytest.param({"starts": NOON + timedelta(seconds=1)}, False, id="begins later"),
        pytest.param({"starts": NOON}, True, id="begins this instant"),
        pytest.param({"ends": NOON}, False, id="ended this instant"),
        pytest.param({"debts": frozenset({"D2"})}, False, id="another debt"),
        pytest.param({"debts": frozenset({"D1", "D2"})}, True, id="this debt among others"),
        pytest.param({"channels": frozenset({"sms"})}, False, id="another channel"),
        pytest.param({"channels": frozenset({"call"})}, True, id="this channel"),
    ],
)
def test_when_a_hold_acts(hold: dict[str, Any], acts: bool) -> None:
    facts = a_hold(**{"kind": "review", **hold})

    decision = judge(an_action(), facts, a_rule("moratorium", kinds=["review"]))

    assert codes(decision) == (["moratorium.in_force"] if acts else [])


def test_a_moratorium_defers_to_the_end_of_its_last_hold() -> None:
    holds = (
        Hold("review", LAST_WEEK, ends=NOON + timedelta(days=2)),
        Hold("review", LAST_WEEK, ends=NOON + timedelta(days=3)),
        Hold("review", LAST_WEEK, ends=NOON + timedelta(days=1)),
    )

    decision = judge(an_action(), some_facts(holds=holds), a_rule("moratorium", kinds=["review"]))

    assert decision.until == NOON + timedelta(days=3)


def test_a_hold_that_begins_before_the_next_opening_is_waited_for_too() -> None:
    night = chicago("2026-06-10", "22:00")
    hold = Hold(
        "review",
        LAST_WEEK,
        starts=chicago("2026-06-11", "01:00"),
        ends=chicago("2026-06-12", "01:00"),
    )
    hours = a_rule("quiet_hours", windows={"all": [["08:00", "21:00"]]}, tz_basis=["address"])

    decision = judge(
        an_action(at=night),
        some_facts(holds=(hold,)),
        hours,
        a_rule("moratorium", kinds=["review"]),
    )

    assert decision.until == chicago("2026-06-12", "08:00")


@pytest.mark.parametrize(
    ("rule", "hold", "action", "passes"),
    [
        pytest.param({}, {}, {}, False, id="nothing is let through"),
        pytest.param(
            {"allowed_purposes": ["legal_notice"]}, {}, {"purpose": "legal_notice"}, True, id="rule"
        ),
        pytest.param(
            {},
            {"allowed_purposes": frozenset({"legal_notice"})},
            {"purpose": "legal_notice"},
            True,
            id="the hold's own purposes",
        ),
        pytest.param(
            {"allowed_by_policy": {"pause_collection": ["reply_to_debtor"]}},
            {"policy": "pause_collection"},
            {"purpose": "reply_to_debtor"},
            True,
            id="by the hold's policy",
        ),
        pytest.param(
            {"allowed_by_policy": {"pause_collection": ["reply_to_debtor"]}},
            {"policy": "stop_all"},
            {"purpose": "reply_to_debtor"},
            False,
            id="by another policy",
        ),
        pytest.param(
            {}, {"policy": "attorney_only"}, {"recipient_role": "attorney"}, True, id="the attorney"
        ),
        pytest.param({}, {}, {"recipient_role": "attorney"}, False, id="the attorney of others"),
    ],
)
def test_what_a_hold_lets_through(
    rule: dict[str, Any], hold: dict[str, Any], action: dict[str, Any], passes: bool
) -> None:
    facts = a_hold("review", **hold)

    decision = judge(an_action(**action), facts, a_rule("moratorium", kinds=["review"], **rule))

    assert (decision.verdict is Verdict.ALLOW) is passes


@pytest.mark.parametrize(
    ("entry", "passes"),
    [
        pytest.param(None, True, id="the first"),
        pytest.param({}, False, id="a second"),
        pytest.param({"outcome": "released"}, True, id="the first was never placed"),
        pytest.param({"at": chicago("2026-06-01")}, True, id="the other was before the hold"),
        pytest.param({"at": NOON + timedelta(days=1)}, True, id="the other is of the future"),
        pytest.param({"purpose": "collection"}, True, id="the other was for another purpose"),
        pytest.param({"direction": "in"}, True, id="the other was theirs"),
        pytest.param({"debts": ("D2",)}, True, id="the other was about another debt"),
    ],
)
def test_what_is_let_through_may_be_limited(entry: dict[str, Any] | None, passes: bool) -> None:
    ledger: tuple[LedgerEntry, ...] = ()
    if entry is not None:
        given = {"at": chicago("2026-06-09"), "purpose": "remedy_notice", **entry}
        ledger = (a_call(**given),)
    facts = some_facts(holds=(Hold("cease", LAST_WEEK),), ledger=ledger)
    rule = a_rule("cease", allowed_purposes=["remedy_notice"], max_each=1)

    decision = judge(an_action(purpose="remedy_notice"), facts, rule)

    assert (decision.verdict is Verdict.ALLOW) is passes


@pytest.mark.parametrize(
    ("primitive", "kind", "rule", "attributes", "blocks"),
    [
        pytest.param("cease", "cease", {}, {"form": "oral"}, True, id="any request"),
        pytest.param("cease", "cease", {"form": "written"}, {"form": "oral"}, False, id="oral"),
        pytest.param(
            "cease", "cease", {"form": "written"}, {"form": "written"}, True, id="written"
        ),
        pytest.param("cease", "cease", {"form": "written"}, {}, True, id="form unknown"),
        pytest.param("cease", "review", {}, {}, False, id="no cease"),
        pytest.param("dispute_hold", "dispute", {}, {"form": "oral"}, True, id="any dispute"),
        pytest.param(
            "dispute_hold", "dispute", {"form": "written"}, {"form": "oral"}, False, id="oral one"
        ),
        pytest.param(
            "dispute_hold", "dispute", {"form": "written"}, {}, True, id="of unknown form"
        ),
        pytest.param(
            "dispute_hold",
            "dispute",
            {"in_validation_period": True},
            {"in_validation_period": False},
            False,
            id="after the validation period",
        ),
        pytest.param(
            "dispute_hold", "dispute", {"in_validation_period": True}, {}, True, id="period unknown"
        ),
        pytest.param("dispute_hold", "review", {}, {}, False, id="no dispute"),
    ],
)
def test_which_requests_bind(
    primitive: str, kind: str, rule: dict[str, Any], attributes: dict[str, Any], blocks: bool
) -> None:
    decision = judge(an_action(), a_hold(kind, attributes=attributes), a_rule(primitive, **rule))

    assert (decision.verdict is Verdict.BLOCK) is blocks


def test_a_dispute_lets_its_purposes_through_and_says_what_it_needs() -> None:
    rule = a_rule(
        "dispute_hold", allowed_purposes=["statutory_notice"], release_event="verification sent"
    )

    assert judge(an_action(), a_hold("dispute"), rule).needs == ("verification sent",)
    notice = an_action(purpose="statutory_notice")
    assert judge(notice, a_hold("dispute"), rule).verdict is Verdict.ALLOW


@pytest.mark.parametrize("primitive", ["cease", "dispute_hold", "moratorium"])
def test_without_holds_nothing_is_held(primitive: str) -> None:
    decision = judge(an_action(), some_facts(), a_rule(primitive, kinds=["review"]))

    assert decision.verdict is Verdict.ALLOW
