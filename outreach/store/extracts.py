"""One person's rows of the contact log with the checkpoints that cover them."""

from collections.abc import Sequence
from typing import Final

from outreach.domain.sealing import SealedRow
from outreach.store.pool import Connection
from outreach.store.seals import Seal

SQL_ROWS_OF: Final = """
    SELECT event_id, tenant_id, person_id, contact_id::text AS contact_id, kind, at, recorded_at,
           body
      FROM contact_events
     WHERE person_id = $1
  ORDER BY event_id
"""
SQL_COVERING: Final = """
    SELECT seal_id, sealed_at, event_ids, leaves, previous_root, root
      FROM seals
     WHERE event_ids && $1::bigint[]
  ORDER BY seal_id
"""
SQL_CONTACTS_OF: Final = """
    SELECT contact_id::text AS contact_id, debts FROM contacts WHERE person_id = $1
"""
SQL_LETTERS_OF: Final = """
    SELECT l.sheet
      FROM letters AS l
           JOIN contacts AS c USING (person_id, contact_id)
     WHERE l.person_id = $1
       AND $2 = ANY(c.debts)
       AND c.delivery_state <> 'released'
  ORDER BY l.at, l.number
"""


async def list_rows_of(conn: Connection, person_id: int) -> list[SealedRow]:
    """Return all of a person's log rows, oldest first."""
    return [
        SealedRow(**{**dict(row), "contact_id": row["contact_id"] or ""})
        for row in await conn.fetch(SQL_ROWS_OF, person_id)
    ]


async def list_covering(conn: Connection, event_ids: Sequence[int]) -> list[Seal]:
    """Return the checkpoints that cover any of these rows, oldest first."""
    return [Seal(*row.values()) for row in await conn.fetch(SQL_COVERING, list(event_ids))]


async def list_letters_of(conn: Connection, person_id: int, loan_id: int) -> list[bytes]:
    """Return the letters to a person about a loan, as they were kept, oldest first."""
    return [row["sheet"] for row in await conn.fetch(SQL_LETTERS_OF, person_id, loan_id)]


async def list_debts_of_contacts(conn: Connection, person_id: int) -> dict[str, tuple[int, ...]]:
    """Return which loans each contact of a person was about."""
    rows = await conn.fetch(SQL_CONTACTS_OF, person_id)
    return {row["contact_id"]: tuple(row["debts"]) for row in rows}
