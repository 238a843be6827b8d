"""Cease, dispute, moratorium: which holds act, and what they let through."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Debt, Hold, LedgerEntry
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
        pytest.param(
            {},
            {"allowed_recipients": frozenset({"executor"})},
            {"recipient_role": "executor"},
            True,
            id="whom the hold names",
        ),
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
        pytest.param({"purpose": None}, False, id="nobody knows what the other was for"),
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
            "dispute_hold",
            "dispute",
            {"arguable": True},
            {"arguable": False},
            False,
            id="no arguable grounds",
        ),
        pytest.param(
            "dispute_hold", "dispute", {"arguable": True}, {}, True, id="grounds not judged yet"
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


@pytest.mark.parametrize(
    ("primitive", "kind"), [("cease", "cease"), ("moratorium", "breathing_space")]
)
@pytest.mark.parametrize(
    ("scope", "blocks"),
    [pytest.param("person", True, id="the whole person"), pytest.param(None, False, id="listed")],
)
def test_a_hold_on_one_debt(primitive: str, kind: str, scope: str | None, blocks: bool) -> None:
    given = {"scope": scope} if scope else {}

    decision = judge(
        an_action(),
        a_hold(kind, debts=frozenset({"D2"})),
        a_rule(primitive, kinds=["breathing_space"], **given),
    )

    assert (decision.verdict is Verdict.BLOCK) is blocks


SIXTY: dict[str, Any] = {"length": {"n": 60, "unit": "days"}}
TREATED: dict[str, Any] = {"end_event": "treatment_ended", "tail": {"n": 30, "unit": "days"}}


@pytest.mark.parametrize(
    ("rule", "hold", "until"),
    [
        pytest.param(
            SIXTY, {"starts": chicago("2026-06-01")}, "2026-07-31", id="day 1 is the first date"
        ),
        pytest.param(SIXTY, {}, "2026-08-02", id="from when it was placed"),
        pytest.param(SIXTY, {"ends": chicago("2026-06-12", "00:00")}, "2026-06-12", id="its own"),
        pytest.param(
            {**SIXTY, "start": "agreed_on"},
            {"attributes": {"agreed_on": "2026-06-05"}},
            "2026-08-04",
            id="from a date that it tells",
        ),
        pytest.param(
            {**SIXTY, "start": "agreed_on"}, {"attributes": {}}, "2026-08-02", id="that it doesn't"
        ),
        pytest.param(
            TREATED, {"attributes": {"treatment_ended": "2026-05-20"}}, "2026-06-20", id="a tail"
        ),
        pytest.param(
            {"end_event": "decided"},
            {"attributes": {"decided": "2026-06-10T09:00:00-05:00"}},
            "2026-06-11",
            id="the date of the decision",
        ),
        pytest.param(
            {"length": {"n": 3, "unit": "months"}},
            {"starts": chicago("2026-06-01")},
            "2026-09-01",
            id="months",
        ),
    ],
)
def test_when_a_moratorium_ends(rule: dict[str, Any], hold: dict[str, Any], until: str) -> None:
    decision = judge(an_action(), a_hold("m", **hold), a_rule("moratorium", kinds=["m"], **rule))

    assert decision.until == chicago(until, "00:00")


@pytest.mark.parametrize(
    ("rule", "hold", "verdict"),
    [
        pytest.param(SIXTY, {"starts": chicago("2026-04-11")}, Verdict.ALLOW, id="it ended"),
        pytest.param({}, {}, Verdict.BLOCK, id="nothing says when it ends"),
        pytest.param(TREATED, {}, Verdict.BLOCK, id="the treatment goes on"),
        pytest.param(
            TREATED,
            {"attributes": {"treatment_ended": "2026-06-11"}},
            Verdict.BLOCK,
            id="the treatment will end",
        ),
        pytest.param(
            TREATED,
            {"attributes": {"treatment_ended": "2026-05-09"}},
            Verdict.ALLOW,
            id="the tail is over",
        ),
        pytest.param(
            TREATED, {"attributes": {"treatment_ended": True}}, Verdict.BLOCK, id="some day"
        ),
        pytest.param(
            TREATED, {"attributes": {"treatment_ended": "soon"}}, Verdict.BLOCK, id="no date"
        ),
    ],
)
def test_whether_a_moratorium_has_ended(
    rule: dict[str, Any], hold: dict[str, Any], verdict: Verdict
) -> None:
    decision = judge(an_action(), a_hold("m", **hold), a_rule("moratorium", kinds=["m"], **rule))

    assert decision.verdict is verdict


@pytest.mark.parametrize(
    ("scope", "attributes", "action", "blocks"),
    [
        pytest.param("debt", {"part": True}, {}, True, id="the whole debt"),
        pytest.param("disputed_part", {"part": True}, {}, True, id="the disputed part"),
        pytest.param(
            "disputed_part",
            {"part": True},
            {"content": frozenset({"undisputed_part_only", "amount"})},
            False,
            id="the undisputed part",
        ),
        pytest.param(
            "disputed_part",
            {},
            {"content": frozenset({"undisputed_part_only"})},
            True,
            id="all of it is disputed",
        ),
        pytest.param("agent_handoff", {}, {}, False, id="a call is no handoff"),
        pytest.param("agent_handoff", {}, {"channel": "agency_handoff"}, True, id="a handoff"),
        pytest.param("agent_handoff", {}, {"purpose": "assign"}, True, id="an assignment"),
    ],
)
def test_what_a_dispute_stops(
    scope: str, attributes: dict[str, Any], action: dict[str, Any], blocks: bool
) -> None:
    decision = judge(
        an_action(**action),
        a_hold("dispute", attributes=attributes),
        a_rule("dispute_hold", scope=scope),
    )

    assert (decision.verdict is Verdict.BLOCK) is blocks


@pytest.mark.parametrize(
    ("flags", "rule", "blocks"),
    [
        pytest.param({"grievance_open": True}, {}, True, id="open"),
        pytest.param({"grievance_open": UNKNOWN}, {}, True, id="may be open"),
        pytest.param({"grievance_open": False}, {}, False, id="closed"),
        pytest.param({"other": True}, {}, False, id="something else"),
        pytest.param(
            {"grievance_open": True}, {"allowed_purposes": ["collection"]}, False, id="let through"
        ),
    ],
)
def test_a_flag_of_a_debt_may_open_a_dispute(
    flags: dict[str, Any], rule: dict[str, Any], blocks: bool
) -> None:
    facts = some_facts(debts={"D1": Debt(flags=flags)})

    decision = judge(an_action(), facts, a_rule("dispute_hold", trigger=["grievance_open"], **rule))

    assert (decision.verdict is Verdict.BLOCK) is blocks


@pytest.mark.parametrize("primitive", ["cease", "dispute_hold", "moratorium"])
def test_without_holds_nothing_is_held(primitive: str) -> None:
    decision = judge(an_action(), some_facts(), a_rule(primitive, kinds=["review"]))

    assert decision.verdict is Verdict.ALLOW
