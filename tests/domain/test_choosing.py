"""The step to make now: planned from state, at most one, and only while its window is open."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.domain.choosing import choose_step, sooner
from outreach.domain.local_time import local_date
from outreach.domain.standing import Due, OpenQuote, Option, Standing, Wait, WaitReason
from outreach.domain.steps import Conditions
from outreach.domain.vocabulary import (
    CaseKind,
    Channel,
    DeliveryState,
    ErrorClass,
    HoldKind,
    Stage,
)
from tests.domain.plans import (
    DUE_ON,
    LOS_ANGELES,
    NEW_YORK,
    a_standing,
    a_step,
    a_treatment,
    a_try,
    at,
)

PHONE_1 = Option(Channel.SMS, "phone-1", "words")
PHONE_2 = Option(Channel.SMS, "phone-2", "words")


def due(standing: Standing, now: datetime) -> Due:
    answer = choose_step(a_treatment(), standing, now)
    assert isinstance(answer, Due), answer
    return answer


def wait(standing: Standing, now: datetime) -> Wait:
    answer = choose_step(a_treatment(), standing, now)
    assert isinstance(answer, Wait), answer
    assert answer.until is None or answer.until > now
    return answer


def test_todays_step_is_due_in_its_window() -> None:
    found = due(a_standing(1, opened_on=DUE_ON + timedelta(days=1)), at(1))

    assert (found.step_key, found.day, found.try_number) == ("after-1", 1, 1)
    assert found.stage is Stage.EARLY
    assert found.occurrence == "1:1:1"
    assert found.options == (PHONE_1, PHONE_2)
    assert found.closes_at == at(1, "20:00")
    assert found.debts == (170,)
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("day", "key"),
    [
        pytest.param(-7, "before-7", id="a week before"),
        pytest.param(-4, "before-7", id="three days late is still allowed"),
        pytest.param(-1, "before-1", id="the day before"),
        pytest.param(0, "due", id="the due day"),
        pytest.param(1, "after-1", id="one day past due"),
        pytest.param(3, "after-1", id="two days late is still allowed"),
        pytest.param(30, "again.d30", id="a repetition"),
        pytest.param(60, "again.d60", id="the last day"),
    ],
)
def test_which_step_a_day_has(day: int, key: str) -> None:
    assert due(a_standing(day), at(day)).step_key == key


@pytest.mark.parametrize(
    ("day", "step"),
    [
        pytest.param(-10, "before-7", id="before the first"),
        pytest.param(-3, "before-1", id="too late for the first"),
        pytest.param(4, "after-5", id="between two"),
        pytest.param(8, "again", id="too late again"),
    ],
)
def test_a_day_without_a_step_waits_for_the_next(day: int, step: str) -> None:
    found = wait(a_standing(day), at(day))

    assert (found.why, found.step_key) == (WaitReason.NEXT_STEP, step)


def test_the_wait_ends_with_the_steps_window_or_the_next_early_morning() -> None:
    early = wait(a_standing(1), at(1, "02:00"))
    before_opening = wait(a_standing(1), at(1, "08:00"))
    after_closing = wait(a_standing(0), at(0, "21:00"))

    assert early.why is WaitReason.WINDOW_CLOSED
    assert early.until is not None
    assert at(1, "04:00") <= early.until < at(1, "06:00")
    assert before_opening.until == at(1, "09:00")
    assert after_closing.until is not None
    assert at(1, "04:00") <= after_closing.until < at(1, "06:00")


def test_a_step_whose_day_may_end_late_waits_for_tomorrows_window() -> None:
    found = wait(a_standing(1), at(1, "20:00"))

    assert found.why is WaitReason.WINDOW_CLOSED
    assert found.step_key == "after-1"


def test_the_window_is_the_borrowers_in_every_zone() -> None:
    both = a_standing(1, zones=(NEW_YORK, LOS_ANGELES))

    assert wait(both, at(1, "11:59")).until == at(1, "12:00")
    assert due(both, at(1, "12:00")).closes_at == at(1, "20:00")


def test_an_unknown_zone_uses_the_lenders_and_leaves_the_rest_to_the_rules() -> None:
    assert due(a_standing(1, zones=()), at(1, "09:00")).step_key == "after-1"


def test_days_turn_in_the_lenders_calendar() -> None:
    western = a_standing(0, lender_zone=LOS_ANGELES)

    late = datetime(2026, 3, 11, 5, tzinfo=UTC)  # 22:00 on the due day in California
    assert choose_step(a_treatment(), western, late) == wait(western, late)
    assert wait(western, late).why is not WaitReason.NOT_ROLLED
    assert wait(a_standing(0), late).why is WaitReason.NOT_ROLLED


def test_after_an_outage_one_contact_is_due_and_the_missed_ones_are_named() -> None:
    found = due(a_standing(30), at(30))

    assert found.step_key == "again.d30"
    assert found.skipped == ("before-7", "before-1", "due", "after-1", "after-5", "again")


def test_missed_steps_are_named_only_since_the_case_opened_and_the_last_contact() -> None:
    opened = a_standing(30, opened_on=DUE_ON + timedelta(days=1))
    contacted = replace(opened, done=(a_try("after-5", at(5)),))

    assert due(opened, at(30)).skipped == ("after-1", "after-5", "again")
    assert due(contacted, at(30)).skipped == ("again",)


def test_a_step_missed_by_its_last_day_is_named_while_waiting() -> None:
    assert wait(a_standing(4, opened_on=DUE_ON), at(4)).skipped == ("due", "after-1")
    later = a_standing(3, opened_on=DUE_ON + timedelta(days=3))
    assert due(later, at(3)).skipped == ()


@pytest.mark.parametrize(
    ("standing", "now", "why"),
    [
        pytest.param(a_standing(1, held=HoldKind.REVIEW), at(1), WaitReason.HELD, id="held"),
        pytest.param(a_standing(1, fresh=False), at(1), WaitReason.STALE, id="stale"),
        pytest.param(a_standing(1, outstanding_minor=0), at(1), WaitReason.NOTHING_OWED, id="paid"),
        pytest.param(a_standing(1, kind=None), at(1), WaitReason.NO_CASE, id="no case"),
        pytest.param(
            a_standing(1, kind=CaseKind.PRE_DUE), at(1), WaitReason.NOT_ROLLED, id="not rolled"
        ),
        pytest.param(
            a_standing(0, kind=CaseKind.DELINQUENCY), at(0), WaitReason.NOT_ROLLED, id="too soon"
        ),
        pytest.param(a_standing(1, addresses={}), at(1), WaitReason.NO_ADDRESS, id="no address"),
    ],
)
def test_what_is_waited_for(standing: Standing, now: datetime, why: WaitReason) -> None:
    found = wait(standing, now)

    assert found.why is why
    assert found.until is not None, "it is looked at again every morning"


@pytest.mark.parametrize(
    ("standing", "now", "why"),
    [
        pytest.param(a_standing(1, due_on=None), at(1), WaitReason.NO_CASE, id="no schedule"),
        pytest.param(a_standing(1), at(61), WaitReason.AFTER_LAST_STAGE, id="after the end"),
    ],
)
def test_what_nothing_but_news_can_end(standing: Standing, now: datetime, why: WaitReason) -> None:
    assert wait(standing, now) == Wait(until=None, why=why)


def test_a_loan_far_from_its_due_date_is_looked_at_when_it_enters_the_horizon() -> None:
    found = wait(a_standing(-40), at(-40))

    assert found.why is WaitReason.BEFORE_HORIZON
    assert found.until is not None
    assert local_date(found.until, NEW_YORK) == DUE_ON - timedelta(days=35)
    assert wait(a_standing(-35), at(-35)).why is WaitReason.NEXT_STEP


def test_a_treatment_without_a_step_left_is_looked_at_daily() -> None:
    treatment = a_treatment(after=[a_step("only", 1)])

    found = choose_step(treatment, a_standing(9), at(9))

    assert isinstance(found, Wait)
    assert found.why is WaitReason.NO_STEP_LEFT
    assert found.until is not None


@pytest.mark.parametrize(
    ("promise_day", "tolerance", "open_"),
    [
        pytest.param(1, 0, True, id="open until its day ends"),
        pytest.param(0, 0, False, id="over the day after"),
        pytest.param(0, 1, True, id="a day of tolerance"),
    ],
)
def test_an_open_promise_holds_the_plan(promise_day: int, tolerance: int, *, open_: bool) -> None:
    treatment = a_treatment(promise_tolerance_days=tolerance)
    standing = a_standing(1, promise_due_on=DUE_ON + timedelta(days=promise_day))

    answer = choose_step(treatment, standing, at(1))

    assert (isinstance(answer, Wait) and answer.why is WaitReason.PROMISE_OPEN) is open_


@pytest.mark.parametrize(
    ("conditions", "standing", "is_due"),
    [
        pytest.param(Conditions(), a_standing(5), True, id="no condition"),
        pytest.param(
            Conditions(floor_minor=(("USD", 12_450),)), a_standing(5), True, id="at the floor"
        ),
        pytest.param(
            Conditions(floor_minor=(("USD", 12_451),)), a_standing(5), False, id="below the floor"
        ),
        pytest.param(
            Conditions(floor_minor=(("CNY", 99_999),)), a_standing(5), True, id="another currency"
        ),
        pytest.param(Conditions(), a_standing(5, provisional=True), False, id="payment under way"),
        pytest.param(
            Conditions(while_provisional=True),
            a_standing(5, provisional=True),
            True,
            id="payment under way, contacted all the same",
        ),
        pytest.param(
            Conditions(risk_buckets=frozenset({"high"})), a_standing(5), False, id="another risk"
        ),
        pytest.param(
            Conditions(risk_buckets=frozenset({"high"})),
            a_standing(5, risk_bucket="high"),
            True,
            id="its risk",
        ),
        pytest.param(Conditions(first_contact=True), a_standing(5), True, id="first contact"),
        pytest.param(Conditions(first_contact=False), a_standing(5), False, id="not the first"),
        pytest.param(
            Conditions(first_contact=True),
            a_standing(5, done=(a_try("after-1", at(1)),)),
            False,
            id="contacted before",
        ),
        pytest.param(
            Conditions(first_contact=True),
            a_standing(5, done=(a_try("after-1", at(1), state=DeliveryState.RELEASED),)),
            True,
            id="a released contact is none",
        ),
    ],
)
def test_conditions(conditions: Conditions, standing: Standing, *, is_due: bool) -> None:
    treatment = a_treatment(after=[a_step("after-1", 1), a_step("x", 5, conditions=conditions)])

    answer = choose_step(treatment, standing, at(5))

    assert isinstance(answer, Due) is is_due


def test_spacing_keeps_contacts_apart() -> None:
    treatment = a_treatment(after=[a_step("x", 1, late_by=2, spacing=timedelta(hours=20))])
    standing = a_standing(1, last_contact_at=at(0, "17:00"))

    found = choose_step(treatment, standing, at(1))

    assert isinstance(found, Wait)
    assert (found.why, found.until) == (WaitReason.SPACING, at(1, "13:00"))
    assert isinstance(choose_step(treatment, standing, at(1, "13:00")), Due)


FAILED = {"state": DeliveryState.UNDELIVERED}


def test_spacing_does_not_stand_between_tries_of_one_step() -> None:
    step = a_step("x", 1, spacing=timedelta(hours=20))
    failed = a_try("x", at(1, "11:00"), **FAILED, error=ErrorClass.INVALID_ADDRESS)
    standing = a_standing(1, done=(failed,), last_contact_at=at(1, "11:00"))

    assert isinstance(choose_step(a_treatment(after=[step]), standing, at(1)), Due)


QUOTE = OpenQuote(quote_id="Q-1", valid_until=DUE_ON + timedelta(days=5), asked=True)


def test_a_quote_the_borrower_asked_for_is_told_once_before_the_plan() -> None:
    asked = a_standing(1, quotes=(QUOTE,))
    told = replace(asked, done=(a_try("quote", at(1, "10:00"), occurrence="Q-1"),))

    found = due(asked, at(1))
    assert (found.step_key, found.occurrence, found.stage) == ("quote", "Q-1", Stage.EARLY)
    assert due(told, at(1)).step_key == "after-1"


def test_a_quote_is_told_without_a_case_and_far_from_any_stage() -> None:
    standing = a_standing(1, kind=None, case_id=0, due_on=None, quotes=(QUOTE,))

    found = due(standing, at(1))

    assert (found.day, found.stage) == (0, Stage.PRE_DUE)
    late = a_standing(1, kind=None, due_on=date(2025, 1, 1), quotes=(QUOTE,))
    assert due(late, at(1)).stage is Stage.PRE_DUE


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param(replace(QUOTE, asked=False), id="nobody asked"),
        pytest.param(replace(QUOTE, valid_until=DUE_ON), id="no longer valid"),
    ],
)
def test_a_quote_that_is_not_told(quote: OpenQuote) -> None:
    assert due(a_standing(1, quotes=(quote,)), at(1)).step_key == "after-1"


def test_quotes_and_the_plan_wait_for_whichever_comes_first() -> None:
    later = replace(QUOTE, quote_id="Q-2")
    standing = a_standing(1, quotes=(QUOTE, later), done=(a_try("after-1", at(1, "10:00")),))

    found = wait(standing, at(1, "21:00"))

    assert found.until is not None
    assert found.until < at(2, "06:00")


def test_a_treatment_may_say_nothing_about_quotes() -> None:
    answer = choose_step(a_treatment(quote_step=None), a_standing(1, quotes=(QUOTE,)), at(1))

    assert isinstance(answer, Due)
    assert answer.step_key == "after-1"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(at(1), at(2), at(1), id="the first is sooner"),
        pytest.param(at(2), at(1), at(1), id="the second is sooner"),
        pytest.param(None, at(1), at(1), id="the first is never"),
        pytest.param(at(1), None, at(1), id="the second is never"),
        pytest.param(None, None, None, id="neither"),
    ],
)
def test_sooner(one: datetime | None, other: datetime | None, expected: datetime | None) -> None:
    waits = [Wait(until=until, why=WaitReason.NEXT_STEP) for until in (one, other)]

    assert sooner(*waits).until == expected
