"""What holds for rules about who, where and what, whatever the facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.compliance.pack import Rule
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import (
    UNKNOWN,
    Approval,
    Consent,
    Endpoint,
    Facts,
    Hold,
    InboundMessage,
    LedgerEntry,
    OptOut,
)
from tests.compliance.builders import a_rule, an_action, judge, some_facts

RANK = {Verdict.ALLOW: 0, Verdict.DEFER: 1, Verdict.BLOCK: 2}
START = datetime(2026, 1, 1, tzinfo=UTC)
ROLES = ["debtor", "attorney", "contact_person", "spouse", "unknown"]
ZONES = ["America/New_York", "America/Chicago", "Asia/Shanghai"]
PEOPLE = st.sampled_from([None, "P1", "F1"])
flags = st.sampled_from([True, False, UNKNOWN])
UNREACHABLE: dict[str, Any] = {
    "invalid_number": True,
    "failed_attempts": {"n": 2},
    "failed_dates": {"n": 2, "usable": "next_date"},
}


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    n = draw(st.integers(1, 40))
    length = {"n": n, "unit": draw(st.sampled_from(["hours", "days", "months"]))}
    lengths = st.sampled_from([{}, {"ttl": length}])
    some_unreachable = draw(st.sampled_from(sorted(UNREACHABLE)))
    condition = draw(
        st.sampled_from(
            [
                {},
                {"unreachable_when": {some_unreachable: UNREACHABLE[some_unreachable]}},
                {"named_by_debtor": True, "disclosure": "full"},
                {"when": {"person_flags": {"any_of": ["deceased"]}}, "may_say": ["amount"]},
                {"when": {"consent": "volunteer"}},
            ]
        )
    )
    made: dict[str, dict[str, Any]] = {
        "recipient_block": {
            "allowed_roles": ["debtor", "attorney"],
            "conditional_roles": {draw(st.sampled_from(["contact_person", "other"])): condition},
            "max_per_recipient": draw(st.integers(1, 2)),
        },
        "place_block": {
            "places": ["work"],
            "condition": draw(
                st.sampled_from(
                    [{}, {"only_if": ["employer_prohibits"]}, {"unless": ["sole_number"]}]
                )
            ),
            **draw(st.sampled_from([{}, {"order": ["home", "work"]}])),
        },
        "representation_redirect": {
            "fallback": {"after": length, "requires": "human_approval", **draw(lengths)}
        },
        "human_approval_required": {"subject": "a", **draw(lengths)},
        "sender_identity": {"licence": True, "number_prefix": ["1600"]},
        "retention": {"min": length, "from": "last_record_at"},
        "moratorium": {"kinds": ["review"], "length": length},
        "dispute_hold": {"trigger": ["review", "open"]},
        "opt_out": {"scope": draw(st.sampled_from(["endpoint", "medium", "topic", "all"]))},
        "consent_required": {"kinds": ["volunteer"], **draw(lengths)},
        "number_freshness": {
            "max_age": length,
            "renewed_by": ["volunteer"],
            "result_policy": {"no_data": draw(st.sampled_from(["ignore", "human_approval"]))},
        },
    }
    primitive = draw(st.sampled_from(sorted(made)))
    return a_rule(primitive, id=f"x.{primitive}", **made[primitive])


@st.composite
def situations(draw: st.DrawFn) -> tuple[ProposedAction, Facts]:
    at = START + timedelta(minutes=draw(st.integers(0, 400 * 24 * 60)))
    near = st.integers(-48, 60 * 24).map(lambda hours: at - timedelta(hours=hours))
    entries = st.builds(
        LedgerEntry,
        at=near,
        channel=st.sampled_from(["call", "visit"]),
        direction=st.sampled_from(["in", "out"]),
        outcome=st.sampled_from(["no_answer", "conversation", "third_party_spoken", "pending"]),
        debts=st.just(("D1",)),
        endpoint=PEOPLE,
        purpose=st.sampled_from([None, "collection", "purge"]),
        recipient_role=st.sampled_from(ROLES),
        place=st.sampled_from([None, "home", "work"]),
    )
    consents = st.builds(
        Consent,
        kind=st.sampled_from(["volunteer", "third_party_contact"]),
        at=near,
        endpoint=PEOPLE,
        starts=near | st.none(),
        expires=near | st.none(),
    )
    approvals = st.builds(
        Approval,
        subject=st.sampled_from(["a", "representative_silent", "number_freshness"]),
        at=near,
        approver_role=st.just("head"),
        expires=near | st.none(),
    )
    holds = st.builds(
        Hold,
        kind=st.sampled_from(["attorney", "review", "legal_hold"]),
        at=near,
        starts=near | st.none(),
        ends=near | st.none(),
        released=near | st.none(),
        attributes=st.sampled_from([{}, {"last_contacted_at": "2026-02-01"}]),
    )
    endpoints = st.builds(
        Endpoint,
        kind=st.sampled_from([None, "mobile", "work_phone", UNKNOWN]),
        status=st.sampled_from(["active", "invalid"]),
        checked_at=near,
        checked_result=st.sampled_from([None, "yes", "no", "no_data"]),
        flags=st.dictionaries(st.sampled_from(["employer_prohibits", "named_by_debtor"]), flags),
    )
    facts = some_facts(
        zones=draw(st.lists(st.sampled_from(ZONES), max_size=2, unique=True)),
        ledger=tuple(draw(st.lists(entries, max_size=10))),
        consents=tuple(draw(st.lists(consents, max_size=3))),
        approvals=tuple(draw(st.lists(approvals, max_size=3))),
        holds=tuple(draw(st.lists(holds, max_size=3))),
        opt_outs=tuple(
            draw(st.lists(st.builds(OptOut, at=near, medium=st.just("call")), max_size=1))
        ),
        inbound=tuple(
            draw(st.lists(st.builds(InboundMessage, at=near, medium=st.just("sms")), max_size=1))
        ),
        refusals=tuple(draw(st.lists(st.tuples(st.just("F1"), near), max_size=1))),
        endpoints=draw(st.dictionaries(st.sampled_from(["P1", "F1"]), endpoints)),
        person_flags=draw(
            st.dictionaries(st.sampled_from(["deceased", "debtor_number_invalid"]), flags)
        ),
        person_dates=draw(st.dictionaries(st.just("last_record_at"), near)),
    )
    action = an_action(
        at=at,
        purpose=draw(st.sampled_from(["collection", "purge"])),
        recipient_role=draw(st.sampled_from(ROLES)),
        endpoint=draw(PEOPLE),
        place=draw(st.sampled_from([None, "home", "work"])),
        content=draw(st.frozensets(st.sampled_from(["amount", "greeting"]))),
        sender_attributes=draw(
            st.dictionaries(st.sampled_from(["licence", "number"]), st.just("1600"))
        ),
    )
    return action, facts


def known_at(facts: Facts, at: datetime) -> Facts:
    """Keep what was known at an instant."""
    lists: dict[str, Any] = {
        name: tuple(one for one in getattr(facts, name) if one.at <= at)
        for name in ("ledger", "consents", "approvals", "opt_outs", "inbound", "holds")
    }
    return replace(
        facts,
        **lists,
        refusals=tuple(one for one in facts.refusals if one[1] <= at),
        person_dates={name: day for name, day in facts.person_dates.items() if day <= at},
    )


@settings(max_examples=120, deadline=None)
@given(situations(), st.lists(rules(), max_size=3), rules())
def test_a_further_rule_never_relaxes(
    situation: tuple[ProposedAction, Facts], some: list[Rule], further: Rule
) -> None:
    action, facts = situation

    fewer, more = judge(action, facts, *some), judge(action, facts, *some, further)

    assert RANK[more.verdict] >= RANK[fewer.verdict]
    assert more.rules >= fewer.rules - {"engine.needs_review"}
    if fewer.until and more.until:
        assert more.until >= fewer.until


@settings(max_examples=120, deadline=None)
@given(situations(), st.lists(rules(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_facts_and_rules_is_irrelevant(
    situation: tuple[ProposedAction, Facts], some: list[Rule], random: Any
) -> None:
    action, facts = situation
    shuffled: dict[str, Any] = {
        name: tuple(random.sample(getattr(facts, name), len(getattr(facts, name))))
        for name in ("ledger", "holds", "consents", "approvals", "opt_outs", "zones")
    }

    one = judge(action, facts, *some)
    other = judge(action, replace(facts, **shuffled), *random.sample(some, len(some)))

    assert (one.verdict, one.until, one.rules) == (other.verdict, other.until, other.rules)


@settings(max_examples=120, deadline=None)
@given(situations(), st.lists(rules(), min_size=1, max_size=3))
def test_a_decision_looks_at_nothing_that_was_not_known(
    situation: tuple[ProposedAction, Facts], some: list[Rule]
) -> None:
    action, facts = situation
    known = known_at(facts, action.at)
    endpoints = {
        name: replace(one, checked_at=None, checked_result=None)
        if one.checked_at is not None and one.checked_at > action.at
        else one
        for name, one in known.endpoints.items()
    }

    assert judge(action, facts, *some) == judge(action, replace(known, endpoints=endpoints), *some)


@settings(max_examples=120, deadline=None)
@given(situations(), st.lists(rules(), min_size=1, max_size=3))
def test_a_deferral_ends_where_it_is_allowed(
    situation: tuple[ProposedAction, Facts], some: list[Rule]
) -> None:
    action, facts = situation
    decision = judge(action, facts, *some)

    assert (decision.until is not None) is (decision.verdict is Verdict.DEFER)
    if decision.until is None:
        return
    known = known_at(facts, action.at)
    assert decision.until > action.at
    # What is released later wasn't known when the deferral was computed.
    held = tuple(
        replace(hold, released=None) if hold.released and hold.released > action.at else hold
        for hold in known.holds
    )
    later = replace(action, at=decision.until)
    assert judge(later, replace(known, holds=held), *some).verdict is Verdict.ALLOW
