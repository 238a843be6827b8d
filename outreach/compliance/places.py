"""Where a contact reaches a person: at home, at work, elsewhere, or wherever they carry a phone."""

from typing import Final

from outreach.compliance.view import View
from outreach.domain.known import UNKNOWN, LedgerEntry, Missing

HOME, WORK, OTHER = "home", "work", "other"

Place = str | Missing | None
"""A place; None is no place in particular (a mobile telephone), `UNKNOWN` may be any."""

# What an address says of where it rings.
_BY_KIND: Final = {"work_phone": WORK, "work_email": WORK, "landline_residential": HOME}
# "Other" is any place but home, so each of these may be the other.
_ELSEWHERE: Final = frozenset({WORK, OTHER})


def place_of_action(view: View) -> Place:
    """Return where the action would reach the person."""
    action = view.action
    if action.place or action.endpoint_kind is None:
        return action.place or _of_endpoint(view, action.endpoint)
    return _of_kind(action.endpoint_kind)


def place_of_entry(view: View, entry: LedgerEntry) -> Place:
    """Return where an earlier contact reached the person."""
    return entry.place or _of_endpoint(view, entry.endpoint)


def may_be_same(left: Place, right: Place) -> bool:
    """Tell whether two places may be one."""
    if left is UNKNOWN or right is UNKNOWN or left == right:
        return True
    return left in _ELSEWHERE and right in _ELSEWHERE and OTHER in (left, right)


def may_be_among(place: Place, wanted: frozenset[str]) -> bool:
    """Tell whether a place may be one of those that a rule names."""
    return any(may_be_same(place, one) for one in wanted)


def _of_endpoint(view: View, endpoint: str | None) -> Place:
    if endpoint is None:
        return None
    known = view.facts.endpoints.get(endpoint)
    return UNKNOWN if known is None else _of_kind(known.kind)


def _of_kind(kind: str | Missing | None) -> Place:
    return UNKNOWN if isinstance(kind, Missing) else _BY_KIND.get(kind or "")
