"""What platforms tell beyond the common fields, as the flags and dates that rules ask for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from json import loads
from typing import Any, Final

from outreach.domain import known as d
from outreach.domain.attributes import DATES
from outreach.domain.borrowers import PersonState
from outreach.domain.deriving import newest_statements
from outreach.domain.holds import EVERY_LOAN, Hold
from outreach.domain.loans import LoanState
from outreach.domain.vocabulary import HoldKind

ATTRIBUTES: Final = "attributes"
GROUP: Final = "account_group"
"""Attribute of a loan: loans of one account have the same word."""

GRIEVANCE: Final = "grievance_open"
_KINDS: Final = frozenset({HoldKind.DECEASED, HoldKind.MINOR, HoldKind.MILITARY})
OF_PERSONS: Final = frozenset(
    {
        "chosen_place",
        "employer_prohibits",
        "legal_hold",
        "litigation",
        "location_unknown",
        "mental_capacity_limited",
        "residence_attempts",
        "student",
        "vulnerable",
        "without_capacity",
        "work_attempts",
    }
)
"""Attributes of a hold that are about the person, not about the hold."""


def person_flags(person: PersonState, now: datetime) -> dict[str, d.Flag]:
    """Return what rules ask of the person: their profile's attributes, then what holds tell."""
    found = _flags(person.profile.fields.get(ATTRIBUTES) or {})
    for hold in person.holds.values():
        if not hold.acts(now, hold.loan_id):
            continue
        if hold.kind in _KINDS:
            found[hold.kind.value] = True
        if hold.loan_id == EVERY_LOAN:
            told = hold.details.get(ATTRIBUTES, {})
            found |= {name: value for name, value in told.items() if name in OF_PERSONS}
    return found


def person_dates(person: PersonState) -> dict[str, datetime]:
    """Return the dates among the attributes of the person's profile."""
    return _dates(person.profile.fields.get(ATTRIBUTES) or {})


def loan_attributes(loan: LoanState) -> Mapping[str, Any]:
    """Return the newest attributes that were told of a loan."""
    told = newest_statements(loan).get(ATTRIBUTES)
    found: dict[str, Any] = loads(told.value) if told is not None else {}
    return found


def debt_flags(
    loan: LoanState, told: Mapping[str, Any], holds: Iterable[Hold], now: datetime
) -> dict[str, d.Flag]:
    """Return what rules ask of a debt; a complaint that is open is a grievance."""
    found = _flags(told)
    found.pop(GROUP, None)
    if any(one.kind is HoldKind.COMPLAINT and one.acts(now, loan.loan_id) for one in holds):
        found[GRIEVANCE] = True
    return found


def debt_dates(told: Mapping[str, Any]) -> dict[str, datetime]:
    """Return the dates among the attributes of a loan."""
    return _dates(told)


def endpoint_marks(person: PersonState) -> dict[str, Mapping[str, Any]]:
    """Return by id what was told of addresses beyond their columns."""
    fields = person.profile.fields
    return {**(fields.get("phones") or {}), **(fields.get("emails") or {})}


def endpoint_of(marks: Mapping[str, Any], known: d.Endpoint) -> d.Endpoint:
    """Return an address with its marks: owner, flags, the newest check for reassignment."""
    check = marks.get("reassignment_check") or {}
    return d.Endpoint(
        kind=known.kind,
        owner=marks.get("owner"),
        status=known.status,
        checked_at=datetime.fromisoformat(check["at"]) if check else known.checked_at,
        checked_result=check.get("result"),
        last_text_at=known.last_text_at,
        flags=_flags(marks.get(ATTRIBUTES) or {}),
    )


def _flags(told: Mapping[str, Any]) -> dict[str, d.Flag]:
    return {
        name: d.UNKNOWN if value is None else value
        for name, value in told.items()
        if name not in DATES
    }


def _dates(told: Mapping[str, Any]) -> dict[str, datetime]:
    return {
        name: datetime.fromisoformat(value)
        for name, value in told.items()
        if name in DATES and value is not None
    }
