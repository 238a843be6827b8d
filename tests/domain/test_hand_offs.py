"""Courses of hand-offs: any order of words gives one state, and people can't skip steps."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.hand_offs import (
    COURSES,
    PROPOSED,
    SERVICE,
    STATES,
    HandOff,
    HandOffError,
    HandOffKind,
    Mark,
    begun_at,
    hold_of,
    is_open,
    join,
    kind_of,
    state_of,
    take,
)
from outreach.domain.holds import settle_holds
from outreach.domain.referrals import STEPS, read_referral
from outreach.domain.signals import Signal, SignalError
from outreach.domain.vocabulary import Channel, ContactPolicy, HoldKind, Purpose

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WAYS = {
    HandOffKind.REFERRAL: ("referred", "accepted", "filed", "judged"),
    HandOffKind.VISIT: ("ordered", "made"),
    HandOffKind.PLACEMENT: ("placed", "recalled"),
}


def proposed(kind: HandOffKind = HandOffKind.REFERRAL, **changes: Any) -> HandOff:
    known: dict[str, Any] = {
        "ref": "1-" + "0" * 32,
        "kind": kind,
        "loan_id": 7,
        "channel": Channel.RECORDS,
        "purpose": Purpose.LEGAL_NOTICE,
        "opened_by": "Ann",
        "marks": {PROPOSED: Mark(PROPOSED, NOON, "Ann")},
        "needs": ("lawsuit_referral",),
        "policy": ContactPolicy.STOP_ALL,
    }
    return HandOff(**(known | changes))


def a_mark(step: str, minutes: int = 1, by: str = "Bob", **told: str) -> Mark:
    return Mark(step, NOON + timedelta(minutes=minutes), by, told)


def walked(kind: HandOffKind, steps: tuple[str, ...]) -> HandOff:
    hand_off = proposed(kind)
    for number, step in enumerate(steps, 1):
        hand_off = take(hand_off, a_mark(step, number))
    return hand_off


marks = st.builds(
    a_mark,
    st.sampled_from(sorted(COURSES[HandOffKind.REFERRAL].moves)),
    st.integers(-3, 3),
    st.sampled_from(["Bob", "Cy"]),
)


@given(st.lists(marks, max_size=8), st.randoms())
def test_words_in_any_order_and_told_twice_come_to_the_same_case(
    told: list[Mark], random: Any
) -> None:
    other = told + told[:3]
    random.shuffle(other)

    def case(words: list[Mark]) -> HandOff:
        joined = proposed()
        for word in words:
            joined = join(joined, word)
        return joined

    assert case(told) == case(other)
    assert state_of(case(told)) in STATES


@given(st.lists(marks, max_size=8))
def test_what_an_operator_may_do_next_is_what_the_course_says(told: list[Mark]) -> None:
    hand_off = proposed()
    for mark in told:
        before = state_of(hand_off)
        following = COURSES[hand_off.kind].moves[before]
        taken = None
        with suppress(HandOffError):
            taken = take(hand_off, mark)
        assert (taken is not None) == (mark.step in following)
        hand_off = taken or hand_off
        assert state_of(hand_off) == (mark.step if taken else before)
    assert is_open(hand_off) == bool(COURSES[hand_off.kind].moves[state_of(hand_off)])


@pytest.mark.parametrize("kind", HandOffKind)
def test_the_way_of_each_kind(kind: HandOffKind) -> None:
    way = WAYS[kind]
    done = walked(kind, way)

    assert state_of(done) == way[-1]
    assert not is_open(done)
    assert begun_at(done) == NOON + timedelta(minutes=1)
    for first, then in pairwise((PROPOSED, *way)):
        assert then in COURSES[kind].moves[first]


def test_whoever_asked_cannot_approve_however_they_write_their_name() -> None:
    with pytest.raises(HandOffError, match="same_person"):
        take(proposed(), a_mark("referred", by=" ANN "))
    with pytest.raises(HandOffError, match="same_person"):
        take(proposed(opened_by="Ann (ann.lee)"), a_mark("referred", by="Ann Smith (ann.lee)"))
    own = proposed(opened_by=SERVICE)
    assert state_of(take(own, a_mark("referred", by="Ann"))) == "referred"
    free = proposed(needs=())
    assert state_of(take(free, a_mark("referred", by="Ann"))) == "referred"


def test_a_step_of_another_kind_is_no_step() -> None:
    for refuses in (take, join):
        with pytest.raises(HandOffError, match="unknown_step"):
            refuses(proposed(), a_mark("placed"))


def test_of_two_ends_the_earlier_stands() -> None:
    judged = join(join(proposed(), a_mark("judged", 2)), a_mark("withdrawn", 3))
    withdrawn = join(join(proposed(), a_mark("judged", 2)), a_mark("withdrawn", 1))

    assert state_of(judged) == "judged"
    assert state_of(withdrawn) == "withdrawn"


def test_outreach_is_held_back_from_the_opening_step_until_a_step_that_frees() -> None:
    assert hold_of(proposed()) is None
    assert hold_of(join(proposed(), a_mark("withdrawn"))) is None
    assert hold_of(walked(HandOffKind.REFERRAL, ("referred",))) is not None
    assert hold_of(replace(walked(HandOffKind.REFERRAL, ("referred",)), policy="")) is None

    held = {
        "referred": True,
        "judged": True,
        "withdrawn": False,
    }
    for last, stands in held.items():
        steps = {"judged": WAYS[HandOffKind.REFERRAL], "referred": ("referred",)}.get(
            last, ("referred", "withdrawn")
        )
        hold = hold_of(walked(HandOffKind.REFERRAL, steps))
        assert hold is not None
        assert (hold.kind, hold.policy, hold.loan_id) == (HoldKind.OPERATOR, "stop_all", 7)
        [settled] = settle_holds({hold.key: hold}).values()
        assert (settled.released_at is None) is stands, last


def test_a_recall_at_the_instant_of_the_placing_frees() -> None:
    placed = join(proposed(HandOffKind.PLACEMENT), a_mark("placed", 1))
    hold = hold_of(join(placed, a_mark("recalled", 1)))

    assert hold is not None
    [settled] = settle_holds({hold.key: hold}).values()
    assert settled.released_at is not None


def test_who_has_to_take_a_step_follows_from_channel_and_purpose() -> None:
    rows = {
        (Channel.VISIT, Purpose.COLLECTION): HandOffKind.VISIT,
        (Channel.RECORDS, Purpose.LEGAL_NOTICE): HandOffKind.REFERRAL,
        (Channel.AGENCY_HANDOFF, Purpose.LEGAL_NOTICE): HandOffKind.REFERRAL,
        (Channel.AGENCY_HANDOFF, Purpose.COLLECTION): HandOffKind.PLACEMENT,
        (Channel.AGENCY_HANDOFF, Purpose.ASSIGN): HandOffKind.PLACEMENT,
        (Channel.SMS, Purpose.COLLECTION): None,
    }
    assert {row: kind_of(*row) for row in rows} == rows


def a_signal(step: str, **told: Any) -> Signal:
    data = {"loan": {"id": "LN-1"}, "referral": told}
    return Signal("s-1", "urn:lender", f"referral.{step}", "loan/LN-1", NOON, None, data)


@pytest.mark.parametrize("step", STEPS)
def test_a_signal_tells_a_step(step: str) -> None:
    told = read_referral(a_signal(step, id="1-2", at=NOON.isoformat(), court="Queens", by="Cy"))

    assert told.ref == "1-2"
    assert told.mark == Mark(step, NOON, "Cy", {"court": "Queens"})


def test_a_signal_that_names_no_case_is_about_the_newest_and_its_sender_speaks() -> None:
    told = read_referral(a_signal("filed"))

    assert (told.ref, told.mark.by, told.mark.at) == ("", "urn:lender", NOON)


def test_a_signal_without_the_case_is_malformed() -> None:
    signal = replace(a_signal("filed"), data={"loan": {"id": "LN-1"}})
    with pytest.raises(SignalError, match="malformed"):
        read_referral(signal)
