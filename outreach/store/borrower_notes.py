"""What people write down of a borrower: one ciphertext a note, under the borrower's key."""

from dataclasses import field
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_ADD: Final = """
    INSERT INTO borrower_notes (tenant_id, person_id, loan_id, at, note)
    VALUES ($1, $2, $3, $4, $5)
 RETURNING note_id
"""
SQL_LIST: Final = """
    SELECT note_id, loan_id, at, note
      FROM borrower_notes
     WHERE person_id = $1
  ORDER BY note_id DESC
     LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note; `note` is ciphertext, `loan_id` None where it is about the person as a whole."""

    note_id: int
    loan_id: int | None
    at: datetime
    note: bytes = field(repr=False)


def note_aad(person_id: int) -> bytes:
    """Return what ties a note to its person."""
    return b"borrower_notes:%d" % person_id


async def add_note(
    conn: Connection, tenant: str, person_id: int, loan_id: int | None, at: datetime, note: bytes
) -> int:
    """Keep a note; returns its number."""
    return int(await conn.fetchval(SQL_ADD, tenant, person_id, loan_id, at, note))


async def list_notes(conn: Connection, person_id: int, *, limit: int) -> list[NoteRow]:
    """Return a person's newest notes, newest first."""
    return [NoteRow(*row.values()) for row in await conn.fetch(SQL_LIST, person_id, limit)]
