"""What a golden case takes as given: notices and dates that its packs ask for and it doesn't name.

A case that lists letters lists all of them, and a date that it gives as null never was. What it
leaves out happened in good time, so that rules about it have nothing to say.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from outreach.compliance import CompiledPacks
from outreach.compliance.events import ANY, OVERDUE_SINCE
from outreach.compliance.view import texts_of
from outreach.config_files.golden_times import EVER, Raw, instant
from outreach.domain.known import Debt, Facts, Notice

PRECONDITION: Final = "precondition"
# Rules may ask for something that is old enough, and not too old: one of these is.
_DAYS_AGO: Final = (400, 120, 45, 20, 12)


def with_notices(facts: Facts, case: Raw, packs: CompiledPacks) -> Facts:
    """Return facts in which everything that wasn't mentioned was done in good time.

    Where a rule is met by a notice or by a date, a date that is mentioned decides for both.
    """
    mentioned: Raw = case.get("facts", {})
    given = {key for flags in mentioned.get("debt_flags", {}).values() for key in flags}
    kinds: set[str] = set()
    dates: set[str] = set()
    for event in _events(packs):
        named = texts_of(event.get("debt_date", ()))
        if named.isdisjoint(given):
            dates |= named
            kinds |= texts_of(event.get("notice", ()))
    if kinds and "letters" not in mentioned:
        facts = replace(facts, notices=(*facts.notices, *_notices(kinds, case)))
    if dates:
        names = {*facts.debts, *_debts(case)}
        debts = {name: _with_dates(facts.debts.get(name, Debt()), dates) for name in names}
        facts = replace(facts, debts=debts)
    return facts


def _events(packs: CompiledPacks) -> Iterator[Mapping[str, Any]]:
    """Yield what the packs' rules wait for."""
    for pack in packs.packs:
        for rule in pack.rules:
            event = rule.parameters.get("event")
            if rule.primitive == PRECONDITION and isinstance(event, Mapping):
                yield event


def _notices(kinds: Iterable[str], case: Raw) -> Iterable[Notice]:
    moments = [EVER]
    proposals = (case.get("proposed", {}), *case.get("proposed_concurrent", ()))
    for at in (instant(one["at"]) for one in proposals if "at" in one):
        if at.utcoffset() is not None:
            moments += [at - timedelta(days=days) for days in _DAYS_AGO]
    return [
        Notice("" if kind == ANY else kind, moment) for kind in sorted(kinds) for moment in moments
    ]


def _debts(case: Raw) -> frozenset[str]:
    proposals = (case.get("proposed", {}), *case.get("proposed_concurrent", ()))
    return frozenset(debt for one in proposals for debt in one.get("debts", ()))


def _with_dates(debt: Debt, names: Iterable[str]) -> Debt:
    """Add dates; where days past due are known, they say since when it is overdue."""
    known = {OVERDUE_SINCE} if debt.dpd is not None else set()
    return replace(
        debt, dates={**{name: EVER for name in names if name not in known}, **debt.dates}
    )
