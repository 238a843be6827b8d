"""Statements by period: which one, until when, once for each loan."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from outreach.domain.choosing import choose_step
from outreach.domain.experiments import HOLD_OUT
from outreach.domain.standing import Due, Wait, WaitReason
from outreach.domain.statement_periods import (
    StatementPeriod,
    next_end,
    occurrence_of,
    period_before,
    since_of,
)
from outreach.domain.treatment import Treatment, Trigger
from tests.domain.plans import DUE_ON, a_standing, a_step, a_treatment, a_try, at
from tests.domain.test_experiments import PEOPLE, WORDS

FIRST = (date(2026, 10, 1) - DUE_ON).days
"""The first day of a quarter, in days past due."""


def a_quarterly(**changes: Any) -> Treatment:
    step = a_step("statement", 0)
    return a_treatment(events={Trigger.STATEMENT: step}, statement_months=3, **changes)


@pytest.mark.parametrize(
    ("today", "months", "since", "ends", "then"),
    [
        ("2026-11-23", 1, "2026-10-01", "2026-11-01", "2026-12-01"),
        ("2026-11-23", 3, "2026-07-01", "2026-10-01", "2027-01-01"),
        ("2026-12-31", 3, "2026-07-01", "2026-10-01", "2027-01-01"),
        ("2027-01-01", 3, "2026-10-01", "2027-01-01", "2027-04-01"),
        ("2027-02-28", 12, "2026-01-01", "2027-01-01", "2028-01-01"),
    ],
)
def test_a_period_is_what_a_year_divides_into(
    today: str, months: int, since: str, ends: str, then: str
) -> None:
    day = date.fromisoformat(today)
    period = StatementPeriod(date.fromisoformat(since), date.fromisoformat(ends))

    assert period_before(day, months) == period
    assert next_end(day, months) == date.fromisoformat(then)
    assert since_of(occurrence_of(period, 170)) == period.since


@pytest.mark.parametrize("other", ["statement:0123456789abcdef", "paid:17:a:b", "1:1:1"])
def test_other_occurrences_name_no_period(other: str) -> None:
    assert since_of(other) is None


def on(day: int, **changes: Any) -> Any:
    standing = a_standing(day, kind=None, case_id=0, due_on=None, total_minor=90000)
    return replace(standing, **changes)


def test_one_statement_goes_out_in_the_first_days_after_a_period() -> None:
    treatment = a_quarterly()
    due = choose_step(treatment, on(FIRST), at(FIRST))
    assert isinstance(due, Due)
    assert (due.step_key, since_of(due.occurrence)) == ("statement", date(2026, 7, 1))

    told = a_try("statement", at(FIRST), occurrence=due.occurrence)
    answers = {
        "told": choose_step(treatment, on(FIRST + 1, done=(told,)), at(FIRST + 1)),
        "late": choose_step(treatment, on(FIRST + 10), at(FIRST + 10)),
    }
    for why, answer in answers.items():
        assert isinstance(answer, Wait), why
        assert (answer.why, answer.step_key) == (WaitReason.NEXT_STEP, "statement"), why
        assert answer.until is not None, why
        assert answer.until.date() - date(2027, 1, 1) < timedelta(days=2), why
    last = choose_step(treatment, on(FIRST + 9), at(FIRST + 9))
    assert isinstance(last, Due)


def test_no_statement_without_its_step_a_debt_or_an_arm() -> None:
    compared = a_quarterly(experiment=WORDS)
    held = on(FIRST, person_id=PEOPLE[HOLD_OUT])
    cases = {
        "not by period": (a_treatment(events={Trigger.STATEMENT: a_step("s", 0)}), on(FIRST)),
        "no step": (a_treatment(statement_months=3), on(FIRST)),
        "nothing owed": (a_quarterly(), on(FIRST, total_minor=0)),
        "held out": (compared, held),
    }
    for why, (treatment, standing) in cases.items():
        answer = choose_step(treatment, standing, at(FIRST))
        assert isinstance(answer, Wait), why
        assert (answer.why, answer.until) == (WaitReason.NO_CASE, None), why
    plain = choose_step(compared, replace(held, person_id=PEOPLE["plain"]), at(FIRST))
    assert isinstance(plain, Due)
