"""What a frequency rule counts against: a debt, an account, a person or an address."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.compliance.places import may_be_same, place_of_action, place_of_entry
from outreach.compliance.view import Parameters, View
from outreach.domain.known import LedgerEntry

Concerns = Callable[[LedgerEntry], bool]
"""Whether an entry weighs on one particular debt, group, address or person."""

Units = tuple[tuple[str, Concerns], ...]
"""What an action is counted against: a name for each, and which entries weigh on it."""

# People who are reached at their own place, not at the debtor's home.
_NOT_AT_HOME: Final = frozenset(
    {"attorney", "colleague", "contact_person", "employer", "executor", "guarantor", "referee"}
)


def units_of(parameters: Parameters, default: str = "debt") -> Callable[[View], Units]:
    """Compile what an action is counted against, as `unit` and `multi_debt` say."""
    unit = parameters.text("unit", default)
    if unit == "debt" and parameters.text("multi_debt", "each") == "primary":
        return _primary_debt
    return _UNITS[unit]


_EVERYTHING: Final[Units] = (("person", lambda _: True),)


def _person(_: View) -> Units:
    return _EVERYTHING


def _endpoint(view: View) -> Units:
    ours = view.action.endpoint

    def same(entry: LedgerEntry) -> bool:
        return ours is None or entry.endpoint is None or entry.endpoint == ours

    return ((ours or "", same),)


def _debts(view: View) -> Units:
    return tuple((debt, lambda e, d=debt: d in e.debts) for debt in view.action.debts)


def _primary_debt(view: View) -> Units:
    return tuple((debt, lambda e, d=debt: d in e.debts[:1]) for debt in view.action.debts[:1])


def _household(view: View) -> Units:
    """Count per debt whoever was reached at home, the debtor included."""
    return tuple(
        (debt, lambda e, d=debt: d in e.debts and e.recipient_role not in _NOT_AT_HOME)
        for debt in view.action.debts
    )


def _place(view: View) -> Units:
    """Count per debt what reached the person at the place of the action."""
    ours = place_of_action(view)
    return tuple(
        (debt, lambda e, d=debt: d in e.debts and may_be_same(ours, place_of_entry(view, e)))
        for debt in view.action.debts
    )


def _creditor(view: View) -> Units:
    """Count per creditor; a debt whose creditor nobody named may be any creditor's."""
    known = view.facts.debts

    def of(debt: str) -> str | None:
        return known[debt].creditor if debt in known else None

    def same(creditor: str | None) -> Concerns:
        return lambda e: creditor is None or any(of(d) in (creditor, None) for d in e.debts)

    return tuple((c or "", same(c)) for c in dict.fromkeys(map(of, view.action.debts)))


def _groups(view: View) -> Units:
    """Count per account group; a debt outside any group isn't counted by such a rule."""
    known = view.facts.debts
    groups = {d: info.group for d in view.action.debts if (info := known.get(d)) and info.group}
    return _per_group(view, groups)


def _accounts(view: View) -> Units:
    """Count per account; a debt outside any group is its own account."""
    known = view.facts.debts
    groups = {d: (known[d].group if d in known else None) or d for d in view.action.debts}
    return _per_group(view, groups)


def _per_group(view: View, groups: Mapping[str, str]) -> Units:
    members: dict[str, frozenset[str]] = {}
    for debt, group in groups.items():
        same = {name for name, info in view.facts.debts.items() if info.group == group}
        members[group] = members.get(group, frozenset()) | same | {debt}
    return tuple(
        (group, lambda e, m=debts: not m.isdisjoint(e.debts))
        for group, debts in sorted(members.items())
    )


_UNITS: Final[Mapping[str, Callable[[View], Units]]] = {
    "debt": _debts,
    "debt_group": _groups,
    "account": _accounts,
    "person": _person,
    "endpoint": _endpoint,
    "household": _household,
    "creditor_person": _creditor,
    "place": _place,
}
UNITS: Final = tuple(_UNITS)
