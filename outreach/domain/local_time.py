"""Local windows and days as instants, in several zones at once, over daylight-saving changes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from outreach.domain.steps import LocalWindow

_DAY: Final = timedelta(days=1)
_MORNING: Final = time(4)
_MORNING_SECONDS: Final = 7200
_MIXER: Final = 2_654_435_761  # Knuth's multiplicative constant: spreads consecutive ids


# A batch asks the same few zones about the same instant hundreds of times, and converting costs
# microseconds; hence the caches.
_KEPT: Final = 4096


@lru_cache(maxsize=_KEPT)
def local_date(now: datetime, zone: tzinfo) -> date:
    """Return the calendar date in `zone` at `now`."""
    return now.astimezone(zone).date()


@lru_cache(maxsize=_KEPT)
def instant(on: date, at: time, zone: tzinfo, *, after: datetime | None = None) -> datetime:
    """Return the UTC instant of a local time.

    A time that comes twice means its first pass, or its second where the first isn't later than
    `after`. A time that is jumped over means the instant as if the clock hadn't moved yet.
    """
    local = datetime.combine(on, at, zone)
    found = local.astimezone(UTC)
    if after is not None and found <= after:
        found = local.replace(fold=1).astimezone(UTC)
    return found


def day_ends(on: date, zone: tzinfo) -> datetime:
    """Return the first instant of the day after `on`."""
    return instant(on + _DAY, time.min, zone)


def early_morning(on: date, zone: tzinfo, person_id: int) -> datetime:
    """Return the person's own moment between 04:00 and 06:00 local time on `on`."""
    second = (person_id * _MIXER >> 7) % _MORNING_SECONDS
    return instant(on, _MORNING, zone) + timedelta(seconds=second)


def next_early_morning(now: datetime, zone: tzinfo, person_id: int) -> datetime:
    """Return the person's first early-morning moment later than `now`."""
    today = local_date(now, zone)
    moment = early_morning(today, zone, person_id)
    return moment if moment > now else early_morning(today + _DAY, zone, person_id)


def next_open(
    window: LocalWindow,
    zones: Sequence[tzinfo],
    start: datetime,
    before: datetime,
) -> datetime | None:
    """Return the first instant in [start, before) at which `window` is open in every zone.

    None if there is none; `start` itself if it is open then.
    """
    at = start
    while at < before:
        moved = at
        for zone in zones:
            moved = max(moved, _opening(window, zone, at))
        if moved == at:
            return at
        at = moved
    return None


def window_closes(window: LocalWindow, zones: Sequence[tzinfo], now: datetime) -> datetime:
    """Return when the window that is open at `now` in all `zones` closes in the first of them."""
    return min(instant(local_date(now, zone), window.closes, zone, after=now) for zone in zones)


@lru_cache(maxsize=_KEPT)
def _opening(window: LocalWindow, zone: tzinfo, at: datetime) -> datetime:
    """Return `at` if the window is open then in `zone`, else its next opening."""
    local = at.astimezone(zone)
    if local.time() < window.opens:
        return instant(local.date(), window.opens, zone, after=at)
    if local.time() < window.closes:
        return at
    return instant(local.date() + _DAY, window.opens, zone)
