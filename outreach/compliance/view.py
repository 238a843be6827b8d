"""What a compiled rule sees while one action is judged, and how it objects."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Final, NamedTuple

from outreach.compliance.clock import EARLIEST_DATE_ZONE, LATEST_DATE_ZONE, is_zone
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import Facts, Flag, epoch_of
from outreach.domain.records import dataclass

NOWHERE: Final = (EARLIEST_DATE_ZONE, LATEST_DATE_ZONE)


class View:
    """One action, one person's facts, and the instant being asked about.

    `now` moves while `until` is searched; `known` stays at the action's own instant, since what
    will be learned by then is not known yet. `zones` are the plausible ones (empty if none is
    known): those the person declared, or else all that anything suggests.
    """

    __slots__ = ("action", "facts", "known", "now", "zones")

    def __init__(self, action: ProposedAction, facts: Facts) -> None:
        self.action = action
        self.facts = facts
        self.known = self.now = epoch_of(action.at)
        evidence = facts.zones
        if len(evidence) == 1:
            self.zones: tuple[str, ...] = (evidence[0].zone,) if is_zone(evidence[0].zone) else ()
        else:
            self.zones = _plausible(facts)

    @property
    def counting_zones(self) -> tuple[str, ...]:
        """Zones to count dates in: the plausible ones, or the whole earth's if none is known."""
        return self.zones or NOWHERE


def _plausible(facts: Facts) -> tuple[str, ...]:
    declared = {e.zone for e in facts.zones if e.kind == "declared"}
    zones = declared or {e.zone for e in facts.zones}
    # A zone that we have no data for can't be reasoned about: the location is unknown.
    return tuple(sorted(zones)) if all(map(is_zone, zones)) else ()


class Objection(NamedTuple):
    """Why one rule says no. `until` (epoch) is set if waiting clears it, strictly after `now`."""

    cause: str
    verdict: Verdict
    until: int | None = None
    parameters: Mapping[str, object] = {}
    needs: str = ""


def block(cause: str, *, needs: str = "", **parameters: object) -> Objection:
    """Object for as long as the facts stay as they are."""
    return Objection(cause, Verdict.BLOCK, None, parameters, needs)


def defer(cause: str, until: int, **parameters: object) -> Objection:
    """Object until an instant (epoch)."""
    return Objection(cause, Verdict.DEFER, until, parameters)


Check = Callable[[View], Objection | None]
"""A compiled rule: looks at a view, objects or returns None. Never changes the view."""


class Parameters:
    """Reads a rule's parameters; the loader's schema has already checked their types."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self._values.get(key, default)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: int = 0) -> int:
        """Return a whole number."""
        value = self._values.get(key, default)
        return value if isinstance(value, int) else default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a yes or no."""
        return bool(self._values.get(key, default))

    def texts(self, key: str, default: Iterable[str] = ()) -> frozenset[str]:
        """Return a set of texts; a single one may stand without its list."""
        return texts_of(self._values.get(key, tuple(default)))

    def has(self, key: str) -> bool:
        """Tell whether the key is given."""
        return key in self._values

    def part(self, key: str) -> "Parameters":
        """Return a nested mapping, empty if absent."""
        value = self._values.get(key)
        return Parameters(value if isinstance(value, Mapping) else {})

    def items(self) -> Iterable[tuple[str, object]]:
        """Return the raw pairs."""
        return self._values.items()


def texts_of(value: object) -> frozenset[str]:
    """Return the texts of a list, or of one text standing alone."""
    if isinstance(value, str):
        return frozenset((value,))
    return frozenset(map(str, value)) if isinstance(value, Iterable) else frozenset()


@dataclass(frozen=True, slots=True)
class Primitive:
    """A kind of rule: its name, how to compile one, and the JSON Schema of its parameters.

    `content` and `sender` return the content, or the sender's attributes, that satisfy a rule.
    """

    name: str
    compile: Callable[[Parameters], Check]
    schema: Mapping[str, object]
    required: tuple[str, ...] = ()
    description: str = ""
    content: Callable[[Parameters], frozenset[str]] = field(default=lambda _: frozenset())
    sender: Callable[[Parameters], Mapping[str, Flag]] = field(default=lambda _: {})
