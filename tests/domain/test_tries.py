"""Tries of one step: what ends it, what is tried again, and what another contact covered."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from outreach.domain.choosing import choose_step
from outreach.domain.contacts import NextMove, next_move
from outreach.domain.standing import Due, OpenQuote, Option, Standing, Wait, WaitReason
from outreach.domain.steps import MAY_FALL_BACK, MAY_RETRY
from outreach.domain.vocabulary import (
    Channel,
    DeliveryState,
    ErrorClass,
)
from tests.domain.plans import (
    DUE_ON,
    a_standing,
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


FAILED = {"state": DeliveryState.UNDELIVERED}


@pytest.mark.parametrize(
    ("tries", "why"),
    [
        pytest.param([{}], WaitReason.NEXT_STEP, id="delivered is done"),
        pytest.param([{"state": DeliveryState.SENT}], WaitReason.NEXT_STEP, id="sent is done"),
        pytest.param([{"state": DeliveryState.UNKNOWN}], WaitReason.PENDING, id="unknown waits"),
        pytest.param([{"state": DeliveryState.RESERVED}], WaitReason.PENDING, id="reserved waits"),
        pytest.param([FAILED], WaitReason.NEXT_STEP, id="a failure without a class ends it"),
        pytest.param(
            [{**FAILED, "error": ErrorClass.OPT_OUT}], WaitReason.NEXT_STEP, id="an opt-out ends it"
        ),
        pytest.param(
            [{**FAILED, "error": ErrorClass.REPUTATION}],
            WaitReason.NEXT_STEP,
            id="a filtered message ends it",
        ),
        pytest.param(
            [
                {**FAILED, "error": ErrorClass.INVALID_ADDRESS},
                {**FAILED, "error": ErrorClass.INVALID_ADDRESS, "endpoint_id": "phone-2"},
            ],
            WaitReason.NEXT_STEP,
            id="no phone is left",
        ),
    ],
)
def test_what_ends_a_step(tries: list[dict[str, object]], why: WaitReason) -> None:
    done = tuple(
        a_try("after-1", at(1, "10:00"), **{"try_number": number, **one})
        for number, one in enumerate(tries, start=1)
    )

    assert wait(a_standing(1, done=done), at(1)).why is why


def test_a_bad_number_goes_on_to_the_second_phone_at_once() -> None:
    failed = a_try("after-1", at(1, "11:59"), **FAILED, error=ErrorClass.INVALID_ADDRESS)

    found = due(a_standing(1, done=(failed,)), at(1))

    assert (found.try_number, found.options) == (2, (PHONE_2,))


def test_an_unreachable_phone_is_tried_again_later_and_then_the_other_one() -> None:
    first = a_try("after-1", at(1, "11:00"), **FAILED, error=ErrorClass.UNREACHABLE_RETRY)
    second = replace(first, try_number=2, at=at(1, "13:00"))

    waiting = wait(a_standing(1, done=(first,)), at(1))
    assert (waiting.why, waiting.until) == (WaitReason.RETRY_LATER, at(1, "13:00"))
    again = due(a_standing(1, done=(first,)), at(1, "13:00"))
    assert (again.try_number, again.options) == (2, (PHONE_1,))
    other = due(a_standing(1, done=(first, second)), at(1, "13:00"))
    assert (other.try_number, other.options) == (3, (PHONE_2,))


def test_a_retry_at_an_address_that_is_gone_goes_on_to_the_next() -> None:
    failed = a_try("after-1", at(1, "11:00"), **FAILED, error=ErrorClass.UNREACHABLE_RETRY)
    standing = a_standing(1, done=(failed,), addresses={Channel.SMS: ("phone-2",)})

    assert due(standing, at(1)).options == (PHONE_2,)


def test_a_retry_that_would_come_after_the_window_waits_for_the_morning() -> None:
    failed = a_try("after-1", at(3, "19:00"), **FAILED, error=ErrorClass.UNREACHABLE_RETRY)

    found = wait(a_standing(3, done=(failed,)), at(3, "19:30"))

    assert found.why is WaitReason.RETRY_LATER
    assert found.until is not None
    assert found.until >= at(4, "04:00")


def test_a_released_contact_counts_for_nothing_but_keeps_its_number() -> None:
    released = a_try("after-1", at(1, "10:00"), state=DeliveryState.RELEASED)

    found = due(a_standing(1, done=(released,)), at(1))

    assert (found.try_number, found.options) == (2, (PHONE_1, PHONE_2))


def test_another_episode_or_step_is_no_try_of_this_one() -> None:
    others = (a_try("after-1", at(-30), occurrence="1:0:1"), a_try("due", at(0, "10:00")))

    assert due(a_standing(1, done=others), at(1)).try_number == 1


@pytest.mark.parametrize(
    ("changes", "is_due"),
    [
        pytest.param({}, False, id="another loan's contact named this one today"),
        pytest.param({"at": at(0)}, True, id="that was before the step's day"),
        pytest.param({"state": DeliveryState.UNDELIVERED}, True, id="it didn't arrive"),
        pytest.param({"state": DeliveryState.RELEASED}, True, id="it was never sent"),
    ],
)
def test_a_step_is_made_once_a_contact_led_by_another_loan_covers_it(
    changes: dict[str, object], *, is_due: bool
) -> None:
    covering = a_try("again", at(1, "10:00"), **{"case_id": 1800, **changes})

    answer = choose_step(a_treatment(), a_standing(1, done=(covering,)), at(1))

    assert isinstance(answer, Due) is is_due


def test_a_quote_told_before_a_case_opened_stays_told_and_covers_no_step() -> None:
    quote = OpenQuote(quote_id="Q-1", valid_until=DUE_ON + timedelta(days=5), asked=True)
    told = a_try("quote", at(1, "10:00"), case_id=0, occurrence="Q-1")

    assert due(a_standing(1, quotes=(quote,), done=(told,)), at(1)).step_key == "after-1"


def test_a_contact_led_by_another_loan_covers_where_quotes_are_not_told() -> None:
    covering = a_try("again", at(1, "10:00"), case_id=1800)

    answer = choose_step(a_treatment(quote_step=None), a_standing(1, done=(covering,)), at(1))

    assert isinstance(answer, Wait)


def test_what_was_never_placed_is_made_again_after_a_growing_pause() -> None:
    refused = [
        a_try("after-1", at(1, "11:59"), try_number=number, **FAILED, error=ErrorClass.THROTTLED)
        for number in (1, 2)
    ]

    once = wait(a_standing(1, done=(refused[0],)), at(1, "11:59"))
    twice = wait(a_standing(1, done=tuple(refused)), at(1, "11:59"))
    again = due(a_standing(1, done=tuple(refused)), at(1))

    assert (once.why, once.until) == (WaitReason.RETRY_LATER, at(1, "11:59:30"))
    assert twice.until == at(1, "12:00")
    assert (again.try_number, again.options) == (3, (PHONE_1, PHONE_2))


def test_a_treatment_may_not_permit_what_failures_forbid() -> None:
    assert {next_move(error, tries=1) for error in MAY_RETRY} == {NextMove.LATER}
    assert {next_move(error, tries=2) for error in MAY_FALL_BACK} == {NextMove.OTHER}
    assert ErrorClass.OPT_OUT not in MAY_FALL_BACK
