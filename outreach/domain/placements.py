"""What an agency may be given of a borrower and a debt: named fields, and no others.

Each field is an element of what a rule judges, as `data_<field>`: a pack that forbids an element
forbids giving it away.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class PlacedField(StrEnum):
    """One thing that can be told to an agency."""

    LOAN_REF = "loan_ref"
    CREDITOR = "creditor"
    PRODUCT = "product"
    CURRENCY = "currency"
    PAST_DUE = "past_due"
    DAYS_PAST_DUE = "days_past_due"
    OLDEST_DUE_ON = "oldest_due_on"
    TOTAL_OWED = "total_owed"
    SCHEDULE = "schedule"
    PAYMENTS = "payments"
    BORROWER_NAME = "borrower_name"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    RESIDENCE = "residence"
    PHONES = "phones"
    EMAILS = "emails"
    ADDRESS = "address"
    EMPLOYER = "employer"
    CONTACT_PERSONS = "contact_persons"
    PROTECTION = "protection"
    """Opt-outs, wishes and open holds: what the agency must keep to."""


ALWAYS: Final = frozenset({PlacedField.LOAN_REF, PlacedField.PROTECTION})
"""Without the first nothing can be posted back; without the second nothing may be asked of it."""
USUAL: Final = (
    PlacedField.CREDITOR,
    PlacedField.CURRENCY,
    PlacedField.PAST_DUE,
    PlacedField.DAYS_PAST_DUE,
    PlacedField.BORROWER_NAME,
    PlacedField.LANGUAGE,
    PlacedField.TIME_ZONE,
    PlacedField.RESIDENCE,
    PlacedField.PHONES,
)
"""What is enough to speak with somebody about a debt."""


def given(fields: Iterable[PlacedField]) -> tuple[PlacedField, ...]:
    """Return what an agency gets: what it was granted and what it can't do without, in order."""
    granted = {*fields, *ALWAYS}
    return tuple(one for one in PlacedField if one in granted)


def elements(fields: Iterable[PlacedField]) -> frozenset[str]:
    """Return the fields as the elements that rules judge; packs say `referee_data` as well."""
    found = frozenset(f"data_{one}" for one in given(fields))
    return found | {"referee_data"} if "data_contact_persons" in found else found
