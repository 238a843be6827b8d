"""Lengths of time: to the second, or by local date."""

from datetime import UTC, date, datetime

import pytest

from outreach.compliance.lengths import Length, business_days_later, length_of
from outreach.compliance.view import Parameters
from outreach.domain.known import epoch_of, instant_of
from tests.compliance.builders import chicago, utc

ZONE = "America/Chicago"


@pytest.mark.parametrize(
    ("length", "begun", "end"),
    [
        pytest.param(
            Length(300, "seconds"), chicago("2026-06-10"), utc("2026-06-10", "17:05"), id="seconds"
        ),
        pytest.param(
            Length(5, "minutes"), chicago("2026-06-10"), utc("2026-06-10", "17:05"), id="minutes"
        ),
        pytest.param(Length(24, "hours"), chicago("2026-06-10"), chicago("2026-06-11"), id="hours"),
        pytest.param(
            Length(60, "days"), chicago("2026-03-02"), chicago("2026-05-01", "00:00"), id="60 days"
        ),
        pytest.param(
            Length(0, "days"), chicago("2026-03-02"), chicago("2026-03-02", "00:00"), id="no days"
        ),
        pytest.param(
            Length(2, "years"), chicago("2024-06-10"), chicago("2026-06-10", "00:00"), id="years"
        ),
        pytest.param(
            Length(3, "years"), chicago("2028-02-29"), chicago("2031-03-01", "00:00"), id="leap day"
        ),
        pytest.param(
            Length(1, "months"), chicago("2026-01-31"), chicago("2026-03-01", "00:00"), id="no 31st"
        ),
        pytest.param(
            Length(6, "months"),
            chicago("2026-08-15"),
            chicago("2027-02-15", "00:00"),
            id="over new year",
        ),
    ],
)
def test_a_length_ends(length: Length, begun: datetime, end: datetime) -> None:
    assert instant_of(length.end(ZONE, epoch_of(begun))) == end


def test_several_zones_end_apart() -> None:
    zones = ("Asia/Shanghai", ZONE)
    begun = epoch_of(utc("2026-06-10", "20:00"))  # already the 11th in Shanghai
    day = Length(1, "days")

    assert day.earliest_end(zones, begun) == epoch_of(chicago("2026-06-11", "00:00"))
    assert day.latest_end(zones, begun) == epoch_of(utc("2026-06-11", "16:00"))


@pytest.mark.parametrize(
    ("length", "now", "reaches"),
    [
        pytest.param(Length(60, "days"), chicago("2026-08-09", "23:59"), True, id="60th date"),
        pytest.param(Length(60, "days"), chicago("2026-08-10", "00:00"), False, id="61st date"),
        pytest.param(Length(1, "hours"), chicago("2026-06-10", "13:00"), True, id="to the second"),
        pytest.param(Length(59, "minutes"), chicago("2026-06-10", "13:00"), False, id="a minute"),
    ],
)
def test_how_old_something_may_be(length: Length, now: datetime, reaches: bool) -> None:
    assert length.reaches(ZONE, epoch_of(chicago("2026-06-10")), epoch_of(now)) is reaches


@pytest.mark.parametrize(
    ("n", "holidays", "end"),
    [
        pytest.param(1, (), date(2026, 7, 2), id="the next day"),
        pytest.param(3, (date(2026, 7, 3),), date(2026, 7, 7), id="over a holiday and a weekend"),
        pytest.param(0, (), date(2026, 7, 1), id="none"),
    ],
)
def test_business_days(n: int, holidays: tuple[date, ...], end: date) -> None:
    begun = epoch_of(datetime(2026, 6, 30, 15, tzinfo=UTC))

    ends = business_days_later("UTC", begun, n, frozenset(holidays))

    assert instant_of(ends).date() == end


def test_a_length_is_read_from_a_rule() -> None:
    rule = Parameters({"ttl": {"n": 3, "unit": "years"}, "days": {"n": 2}})

    assert length_of(rule, "ttl") == Length(3, "years")
    assert length_of(rule, "days") == Length(2, "days")
    assert length_of(rule, "gap") is None
