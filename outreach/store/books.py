"""Books: all that deciding looks at about persons, in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Final

from outreach.domain.borrowers import PersonState
from outreach.domain.cases import Case
from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass
from outreach.store.cases import load_cases
from outreach.store.loans import load_loans
from outreach.store.people import Suppression, load_people, load_suppressions
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey, Vault

STATEMENTS: Final = 12
"""What one load costs, whatever the number of persons."""


@dataclass(frozen=True, slots=True)
class PersonBook:
    """One person. `loans` and `cases` (open ones) are by loan id.

    Loans hold at least the unpaid installments and provisional payments. `key` is None once the
    person was erased: then there is nobody to contact.
    """

    tenant_id: str
    person_id: int
    key: PersonKey | None
    person: PersonState = field(repr=False)
    loans: Mapping[int, LoanState] = field(default_factory=dict)
    cases: Mapping[int, Case] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    past_cases: tuple[Case, ...] = ()
    """Delinquencies that ended by payment, on any of the loans."""


_MOST_INSTALLMENTS: Final = 600


async def with_whole_loans(conn: Connection, book: PersonBook) -> PersonBook:
    """Return a book with every installment, its parts, and every payment. Four statements."""
    numbers = range(1, _MOST_INSTALLMENTS + 1)
    loans = await load_loans(conn, [book.person_id], whole=True, numbers=numbers)
    return replace(book, loans=loans.get(book.person_id, {}))


async def load_books(
    conn: Connection, vault: Vault, persons: Sequence[int], *, since: datetime | None = None
) -> dict[int, PersonBook]:
    """Return the books of persons whose agenda rows the caller holds.

    With `since`, payments received from then on are among them.
    """
    people = await load_people(conn, vault, persons)
    suppressions = await load_suppressions(conn, persons)
    loans = await load_loans(conn, persons, whole=False, since=since)
    cases: dict[int, dict[int, Case]] = {}
    opened, past = await load_cases(conn, persons)
    for (person, loan), case in opened.items():
        cases.setdefault(person, {})[loan] = case
    return {
        person: PersonBook(
            row.tenant_id,
            person,
            row.key,
            row.state,
            loans.get(person, {}),
            cases.get(person, {}),
            suppressions.get(person, ()),
            past.get(person, ()),
        )
        for person, row in people.items()
    }
