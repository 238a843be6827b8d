"""Windows and days become instants, over daylight-saving changes and in several zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.local_time import (
    day_ends,
    early_morning,
    instant,
    local_date,
    next_early_morning,
    next_open,
    window_closes,
)
from outreach.domain.steps import LocalWindow
from tests.domain.plans import LOS_ANGELES, NEW_YORK

DAY = LocalWindow(time(9), time(20))
ZONES = [NEW_YORK, LOS_ANGELES, ZoneInfo("Asia/Shanghai"), ZoneInfo("Australia/Lord_Howe")]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "zones", "opens"),
    [
        pytest.param("2026-03-03T14:00", [NEW_YORK], "2026-03-03T14:00", id="09:00 sharp is open"),
        pytest.param("2026-03-03T13:59", [NEW_YORK], "2026-03-03T14:00", id="a minute early"),
        pytest.param("2026-03-04T01:00", [NEW_YORK], "2026-03-04T14:00", id="20:00 sharp is shut"),
        pytest.param(
            "2026-03-03T14:00", [NEW_YORK, LOS_ANGELES], "2026-03-03T17:00", id="open in both zones"
        ),
        pytest.param(
            "2026-03-04T00:30",
            [NEW_YORK, LOS_ANGELES],
            "2026-03-04T00:30",
            id="the last half hour of the eastern one",
        ),
        pytest.param("2026-03-07T02:00", [NEW_YORK], "2026-03-07T14:00", id="before clocks change"),
        pytest.param("2026-03-08T02:00", [NEW_YORK], "2026-03-08T13:00", id="clocks went forward"),
    ],
)
def test_next_open(start: str, zones: list[ZoneInfo], opens: str) -> None:
    begins = utc(start)

    assert next_open(DAY, zones, begins, begins + timedelta(days=2)) == utc(opens)


def test_a_window_that_opens_too_late_is_not_found() -> None:
    start = utc("2026-03-03T02:00")

    assert next_open(DAY, [NEW_YORK], start, start + timedelta(hours=12)) is None
    assert next_open(DAY, [NEW_YORK], start, start) is None


def test_zones_without_a_common_hour_have_no_opening() -> None:
    start = utc("2026-03-03T00:00")
    narrow = LocalWindow(time(9), time(10))

    assert next_open(narrow, [NEW_YORK, LOS_ANGELES], start, start + timedelta(days=9)) is None


def test_an_hour_that_comes_twice_opens_on_its_second_pass_if_the_first_is_over() -> None:
    night = LocalWindow(time(1, 30), time(1, 45))
    between = utc("2026-11-01T06:10")  # 01:10 for the second time

    assert next_open(night, [NEW_YORK], between, between + timedelta(hours=2)) == utc(
        "2026-11-01T06:30"
    )


def test_a_window_closes_in_the_earliest_zone() -> None:
    now = utc("2026-03-03T18:00")

    assert window_closes(DAY, [NEW_YORK, LOS_ANGELES], now) == utc("2026-03-04T01:00")


def test_a_day_ends_when_the_next_begins() -> None:
    assert day_ends(date(2026, 3, 8), NEW_YORK) == utc("2026-03-09T04:00")
    assert instant(date(2026, 3, 8), time(0), NEW_YORK) == utc("2026-03-08T05:00")
    assert local_date(utc("2026-03-09T03:59"), NEW_YORK) == date(2026, 3, 8)


def test_early_mornings_are_spread_between_four_and_six() -> None:
    moments = {early_morning(date(2026, 3, 3), NEW_YORK, person) for person in range(2000)}

    assert len(moments) > 1500
    assert min(moments) >= utc("2026-03-03T09:00")
    assert max(moments) < utc("2026-03-03T11:00")


def test_the_next_early_morning_is_tomorrow_once_today_is_over() -> None:
    moment = early_morning(date(2026, 3, 3), NEW_YORK, 17)

    assert next_early_morning(moment - timedelta(seconds=1), NEW_YORK, 17) == moment
    assert next_early_morning(moment, NEW_YORK, 17) == moment + timedelta(days=1)


@given(
    fives=st.integers(0, 366 * 24 * 12),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3),
    opens=st.integers(0, 22 * 12),
    width=st.integers(1, 18),
)
def test_an_opening_is_open_everywhere_and_none_is_missed(
    fives: int, zones: list[ZoneInfo], opens: int, width: int
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * fives)
    begin = time(*divmod(5 * opens, 60))
    end = time(*divmod(5 * (opens + width), 60))
    window = LocalWindow(begin, end)

    def is_open(at: datetime) -> bool:
        return all(begin <= at.astimezone(zone).time() < end for zone in zones)

    limit = start + timedelta(days=1)
    every_five_minutes = (start + timedelta(minutes=5 * step) for step in range(24 * 12))
    expected = next((moment for moment in every_five_minutes if is_open(moment)), None)

    assert next_open(window, zones, start, limit) == expected
