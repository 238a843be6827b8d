"""A promise suppresses through its day; words on it join in any order."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from outreach.domain.promises import Promise, end_of_day, merge_promise, open_promise
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
