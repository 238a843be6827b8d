"""Events that rules wait for: a notice, a date of the debt, a conversation, a recorded fact."""

from collections.abc import Iterator, Mapping
from typing import Final

from outreach.compliance.clock import day_at, day_start
from outreach.compliance.view import Parameters, View
from outreach.domain.known import Debt, Flag, Missing, epoch_of
from outreach.domain.vocabulary import Outcome

SINCE_EVER: Final = -(2**62)
"""When something happened of which only the fact is known."""

ANY: Final = "any"
OVERDUE_SINCE: Final = "overdue_since"
_KEYS: Final[Mapping[str, str]] = {
    "notice": "Kinds of notices or letters that were delivered, or any.",
    "debt_date": "Names of dates of the debt, such as overdue_since or validation_sent_at.",
    "person_date": "Names of dates of the person.",
    "outcome": "Outcomes of contacts about the debt, either way, such as conversation.",
    "debt_flag": "Flags of the debt that must be set.",
    "person_flag": "Flags of the person that must be set.",
    "lender_flag": "Flags of the lender that must be set.",
    "sender_attribute": "Attributes of the sending side that must be set, such as recording.",
    "content": "Elements of the contact itself, such as visit_notice_given.",
}
_NO_DEBT: Final = Debt()


class Event:
    """Any one of the things a rule names; false if it names none."""

    __slots__ = ("_wanted", "name")

    def __init__(self, parameters: Parameters) -> None:
        self._wanted = {key: parameters.texts(key) for key in _KEYS if parameters.has(key)}
        words = sorted(frozenset[str]().union(*self._wanted.values()) - {ANY})
        self.name = " or ".join(words or sorted(self._wanted))

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def epochs(self, view: View, debt: str) -> list[int]:
        """Return when it happened as far as known, each time; `debt` empty is no debt."""
        return [
            at
            for key, words in self._wanted.items()
            for at in _FINDERS[key](view, debt, words)
            if at <= view.known
        ]

    def is_undeliverable(self, view: View) -> bool:
        """Tell whether a notice was sent but didn't arrive."""
        kinds = self._wanted.get("notice", frozenset())
        return any(n.undeliverable and _is_kind(n.kind, kinds) for n in view.facts.notices)


def _is_kind(kind: str, kinds: frozenset[str]) -> bool:
    return ANY in kinds or kind in kinds


def _notices(view: View, debt: str, kinds: frozenset[str]) -> Iterator[int]:
    for notice in view.facts.notices:
        if notice.undeliverable or not _is_kind(notice.kind, kinds):
            continue
        if not notice.debts or not debt or debt in notice.debts:
            yield epoch_of(notice.at)


def _debt_dates(view: View, debt: str, names: frozenset[str]) -> Iterator[int]:
    info = view.facts.debts.get(debt, _NO_DEBT)
    for name in names:
        if (at := info.dates.get(name)) is not None:
            yield epoch_of(at)
        elif name == OVERDUE_SINCE and info.dpd is not None and info.dpd > 0:
            yield _overdue_since(view, info.dpd)


def _overdue_since(view: View, dpd: int) -> int:
    """Return the start of day 1 past due; days past due are those at the action's instant."""
    zone = view.facts.lender_zone
    zones = (zone,) if zone else view.counting_zones
    return max(day_start(z, day_at(z, view.known).ordinal - dpd + 1) for z in zones)


def _person_dates(view: View, _: str, names: frozenset[str]) -> Iterator[int]:
    dates = view.facts.person_dates
    return (epoch_of(dates[name]) for name in names if name in dates)


def _outcomes(view: View, debt: str, outcomes: frozenset[str]) -> Iterator[int]:
    for entry in view.facts.ledger:
        if entry.outcome in outcomes and (not debt or debt in entry.debts):
            yield entry.epoch


def _set(flags: Mapping[str, Flag], names: frozenset[str]) -> Iterator[int]:
    for name in names:
        flag = flags.get(name)
        if flag and not isinstance(flag, Missing):
            yield SINCE_EVER


def _contents(view: View, _: str, elements: frozenset[str]) -> Iterator[int]:
    return iter(() if elements.isdisjoint(view.action.content) else (SINCE_EVER,))


_FINDERS: Final = {
    "notice": _notices,
    "debt_date": _debt_dates,
    "person_date": _person_dates,
    "outcome": _outcomes,
    "debt_flag": lambda view, debt, names: _set(view.facts.debts.get(debt, _NO_DEBT).flags, names),
    "person_flag": lambda view, _, names: _set(view.facts.person_flags, names),
    "lender_flag": lambda view, _, names: _set(view.facts.lender_flags, names),
    "sender_attribute": lambda view, _, names: _set(view.action.sender_attributes, names),
    "content": _contents,
}
EVENT_SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        key: {
            "type": "array",
            "minItems": 1,
            "items": {"enum": sorted(Outcome)} if key == "outcome" else {"type": "string"},
            "description": description,
        }
        for key, description in _KEYS.items()
    },
}
