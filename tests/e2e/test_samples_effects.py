"""The recorded signals, posted over HTTP: each has the effect that its index states."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.e2e.story import ADA, MORNING, REASSIGNED, Story, a_story, at
from tests.sources.samples import sample

STORY: Final = ("060", "062", "063", "065", "073", "074", "061")
DAILY: Final = timedelta(days=1)


@pytest.fixture
async def story(database_url: str, redis_url: str) -> AsyncIterator[Story]:
    async with a_story(database_url, redis_url) as begun:
        yield begun


async def test_due_soon_is_reminded_of_once_inside_contact_hours(story: Story) -> None:
    await story.tell("060")
    await story.work()
    assert story.texts == []

    await story.days(MORNING, at(11, 24, 3))

    [(number, words)] = story.texts
    assert number == ADA
    assert "$242.50" in words
    assert await story.steps() == [("before-1", "1:5")]


async def test_a_reminder_is_dropped_when_the_payment_comes_before_it(story: Story) -> None:
    await story.tell("060", "061")
    paid = story.service.signal(
        "payment.received",
        "loan/LN-2026-000317",
        loan={"id": "LN-2026-000317", "currency": "USD"},
        borrower={"id": "BR-000042"},
        payment={
            "id": "pay-1",
            "amount": 24000,
            "currency": "USD",
            "value_date": "2026-11-24",
            "received_at": "2026-11-24T06:00:00Z",
            "installments": [{"number": 5, "amount": 24000, "remaining": 0}],
        },
    )
    await story.post(paid | {"time": "2026-11-24T06:00:00Z"}, sequence=48)

    await story.days(MORNING, at(11, 25, 3))

    assert story.texts == []


async def test_the_due_day_is_reminded_of_unless_a_text_was_sent_within_the_cool_down(
    story: Story,
) -> None:
    await story.tell("060", "062", "063")
    await story.go_to(at(11, 23, 22))  # four in the afternoon of the day before
    assert await story.steps() == [("before-1", "1:5")]
    await story.tell("061")
    await story.go_to(at(11, 24, 16))
    assert len(story.texts) == 1

    # Twenty hours on, and before five, when the borrower's own quiet hours begin.
    await story.go_to(at(11, 24, 18, 30))

    assert await story.steps() == [("before-1", "1:5"), ("due-day", "1:5")]
    assert "$240.00" in story.texts[-1][1]


async def test_a_loan_told_thirty_days_late_starts_at_the_first_rung(story: Story) -> None:
    await story.tell("060", "062")
    await story.days(MORNING, at(11, 24, 3))

    assert await story.steps() == [("day-2", "1:4")]
    assert "$247.50" in story.texts[0][1]


async def test_a_payment_cancels_the_contact_about_it_and_reprices_the_next(story: Story) -> None:
    await story.tell("060", "062", "063")
    await story.days(MORNING, at(11, 24, 3))

    assert await story.steps() == [("before-1", "1:5")]
    [(_, words)] = story.texts
    assert "$240.00" in words
    assert "paid in full" not in words.lower()


async def test_a_reversal_reopens_both_and_makes_nothing_up_for_the_days_between(
    story: Story,
) -> None:
    await story.tell(*STORY)
    await story.days(MORNING, at(11, 25, 9))
    before = len(story.texts)
    await story.service.move_to(at(11, 25, 15))
    await story.tell("064")
    await story.work()
    await story.days(at(11, 25, 16), at(11, 26, 3))

    # The promise made on the 23rd still stands, so nobody is dunned; see below for its end.
    assert len(story.texts) == before
    rows = await story.service.rows("SELECT number, outstanding_minor FROM installments")
    assert {(row["number"], row["outstanding_minor"]) for row in rows} == {(4, 24750), (5, 24250)}


async def test_a_reversal_without_a_promise_leads_to_one_contact_at_todays_step(
    story: Story,
) -> None:
    await story.tell("060", "062", "063")
    await story.days(MORNING, at(11, 24, 3))
    await story.tell("061")
    await story.days(at(11, 24, 15), at(11, 25, 9))
    before = await story.steps()
    await story.service.move_to(at(11, 25, 15))
    await story.tell("064")
    await story.days(at(11, 25, 16), at(11, 26, 3))

    steps = await story.steps()
    assert len(steps) - len(before) <= 1
    assert {occurrence for _, occurrence in steps[len(before) :]} <= {"1:4"}


async def test_a_quote_that_was_asked_for_is_told_once_and_not_after_it_expired(
    story: Story,
) -> None:
    await story.tell("060", "062", "063", "065")
    await story.days(MORNING, at(12, 3, 16), every=DAILY)

    told = [words for _, words in story.texts if "$1,222.20" in words]
    assert len(told) == 1
    assert [step for step, _ in await story.steps()].count("payoff-quote") == 1


async def test_a_quote_that_nobody_could_be_told_in_time_is_never_told(story: Story) -> None:
    await story.tell("060", "062", "063", "065")
    await story.days(at(12, 1, 6), at(12, 3, 16))

    assert "payoff-quote" not in [step for step, _ in await story.steps()]
    assert not [words for _, words in story.texts if "$1,222.20" in words]


async def test_a_loan_that_was_paid_off_is_never_mentioned_again(story: Story) -> None:
    await story.tell(*STORY, "066")
    await story.days(MORNING, at(12, 12, 16), every=DAILY)

    assert [words for _, words in story.texts if "payoff" not in words.lower()] == []
    assert all(step == "payoff-quote" for step, _ in await story.steps())


async def test_a_new_schedule_cancels_what_was_keyed_to_the_old_one(story: Story) -> None:
    await story.tell("060", "062", "063", "061", "067")
    await story.days(at(11, 27, 16), at(12, 27, 16), every=DAILY)
    assert story.texts == []

    await story.days(at(12, 28, 16), at(12, 31, 16))

    # Seven days before 5 January, of the second schedule.
    [(_, words)] = story.texts
    assert "$118.00" in words
    assert {occurrence for _, occurrence in await story.steps()} == {"2:1"}


async def test_the_profile_decides_the_hours_and_a_reassigned_number_is_never_used(
    story: Story,
) -> None:
    await story.tell("062")
    # 08:30 in New York, 07:30 in Chicago; then nine in Chicago.
    await story.go_to(at(11, 23, 13, 30))
    assert story.texts == []
    await story.go_to(at(11, 23, 15))
    assert len(story.texts) == 1

    # The number that is left fails for good: the reassigned one isn't the way out.
    story.service.twilio.for_number(ADA, statuses=[("undelivered", 30006)])
    await story.days(at(12, 3, 15), at(12, 5, 15))

    assert {number for number, _ in story.texts} == {ADA}
    assert REASSIGNED not in str(story.service.twilio.requests)
    consents = await story.service.rows(
        "SELECT channel, status FROM consents WHERE endpoint_id = 'ph-1' ORDER BY channel"
    )
    assert consents == [
        {"channel": "call", "status": "revoked"},
        {"channel": "sms", "status": "granted"},
    ]


@pytest.mark.parametrize(
    "order",
    [pytest.param(("062", "069"), id="after"), pytest.param(("069", "062"), id="before")],
)
async def test_a_dispute_holds_whatever_the_order(story: Story, order: tuple[str, str]) -> None:
    await story.tell(*order)
    await story.days(MORNING, at(11, 28, 16))

    assert story.texts == []


async def test_hardship_pauses_until_its_last_day_has_ended(story: Story) -> None:
    await story.tell("062", "070")
    await story.days(MORNING, at(11, 25, 16))
    for day in (at(12, 23, 16), datetime(2027, 2, 20, 16, tzinfo=UTC)):
        await story.go_to(day)

    assert story.texts == []


@pytest.mark.parametrize("number", ["071", "072"])
async def test_a_death_or_a_bankruptcy_stops_everything(story: Story, number: str) -> None:
    await story.tell("062", number)
    await story.days(MORNING, at(12, 3, 16), every=DAILY)

    assert story.texts == []
    assert {row["kind"] for row in await story.service.log()} == {"blocked"}


async def test_risk_changes_no_hold(story: Story) -> None:
    await story.tell("062", "069", "073")
    await story.days(MORNING, at(11, 28, 16))

    assert story.texts == []


async def test_a_promise_silences_the_ladder_through_its_day(story: Story) -> None:
    await story.tell("060", "062", "063", "073", "074", "061")
    # Until the 28th has ended in New York.
    await story.days(MORNING, at(11, 29, 4, 59))

    assert story.texts == []


async def test_a_broken_promise_resumes_at_the_step_of_the_day(story: Story) -> None:
    await story.tell("060", "062", "063", "074", "061")
    await story.days(MORNING, at(11, 29, 6))
    await story.tell("075")
    await story.days(at(11, 29, 16), at(12, 2, 3))

    # The due date was the 24th: the step of the second day has passed, the seventh's comes.
    assert await story.steps() == [("day-7", "1:5")]


async def test_a_batch_out_of_order_contacts_nobody_about_what_is_paid(story: Story) -> None:
    assert await story.tell("079") == [202]
    await story.days(MORNING, at(11, 24, 3))

    assert await story.steps() == [("before-1", "1:5")]
    assert "$240.00" in story.texts[0][1]


async def test_the_binary_copy_of_a_known_event_changes_nothing(story: Story) -> None:
    assert await story.tell("060", "062", "063", "077") == [202, 202, 202, 200]
    rows = await story.service.rows("SELECT payment_ref, amount_minor FROM payments")

    assert rows == [{"payment_ref": "pay-7781", "amount_minor": 25000}]


async def test_a_reversal_before_its_payment_nets_to_zero(story: Story) -> None:
    await story.service.move_to(sample("086").at)
    assert await story.tell("086", source="standard") == [202]
    await story.tell("060", "062", "063")
    await story.days(at(11, 25, 16), at(11, 26, 3))

    rows = await story.service.rows(
        "SELECT number, outstanding_minor FROM installments ORDER BY number"
    )
    assert [(row["number"], row["outstanding_minor"]) for row in rows] == [(4, 24750), (5, 24250)]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        pytest.param("080", 202, id="signed"),
        pytest.param("081", 202, id="two signatures"),
        pytest.param("083", 401, id="tampered"),
        pytest.param("084", 401, id="stale"),
        pytest.param("085", 401, id="malformed"),
    ],
)
async def test_signed_samples_are_contacted_about_and_forged_ones_leave_no_trace(
    story: Story, number: str, answer: int
) -> None:
    await story.service.move_to(sample(number).at)
    assert await story.tell(number, source="standard") == [answer]
    await story.go_to(MORNING)

    assert len(story.texts) == (1 if answer == 202 else 0)
    loans = await story.service.rows("SELECT 1 FROM loans")
    assert len(loans) == (1 if answer == 202 else 0)
