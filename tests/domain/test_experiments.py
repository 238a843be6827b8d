"""Arms are drawn by hash: the same for ever, in the shares that were asked for."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.choosing import choose_step
from outreach.domain.experiments import HOLD_OUT, NO_ARM, Arm, Experiment, arm_of
from outreach.domain.merging import choose_for_person
from outreach.domain.standing import Due, OpenEvent, OpenQuote, Wait, WaitReason
from outreach.domain.steps import TreatmentError
from outreach.domain.treatment import Treatment, Trigger
from tests.domain.plans import DUE_ON, a_standing, a_step, a_treatment, at

WORDS = Experiment("words-2026", (Arm("plain", 40), Arm("warm", 50), Arm(HOLD_OUT, 10)))
PEOPLE = {arm_of(WORDS, person): person for person in range(1, 400)}
"""Somebody of each arm."""


def test_an_arm_is_drawn_by_experiment_and_person_alone() -> None:
    assert arm_of(None, 17) == NO_ARM
    drawn = [arm_of(WORDS, person) for person in range(20_000)]
    assert drawn == [arm_of(WORDS, person) for person in range(20_000)]
    found = Counter(drawn)
    for arm in WORDS.arms:
        assert abs(found[arm.key] / 200 - arm.percent) < 1.5
    other = Experiment("another", WORDS.arms)
    same = sum(arm_of(other, person) == arm for person, arm in enumerate(drawn))
    assert same / 20_000 == pytest.approx(0.42, abs=0.02)  # .4² + .5² + .1²: as by chance


@pytest.mark.parametrize(
    ("arms", "problem"),
    [
        pytest.param((Arm("a", 40), Arm("b", 50)), "make 90, not 100", id="shares"),
        pytest.param((Arm("a", 50), Arm("a", 50)), "two arms have one name", id="names"),
    ],
)
def test_arms_that_make_no_sense(arms: tuple[Arm, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Experiment("x", arms)


def a_compared(**changes: Any) -> Treatment:
    steps = [
        a_step("plain-1", 1, arms=frozenset({"plain"})),
        a_step("warm-1", 1, arms=frozenset({"warm"})),
        a_step("notice", 5, mandatory=True),
    ]
    return a_treatment(after=steps, experiment=WORDS, **changes)


def test_each_arm_gets_its_own_steps_and_the_hold_out_what_is_mandatory() -> None:
    treatment = a_compared()
    first = {
        arm: choose_step(treatment, a_standing(1, person_id=person), at(1))
        for arm, person in PEOPLE.items()
    }

    plain, warm, held = (first[arm.key] for arm in WORDS.arms)
    assert isinstance(plain, Due)
    assert (plain.step_key, plain.arm) == ("plain-1", "plain")
    assert isinstance(warm, Due)
    assert (warm.step_key, warm.arm) == ("warm-1", "warm")
    assert isinstance(held, Wait)
    notice = choose_step(treatment, a_standing(5, person_id=PEOPLE[HOLD_OUT]), at(5))
    assert isinstance(notice, Due)
    assert (notice.step_key, notice.arm) == ("notice", HOLD_OUT)
    assert [one.key for one in treatment.timeline if one.day == 1] == ["plain-1", "warm-1"]


def test_an_arm_that_is_not_there_is_refused() -> None:
    with pytest.raises(TreatmentError, match=r"no arm 'cold'; there are: hold_out, plain, warm"):
        a_treatment(after=[a_step("x", 1, arms=frozenset({"cold"}))], experiment=WORDS)
    with pytest.raises(TreatmentError, match="there are: none"):
        a_treatment(after=[a_step("x", 1, arms=frozenset({"warm"}))])


def test_the_hold_out_is_in_nobodys_company_unless_it_is_mandatory() -> None:
    compared, plain = a_compared(), a_treatment()
    person = PEOPLE[HOLD_OUT]
    lead = a_standing(5, person_id=person, loan_id=1, case_id=1)
    held = a_standing(3, person_id=person, due_on=DUE_ON + timedelta(days=2))

    alone = choose_for_person([(plain, lead), (compared, held)], at(5))
    assert isinstance(alone, Due)
    assert alone.debts == (1,)
    told = choose_for_person([(compared, lead), (compared, held)], at(5))
    assert isinstance(told, Due)
    assert told.debts == (1, 170)


def test_the_hold_out_is_not_thanked() -> None:
    thanks = {Trigger.CURED: a_step("thanks", 0)}
    treatment = a_compared(events=thanks)
    event = OpenEvent(Trigger.CURED, "cure:9", DUE_ON + timedelta(days=9))

    answers = {
        arm: choose_step(treatment, a_standing(-20, person_id=person, events=(event,)), at(-20))
        for arm, person in PEOPLE.items()
    }

    assert isinstance(answers["plain"], Due)
    assert isinstance(answers[HOLD_OUT], Wait)
    assert answers[HOLD_OUT].why is not WaitReason.WINDOW_CLOSED


@pytest.mark.parametrize("trigger", list(Trigger))
def test_the_hold_out_gets_receipts_and_what_it_asked_for(trigger: Trigger) -> None:
    records = {Trigger.PAID, Trigger.PAID_OFF, Trigger.STATEMENT}
    treatment = a_compared(events={trigger: a_step("answer", 0)})
    event = OpenEvent(trigger, "event:9", DUE_ON + timedelta(days=9))
    person = PEOPLE[HOLD_OUT]

    answer = choose_step(treatment, a_standing(-20, person_id=person, events=(event,)), at(-20))

    assert isinstance(answer, Due) == (trigger in records)


def test_the_hold_out_gets_the_quote_that_it_asked_for() -> None:
    treatment = a_compared(quote_step=a_step("quote", 0))
    quote = OpenQuote(quote_id="q-1", valid_until=DUE_ON, asked=True)

    answer = choose_step(
        treatment, a_standing(-20, person_id=PEOPLE[HOLD_OUT], quotes=(quote,)), at(-20)
    )

    assert isinstance(answer, Due)
    assert (answer.step_key, answer.arm) == ("quote", HOLD_OUT)
