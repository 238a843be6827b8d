"""The verdict: all rules asked, block over defer over allow, and when it clears."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from outreach.compliance import compile_packs, decide
from outreach.compliance.engine import CompiledPacks, UnknownPrimitiveError, examine
from outreach.compliance.pack import Effective, OnFail, Pack, Requires
from outreach.compliance.selectors import KEYS
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.domain.decisions import Decision, ProposedAction, Reason, Verdict
from outreach.domain.known import Hold, ZoneEvidence, instant_of
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
FORBIDDEN = a_rule("channel_forbidden", id="x.forbidden", needs="a miracle")
REVIEW = a_rule("moratorium", id="x.review", kinds=["review"])


def test_every_rule_is_asked_and_block_outranks_defer() -> None:
    facts = some_facts(holds=(Hold("review", NOON, ends=NOON + timedelta(days=1)),))

    decision = judge(an_action(), facts, REVIEW, FORBIDDEN)

    assert decision.verdict is Verdict.BLOCK
    assert codes(decision) == ["moratorium.in_force", "channel_forbidden.forbidden"]
    assert decision.rules == {"x.review", "x.forbidden"}
    assert decision.until is None
    assert decision.reasons[0].until == NOON + timedelta(days=1)
    assert decision.needs == ("a miracle",)


def test_allow_is_one_object() -> None:
    packs = compile_packs([Pack("x", "2026.11", (REVIEW,), content_hash="abc")])

    first = decide(an_action(), some_facts(), packs)

    assert first is decide(an_action(channel="sms"), some_facts(), packs)
    assert first == Decision(Verdict.ALLOW, packs=(("x", "abc"),))


def test_an_instant_without_a_zone_is_refused() -> None:
    action = an_action(at=datetime(2026, 6, 10, 12, 0))  # noqa: DTZ001 - the point of the test

    decision = judge(action, some_facts())

    assert decision.verdict is Verdict.BLOCK
    assert codes(decision) == ["engine.insufficient_facts"]


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        pytest.param({"key": "K"}, True, id="the same key"),
        pytest.param({"key": "L"}, False, id="another key"),
        pytest.param({"key": "K", "outcome": "released"}, False, id="never placed"),
        pytest.param({"key": "K", "at": NOON + timedelta(days=1)}, False, id="not known yet"),
    ],
)
def test_a_key_in_the_ledger_is_a_duplicate(entry: dict[str, Any], refused: bool) -> None:
    facts = some_facts(ledger=(a_call(**{"at": NOON, **entry}),))

    decision = judge(an_action(key="K"), facts)

    assert codes(decision) == (["engine.duplicate"] if refused else [])


def test_several_deferrals_are_re_asked_until_nothing_objects() -> None:
    # The cap clears on a Sunday, which the hours keep closed.
    hours = a_rule("quiet_hours", windows={"mon-sat": [["08:00", "21:00"]]}, tz_basis=["address"])
    cap = a_rule("rolling_cap", limit=1, window={"n": 7, "unit": "days"})
    facts = some_facts(ledger=(a_call(chicago("2026-06-07")),))

    decision = judge(an_action(), facts, hours, cap)

    assert codes(decision) == ["rolling_cap.reached"]
    assert decision.reasons[0].until == chicago("2026-06-14", "00:00")
    assert decision.until == chicago("2026-06-15", "08:00")


@pytest.mark.parametrize(
    ("zones", "until"),
    [
        pytest.param(("America/Chicago",), chicago("2026-06-12", "00:00"), id="one zone"),
        pytest.param(
            ("America/Los_Angeles", "America/Chicago"),
            chicago("2026-06-12", "02:00"),
            id="the last zone to begin the date",
        ),
    ],
)
def test_a_rule_that_ends_holds_nothing_back_any_longer(
    zones: tuple[str, ...], until: datetime
) -> None:
    facts = some_facts(zones=zones, holds=(Hold("review", NOON, ends=NOON + timedelta(days=5)),))
    rule = a_rule("moratorium", kinds=["review"], effective=Effective(end=date(2026, 6, 12)))

    decision = judge(an_action(), facts, rule)

    assert (decision.until, decision.reasons[0].until) == (until, until)


def test_a_rule_that_ends_later_than_it_clears_changes_nothing() -> None:
    facts = some_facts(holds=(Hold("review", NOON, ends=NOON + timedelta(days=1)),))
    rule = a_rule("moratorium", kinds=["review"], effective=Effective(end=date(2026, 7, 1)))

    assert judge(an_action(), facts, rule).until == NOON + timedelta(days=1)


def test_what_clears_only_after_the_horizon_needs_review() -> None:
    facts = some_facts(holds=(Hold("review", NOON, ends=NOON + timedelta(days=401)),))

    decision = judge(an_action(), facts, REVIEW)

    assert decision.verdict is Verdict.BLOCK
    assert codes(decision) == ["moratorium.in_force", "engine.needs_review"]


def test_a_rule_that_begins_to_block_before_it_clears_needs_review() -> None:
    facts = some_facts(holds=(Hold("review", NOON, ends=NOON + timedelta(days=5)),))
    soon = a_rule("channel_forbidden", effective=Effective(start=date(2026, 6, 12)))

    assert "engine.needs_review" in codes(judge(an_action(), facts, REVIEW, soon))


def test_a_deferral_that_a_rule_turns_into_a_block_has_no_end() -> None:
    facts = some_facts(holds=(Hold("review", NOON, ends=NOON + timedelta(days=5)),))
    rule = a_rule("moratorium", kinds=["review"], on_fail=OnFail.BLOCK)

    decision = judge(an_action(), facts, rule)

    assert (decision.verdict, decision.until, decision.reasons[0].until) == (
        Verdict.BLOCK,
        None,
        None,
    )


def _stuck(_: Parameters) -> Check:
    def check(view: View) -> Objection | None:
        return defer("stuck", view.now)

    return check


def test_a_rule_that_names_no_later_instant_needs_review() -> None:
    packs = CompiledPacks(
        [Pack("x", "2026.11", (a_rule("stuck"),))], {"stuck": Primitive("stuck", _stuck, {})}
    )

    assert codes(decide(an_action(), some_facts(), packs))[-1] == "engine.needs_review"


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        pytest.param({"enforce": False}, "shadow", id="shadow mode"),
        pytest.param({"on_fail": OnFail.WARN}, "warnings", id="warns by design"),
        pytest.param(
            {"effective": Effective(waived_until=date(2026, 6, 11))}, "warnings", id="waived"
        ),
        pytest.param(
            {"effective": Effective(waived_until=date(2026, 6, 10))}, "reasons", id="waiver over"
        ),
    ],
)
def test_rules_that_may_not_stop_a_contact_are_mentioned(rule: dict[str, Any], where: str) -> None:
    decision = judge(an_action(), some_facts(), a_rule("channel_forbidden", **rule))

    found = {
        name
        for name in ("reasons", "warnings", "shadow")
        if [reason.rule for reason in getattr(decision, name)]
    }
    assert found == {where}
    assert (decision.verdict is Verdict.ALLOW) is (where != "reasons")


def test_what_only_warns_does_not_move_the_end() -> None:
    facts = some_facts(holds=(Hold("review", NOON, ends=NOON + timedelta(days=1)),))
    mention = a_rule("channel_forbidden", on_fail=OnFail.WARN)

    decision = judge(an_action(), facts, REVIEW, mention, a_rule("cease", enforce=False))

    assert decision.until == NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("effective", "at", "zones", "in_force"),
    [
        pytest.param(
            Effective(start=date(2026, 6, 10)),
            chicago("2026-06-10", "00:00"),
            None,
            True,
            id="first",
        ),
        pytest.param(
            Effective(start=date(2026, 6, 10)),
            chicago("2026-06-09", "23:59"),
            None,
            False,
            id="eve",
        ),
        pytest.param(
            Effective(end=date(2026, 6, 10)), chicago("2026-06-09", "23:59"), None, True, id="last"
        ),
        pytest.param(
            Effective(end=date(2026, 6, 10)),
            chicago("2026-06-10", "00:00"),
            None,
            False,
            id="after",
        ),
        pytest.param(
            Effective(start=date(2026, 6, 10)),
            utc("2026-06-09", "10:00"),
            (),
            True,
            id="no zone: where the date begins first",
        ),
        pytest.param(Effective(start=date(2026, 1, 1)), NOON, None, True, id="long since"),
        pytest.param(Effective(start=date(2027, 1, 1)), NOON, None, False, id="long before"),
        pytest.param(Effective(end=date(2026, 1, 1)), NOON, None, False, id="long over"),
    ],
)
def test_rules_are_in_force_on_local_dates(
    effective: Effective, at: datetime, zones: Any, in_force: bool
) -> None:
    facts = some_facts() if zones is None else some_facts(zones=zones)

    decision = judge(an_action(at=at), facts, a_rule("channel_forbidden", effective=effective))

    assert (decision.verdict is Verdict.BLOCK) is in_force


def test_a_pack_is_about_the_roles_it_requires() -> None:
    requires = Requires(roles=frozenset({"third_party"}))
    anyone = a_rule("channel_forbidden", id="x.anyone", applies_to={"role": ["first_party"]})
    facts = some_facts(lender_role="first_party")

    assert judge(an_action(), facts, FORBIDDEN, requires=requires).verdict is Verdict.ALLOW
    assert judge(an_action(), facts, anyone, requires=requires).rules == {"x.anyone"}


def test_needs_and_obligations_are_named_once() -> None:
    rule = a_rule("channel_forbidden", needs="x", obligations=("call the lawyer",))

    decision = judge(an_action(), some_facts(), rule, rule, FORBIDDEN)

    assert decision.needs == ("x", "a miracle")
    assert decision.obligations == ("call the lawyer",)


def test_a_primitive_nobody_wrote_is_refused() -> None:
    with pytest.raises(UnknownPrimitiveError, match="no primitive 'telepathy'") as caught:
        judge(an_action(), some_facts(), a_rule("telepathy"))

    assert caught.value.rule == "x.rule"


def test_plans_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.compliance.engine.MOST_PLANS", 2)
    packs = compile_packs([Pack("x", "2026.11", (FORBIDDEN,))])

    for place in ("work", "home", "shop", "work"):
        assert decide(an_action(place=place), some_facts(), packs).verdict is Verdict.BLOCK


def test_one_known_zone_is_used_and_several_are_sorted() -> None:
    twice = (
        ZoneEvidence("America/Chicago", "address"),
        ZoneEvidence("America/Chicago", "area_code"),
    )
    view = View(an_action(), some_facts(zones=twice))

    assert view.zones == ("America/Chicago",)


def test_reasons_of_a_block_carry_what_they_looked_at() -> None:
    objection = block("cause", needs="x", seen=1)

    assert (objection.parameters, objection.needs) == ({"seen": 1}, "x")


def test_parameters_are_read_leniently() -> None:
    parameters = Parameters({"a": 1, "b": "x", "c": ["y"], "d": {"e": True}})

    assert parameters.text("a", "default") == "default"
    assert parameters.number("b", 7) == 7
    assert parameters.texts("b") == {"x"}
    assert parameters.part("d").flag("e")
    assert not parameters.part("b").has("e")


def test_a_reason_outside_a_pack_is_complete() -> None:
    assert Reason("r", "c", Verdict.BLOCK).pack == ""
    assert instant_of(0) == utc("1970-01-01", "00:00")
    assert len(KEYS) == len(set(KEYS))
    assert ProposedAction.__slots__


def test_examining_names_the_rules_that_are_content_too() -> None:
    packs = compile_packs([Pack("x", "2026.11", (REVIEW, FORBIDDEN))])

    found = examine(an_action(), some_facts(), packs)

    assert [(rule.id, pack, reason.code if reason else None) for rule, pack, reason in found] == [
        ("x.review", "x", None),
        ("x.forbidden", "x", "channel_forbidden.forbidden"),
    ]
