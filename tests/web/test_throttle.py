"""The token bucket of a source."""

import pytest

from outreach.web.throttle import Bucket


def test_a_burst_of_two_seconds_passes_and_then_the_rate_holds() -> None:
    bucket = Bucket(10)
    passed = [bucket.take(100.0) for _ in range(25)]

    assert passed.count(0.0) == 20
    assert bucket.take(100.0) == pytest.approx(0.1)
    assert bucket.take(100.125) == 0.0
    assert bucket.take(100.125) > 0


def test_a_slow_source_still_gets_its_first_one_through() -> None:
    bucket = Bucket(0.1)

    assert bucket.take(50.0) == 0.0
    assert bucket.take(50.0) == pytest.approx(10.0)


def test_over_a_minute_no_more_than_the_rate_and_one_burst_passes() -> None:
    bucket = Bucket(7)
    passed = sum(bucket.take(tick / 100) == 0.0 for tick in range(6000))

    assert 7 * 60 <= passed <= 7 * 60 + 14


def test_no_rate_means_no_limit() -> None:
    assert {Bucket(0).take(1.0) for _ in range(1000)} == {0.0}
