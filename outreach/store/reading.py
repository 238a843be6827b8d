"""What people ask of the log: one loan's person, and that person's rows, newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_LOAN: Final = """
    SELECT tenant_id, person_id, loan_id, ref
      FROM external_refs
     WHERE digest = ANY($1::bytea[])
       AND loan_id IS NOT NULL
"""
SQL_LOANS_OF: Final = """
    SELECT ref, loan_id
      FROM external_refs
     WHERE person_id = $1
       AND loan_id IS NOT NULL
  ORDER BY ref
"""
SQL_BORROWER_OF: Final = """
    SELECT min(ref)
      FROM external_refs
     WHERE person_id = $1
       AND kind = 'borrower'
"""
SQL_EVENTS: Final = """
    SELECT event_id, contact_id, kind, at, body
      FROM contact_events
     WHERE person_id = $1
       AND at <= $2
  ORDER BY event_id DESC
     LIMIT $3
"""
SQL_COUNT_SINCE: Final = """
    SELECT count(*), coalesce(min(event_id), 1)
      FROM contact_events
     WHERE tenant_id = $1
       AND kind = ANY($2::text[])
       AND at >= $3
"""


@dataclass(frozen=True, slots=True)
class KnownLoan:
    """Whose loan a reference is."""

    tenant_id: str
    person_id: int
    loan_id: int
    ref: str


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the log about a person; `body` is ciphertext."""

    event_id: int
    contact_id: UUID | None
    kind: str
    at: datetime
    body: bytes


async def find_loans(conn: Connection, digests: Sequence[bytes]) -> list[KnownLoan]:
    """Return the loans behind references."""
    return [KnownLoan(*row.values()) for row in await conn.fetch(SQL_LOAN, list(digests))]


async def list_loans_of(conn: Connection, person_id: int) -> dict[str, int]:
    """Return the loans of a person: id by every reference that the platform has for it."""
    return {row["ref"]: row["loan_id"] for row in await conn.fetch(SQL_LOANS_OF, person_id)}


async def find_borrower_ref(conn: Connection, person_id: int) -> str | None:
    """Return a reference of a person as a borrower; None if only loans of theirs are known."""
    ref = await conn.fetchval(SQL_BORROWER_OF, person_id)
    return None if ref is None else str(ref)


async def list_events(
    conn: Connection, person_id: int, *, until: datetime, limit: int
) -> list[LogRow]:
    """Return a person's newest log rows up to business time `until`, newest first."""
    return [LogRow(*row.values()) for row in await conn.fetch(SQL_EVENTS, person_id, until, limit)]


async def count_since(
    conn: Connection, tenant: str, kinds: Sequence[str], since: datetime
) -> tuple[int, int]:
    """Return how many rows of some kinds there are since a business time, and the first's id."""
    [row] = await conn.fetch(SQL_COUNT_SINCE, tenant, list(kinds), since)
    count, first = row.values()
    return int(count), int(first)
