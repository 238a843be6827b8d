"""Attributes: open facts that a platform tells of a borrower, a loan or an address, for the rules.

A flag is true, false, a number or a text; null says that nobody knows. Some names stand for
instants.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from outreach.domain.members import Json, moment, text, wrong

Attributes: TypeAlias = Mapping[str, bool | int | str | None]

DATES: Final = frozenset(
    {
        "consent_ended_at",
        "first_communication_at",
        "impact_assessed_at",
        "last_collection_activity",
        "last_record_at",
        "overdue_since",
        "validation_sent_at",
    }
)
"""Names that stand for an instant, kept as RFC 3339 text."""


def read_attributes(told: Json) -> Attributes:
    """Return `attributes` of a borrower, loan or address; none where it isn't told.

    Raises:
        SignalError: `malformed`: not an object, an instant without an offset, an empty text.
    """
    given = told.get("attributes")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise wrong("attributes")
    found: dict[str, bool | int | str | None] = {}
    for name, value in sorted(given.items()):
        if value is None or isinstance(value, bool | int):
            found[name] = value
        elif name in DATES:
            found[name] = moment(given, name).isoformat()
        else:
            found[name] = text(given, name)
        if name in DATES and isinstance(found[name], bool | int):
            raise wrong(name)
    return found
