"""A promise suppresses through its day; words on it join in any order."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from outreach.domain.promises import (
    Paid,
    Promise,
    end_of_day,
    judge_promise,
    merge_promise,
    open_promise,
)
from outreach.domain.vocabulary import PromiseStatus
from tests.domain.loan_words import T0

DAY = date(2026, 11, 28)


def test_a_promise_is_open_through_its_day() -> None:
    promise = Promise("p", 100, DAY, T0)

    assert promise.is_open(DAY)
    assert not promise.is_open(DAY + timedelta(days=1))


def test_the_promise_that_lasts_longest_counts() -> None:
    promises = [
        Promise("a", 1, DAY, T0),
        Promise("b", 1, DAY + timedelta(days=1), T0),
        Promise("c", 1, DAY + timedelta(days=5), T0, PromiseStatus.BROKEN),
    ]

    found = open_promise(promises, DAY)

    assert found is not None
    assert found.ref == "b"
    assert open_promise(promises, DAY + timedelta(days=2)) is None


def test_words_on_a_promise_join_in_any_order() -> None:
    words = [
        Promise("p", 100, DAY, T0),
        Promise("p", 90, DAY + timedelta(days=2), T0 + timedelta(days=1)),
        Promise("p", 100, DAY, T0 - timedelta(days=9), PromiseStatus.BROKEN),
        Promise("p", 100, DAY, T0 - timedelta(days=9), PromiseStatus.KEPT),
    ]
    ends = set()
    for order in permutations(words):
        joined: Promise | None = None
        for word in order:
            joined = merge_promise(joined, word)
        assert joined is not None
        ends.add(joined)

    assert ends == {
        Promise("p", 90, DAY + timedelta(days=2), T0 + timedelta(days=1), PromiseStatus.KEPT)
    }


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        pytest.param("America/New_York", datetime(2026, 11, 29, 5, tzinfo=UTC), id="west"),
        pytest.param("Asia/Shanghai", datetime(2026, 11, 28, 16, tzinfo=UTC), id="east"),
    ],
)
def test_a_day_ends_at_the_next_local_midnight(zone: str, utc: datetime) -> None:
    assert end_of_day(DAY, zone) == utc


ZONE = "America/New_York"
MADE = datetime(2026, 11, 23, 17, tzinfo=UTC)
MADE_ON = date(2026, 11, 23)


def judged(*paid: Paid, today: date = DAY, tolerance: int = 0, amount: int = 100) -> Promise:
    promise = Promise("p", amount, DAY, MADE)
    return judge_promise(promise, paid, today=today, zone=ZONE, tolerance_days=tolerance)


@pytest.mark.parametrize(
    ("paid", "today", "tolerance", "status"),
    [
        ((), DAY, 0, PromiseStatus.OPEN),
        ((Paid(40, DAY),), DAY, 0, PromiseStatus.OPEN),
        ((Paid(40, DAY), Paid(60, DAY)), DAY, 0, PromiseStatus.KEPT),
        ((), DAY + timedelta(days=1), 0, PromiseStatus.BROKEN),
        ((), DAY + timedelta(days=1), 1, PromiseStatus.OPEN),
        ((Paid(40, DAY),), DAY + timedelta(days=1), 0, PromiseStatus.PARTLY_KEPT),
        ((Paid(100, DAY + timedelta(days=1)),), DAY + timedelta(days=1), 1, PromiseStatus.KEPT),
        ((Paid(100, DAY + timedelta(days=1)),), DAY + timedelta(days=2), 0, PromiseStatus.BROKEN),
        ((Paid(100, MADE_ON - timedelta(days=1)),), DAY, 0, PromiseStatus.OPEN),
        ((Paid(100, MADE_ON, MADE - timedelta(hours=1)),), DAY, 0, PromiseStatus.OPEN),
        ((Paid(100, MADE_ON, MADE + timedelta(hours=1)),), DAY, 0, PromiseStatus.KEPT),
        ((Paid(100, MADE_ON),), DAY, 0, PromiseStatus.KEPT),
    ],
)
def test_payments_keep_a_promise_or_break_it(
    paid: tuple[Paid, ...], today: date, tolerance: int, status: PromiseStatus
) -> None:
    assert judged(*paid, today=today, tolerance=tolerance).status is status


def test_a_payment_that_is_taken_back_opens_it_again() -> None:
    kept = judged(Paid(100, DAY))

    again = judge_promise(kept, (), today=DAY, zone=ZONE, tolerance_days=0)

    assert (kept.status, kept.said, again.status) == (
        PromiseStatus.KEPT,
        PromiseStatus.OPEN,
        PromiseStatus.OPEN,
    )


def test_the_platforms_word_stands_over_payments() -> None:
    broken = Promise("p", 100, DAY, MADE, PromiseStatus.BROKEN)

    after = judge_promise(broken, [Paid(100, DAY)], today=DAY, zone=ZONE, tolerance_days=0)

    assert after is broken


def test_what_payments_said_stays_until_the_terms_change() -> None:
    kept = judged(Paid(100, DAY))

    same = merge_promise(kept, Promise("p", 100, DAY, MADE))
    other = merge_promise(kept, Promise("p", 90, DAY, MADE + timedelta(hours=1)))
    told = merge_promise(kept, Promise("p", 100, DAY, MADE, PromiseStatus.BROKEN))

    assert same == kept
    assert other.status is PromiseStatus.OPEN
    assert (told.status, told.told) == (PromiseStatus.BROKEN, None)
