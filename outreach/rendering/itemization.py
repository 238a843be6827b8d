"""How a debt came to what it is: the itemization of a validation notice (12 CFR 1006.34(c)(2)).

The platform tells it of a loan, as attributes; nothing of it is worked out here but the sum, which
has to be right. Without all of it there is no notice.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, timedelta
from typing import Any, Final

from outreach.domain.records import dataclass
from outreach.rendering.locales import format_letter_day, format_money

VARIABLES: Final = {
    "itemization_date": "Date from which the debt is itemized; for validation notices.",
    "itemization_amount": "What was owed on that date.",
    "itemization_interest": "Interest since that date.",
    "itemization_fees": "Fees since that date.",
    "itemization_payments": "Payments since that date.",
    "itemization_credits": "Credits since that date.",
    "dispute_by": "Last day on which a dispute keeps all its effect.",
}
"""What words may name, with its meaning."""
ATTRIBUTES: Final = (
    "itemization_date", "itemization_minor", "itemization_interest_minor",
    "itemization_fees_minor", "itemization_payments_minor", "itemization_credits_minor",
)  # fmt: skip
"""What a platform tells of a loan: a date as text, and whole minor units."""
# Thirty days from receipt, presumed five working days after posting (12 CFR 1006.34(b)(5)): with a
# holiday at most ten days. The rest is for printing and posting; a later day is always lawful.
_DISPUTE_WITHIN: Final = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Itemization:
    """The parts of a debt, in minor units; `since` None where they aren't known."""

    since: date | None = None
    amount_minor: int = field(default=0, repr=False)
    interest_minor: int = field(default=0, repr=False)
    fees_minor: int = field(default=0, repr=False)
    payments_minor: int = field(default=0, repr=False)
    credits_minor: int = field(default=0, repr=False)

    @property
    def total_minor(self) -> int:
        """What is owed now, by these parts."""
        added = self.amount_minor + self.interest_minor + self.fees_minor
        return added - self.payments_minor - self.credits_minor


def itemization_of(told: Mapping[str, Any], owed_minor: int) -> Itemization:
    """Return what a loan's attributes say; nothing unless all is told and comes to what is owed."""
    on, *minor = (told.get(name) for name in ATTRIBUTES)
    try:
        day = date.fromisoformat(on) if isinstance(on, str) else None
    except ValueError:
        day = None
    amounts = [one for one in minor if isinstance(one, int) and not isinstance(one, bool)]
    if day is None or len(amounts) < len(minor) or min(amounts) < 0:
        return Itemization()
    found = Itemization(day, *amounts)
    return found if found.total_minor == owed_minor else Itemization()


def itemization_context(
    found: Itemization, today: date, currency: str, locale: str
) -> dict[str, str]:
    """Write it in a language; nothing where it isn't known."""
    if found.since is None:
        return {}

    def money(minor: int) -> str:
        return format_money(minor, currency, locale)

    return {
        "itemization_date": format_letter_day(found.since, locale),
        "itemization_amount": money(found.amount_minor),
        "itemization_interest": money(found.interest_minor),
        "itemization_fees": money(found.fees_minor),
        "itemization_payments": money(found.payments_minor),
        "itemization_credits": money(found.credits_minor),
        "dispute_by": format_letter_day(today + _DISPUTE_WITHIN, locale),
    }
