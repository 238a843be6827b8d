"""Values of a verdict as people read them: instants with their place, hours, lengths, lists."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_day_names, get_timezone_location
from babel.lists import format_list

from outreach.compliance.clock import is_zone
from outreach.domain.known import Missing, instant_of
from outreach.rendering.verdicts.sentences import Sentences

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_INSTANTS: Final = frozenset({"since", "begins", "at", "known_at"})
_DATES: Final = frozenset({"through"})
_PLACES: Final = frozenset({"zones", "closed"})
_CHOICES: Final = frozenset({"kinds", "outcomes", "allowed", "approver_role", "number_prefix"})
"""Lists of which any one is meant."""
_PATTERNS: Final = {"en": "EEE, MMM d, y, HH:mm", "zh": "y年M月d日EEE HH:mm"}
_CLOCK: Final = "HH:mm"
_LENGTH_KEYS: Final = frozenset({"n", "unit"})
_ALTERNATIVES: Final = "|"


class Values:
    """Writes values for one reader.

    Args:
        said: The language.
        zone: Where instants are read, unless a value names its own place.
        at: The instant that was judged.
    """

    def __init__(self, said: Sentences, zone: str, at: datetime) -> None:
        self._said = said
        self._zone = zone
        self._at = at

    def moment(self, at: datetime, zone: str | None = None) -> str:
        """Write an instant: date and time of day in a place, and the place."""
        return self._placed(at, zone or self._zone, _PATTERNS[self._said.locale.language])

    def clock(self, zones: Iterable[str]) -> str:
        """Write what time it is at the judged instant in some places."""
        return self.list_of(self._placed(self._at, zone, _CLOCK) for zone in zones)

    def _placed(self, at: datetime, zone: str, pattern: str) -> str:
        local = at.astimezone(ZoneInfo(zone))
        text = format_datetime(local, pattern, locale=self._said.locale)
        words = {"local": text, "place": self.place(zone), "offset": _offset(local)}
        return self._said.fill(self._said.frame["moment"], words.get) or text

    def place(self, zone: str) -> str:
        """Write the place that a zone is named after; zones of no place by their id."""
        if "/" not in zone or zone.startswith("Etc/"):
            return zone
        return str(get_timezone_location(zone, locale=self._said.locale, return_city=True))

    def list_of(self, texts: Iterable[str]) -> str:
        """Join texts as the language does."""
        return str(format_list(list(texts), locale=self._said.locale))

    def word(self, name: str, value: str) -> str:
        """Write a word of the vocabulary."""
        if _ALTERNATIVES in value:
            parts = [self.word(name, one) for one in value.split(_ALTERNATIVES)]
            return str(format_list(parts, style="or", locale=self._said.locale))
        known = self._said.values
        return known.get(f"{name}.{value}") or known.get(value) or value.replace("_", " ")

    def length(self, n: int, unit: str) -> str:
        """Write a length of time."""
        text = self._said.lengths.get(unit)
        filled = self._said.fill(text, {"n": n}.get) if text else None
        return filled or f"{self._said.number(n)} {unit}"

    def hours(self, windows: Mapping[str, Any]) -> str:
        """Write weekly hours: `Mon–Fri 08:00–21:00`."""
        written = []
        for days, spans in windows.items():
            times = self.list_of(f"{span[0]}–{span[1]}" for span in spans)
            named = self._days(days)
            written.append(f"{named} {times}".strip())
        return self.list_of(written)

    def _days(self, days: str) -> str:
        if days in {"all", "mon-sun"}:
            return ""
        if days == "holiday":
            return self._said.frame["holidays"]
        names = get_day_names("abbreviated", locale=self._said.locale)
        first, _, last = days.partition("-")
        ends = {"first": names[_WEEKDAYS.index(first)]}
        if not last:
            return str(ends["first"])
        ends["last"] = names[_WEEKDAYS.index(last)]
        return self._said.fill(self._said.frame["range"], ends.get) or days

    def write(self, name: str, value: Any) -> str | int | None:
        """Write any parameter of a verdict or of its rule; None where there is nothing to say."""
        if value is None or isinstance(value, bool | Missing):
            return None
        if isinstance(value, int) and name in _DATES:
            on = date.fromordinal(value)
            return str(format_date(on, "medium", locale=self._said.locale))
        if isinstance(value, int):
            return self.moment(instant_of(value)) if name in _INSTANTS else value
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, Mapping):
            return self._write_mapping(name, value)
        if isinstance(value, str):
            return self.word(name, value)
        return self._write_list(name, list(value))

    def _write_mapping(self, name: str, value: Mapping[str, Any]) -> str | None:
        if set(value) == _LENGTH_KEYS:
            return self.length(value["n"], value["unit"])
        return self.hours(value) if name == "windows" else None

    def _write_list(self, name: str, listed: list[Any]) -> str | None:
        if not listed:
            return None
        if [type(one) for one in listed] == [int, str]:
            return self.length(*listed)
        if name in _PLACES:
            return self.list_of(self.place(zone) if is_zone(zone) else zone for zone in listed)
        words = [self.word(_singular(name), str(one)) for one in listed]
        if name in _CHOICES:
            return str(format_list(words, style="or", locale=self._said.locale))
        return self.list_of(words)


def _singular(name: str) -> str:
    return name.removesuffix("s")  # a list of `kinds` holds words of `kind`


def _offset(local: datetime) -> str:
    offset = local.utcoffset() or timedelta(0)
    sign = "-" if offset < timedelta(0) else "+"
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    return f"GMT{sign}{hours}" + (f":{minutes:02}" if minutes else "")
