"""A statement of one loan for a span of days: what was paid, what it paid for, what is left."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Final

from outreach.domain.loan_books import DiscrepancyKind, LoanBooks, agreed_division, value_date
from outreach.domain.loans import LoanState, next_due_on, past_due_minor
from outreach.domain.records import dataclass

# How a payment was divided is left out of a statement where it differs; the sums stand.
_CONTRADICTS: Final = frozenset({DiscrepancyKind.PAYMENTS, DiscrepancyKind.INSTALLMENT})


@dataclass(frozen=True, slots=True)
class LoanStatement:
    """Figures from `since` to `until`, both in, in minor units.

    `opening_minor` less `paid_minor` plus `unapplied_minor` is `closing_minor`: what the
    installments known then still asked for. `paid_for` is empty where the division isn't certain.
    """

    since: date
    until: date
    opening_minor: int
    paid_minor: int
    unapplied_minor: int
    closing_minor: int
    past_due_minor: int
    next_due_on: date | None
    next_due_minor: int
    paid_for: Mapping[str, int] = field(default_factory=dict, hash=False)


class UnreconciledError(ValueError):
    """The figures contradict each other or the platform's: no statement can be given."""


def loan_statement(loan: LoanState, books: LoanBooks, since: date, until: date) -> LoanStatement:
    """Draw up the statement of a loan.

    Args:
        loan: With all installments and payments, each booked.
        books: Of the same loan.
        since: First day.
        until: Last day, in the lender's calendar: the day of the figures, so not in the past.

    Raises:
        UnreconciledError: Installments, payments and the platform's figures don't agree.
    """
    if any(one.kind in _CONTRADICTS for one in books.discrepancies):
        raise UnreconciledError("what is left differs from the platform's figures")
    closing = sum(one.outstanding_minor for one in loan.installments)
    ours = sum(books.allocated.left_minor(bill.number) for bill in books.bills)
    if ours != closing:
        raise UnreconciledError("payments and installments don't add up")
    within = [
        one
        for one in loan.payments.values()
        if one.amount_minor and not one.is_reversed and since <= value_date(one) <= until
    ]
    paid = sum(one.amount_minor or 0 for one in within)
    divided = [agreed_division(one) for one in within]
    parts: dict[str, int] = {}
    for one in divided:
        for name, minor in (one or {}).items():
            parts[name] = parts.get(name, 0) + minor
    unapplied = sum((one.booked or {}).get("unapplied", 0) for one in within)
    coming = next_due_on(loan.installments, until)
    return LoanStatement(
        since,
        until,
        closing + paid - unapplied,
        paid,
        unapplied,
        closing,
        past_due_minor(loan.installments, until),
        coming,
        sum(one.outstanding_minor for one in loan.installments if one.due_on == coming),
        parts if None not in divided else {},
    )
