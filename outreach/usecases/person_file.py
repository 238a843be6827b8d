"""Everything that a borrower's page shows: loans, cases, wishes, holds, contacts, work, notes."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from outreach.domain.borrowers import PersonState
from outreach.domain.cases import Case
from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.store.cases import list_cases_of
from outreach.store.hand_offs import KeptHandOff, load_of_persons
from outreach.store.loans import load_loans
from outreach.store.people import Suppression, load_people, load_suppressions
from outreach.store.pool import Connection
from outreach.store.reading import find_borrower_ref
from outreach.store.tasks import TaskRow, list_tasks_of
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.noting import Note, read_notes
from outreach.usecases.read_log import Entry, list_of_person

TOLD: Final = (
    EventKind.DECIDED,
    EventKind.DEFERRED,
    EventKind.BLOCKED,
    EventKind.INBOUND,
    EventKind.RECORDED,
    EventKind.CANCELED,
    EventKind.OPERATOR,
    EventKind.HAND_OFF,
)
"""Rows of the log that tell a story; receipts are the state of the contact that they are about."""
MOST_ROWS: Final = 400
"""Newest rows of the log that a page looks at; older ones are in the contact log."""


@dataclass(frozen=True, slots=True)
class PersonFile:
    """One person as a page shows them.

    `cases` are theirs, ended ones included, oldest first. `entries` are the newest `MOST_ROWS` of
    the log; `is_cut` says that there are older ones.
    """

    tenant: str
    person_id: int
    borrower: str | None
    key: PersonKey
    state: PersonState = field(repr=False)
    loans: Mapping[int, LoanState] = field(repr=False)
    cases: tuple[Case, ...]
    suppressions: tuple[Suppression, ...]
    entries: tuple[Entry, ...] = field(repr=False)
    is_cut: bool
    tasks: tuple[TaskRow, ...] = field(repr=False)
    hand_offs: tuple[KeptHandOff, ...] = field(repr=False)
    notes: tuple[Note, ...] = field(repr=False)

    @property
    def case_of(self) -> Mapping[int, Case]:
        """The open case of each loan that has one."""
        return {one.loan_id: one for one in self.cases if one.closed_on is None}


async def load_person_file(conn: Connection, vault: Vault, person_id: int) -> PersonFile | None:
    """Return a person's file; None where there is no such person, or they were erased.

    Args:
        conn: Sees the lender's rows alone, in one transaction.
        vault: Opens the person's key.
        person_id: Whose.
    """
    row = (await load_people(conn, vault, [person_id])).get(person_id)
    if row is None or row.key is None:
        return None
    loans = (await load_loans(conn, [person_id], whole=True)).get(person_id, {})
    suppressions = await load_suppressions(conn, [person_id])
    entries = await list_of_person(conn, vault, person_id, TOLD, limit=MOST_ROWS + 1)
    return PersonFile(
        tenant=row.tenant_id,
        person_id=person_id,
        borrower=await find_borrower_ref(conn, person_id),
        key=row.key,
        state=row.state,
        loans=loans,
        cases=tuple(await list_cases_of(conn, person_id)),
        suppressions=suppressions.get(person_id, ()),
        entries=tuple(entries[:MOST_ROWS]),
        is_cut=len(entries) > MOST_ROWS,
        tasks=tuple(await list_tasks_of(conn, person_id)),
        hand_offs=tuple(await load_of_persons(conn, vault, [person_id])),
        notes=await read_notes(conn, row.key, person_id),
    )
