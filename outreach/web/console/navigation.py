"""The left rail: where one can go, in words and in groups. What isn't served isn't shown."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from outreach.domain.operators import Operator, Role

# Group → what it leads to; the words are `nav.<name>` and, for a group, `nav.group.<name>`.
_GROUPS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "work": (
        ("today", "/"),
        ("tasks", "/tasks"),
        ("replies", "/replies"),
        ("cases", "/cases"),
        ("approvals", "/approvals"),
    ),
    "record": (
        ("contacts", "/contacts"),
        ("search", "/search"),
        ("samples", "/samples"),
        ("findings", "/findings"),
        ("rules", "/rules"),
        ("opt_outs", "/opt-outs"),
        ("reports", "/reports"),
        ("exports", "/exports"),
    ),
    "build": (
        ("templates", "/templates"),
        ("treatments", "/treatments"),
        ("simulate", "/simulate"),
        ("signals", "/signals"),
        ("discrepancies", "/discrepancies"),
        ("providers", "/providers"),
        ("stops", "/stops"),
    ),
    "installation": (
        ("team", "/team"),
        ("audit", "/audit"),
        ("settings", "/settings"),
        ("help", "/help"),
    ),
}
# What a phone shows at its lower edge, beside the menu.
_AT_HAND: Final = ("today", "replies", "contacts")


class Place(NamedTuple):
    """One link: its name, its address, and whether the visitor is below it."""

    name: str
    path: str
    is_here: bool


class Group(NamedTuple):
    """Links under one heading."""

    name: str
    places: tuple[Place, ...]


class Navigation:
    """The rail as each visitor sees it.

    Args:
        served: Address of every page that is read, with the roles that may.
    """

    def __init__(self, served: Mapping[str, frozenset[Role]]) -> None:
        self._served = served

    @staticmethod
    def addresses() -> tuple[str, ...]:
        """Return every address that the rail knows, served or not."""
        return tuple(to for entries in _GROUPS.values() for _, to in entries)

    def groups(self, operator: Operator, path: str) -> tuple[Group, ...]:
        """Return what an operator may open, in the same order for everybody."""
        here = self._closest(path)
        found = []
        for name, entries in _GROUPS.items():
            places = tuple(
                Place(each, to, to == here)
                for each, to in entries
                if to in self._served and operator.lenders(self._served[to])
            )
            if places:
                found.append(Group(name, places))
        return tuple(found)

    def at_hand(self, groups: Iterable[Group]) -> tuple[Place, ...]:
        """Return the few that a phone keeps at its lower edge."""
        places = {one.name: one for group in groups for one in group.places}
        return tuple(places[name] for name in _AT_HAND if name in places)

    def _closest(self, path: str) -> str:
        """Return the entry that a path is at or below; "" where it is below none."""
        above = [
            to for to in self.addresses() if path == to or (to != "/" and path.startswith(to + "/"))
        ]
        return max(above, key=len, default="")
