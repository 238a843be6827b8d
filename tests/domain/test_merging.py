"""One person's loans share one contact: the most past due leads, what is due today joins it."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from outreach.domain.merging import choose_for_person
from outreach.domain.standing import Due, OpenQuote, Standing, Wait, WaitReason
from outreach.domain.steps import LocalWindow
from tests.domain.plans import DUE_ON, a_standing, a_step, a_treatment, a_try, at

LEAD = a_standing(5)
OTHER = a_standing(1, loan_id=180, case_id=1800, due_on=DUE_ON + timedelta(days=4))
QUOTE = OpenQuote(quote_id="Q-1", valid_until=DUE_ON + timedelta(days=9), asked=True)


def test_the_most_past_due_loan_leads_and_the_other_joins() -> None:
    treatment = a_treatment()

    answer = choose_for_person([(treatment, OTHER), (treatment, LEAD)], at(5))

    assert isinstance(answer, Due)
    assert answer.step_key == "after-5"
    assert answer.debts == (170, 180)
    assert answer.merged == (OTHER,)


def test_equally_late_loans_are_led_by_the_larger_amount() -> None:
    treatment = a_treatment()
    larger = replace(LEAD, loan_id=190, case_id=1900, outstanding_minor=99_999)

    answer = choose_for_person([(treatment, LEAD), (treatment, larger)], at(5))

    assert isinstance(answer, Due)
    assert answer.debts == (190, 170)


@pytest.mark.parametrize(
    ("other", "joins"),
    [
        pytest.param(OTHER, True, id="same day"),
        pytest.param(replace(OTHER, currency="CAD"), False, id="another currency"),
        pytest.param(replace(OTHER, creditor="Harbor Credit"), False, id="another creditor"),
        pytest.param(replace(OTHER, fresh=False), False, id="it can't be trusted"),
        pytest.param(
            replace(OTHER, due_on=DUE_ON + timedelta(days=1)), True, id="its step is tomorrow"
        ),
        pytest.param(
            replace(OTHER, promise_due_on=DUE_ON + timedelta(days=9)), False, id="it is promised"
        ),
        pytest.param(replace(OTHER, quotes=(QUOTE,)), None, id="its quote is told alone"),
    ],
)
def test_who_joins(other: Standing, *, joins: bool | None) -> None:
    treatment = a_treatment()

    answer = choose_for_person([(treatment, LEAD), (treatment, other)], at(5))

    assert isinstance(answer, Due)
    if joins is None:
        assert (answer.occurrence, answer.debts) == ("Q-1", (180,))
    else:
        assert answer.debts == ((170, 180) if joins else (170,))


def test_a_loan_before_its_due_date_does_not_join_one_past_due() -> None:
    treatment = a_treatment()
    before = a_standing(0, loan_id=180, case_id=1800, due_on=DUE_ON + timedelta(days=5))

    answer = choose_for_person([(treatment, LEAD), (treatment, before)], at(5))

    assert isinstance(answer, Due)
    assert answer.debts == (170,)


def test_before_the_due_date_a_later_hour_today_joins_and_tomorrow_does_not() -> None:
    afternoon = LocalWindow(time(15), time(20))
    later = a_treatment([a_step("x", -1, window=afternoon)], quote_step=None)
    plain = a_treatment()
    lead = a_standing(-1)
    other = replace(lead, loan_id=180, case_id=1800)

    today = choose_for_person([(plain, lead), (later, other)], at(-1))
    elsewhen = a_treatment([a_step("x", -2, window=afternoon)], quote_step=None)
    tomorrow = choose_for_person([(plain, lead), (elsewhen, other)], at(-1))

    assert isinstance(today, Due)
    assert today.debts == (170, 180)
    assert isinstance(tomorrow, Due)
    assert tomorrow.debts == (170,)


def test_a_quote_for_a_later_hour_is_no_step_for_today() -> None:
    afternoon = LocalWindow(time(15), time(20))
    treatment = a_treatment(quote_step=a_step("quote", 0, window=afternoon))
    told = replace(OTHER, quotes=(QUOTE,), done=(a_try("after-1", at(5, "09:30"), case_id=1800),))

    answer = choose_for_person([(a_treatment(), LEAD), (treatment, told)], at(5))

    assert isinstance(answer, Due)
    assert answer.debts == (170,)


def test_a_joined_loan_is_done_for_the_day() -> None:
    treatment = a_treatment()
    covering = a_try("after-5", at(5, "10:00"))
    done = replace(OTHER, done=(covering,))

    answer = choose_for_person(
        [(treatment, replace(LEAD, done=(covering,))), (treatment, done)], at(5)
    )

    assert isinstance(answer, Wait)
    assert answer.why is WaitReason.NEXT_STEP


def test_nothing_due_waits_for_the_first_of_the_loans() -> None:
    treatment = a_treatment()
    far = a_standing(-40, loan_id=180, due_on=DUE_ON + timedelta(days=80))
    soon = a_standing(4)

    answer = choose_for_person([(treatment, far), (treatment, soon)], at(4))

    assert isinstance(answer, Wait)
    assert answer.step_key == "after-5"
    assert choose_for_person([], at(4)) == Wait(until=None, why=WaitReason.NO_CASE)


def test_before_the_due_date_only_a_planned_step_of_today_joins() -> None:
    lead = a_standing(-1)
    afternoon = LocalWindow(time(15), time(20))
    quoting = a_treatment([], quote_step=a_step("quote", 0, window=afternoon))
    told = replace(lead, loan_id=180, case_id=1800, quotes=(QUOTE,))
    waiting = replace(lead, loan_id=190, case_id=1900, outstanding_minor=0)

    answer = choose_for_person(
        [(a_treatment(), lead), (quoting, told), (a_treatment(), waiting)], at(-1)
    )

    assert isinstance(answer, Due)
    assert answer.debts == (170,)


def test_two_loans_that_are_due_tomorrow_are_told_of_together() -> None:
    lead = a_standing(-1)
    other = replace(lead, loan_id=180, case_id=1800)
    treatment = a_treatment()

    answer = choose_for_person([(treatment, lead), (treatment, other)], at(-1))

    assert isinstance(answer, Due)
    assert answer.debts == (170, 180)
