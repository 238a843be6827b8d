"""What operators ask of a loan's money: its books, and what the borrower can afford."""

from collections.abc import Sequence
from dataclasses import field
from datetime import date, datetime
from typing import Final, Protocol

from outreach.domain.affordability import Means, Suggestion, suggest
from outreach.domain.borrowers import PersonState
from outreach.domain.loan_books import LoanBooks, keep_books
from outreach.domain.loans import LoanState, past_due_minor
from outreach.domain.money import AmountError, Money
from outreach.domain.on_record import RiskFact
from outreach.domain.product_rules import ProductRules, Products
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.store.agenda import lock_persons
from outreach.store.discrepancies import (
    DiscrepancyRow,
    close_discrepancy,
    list_discrepancies,
    note_aad,
)
from outreach.store.loans import load_loans
from outreach.store.people import load_people
from outreach.store.pool import Pool
from outreach.store.reading import find_loans
from outreach.store.vault import Vault

_NUMBERS: Final = range(1, 601)
INCOME: Final = "income_amount"
INCOME_DAY: Final = "income_day"
OBLIGATIONS: Final = "obligations_amount"
ESSENTIALS: Final = "essentials_amount"
"""Kinds of `risk.observed` facts that say what a borrower can afford; amounts in major units."""


class Outfit(Protocol):
    """What reading takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


class NoMeansError(LookupError):
    """Nobody told what the borrower earns."""


@dataclass(frozen=True, slots=True)
class BooksOfLoan:
    """One loan's books, and what waits for a person about them."""

    tenant: str
    loan: LoanState = field(repr=False)
    books: LoanBooks = field(repr=False)
    rules: ProductRules
    person: PersonState = field(repr=False)
    differences: tuple[DiscrepancyRow, ...] = field(default=(), repr=False)


async def read_books(
    outfit: Outfit, tenants: Sequence[str], ref: str, products: Products
) -> list[BooksOfLoan]:
    """Return the books of a loan, for every lender that has one of this name."""
    digests = [ref_digest(tenant, "loan", ref) for tenant in tenants]
    found = []
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        for known in await find_loans(conn, digests):
            persons = [known.person_id]
            people = await load_people(conn, outfit.vault, persons)
            loans = await load_loans(conn, persons, whole=True, numbers=_NUMBERS)
            loan = loans.get(known.person_id, {}).get(known.loan_id)
            if loan is None or known.person_id not in people:
                continue
            rules = products.of(known.tenant_id, loan.product)
            rows = await list_discrepancies(
                conn, [known.tenant_id], loan=loan.ref, closed=True, limit=1000
            )
            books = keep_books(loan, rules.waterfall)
            state = people[known.person_id].state
            found.append(BooksOfLoan(known.tenant_id, loan, books, rules, state, tuple(rows)))
    return found


async def read_differences(
    outfit: Outfit, tenants: Sequence[str], *, loan: str | None, closed: bool, limit: int
) -> list[DiscrepancyRow]:
    """Return differences, the oldest first."""
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        return await list_discrepancies(conn, tenants, loan=loan, closed=closed, limit=limit)


def read_note(vault: Vault, row: DiscrepancyRow) -> str:
    """Return why one was closed; "" if it wasn't, or the person was erased."""
    if row.note is None or row.wrapped_key is None:
        return ""
    return vault.open(row.wrapped_key).decrypt(row.note, note_aad(row.person_id)).decode()


async def close(outfit: Outfit, row: DiscrepancyRow, *, by: str, note: str, now: datetime) -> bool:
    """Close a difference with the reason why it is settled; the figures stay as they are.

    Returns:
        False if it was closed meanwhile, or the person was erased.
    """
    if row.wrapped_key is None:
        return False
    sealed = outfit.vault.open(row.wrapped_key).encrypt(note.encode(), note_aad(row.person_id))
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [row.person_id])
        return await close_discrepancy(conn, row, at=now, by=by, note=sealed)


def means_of(person: PersonState, loan: LoanState, now: datetime) -> Means:
    """Return what facts on record say that a borrower can afford.

    Raises:
        NoMeansError: There is no fact `income_amount` in force.
    """
    newest: dict[str, RiskFact] = {}
    for one in person.records.values():
        if not isinstance(one, RiskFact) or one.withdrawn or one.bureau:
            continue
        if one.expires_at is not None and one.expires_at <= now:
            continue
        known = newest.get(one.fact)
        if known is None or one.at > known.at:
            newest[one.fact] = one

    def minor(fact: str) -> int:
        if fact not in newest:
            return 0
        try:
            return Money.from_decimal_text(newest[fact].value, loan.currency).minor
        except AmountError:
            return 0

    day = newest[INCOME_DAY].value if INCOME_DAY in newest else ""
    if not minor(INCOME):
        raise NoMeansError
    return Means(
        minor(INCOME),
        minor(OBLIGATIONS),
        minor(ESSENTIALS),
        int(day) if day.isdigit() and 1 <= int(day) <= 31 else None,
    )


def suggestion_for(found: BooksOfLoan, means: Means, today: date) -> Suggestion:
    """Suggest what the borrower of a loan could keep to."""
    return suggestion_of(found.loan, means, today, found.rules)


def suggestion_of(loan: LoanState, means: Means, today: date, rules: ProductRules) -> Suggestion:
    """Suggest what the borrower of a loan could keep to, by the rules of its product."""
    unpaid = [one for one in loan.installments if one.outstanding_minor > 0]
    coming = [one for one in unpaid if one.due_on >= today]
    anchor = coming[0] if coming else (unpaid[0] if unpaid else None)
    return suggest(
        means,
        installment_minor=coming[0].outstanding_minor if coming else 0,
        past_due_minor=past_due_minor(loan.installments, today),
        due_day=anchor.due_on.day if anchor else 1,
        share=rules.share_percent,
    )
