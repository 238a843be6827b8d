"""Loans in every stage, as their platforms' books hold them: the truth that signals tell."""

from collections.abc import Iterator
from dataclasses import field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from outreach.demo.people import CHINA, Borrower, People
from outreach.domain.records import dataclass

# Days past due on the first day, chosen so that steps of every stage fall into the next days.
_DAYS: Final = {
    "pre_due": (-9, -8, -7, -6, -5, -4, -3, -2, -1),
    "due": (0, 0, -1),
    "early": (1, 2, 4, 6, 7, 8, 13, 15, 22, 24, 25),
    "mid": (29, 30, 31, 39, 40, 41, 50, 51),
    "late": (58, 60, 61, 73, 75, 87, 90, 104),
}
_STAGES: Final = ("pre_due", "due", "early", "mid", "late")
_WEIGHTS: Final = (30, 10, 34, 14, 12)
# Minor units of an installment, elsewhere and in China.
_BILLED: Final = ((9_000, 64_000, 1), (60_000, 520_000, 100))
_MONTH: Final = timedelta(days=30)
_TERM: Final = 12
_REMAINING: Final = 5


@dataclass(frozen=True, slots=True)
class Book:
    """One lender's platform."""

    lender: str
    prefix: str
    country: str
    zone: ZoneInfo
    currency: str
    creditor: str
    core: str
    """Source that tells of borrowers, and of its own loans."""
    second: str
    """Source that tells of the other loans; the core's slug where there is none."""

    def today(self, now: datetime) -> date:
        """Return the book's own date."""
        return now.astimezone(self.zone).date()


@dataclass(slots=True)
class Installment:
    """One installment; `left_minor` falls with payments."""

    number: int
    due_on: date
    billed_minor: int
    left_minor: int


@dataclass(slots=True)
class Loan:
    """One loan and what happened to it so far."""

    book: Book
    ref: str
    number: int
    borrower: Borrower
    source: str
    product: str
    installments: list[Installment]
    payments: int = 0
    has_promise: bool = False
    has_case: bool = False
    last_payment: tuple[str, list[tuple[Installment, int]]] = field(default=("", []))

    @property
    def unpaid(self) -> list[Installment]:
        """What is still owed, the oldest first."""
        return [one for one in self.installments if one.left_minor]

    @property
    def left_minor(self) -> int:
        """What is owed in all."""
        return sum(one.left_minor for one in self.installments)

    def days_past_due(self, today: date) -> int | None:
        """Return the age of the oldest unpaid installment, negative before it is due."""
        return (today - self.unpaid[0].due_on).days if self.unpaid else None

    def pay(self, minor: int) -> list[tuple[Installment, int]]:
        """Credit an amount, oldest installment first; returns what went where."""
        shares = []
        for one in self.unpaid:
            share = min(minor, one.left_minor)
            if share:
                one.left_minor -= share
                minor -= share
                shares.append((one, share))
        self.payments += 1
        self.last_payment = (f"{self.ref}-P{self.payments}", shares)
        return shares

    def unpay(self) -> None:
        """Take the last payment back."""
        for one, share in self.last_payment[1]:
            one.left_minor += share


def build(
    books: tuple[Book, ...], people: People, *, loans: int, rng: Random, now: datetime
) -> Iterator[Loan]:
    """Yield so many loans, shared evenly by the books; one borrower in ten has two.

    Args:
        books: The platforms.
        people: Makes their borrowers.
        loans: How many, all books together.
        rng: Seeded: the same seed makes the same portfolio.
        now: Business time at which the demonstration begins.
    """
    for place, book in enumerate(books):
        count = loans // len(books) + (place < loans % len(books))
        borrower: Borrower | None = None
        for index in range(1, count + 1):
            if borrower is None or rng.random() > 0.1:
                make = people.chinese if book.country == CHINA else people.american
                borrower = make(book.lender, index)
            yield _loan(book, index, borrower, rng, now)


def _loan(book: Book, index: int, borrower: Borrower, rng: Random, now: datetime) -> Loan:
    # Every stage appears in a small portfolio too: the first loans take them in turn.
    stage = _STAGES[index - 1] if index <= len(_STAGES) else rng.choices(_STAGES, _WEIGHTS)[0]
    days = rng.choice(_DAYS[stage])
    oldest = book.today(now) - timedelta(days=days)
    first = rng.randint(2, _TERM - _REMAINING)
    billed = rng.randrange(*_BILLED[book.country == CHINA])
    installments = [
        Installment(first + step, oldest + step * _MONTH, billed, billed)
        for step in range(_REMAINING)
    ]
    source = book.core if rng.random() < 0.55 else book.second
    return Loan(
        book,
        f"{book.prefix}-2026-{index:06}",
        20_000 + index,
        borrower,
        source,
        rng.choice(("cash_loan", "personal_installment", "purchase_loan")),
        installments,
    )
