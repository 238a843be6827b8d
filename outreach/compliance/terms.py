"""Terms: when so many calendar or business days, or hours, after an event are over."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from outreach.compliance.clock import HOUR, day_at, day_start
from outreach.compliance.opening import WEEKDAYS
from outreach.compliance.view import Parameters, View

UNKNOWN_CALENDAR: Final = -1
"""Stands for an end that depends on holidays nobody has told us."""

_WEEK: Final = 7


class Term:
    """So many days or hours after an event; false if the rule names none.

    Days are counted one by one from the event's local date, or from the next one, and the term
    ends as the date after the last one begins. Of several plausible zones the latest end counts.
    """

    __slots__ = ("_business", "_days", "_hours", "_later", "_n", "_weekend", "_zone")

    def __init__(self, parameters: Parameters, key: str) -> None:
        part = parameters.part(key)
        self._n = part.number("n")
        self._hours = part.text("unit", "days") == "hours"
        self._later = parameters.text("day_one", "event_date") == "next_date"
        self._business = parameters.text("day_kind", "calendar") == "business"
        self._weekend = frozenset(map(WEEKDAYS.index, parameters.texts("weekend", ("sat", "sun"))))
        self._zone = parameters.text("zone")

    def __bool__(self) -> bool:
        return self._n > 0

    def ends(self, view: View, epoch: int) -> int:
        """Return the latest end in any plausible zone, or `UNKNOWN_CALENDAR`."""
        return self._end(view, epoch, latest=True)

    def earliest_end(self, view: View, epoch: int) -> int:
        """Return the earliest end in any plausible zone, or `UNKNOWN_CALENDAR`."""
        return self._end(view, epoch, latest=False)

    def _end(self, view: View, epoch: int, *, latest: bool) -> int:
        if self._hours:
            return epoch + self._n * HOUR
        holidays = view.facts.holidays if self._business else frozenset()
        if holidays is None:
            return UNKNOWN_CALENDAR
        zones = (self._zone,) if self._zone else view.counting_zones
        ends = [day_start(zone, self._day_after(zone, epoch, holidays)) for zone in zones]
        return max(ends) if latest else min(ends)

    def _day_after(self, zone: str, epoch: int, holidays: frozenset[date]) -> int:
        """Return the ordinal of the date after the last one of the term."""
        day = day_at(zone, epoch).ordinal + self._later
        if not self._business:
            return day + self._n
        left = self._n
        while left:
            weekday = (day - 1) % _WEEK
            left -= weekday not in self._weekend and date.fromordinal(day) not in holidays
            day += 1
        return day


TERM_SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n", "unit"],
    "properties": {
        "n": {"type": "integer", "minimum": 1, "maximum": 1000},
        "unit": {"enum": ["days", "hours"]},
    },
}
