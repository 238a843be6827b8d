"""The facts of a decision, small enough to keep with it: replay decides on exactly these again.

Only what is set is kept, ledger entries as short rows. Instants are whole microseconds since 1970,
local dates ISO 8601, an unknown value `{"unknown": true}`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

from outreach.domain import known as d

_PLAIN: Final = ("lender_role", "residence", "lender_class", "stage", "lender_zone")
_ZONE_KINDS: Final = {"declared": "d", "address": "a", "area_code": "n"}
_ZONE_WORDS: Final = {short: word for word, short in _ZONE_KINDS.items()}
_HINTS: Final = get_type_hints(d.Facts)
# Lists of small records; the two that are kept as rows are read by name.
_LISTS: Final[dict[str, type]] = {
    one.name: get_args(_HINTS[one.name])[0]
    for one in fields(d.Facts)
    if get_origin(_HINTS[one.name]) is tuple
    and is_dataclass(get_args(_HINTS[one.name])[0])
    and one.name not in {"zones", "ledger"}
}
_FLAG_MAPS: Final = ("person_flags", "lender_flags")
_UNKNOWN: Final = {"unknown": True}


def snapshot(facts: d.Facts) -> dict[str, Any]:
    """Return `facts` as JSON-ready values; `restore` gives them back."""
    kept: dict[str, Any] = {
        name: value for name in _PLAIN if (value := getattr(facts, name)) is not None
    }
    kept["zones"] = [[one.zone, _ZONE_KINDS[one.kind]] for one in facts.zones]
    if facts.ledger:
        kept["ledger"] = [_entry(one) for one in facts.ledger]
    for name, kind in _LISTS.items():
        if listed := getattr(facts, name):
            kept[name] = [_record(one, kind) for one in listed]
    if facts.endpoints:
        kept["endpoints"] = {
            name: _record(one, d.Endpoint) for name, one in facts.endpoints.items()
        }
    kept["debts"] = {name: _debt(debt) for name, debt in facts.debts.items()}
    for name in _FLAG_MAPS:
        if flags := getattr(facts, name):
            kept[name] = _flags(flags)
    if facts.person_dates:
        kept["person_dates"] = _instants(facts.person_dates)
    if facts.refusals:
        kept["refusals"] = [[who, d.epoch_of(at)] for who, at in facts.refusals]
    if facts.holidays is None:
        kept["holidays"] = None
    elif facts.holidays:
        kept["holidays"] = _days(facts.holidays)
    return kept


def restore(kept: Mapping[str, Any]) -> d.Facts:
    """Return the facts that `snapshot` kept."""
    days = kept.get("holidays", ())
    found: dict[str, Any] = {name: kept[name] for name in _PLAIN if name in kept}
    for name, kind in _LISTS.items():
        if name in kept:
            found[name] = tuple(_record_back(one, kind) for one in kept[name])
    for name in _FLAG_MAPS:
        if name in kept:
            found[name] = _flags_back(kept[name])
    return d.Facts(
        **found,
        zones=tuple(d.ZoneEvidence(zone, _ZONE_WORDS[kind]) for zone, kind in kept["zones"]),  # type: ignore[arg-type]  # the words are those of _ZONE_KINDS
        ledger=tuple(map(_entry_back, kept.get("ledger", ()))),
        endpoints={
            name: _record_back(one, d.Endpoint) for name, one in kept.get("endpoints", {}).items()
        },
        debts={name: _debt_back(one) for name, one in kept["debts"].items()},
        person_dates=_instants_back(kept.get("person_dates", {})),
        refusals=tuple((who, d.instant_of(at)) for who, at in kept.get("refusals", ())),
        holidays=None if days is None else _days_back(days),
    )


@lru_cache(maxsize=512)
def _days(days: frozenset[date]) -> list[int]:
    """Return the first date's ordinal, then the days from each date to the next.

    People of one residence share one set, so that this is looked up for nearly all of them.
    """
    ordinals = sorted(day.toordinal() for day in days)
    return [later - earlier for earlier, later in pairwise((0, *ordinals))]


def _days_back(gaps: Iterable[int]) -> frozenset[date]:
    return frozenset(map(date.fromordinal, accumulate(gaps)))


def _entry(entry: d.LedgerEntry) -> list[Any]:
    row: list[Any] = [entry.epoch, entry.channel, entry.direction, entry.outcome]
    row += [list(entry.debts), entry.endpoint, entry.purpose]
    rest = [
        entry.recipient_role,
        entry.dial_mode,
        entry.sender,
        entry.place,
        entry.excluded_reason,
        entry.key,
    ]
    # What stands after the last thing that is set is the usual.
    while rest and rest[-1] == _USUAL[len(rest) - 1]:
        rest.pop()
    return row + rest


_USUAL: Final[tuple[Any, ...]] = ("debtor", None, None, None, None, None)


def _entry_back(row: Sequence[Any]) -> d.LedgerEntry:
    at, channel, direction, outcome, debts, endpoint, purpose, *rest = row
    role, dial_mode, sender, place, excluded, key = [*rest, *_USUAL[len(rest) :]]
    return d.LedgerEntry(
        at=d.instant_of(at),
        channel=channel,
        direction=direction,
        outcome=outcome,
        debts=tuple(debts),
        endpoint=endpoint,
        purpose=purpose,
        recipient_role=role,
        dial_mode=dial_mode,
        place=place,
        sender=sender,
        excluded_reason=excluded,
        key=key,
    )


def _debt(debt: d.Debt) -> int | dict[str, Any] | None:
    """Return days past due alone where nothing else is known."""
    record = _record(debt, d.Debt)
    return debt.dpd if record.keys() <= {"dpd"} else record


def _debt_back(kept: int | Mapping[str, Any] | None) -> d.Debt:
    if isinstance(kept, Mapping):
        debt: d.Debt = _record_back(kept, d.Debt)
        return debt
    return d.Debt(dpd=kept)


def _flags(flags: Mapping[str, d.Flag]) -> dict[str, Any]:
    return {name: _UNKNOWN if flag is d.UNKNOWN else flag for name, flag in flags.items()}


def _flags_back(kept: Mapping[str, Any]) -> dict[str, d.Flag]:
    return {name: d.UNKNOWN if flag == _UNKNOWN else flag for name, flag in kept.items()}


def _instants(dates: Mapping[str, datetime]) -> dict[str, int]:
    return {name: d.epoch_of(at) for name, at in dates.items()}


def _instants_back(kept: Mapping[str, int]) -> dict[str, datetime]:
    return {name: d.instant_of(at) for name, at in kept.items()}


def _same(value: Any) -> Any:
    return value


class _Field(NamedTuple):
    """One field of a small record: what it is when nothing is known, and how it is kept."""

    name: str
    usual: object
    keep: Callable[[Any], Any]
    back: Callable[[Any], Any]


# How a field is kept, by a word of its type; what names none of them is kept as it is.
_KEPT_BY_TYPE: Final[tuple[tuple[str, Callable[[Any], Any], Callable[[Any], Any]], ...]] = (
    ("Mapping[str, datetime", _instants, _instants_back),
    ("Mapping[str, ", _flags, _flags_back),
    ("frozenset", sorted, frozenset),
    ("datetime", d.epoch_of, d.instant_of),
    ("date", date.isoformat, date.fromisoformat),
    (
        "Missing",
        lambda value: _UNKNOWN if value is d.UNKNOWN else value,
        lambda value: d.UNKNOWN if value == _UNKNOWN else value,
    ),
)


def _fields_of(kind: type) -> tuple[_Field, ...]:
    hints = get_type_hints(kind)
    found = []
    for one in fields(kind):
        if not one.init:
            continue  # follows from the others
        usual = one.default_factory() if one.default_factory is not MISSING else one.default
        hint = str(hints[one.name]).replace("datetime.datetime", "datetime")
        hint = hint.replace("datetime.date", "date")
        ways = next((way[1:] for way in _KEPT_BY_TYPE if way[0] in hint), (_same, _same))
        found.append(_Field(one.name, usual, *ways))
    return tuple(found)


_FIELDS: Final = {kind: _fields_of(kind) for kind in (*_LISTS.values(), d.Endpoint, d.Debt)}
_READ: Final[Mapping[type, Callable[[Any], tuple[Any, ...]]]] = {
    kind: attrgetter(*(one.name for one in own)) for kind, own in _FIELDS.items()
}


def _record(record: Any, kind: type) -> dict[str, Any]:
    """Return what is set of a small record."""
    # Every message keeps several, so the fields are read in one call.
    return {
        name: keep(value)
        for (name, usual, keep, _), value in zip(_FIELDS[kind], _READ[kind](record), strict=True)
        if value is not None and value != usual
    }


def _record_back(kept: Mapping[str, Any], kind: type) -> Any:
    return kind(**{one.name: one.back(kept[one.name]) for one in _FIELDS[kind] if one.name in kept})
