"""What holds for any rules and any facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.compliance.pack import Rule
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import Consent, Facts, Hold, LedgerEntry, OptOut
from tests.compliance.builders import a_rule, an_action, judge, some_facts

RANK = {Verdict.ALLOW: 0, Verdict.DEFER: 1, Verdict.BLOCK: 2}
ZONES = ["America/New_York", "America/Chicago", "America/Phoenix", "Asia/Shanghai", "Asia/Kolkata"]
START = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 400 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    kind = draw(st.sampled_from(["hours", "rolling", "calendar", "wait", "hold", "opt_out", "ask"]))
    number = draw(st.integers(1, 5))
    basis = draw(st.sampled_from(["local_date", "duration"]))
    made: dict[str, dict[str, Any]] = {
        "hours": {
            "primitive": "quiet_hours",
            "windows": {"mon-fri": [["09:00", "20:00"]], "sat": [["10:00", "12:00"]]},
            "tz_basis": ["address"],
            "multi_zone": draw(st.sampled_from(["all", "any"])),
        },
        "rolling": {
            "primitive": "rolling_cap",
            "limit": number,
            "window": {
                "n": draw(st.integers(1, 9)),
                "unit": draw(st.sampled_from(["days", "hours"])),
            },
            "basis": basis,
            "unit": draw(st.sampled_from(["debt", "person", "endpoint"])),
        },
        "calendar": {
            "primitive": "calendar_cap",
            "limit": number,
            "period": draw(st.sampled_from(["day", "week", "month"])),
            "unit": "person",
        },
        "wait": {
            "primitive": "cooldown_after_outcome",
            "outcomes": ["conversation"],
            "duration": {"n": draw(st.integers(1, 9)), "unit": "days"},
            "basis": basis,
        },
        "hold": {"primitive": "moratorium", "kinds": ["review"]},
        "opt_out": {"primitive": "opt_out"},
        "ask": {"primitive": "consent_required", "kinds": ["c"], "ttl": {"n": 30, "unit": "days"}},
    }
    return a_rule(id=f"x.{kind}", **made[kind])


def entries(at: datetime) -> st.SearchStrategy[LedgerEntry]:
    return st.builds(
        LedgerEntry,
        at=st.integers(-5, 20 * 24 * 60).map(lambda minutes: at - timedelta(minutes=minutes)),
        channel=st.sampled_from(["call", "sms"]),
        direction=st.sampled_from(["in", "out"]),
        outcome=st.sampled_from(["no_answer", "conversation", "pending", "released"]),
        debts=st.sampled_from([("D1",), ("D2",), ("D1", "D2")]),
        endpoint=st.sampled_from([None, "P1", "P2"]),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[ProposedAction, Facts]:
    at = draw(instants)
    before = st.integers(0, 40 * 24).map(lambda hours: at - timedelta(hours=hours))
    after = st.integers(1, 40 * 24).map(lambda hours: at + timedelta(hours=hours))
    holds = st.builds(Hold, kind=st.just("review"), at=before, starts=after | st.none(), ends=after)
    consents = st.builds(Consent, kind=st.just("c"), at=before, starts=after | st.none())
    opt_outs = st.builds(OptOut, at=before | after, medium=st.sampled_from(["sms", "email"]))
    facts = some_facts(
        zones=draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True)),
        ledger=tuple(draw(st.lists(entries(at), max_size=12))),
        holds=tuple(draw(st.lists(holds, max_size=2))),
        consents=tuple(draw(st.lists(consents, max_size=2))),
        opt_outs=tuple(draw(st.lists(opt_outs, max_size=1))),
    )
    return an_action(at=at, channel=draw(st.sampled_from(["call", "sms"])), endpoint="P1"), facts


def known_at(facts: Facts, at: datetime) -> Facts:
    """Keep what was known at an instant, so that asking later learns nothing new."""
    return replace(
        facts,
        ledger=tuple(e for e in facts.ledger if e.at <= at),
        consents=tuple(c for c in facts.consents if c.at <= at),
        opt_outs=tuple(o for o in facts.opt_outs if o.at <= at),
    )


@settings(max_examples=150, deadline=None)
@given(situations(), st.lists(rules(), max_size=4), rules())
def test_a_further_rule_never_relaxes(
    situation: tuple[ProposedAction, Facts], some: list[Rule], further: Rule
) -> None:
    action, facts = situation

    fewer, more = judge(action, facts, *some), judge(action, facts, *some, further)

    assert RANK[more.verdict] >= RANK[fewer.verdict]
    assert more.rules >= fewer.rules
    if fewer.until and more.until:
        assert more.until >= fewer.until


@settings(max_examples=150, deadline=None)
@given(situations(), st.lists(rules(), min_size=1, max_size=4))
def test_a_deferral_ends_at_the_first_instant_that_is_allowed(
    situation: tuple[ProposedAction, Facts], some: list[Rule]
) -> None:
    action, facts = situation
    decision = judge(action, facts, *some)

    assert (decision.until is not None) is (decision.verdict is Verdict.DEFER)
    if decision.until is None:
        return
    known = known_at(facts, action.at)
    assert decision.until > action.at
    assert judge(replace(action, at=decision.until), known, *some).verdict is Verdict.ALLOW
    just_before = decision.until - timedelta(microseconds=1)
    if just_before > action.at:
        assert judge(replace(action, at=just_before), known, *some).verdict is not Verdict.ALLOW


@settings(max_examples=150, deadline=None)
@given(situations(), st.lists(rules(), max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_facts_and_rules_is_irrelevant(
    situation: tuple[ProposedAction, Facts], some: list[Rule], random: Any
) -> None:
    action, facts = situation
    shuffled: dict[str, Any] = {
        name: tuple(random.sample(getattr(facts, name), len(getattr(facts, name))))
        for name in ("ledger", "holds", "consents", "opt_outs", "zones")
    }

    one = judge(action, facts, *some)
    other = judge(action, replace(facts, **shuffled), *random.sample(some, len(some)))

    assert (one.verdict, one.until, one.rules) == (other.verdict, other.until, other.rules)


@settings(max_examples=100, deadline=None)
@given(situations(), st.lists(rules(), max_size=4))
def test_a_decision_looks_at_nothing_that_was_not_known(
    situation: tuple[ProposedAction, Facts], some: list[Rule]
) -> None:
    action, facts = situation

    assert judge(action, facts, *some) == judge(action, known_at(facts, action.at), *some)
