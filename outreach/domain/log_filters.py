"""What somebody asks the contact log for: filters that stand in an address, and nothing personal.

An address is the state: the same filter always gives the same query, relative days stay relative,
and whatever isn't understood is said, never passed over.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from outreach.domain.local_time import day_ends, instant, local_date
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, DeliveryState, Outcome, Purpose

DEFAULT_FROM: Final = "-7d"
_RELATIVE: Final = re.compile(r"-(\d{1,4})d", re.ASCII)
_FREE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
_MOST_VALUES: Final = 20


class LogVerdict(StrEnum):
    """What a line of the log is: a contact that was made, or one that wasn't, or an answer."""

    ALLOWED = "allowed"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    INBOUND = "inbound"


# Parameter → the words that it takes; None where names are the installation's own.
FIELDS: Final[Mapping[str, frozenset[str] | None]] = {
    "verdict": frozenset(LogVerdict),
    "rule": None,
    "channel": frozenset(Channel),
    "purpose": frozenset(Purpose),
    "status": frozenset(DeliveryState),
    "template": None,
    "treatment": None,
    "outcome": frozenset(Outcome),
    "operator": None,
}


class Problem(NamedTuple):
    """A parameter that wasn't understood."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class LogFilter:
    """A filter; several values of one parameter mean any of them, several parameters all of them.

    Attributes:
        chosen: By parameter, in the order of `FIELDS`; values are sorted, none is empty.
        start: First day, as written: a date, or `-7d` for seven days before today.
        end: Last day, as written; "" is whatever came last.
    """

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    start: str = DEFAULT_FROM
    end: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters in their canonical order; the default period is left out."""
        found = [(name, value) for name, values in self.chosen.items() for value in values]
        if self.start != DEFAULT_FROM:
            found.append(("from", self.start))
        if self.end:
            found.append(("to", self.end))
        return found

    def query(self) -> str:
        """Return the canonical query."""
        return urlencode(self.pairs())

    def without(self, name: str, value: str = "") -> "LogFilter":
        """Return the filter without a value; without any of a parameter's where none is named."""
        if name == "from":
            return replace(self, start=DEFAULT_FROM)
        if name == "to":
            return replace(self, end="")
        left = tuple(one for one in self.chosen.get(name, ()) if value and one != value)
        return replace(self, chosen=_ordered({**self.chosen, name: left}))

    def only(self, name: str, value: str) -> "LogFilter":
        """Return the filter with this one value of a parameter."""
        return replace(self, chosen=_ordered({**self.chosen, name: (value,)}))

    def within(self, start: str, end: str = "") -> "LogFilter":
        """Return the filter over another period."""
        return replace(self, start=start, end=end)

    def days(self, now: datetime, zone: tzinfo) -> tuple[date, date | None]:
        """Return the first and the last day; None is whatever came last."""
        today = local_date(now, zone)
        return _day(self.start, today), _day(self.end, today) if self.end else None

    def period(self, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return the instants between which it looks, the second one excluded.

        Args:
            now: Business time, from which relative days are counted.
            zone: The lender's.
        """
        first, last = self.days(now, zone)
        starts = max(instant(first, time.min, zone), _EARLIEST)
        return starts, _LATEST if last is None else day_ends(last, zone)


def parse_filter(pairs: Iterable[tuple[str, str]]) -> tuple[LogFilter, tuple[Problem, ...]]:
    """Read the parameters of an address; those that are no filter are others' business.

    What isn't understood is left out of the filter and returned beside it.
    """
    chosen: dict[str, set[str]] = {}
    days = {"from": DEFAULT_FROM, "to": ""}
    problems: list[Problem] = []
    for name, written in pairs:
        value = written.strip()
        if not value or (name not in FIELDS and name not in days):
            continue
        if name in days:
            if _is_day(value):
                days[name] = value
            else:
                problems.append(Problem(name, value))
            continue
        known = FIELDS[name]
        fits = value in known if known is not None else _FREE.fullmatch(value) is not None
        if fits and len(chosen.setdefault(name, set())) < _MOST_VALUES:
            chosen[name].add(value)
        else:
            problems.append(Problem(name, value))
    kept = _ordered({name: tuple(sorted(values)) for name, values in chosen.items()})
    return LogFilter(kept, days["from"], days["to"]), tuple(problems)


def read_query(query: str) -> LogFilter:
    """Return the filter of a kept query; what it no longer understands is left out."""
    return parse_filter(parse_qsl(query))[0]


def split_version(ref: str) -> tuple[str, str]:
    """Return the name and the hash of a template or treatment; the hash is "" for any version."""
    name, _, version = ref.partition("@")
    return name, version


def _ordered(chosen: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return dict(_in_order(chosen))


def _in_order(chosen: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in FIELDS:
        if values := chosen.get(name):
            yield name, values


def _is_day(value: str) -> bool:
    if _RELATIVE.fullmatch(value):
        return True
    try:
        return date.fromisoformat(value).isoformat() == value and value >= "1970"
    except ValueError:
        return False


def _day(value: str, today: date) -> date:
    if match := _RELATIVE.fullmatch(value):
        return today - timedelta(days=int(match[1]))
    return date.fromisoformat(value)
