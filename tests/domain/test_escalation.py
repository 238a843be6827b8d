"""A stage opens by evidence: nothing is skipped or jumped, whatever is late, partial or lost."""

from datetime import date, timedelta
from typing import Any, Final

import pytest

from outreach.domain.choosing import choose_step, stage_entered_on
from outreach.domain.conditions import Condition
from outreach.domain.escalation import MOST_ROUNDS
from outreach.domain.ledger import ELSEWHERE
from outreach.domain.standing import Done, Due, Standing, Wait, WaitReason
from outreach.domain.steps import Evidence, OpenMatter, Proof, Repeat, StageSpan, Step
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass, Stage
from tests.domain.plans import DUE_ON, a_standing, a_step, a_treatment, a_try, at

FREE: Final = frozenset[OpenMatter]()


def a_plan(
    mid: Evidence | None = None, late: Evidence | None = None, *, grace: bool = False
) -> Treatment:
    """Build early 1-29 (days 2, 7, 15), mid 30-59 (every 10 days), late 60-89 (days 60, 75)."""
    early = [a_step("early-2", 2, late_by=2), a_step("early-7", 7), a_step("early-15", 15)]
    stages = [
        StageSpan(Stage.PRE_DUE, "before", -35, 0, (a_step("before-1", -1),)),
        StageSpan(Stage.EARLY, "1-29", 1, 29, tuple(early)),
        StageSpan(
            Stage.MID,
            "30-59",
            30,
            59,
            (a_step("mid", 30, late_by=1, repeat=Repeat(10, 59)),),
            mid or Evidence(days_since=7),
        ),
        StageSpan(
            Stage.LATE,
            "60-89",
            60,
            89,
            (a_step("late-60", 60), a_step("late-75", 75)),
            late or Evidence(days_since=10),
        ),
    ]
    if grace:
        stages[1] = StageSpan(Stage.EARLY, "1-29", 5, 29, tuple(early[1:]))
        stages.insert(1, StageSpan(Stage.GRACE, "grace", 1, 4))
    return a_treatment(stages=tuple(stages))


def live(
    treatment: Treatment,
    days: range,
    *,
    opened: int = 1,
    state: DeliveryState = DeliveryState.DELIVERED,
    down: range = range(0),
    due_on: date = DUE_ON,
    done: tuple[Done, ...] = (),
    **changes: Any,
) -> list[tuple[int, str]]:
    """Live through days at noon, making whatever is due; return (day, key) of each contact.

    `down` are days on which nothing ran; `opened` is the day on which the loan was first seen.
    """
    made: list[tuple[int, str]] = []
    for day in days:
        if day in down:
            continue
        standing = a_standing(
            day,
            due_on=due_on,
            opened_on=DUE_ON + timedelta(days=opened),
            done=done,
            **changes,
        )
        answer = choose_step(treatment, standing, at(day))
        if isinstance(answer, Due):
            error = ErrorClass.REPUTATION if state is DeliveryState.FAILED else None
            done = (*done, a_try(answer.step_key, at(day), state=state, error=error))
            made.append((day, answer.step_key))
    return made


def test_who_is_seen_in_time_goes_by_the_days() -> None:
    assert live(a_plan(), range(1, 95)) == [
        (2, "early-2"),
        (7, "early-7"),
        (15, "early-15"),
        (30, "mid"),
        (40, "mid.d40"),
        (50, "mid.d50"),
        (60, "late-60"),
        (75, "late-75"),
    ]


def test_a_loan_that_arrives_45_days_late_starts_with_the_early_notice() -> None:
    # Kill Bill issue 2297: an account whose anchor moved was blocked without the warning before.
    made = live(a_plan(), range(45, 140), opened=45)

    assert made == [
        (45, "early-2"),
        (50, "early-7"),
        (52, "mid"),  # seven days after the first early notice, not at once
        (62, "late-60"),  # ten days after the first notice of the stage before
        (77, "late-75"),
    ]


@pytest.mark.parametrize("arrives", [3, 10, 29, 30, 45, 61, 75, 89, 90, 200, 500])
def test_whenever_a_loan_arrives_every_stage_comes_in_turn(arrives: int) -> None:
    made = live(a_plan(), range(arrives, arrives + 80), opened=arrives)

    order = [key.partition("-")[0].partition(".")[0] for _, key in made]
    assert order[0] == "early"
    assert order == sorted(order, key=["early", "mid", "late"].index)
    assert len(set(made)) == len(made)


def test_a_partial_payment_neither_resets_nor_raises_the_stage() -> None:
    # OCA credit-control pull request 35: a late or partly paid line jumped a level or began anew.
    treatment = a_plan()
    before = live(treatment, range(1, 33))
    assert before[-1] == (30, "mid")
    done = tuple(a_try(key, at(day)) for day, key in before)

    after = live(treatment, range(33, 45), done=done, outstanding_minor=400)

    assert after == [(40, "mid.d40")]


def test_paying_the_oldest_installment_leads_to_the_next_ones_own_stage() -> None:
    treatment = a_plan()
    # Told of both installments in every stage up to day 60 of the first, which is then paid. The
    # next one fell due 30 days later: it is 31 days late on day 61, and was told of on day 40.
    made = live(treatment, range(1, 61))
    done = tuple(a_try(key, at(day)) for day, key in made)
    next_due = DUE_ON + timedelta(days=30)
    moved: dict[str, Any] = {"due_on": next_due, "anchor_number": 2, "done": done}
    standing = a_standing(61, opened_on=DUE_ON + timedelta(days=1), **moved)

    answer = choose_step(treatment, standing, at(61))

    # The contact of yesterday named it as well, so nothing is due today; and its stage is mid.
    assert isinstance(answer, Wait)
    assert stage_entered_on(treatment, standing, at(61)) == next_due + timedelta(days=30)
    untold = a_standing(61, opened_on=DUE_ON + timedelta(days=61), due_on=next_due, anchor_number=2)
    first = choose_step(treatment, untold, at(61))
    assert isinstance(first, Due)
    assert first.step_key == "early-2"


def elsewhere(*days: int) -> tuple[Done, ...]:
    """Build contacts that somebody else made on these days past due."""
    told = {"case_id": 0, "occurrence": "x", "state": DeliveryState.SENT}
    return tuple(a_try(ELSEWHERE, at(day), **told) for day in days)


def test_what_others_told_opens_stages_and_their_stage_goes_on_by_its_days() -> None:
    # The stage of day 60 was begun by whoever had the loan: day 75 is next, not day 60 again.
    assert live(a_plan(), range(74, 79), opened=74, done=elsewhere(2, 32, 61)) == [(75, "late-75")]
    # They told nobody in it: the loan begins it, on the day it comes.
    assert live(a_plan(), range(74, 79), opened=74, done=elsewhere(2, 32))[0] == (74, "late-60")
    # What they do beside us, once it is ours, moves nothing.
    beside = elsewhere(2, 32, 74)
    assert live(a_plan(), range(74, 79), opened=74, done=beside)[0] == (74, "late-60")


def test_lost_days_skip_no_stage() -> None:
    # Fineract raises "overdue" on exactly one business date: if that day is lost, so is the event.
    everything = live(a_plan(), range(1, 70), down=range(1, 40))

    assert everything[0][1].startswith("early")
    keys = [key for _, key in everything]
    assert keys.index("mid") > 0
    assert live(a_plan(), range(1, 20), down=range(1, 3)) == [
        (3, "early-2"),
        (7, "early-7"),
        (15, "early-15"),
    ]


@pytest.mark.parametrize("matter", [OpenMatter.DISPUTE, OpenMatter.HARDSHIP], ids=str)
def test_what_is_open_keeps_the_next_stage_closed(matter: OpenMatter) -> None:
    treatment = a_plan()
    made = live(treatment, range(1, 20))
    done = tuple(a_try(key, at(day)) for day, key in made)

    held = a_standing(35, done=done, open_matters=frozenset({matter}), opened_on=DUE_ON)
    answer = choose_step(treatment, held, at(35))

    assert isinstance(answer, Wait)
    assert (answer.why, answer.step_key) == (WaitReason.UNPROVEN, f"30-59:{matter}")
    freed_on = DUE_ON + timedelta(days=35)
    free = a_standing(35, done=done, opened_on=DUE_ON, freed_on=freed_on)
    freed = choose_step(treatment, free, at(35))
    assert isinstance(freed, Due)
    assert freed.step_key == "mid"


def test_a_stage_that_was_begun_stays_open_whatever_comes_up() -> None:
    treatment = a_plan()
    done = tuple(a_try(key, at(day)) for day, key in live(treatment, range(1, 33)))

    disputed = a_standing(40, done=done, open_matters=frozenset({OpenMatter.DISPUTE}))
    answer = choose_step(treatment, disputed, at(40))

    # Whether it may be made is for the rules to say.
    assert isinstance(answer, Due)
    assert answer.step_key == "mid.d40"


def test_only_what_arrived_is_proof_where_delivery_is_asked_for() -> None:
    treatment = a_plan(Evidence(proof=Proof.DELIVERED, days_since=1, none_open=FREE))

    sent = live(treatment, range(1, 57), state=DeliveryState.SENT)

    assert [key for _, key in sent if key.startswith("mid")] == []
    # The stage that proved nothing begins again, with keys of its own.
    assert [key for day, key in sent if day >= 30] == ["early-2.r2", "early-7.r2", "early-15.r2"]
    assert (30, "mid") in live(treatment, range(1, 60), state=DeliveryState.DELIVERED)


def test_a_stage_that_proves_nothing_begins_again_only_so_often() -> None:
    treatment = a_plan(Evidence(proof=Proof.DELIVERED))

    made = live(treatment, range(1, 300), state=DeliveryState.SENT)

    assert len(made) == 3 * MOST_ROUNDS
    assert made[-1][1] == f"early-15.r{MOST_ROUNDS}"


def test_a_failure_tells_nobody() -> None:
    made = live(a_plan(), range(1, 59), state=DeliveryState.FAILED)

    assert {key.partition("-")[0] for _, key in made} == {"early"}


def test_only_some_ways_may_count() -> None:
    letter = Evidence(channels=frozenset({Channel.LETTER}), days_since=1)
    treatment = a_plan(letter)

    assert "mid" not in dict(live(treatment, range(1, 40))).values()
    posted = a_try("early-7", at(7), channel=Channel.LETTER)
    answer = choose_step(treatment, a_standing(30, done=(posted,)), at(30))
    assert isinstance(answer, Due)
    assert answer.step_key == "mid"


def test_several_notices_may_be_asked_for_or_none() -> None:
    assert (52, "mid") not in live(a_plan(Evidence(notices=2)), range(45, 60), opened=45)
    at_once = live(a_plan(Evidence(notices=0, none_open=FREE)), range(45, 47), opened=45)
    assert at_once == [(45, "mid")]


@pytest.mark.parametrize("answer", [True, False])
def test_an_expression_may_be_asked_for(*, answer: bool) -> None:
    when = Condition("risk_tier == 'high'", lambda facts: (facts["risk_tier"] == "high") is answer)
    treatment = a_plan(Evidence(when=when))
    done = (a_try("early-2", at(2)),)

    found = choose_step(treatment, a_standing(30, done=done, risk_tier="high"), at(30))

    assert isinstance(found, Due) is answer
    if isinstance(found, Wait):
        assert found.step_key == "30-59:condition"


def test_days_must_have_passed_since_the_notice() -> None:
    done = (a_try("early-2.r1x", at(27)), a_try("early-15", at(28)))
    standing = a_standing(30, done=done, opened_on=DUE_ON + timedelta(days=27))

    answer = choose_step(a_plan(), standing, at(30))

    assert isinstance(answer, Wait)
    assert (answer.why, answer.step_key) == (WaitReason.UNPROVEN, "30-59:days")


def test_a_contact_that_another_loan_led_is_a_notice_too() -> None:
    led = a_try("late-60", at(10), case_id=9, occurrence="1:1:1")
    released = a_try("early-2", at(12), state=DeliveryState.RELEASED)
    early = a_try("before-1", at(-1))

    found = choose_step(a_plan(), a_standing(30, done=(led, released, early)), at(30))

    # It told of this loan while that was in its early stage: mid may open, and late may not.
    assert isinstance(found, Due)
    assert found.step_key == "mid"
    covered = choose_step(
        a_plan(), a_standing(33, done=(led,), opened_on=DUE_ON + timedelta(days=9)), at(33)
    )
    assert isinstance(covered, Wait)


def test_days_of_grace_have_no_words_and_need_no_proof() -> None:
    assert live(a_plan(grace=True), range(1, 10)) == [(7, "early-7")]
    assert live(a_plan(grace=True), range(45, 46), opened=45) == [(45, "early-7")]


def test_a_stage_without_a_step_for_the_loan_waits_for_the_next() -> None:
    never = Condition("false", lambda _: False)
    step: Step = a_step("x", 1)
    conditions = type(step.conditions)(when=never)
    stages = (
        StageSpan(Stage.EARLY, "1-29", 1, 29, (a_step("x", 1, conditions=conditions),)),
        StageSpan(Stage.MID, "30-59", 30, 59, (a_step("y", 30),)),
    )
    treatment = a_treatment(stages=stages)

    answer = choose_step(treatment, a_standing(40, opened_on=DUE_ON), at(40))

    assert isinstance(answer, Wait)
    assert answer.step_key == "30-59:notice"


def test_when_a_stage_was_entered() -> None:
    treatment = a_plan()
    first = DUE_ON + timedelta(days=1)

    assert stage_entered_on(treatment, a_standing(9, opened_on=first), at(9)) == first
    late = a_standing(45, opened_on=DUE_ON + timedelta(days=45))
    assert stage_entered_on(treatment, late, at(45)) == DUE_ON + timedelta(days=45)
    before = a_standing(-3)
    assert stage_entered_on(treatment, before, at(-3)) == DUE_ON - timedelta(days=35)
    beyond = a_standing(-40)
    assert stage_entered_on(treatment, beyond, at(-40)) == DUE_ON - timedelta(days=40)
    assert stage_entered_on(treatment, Standing(**NOTHING), at(3)) == DUE_ON + timedelta(days=3)


NOTHING: Final[dict[str, Any]] = {
    "person_id": 1,
    "loan_id": 1,
    "lender_zone": a_standing(0).lender_zone,
}


def test_the_end_of_the_last_stage_is_the_end() -> None:
    made = live(a_plan(), range(1, 90))
    done = tuple(a_try(key, at(day)) for day, key in made)

    answer = choose_step(a_plan(), a_standing(91, done=done, opened_on=DUE_ON), at(91))

    assert isinstance(answer, Wait)
    assert answer.why is WaitReason.AFTER_LAST_STAGE


def test_before_the_first_stage_that_collects_the_plan_is_as_it_is() -> None:
    stages = (StageSpan(Stage.EARLY, "5-30", 5, 30, (a_step("five", 5),)),)

    answer = choose_step(a_treatment(stages=stages), a_standing(3), at(3))

    assert isinstance(answer, Wait)
    assert (answer.why, answer.step_key) == (WaitReason.NEXT_STEP, "five")
