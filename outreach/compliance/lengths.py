"""Lengths of time that rules name: minutes and hours to the second, the rest by local date."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from outreach.compliance.clock import HOUR, MINUTE, SECOND, day_at, day_start
from outreach.compliance.view import Parameters

_EXACT: Final = {"seconds": SECOND, "minutes": MINUTE, "hours": HOUR}
_SATURDAY: Final = 5
UNITS: Final = (*_EXACT, "days", "months", "years")


class Length(NamedTuple):
    """So many units."""

    n: int
    unit: str

    def end(self, zone: str, epoch: int) -> int:
        """Return the first instant after the length.

        For days, months and years the local date of `epoch` is the first one, and the end is the
        beginning of a date: two years from any time on 10 June 2024 end as 10 June 2026 begins. A
        date that the last month doesn't have is the first of the month after.
        """
        if self.unit in _EXACT:
            return epoch + self.n * _EXACT[self.unit]
        ordinal = day_at(zone, epoch).ordinal
        if self.unit == "days":
            return day_start(zone, ordinal + self.n)
        months = self.n * (12 if self.unit == "years" else 1)
        return day_start(zone, _months_later(date.fromordinal(ordinal), months).toordinal())

    def reaches(self, zone: str, epoch: int, now: int) -> bool:
        """Tell whether something of `epoch` is no older than this at `now`.

        In dates: the last one is so many after the date of `epoch`, and all of it is included.
        """
        if self.unit not in _EXACT:
            now = day_at(zone, now).start
        return now <= self.end(zone, epoch)

    def earliest_end(self, zones: Iterable[str], epoch: int) -> int:
        """Return the earliest end in several plausible zones: for what permits."""
        return min(self.end(zone, epoch) for zone in zones)

    def latest_end(self, zones: Iterable[str], epoch: int) -> int:
        """Return the latest end in several plausible zones: for what protects."""
        return max(self.end(zone, epoch) for zone in zones)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        # December has every date, so the month after is one of the same year.
        return date(year, month + 2, 1)


def business_days_later(zone: str, epoch: int, n: int, holidays: frozenset[date]) -> int:
    """Return the end of the nth date after that of `epoch` that is neither weekend nor holiday."""
    day = date.fromordinal(day_at(zone, epoch).ordinal)
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < _SATURDAY and day not in holidays
    return day_start(zone, day.toordinal() + 1)


def length_of(parameters: Parameters, key: str) -> Length | None:
    """Return the length under a key; None if there is none."""
    if not parameters.has(key):
        return None
    part = parameters.part(key)
    return Length(part.number("n"), part.text("unit", "days"))


def length_schema(description: str) -> Mapping[str, object]:
    """Return the JSON Schema of a length."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["n", "unit"],
        "description": description,
        "properties": {
            "n": {"type": "integer", "minimum": 0, "maximum": 1000},
            "unit": {"enum": list(UNITS)},
        },
    }
