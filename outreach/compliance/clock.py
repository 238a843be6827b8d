"""Local dates and wall-clock times as integers: epochs in microseconds, dates as ordinals.

Everything is derived from the IANA zone at the instant in question, so that days of 23 and 25
hours, and zones whose clocks change at midnight, come out right. The caches are bounded.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from outreach.domain.known import epoch_of, instant_of

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
MINUTES_PER_DAY: Final = 24 * 60
# Zones of the first and the last place on earth to begin a date: stand in for an unknown zone.
EARLIEST_DATE_ZONE: Final = "Etc/GMT-14"
LATEST_DATE_ZONE: Final = "Etc/GMT+12"


class LocalDay(NamedTuple):
    """One calendar date in one zone: [start, end) in epochs, and its proleptic ordinal."""

    start: int
    end: int
    ordinal: int


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Tell whether `name` is an IANA zone we have data for."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=8192)
def day_start(zone: str, ordinal: int) -> int:
    """Return the instant a local date begins: its first one where midnight comes twice."""
    midnight = datetime.combine(date.fromordinal(ordinal), time(), ZoneInfo(zone))
    return epoch_of(midnight.astimezone(UTC))


@lru_cache(maxsize=8192)
def _days_around(zone: str, utc_day: int) -> tuple[LocalDay, ...]:
    """Return the local dates that overlap one UTC day, counted from 1970-01-01."""
    first = instant_of(utc_day * DAY).date().toordinal() - 1
    return tuple(
        LocalDay(day_start(zone, ordinal), day_start(zone, ordinal + 1), ordinal)
        for ordinal in range(first, first + 3)
    )


def day_at(zone: str, epoch: int) -> LocalDay:
    """Return the local date an instant falls on."""
    before, same, after = _days_around(zone, epoch // DAY)
    if epoch < same.start:
        return before
    return same if epoch < same.end else after


@lru_cache(maxsize=16384)
def wall(zone: str, ordinal: int, minute: int, *, closing: bool) -> int:
    """Return the instant of a wall-clock time on a local date, never outside that date.

    Where the clock shows the time twice, or skips it, an opening is the later candidate and a
    closing the earlier one: the window is never longer than any reading allows.
    """
    start, end = day_start(zone, ordinal), day_start(zone, ordinal + 1)
    if minute <= 0:
        return start
    if minute >= MINUTES_PER_DAY:
        return end
    moment = time(minute // 60, minute % 60)
    local = datetime.combine(date.fromordinal(ordinal), moment, ZoneInfo(zone))
    both = [epoch_of(local.replace(fold=fold).astimezone(UTC)) for fold in (0, 1)]
    return min(max(min(both) if closing else max(both), start), end)


def minutes_of(text: str) -> int:
    """Return minutes after midnight of `HH:MM`, `24:00` included; `ValueError` otherwise."""
    hours, _, minutes = text.partition(":")
    total = int(hours) * 60 + int(minutes)
    if not 0 <= total <= MINUTES_PER_DAY or len(minutes) != 2 or int(minutes) >= 60:
        message = f"{text!r} is no time of day from 00:00 to 24:00"
        raise ValueError(message)
    return total


def period_start(ordinal: int, period: str, week_start: int = 0) -> int:
    """Return the ordinal of the first date of the day, week or month that `ordinal` lies in."""
    if period == "day":
        return ordinal
    day = date.fromordinal(ordinal)
    if period == "week":
        return ordinal - (day.weekday() - week_start) % 7
    return ordinal - day.day + 1


def next_period_start(ordinal: int, period: str, week_start: int = 0) -> int:
    """Return the ordinal of the first date of the period after the one `ordinal` lies in."""
    first = period_start(ordinal, period, week_start)
    if period == "day":
        return first + 1
    if period == "week":
        return first + 7
    return (date.fromordinal(first) + timedelta(days=31)).replace(day=1).toordinal()
