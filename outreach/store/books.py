"""Books: all that deciding looks at about persons, in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from outreach.domain.borrowers import PersonState
from outreach.domain.cases import Case
from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass
from outreach.store.loans import load_loans, load_open_cases
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


async def load_books(
    conn: Connection, vault: Vault, persons: Sequence[int]
) -> dict[int, PersonBook]:
    """Return the books of persons whose agenda rows the caller holds."""
    people = await load_people(conn, vault, persons)
    suppressions = await load_suppressions(conn, persons)
    loans = await load_loans(conn, persons, whole=False)
    cases: dict[int, dict[int, Case]] = {}
    for (person, loan), case in (await load_open_cases(conn, persons)).items():
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
        )
        for person, row in people.items()
    }
