"""Loans that come to us late: their lenders told them for months, by another system.

Two for each lender: one that is due a last letter, and one that a lawsuit is to be proposed for.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from outreach.demo.people import CHINA, People
from outreach.demo.portfolio import Book, Installment, Loan
from outreach.demo.telling import frame
from outreach.domain.records import dataclass

_MONTH: Final = timedelta(days=30)
_AT: Final = time(11)
_BY: Final = "earlier-system"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A contact that another system made, so many days after the due date."""

    day: int
    channel: str
    purpose: str
    outcome: str


def _texts(*days: int) -> tuple[Earlier, ...]:
    return tuple(Earlier(day, "sms", "collection", "delivered") for day in days)


_LETTER: Final = Earlier(94, "letter", "legal_notice", "delivered")
# Days past due at the beginning, and who told them what until then: one notice in each stage.
_PASTS: Final = ((96, _texts(2, 15, 33, 63, 91)), (126, (*_texts(2, 15, 33, 63, 91), _LETTER)))
# Their homes are whole addresses (even numbers), in Ohio: see `People.american`.
_NUMBERS: Final = (90_004, 90_026)
_REGION: Final = "CN-SC"
_BILLED: Final = (18_400, 96_000)


def told_late(book: Book, people: People, now: datetime) -> Iterator[tuple[Loan, list[Earlier]]]:
    """Yield the late loans of a lender, each with what its borrower was told before.

    Args:
        book: The lender's platform.
        people: Makes their borrowers.
        now: Business time at which the demonstration begins.
    """
    for number, (days, past) in zip(_NUMBERS, _PASTS, strict=True):
        if book.country == CHINA:
            borrower = people.chinese(book.lender, number)
            borrower.region = _REGION
        else:
            borrower = people.american(book.lender, number)
        oldest = book.today(now) - timedelta(days=days)
        billed = _BILLED[book.country == CHINA]
        installments = [
            Installment(3 + step, oldest + step * _MONTH, billed, billed) for step in range(6)
        ]
        loan = Loan(
            book, f"{book.prefix}-2026-{number:06}", number, borrower, book.core,
            "personal_installment", installments, has_case=True,
        )  # fmt: skip
        yield loan, list(past)


def visits_of(late: Sequence[tuple[Loan, Sequence[Earlier]]]) -> list[tuple[str, str]]:
    """Return the loans that a visit is asked for, by lender and reference: of each the first."""
    first: dict[str, str] = {}
    for loan, _ in late:
        first.setdefault(loan.book.lender, loan.ref)
    return list(first.items())


def recorded(loan: Loan, earlier: Earlier, now: datetime) -> dict[str, Any]:
    """Say contact.recorded: what somebody else told the borrower of the oldest installment."""
    on = loan.unpaid[0].due_on + timedelta(days=earlier.day)
    return {
        **frame(loan, now),
        "contact": {
            "id": f"{loan.ref}-C{earlier.day}",
            "channel": earlier.channel,
            "purpose": earlier.purpose,
            "at": datetime.combine(on, _AT, loan.book.zone).isoformat(),
            "outcome": earlier.outcome,
            "made_by": _BY,
        },
    }
