"""Local dates and wall-clock times, on the days when clocks change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from outreach.compliance.clock import (
    HOUR,
    day_at,
    day_start,
    is_zone,
    minutes_of,
    next_period_start,
    period_start,
    wall,
)
from outreach.domain.known import epoch_of, instant_of
from tests.compliance.builders import chicago, utc


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param("2026-03-08", 23, id="spring forward"),
        pytest.param("2026-11-01", 25, id="fall back"),
        pytest.param("2026-06-10", 24, id="any other"),
    ],
)
def test_days_have_the_length_the_clock_gives_them(day: str, hours: int) -> None:
    local = day_at("America/Chicago", epoch_of(chicago(day)))

    assert (local.end - local.start) == hours * HOUR


@pytest.mark.parametrize(
    ("zone", "at", "local"),
    [
        pytest.param("America/Chicago", utc("2026-06-10", "04:59"), "2026-06-09", id="9 June"),
        pytest.param("America/Chicago", utc("2026-06-10", "05:00"), "2026-06-10", id="10 June"),
        pytest.param("Pacific/Kiritimati", utc("2026-06-10", "10:00"), "2026-06-11", id="11 June"),
        pytest.param("Etc/GMT+12", utc("2026-06-10", "11:59"), "2026-06-09", id="last on earth"),
        pytest.param("Asia/Kathmandu", utc("2026-06-09", "18:15"), "2026-06-10", id="quarters"),
    ],
)
def test_an_instant_falls_on_a_local_date(zone: str, at: datetime, local: str) -> None:
    found = day_at(zone, epoch_of(at))

    assert instant_of(found.start).astimezone(ZoneInfo(zone)).date().isoformat() == local


@pytest.mark.parametrize(
    ("clock", "closing", "expected"),
    [
        pytest.param("01:30", False, utc("2026-11-01", "07:30"), id="opening: the later of two"),
        pytest.param("01:30", True, utc("2026-11-01", "06:30"), id="closing: the earlier of two"),
        pytest.param("00:00", False, utc("2026-11-01", "05:00"), id="midnight begins the date"),
        pytest.param("24:00", True, utc("2026-11-02", "06:00"), id="24:00 ends it"),
    ],
)
def test_a_time_shown_twice_is_read_strictly(clock: str, closing: bool, expected: datetime) -> None:
    ordinal = chicago("2026-11-01").date().toordinal()

    found = wall("America/Chicago", ordinal, minutes_of(clock), closing=closing)

    assert instant_of(found) == expected


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        pytest.param(False, utc("2026-03-08", "08:30"), id="opening: after the gap"),
        pytest.param(True, utc("2026-03-08", "07:30"), id="closing: before the gap"),
    ],
)
def test_a_time_that_is_skipped_is_read_strictly(closing: bool, expected: datetime) -> None:
    ordinal = chicago("2026-03-08").date().toordinal()

    assert instant_of(wall("America/Chicago", ordinal, 150, closing=closing)) == expected


def test_a_date_that_begins_in_a_gap_begins_after_it() -> None:
    # Clocks in Santiago went from 24:00 to 01:00 on 2022-09-11.
    ordinal = utc("2022-09-11").date().toordinal()

    assert instant_of(day_start("America/Santiago", ordinal)) == utc("2022-09-11", "04:00")


@pytest.mark.parametrize("text", ["24:01", "-1:00", "12:60", "12:5", "noon"])
def test_a_text_that_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        minutes_of(text)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc"])
def test_what_is_no_zone_is_known_as_such(name: str) -> None:
    assert not is_zone(name)


@pytest.mark.parametrize(
    ("period", "first", "following"),
    [
        pytest.param("day", "2026-06-10", "2026-06-11", id="day"),
        pytest.param("week", "2026-06-08", "2026-06-15", id="week from Monday"),
        pytest.param("month", "2026-06-01", "2026-07-01", id="month"),
    ],
)
def test_periods_of_the_calendar(period: str, first: str, following: str) -> None:
    ordinal = utc("2026-06-10").date().toordinal()

    assert period_start(ordinal, period) == utc(first).date().toordinal()
    assert next_period_start(ordinal, period) == utc(following).date().toordinal()


def test_a_week_may_begin_on_sunday() -> None:
    sunday = utc("2026-06-14").date().toordinal()

    assert period_start(sunday, "week", 6) == sunday
