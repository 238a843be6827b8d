"""Opening hours: when a set of weekly windows is open in a zone, and when it opens next."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from outreach.compliance.clock import day_at, minutes_of, wall

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY: Final = "holiday"
HORIZON_DAYS: Final = 400

Span = tuple[int, int]


class OpeningHours:
    """Weekly windows, half-open [open, close), in minutes of the local day.

    `windows` maps names of days (see `days_named`) to lists of two times. A day that isn't named is
    closed. Of several names for a day the one with the fewest days counts, and `holiday` replaces
    whatever the weekday says. `end_guard` minutes are taken off every closing. `ValueError` where
    two equally narrow names are for the same day.
    """

    __slots__ = ("_spans", "has_holidays", "windows")

    def __init__(self, windows: Mapping[str, object], end_guard: int = 0) -> None:
        self.windows = _by_day(windows, end_guard)
        self.has_holidays = HOLIDAY in self.windows
        self._spans = lru_cache(maxsize=4096)(self._compute)

    def _compute(self, zone: str, ordinal: int, kind: str) -> tuple[Span, ...]:
        return tuple(
            (wall(zone, ordinal, opens, closing=False), wall(zone, ordinal, closes, closing=True))
            for opens, closes in self.windows.get(kind, ())
        )

    def spans(self, zone: str, ordinal: int, holidays: frozenset[date] | None) -> tuple[Span, ...]:
        """Return the open spans of one local date, earliest first.

        With no holiday calendar (None) every date may be one: only what is open on both counts.
        """
        weekday = WEEKDAYS[(ordinal - 1) % 7]
        if not self.has_holidays:
            return self._spans(zone, ordinal, weekday)
        if holidays is None:
            usual = self._spans(zone, ordinal, weekday)
            return overlap(usual, self._spans(zone, ordinal, HOLIDAY))
        is_holiday = bool(holidays) and date.fromordinal(ordinal) in holidays
        return self._spans(zone, ordinal, HOLIDAY if is_holiday else weekday)

    def opens(self, zone: str, epoch: int, holidays: frozenset[date] | None = frozenset()) -> int:
        """Return `epoch` if it is open, else the next opening; -1 if none within the horizon."""
        first = day_at(zone, epoch).ordinal
        for ordinal in range(first, first + HORIZON_DAYS):
            for start, end in self.spans(zone, ordinal, holidays):
                if epoch < end and start < end:
                    return max(start, epoch)
        return -1


def overlap(left: tuple[Span, ...], right: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return what two lists of spans have in common."""
    both = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return tuple(span for span in both if span[0] < span[1])


def _by_day(windows: Mapping[str, object], guard: int) -> dict[str, tuple[tuple[int, int], ...]]:
    result: dict[str, tuple[tuple[int, int], ...]] = {}
    breadth: dict[str, int] = {}
    for name, pairs in sorted(windows.items(), key=lambda item: -len(days_named(item[0]))):
        listed = pairs if isinstance(pairs, (list, tuple)) else ()
        spans = tuple(sorted((minutes_of(a), minutes_of(b) - guard) for a, b in listed))
        days = days_named(name)
        for day in days:
            if breadth.get(day) == len(days):
                message = f"{name!r} and another name of {len(days)} days are both for {day}"
                raise ValueError(message)
            result[day], breadth[day] = spans, len(days)
    return result


_GROUPS: Final = {
    "all": WEEKDAYS,
    "weekday": WEEKDAYS[:5],
    "weekend": WEEKDAYS[5:],
    HOLIDAY: (HOLIDAY,),
}


def days_named(name: str) -> tuple[str, ...]:
    """Return the days of `mon`, `mon-fri`, `weekday`, `weekend`, `all` or `holiday`.

    Raises:
        ValueError: It names no days.
    """
    if name in _GROUPS:
        return _GROUPS[name]
    first, _, last = name.partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        message = f"{name!r} is no weekday, range such as mon-fri, {', '.join(_GROUPS)}"
        raise ValueError(message)
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return tuple(WEEKDAYS[i % 7] for i in range(start, end + (8 if end < start else 1)))


WINDOW_LIST_SCHEMA: Final[Mapping[str, object]] = {
    "type": "array",
    "description": "Half-open spans [open, close) in local time.",
    "items": {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": {"type": "string", "pattern": "^([01][0-9]|2[0-4]):[0-5][0-9]$"},
    },
}
DAY_PATTERN: Final = (
    "^(all|holiday|weekday|weekend|(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?)$"
)
