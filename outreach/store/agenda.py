"""The agenda: one row per person, when to look at them next; the row that every writer locks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

# Skipping what others hold keeps many workers busy and can't deadlock, in whatever order.
SQL_CLAIM: Final = """
    SELECT tenant_id, person_id, due_at, reason
      FROM agenda
     WHERE due_at <= $1
  ORDER BY due_at
     LIMIT $2
       FOR NO KEY UPDATE SKIP LOCKED
"""

SQL_LOCK: Final = """
    SELECT person_id, reason FROM agenda
     WHERE person_id = ANY($1::bigint[])
  ORDER BY person_id
       FOR NO KEY UPDATE
"""

# A payment or a protective signal that is on disk but not folded yet: wait for it.
SQL_UNFOLDED: Final = """
    SELECT DISTINCT r.person_id
      FROM inbox AS i
           CROSS JOIN LATERAL unnest(i.subjects) AS s (digest)
           JOIN external_refs AS r ON r.digest = s.digest
     WHERE i.lane = 0
       AND r.person_id = ANY($1::bigint[])
"""

SQL_MOVE: Final = """
    UPDATE agenda AS a
       SET due_at = t.due_at, reason = t.reason
      FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS t (person, due_at, reason)
     WHERE a.person_id = t.person
"""

SQL_WAKE: Final = """
    UPDATE agenda
       SET due_at = $2
     WHERE person_id = ANY($1::bigint[])
       AND due_at > $2
"""

MERGED: Final = "merged"
"""`reason` of a person who turned out to be another one; nothing is theirs any more."""

SQL_NEXT_DUE: Final = "SELECT min(due_at) FROM agenda WHERE due_at < 'infinity'"
SQL_ROW: Final = "SELECT due_at, reason FROM agenda WHERE person_id = $1"


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """A claimed person. `reason` is what the log last said they wait for."""

    tenant_id: str
    person_id: int
    due_at: datetime
    reason: str


async def claim_due(conn: Connection, *, now: datetime, limit: int) -> list[AgendaRow]:
    """Lock persons who are due at business time `now`, the longest waiting first."""
    return [AgendaRow(*row.values()) for row in await conn.fetch(SQL_CLAIM, now, limit)]


async def lock_persons(conn: Connection, persons: Collection[int]) -> dict[int, str]:
    """Lock persons for writing, in sorted order; waits for whoever holds them.

    Returns:
        Each person's `reason`. Those that are `MERGED` turned out to be somebody else meanwhile:
        look up whose the references are now.
    """
    rows = await conn.fetch(SQL_LOCK, sorted(set(persons)))
    return {row["person_id"]: row["reason"] for row in rows}


async def list_unfolded(conn: Connection, persons: Sequence[int]) -> set[int]:
    """Return those about whom a payment or protective signal waits in the inbox."""
    return {row["person_id"] for row in await conn.fetch(SQL_UNFOLDED, persons)}


async def move(conn: Connection, rows: Sequence[tuple[int, datetime, str]]) -> None:
    """Set (person, due_at, reason) for locked persons."""
    if rows:
        persons, dues, reasons = zip(*rows, strict=True)
        await conn.execute(SQL_MOVE, list(persons), list(dues), list(reasons))


async def wake(conn: Connection, persons: Sequence[int], *, now: datetime) -> None:
    """Have locked persons looked at now, unless they are due already."""
    if persons:
        await conn.execute(SQL_WAKE, sorted(set(persons)), now)


async def find_next_due(conn: Connection) -> datetime | None:
    """Return the earliest business time at which somebody is due; None if nobody ever is."""
    found = await conn.fetchval(SQL_NEXT_DUE)
    return found if isinstance(found, datetime) else None


async def find_row(conn: Connection, person_id: int) -> tuple[datetime, str] | None:
    """Return when a person is due and what they wait for."""
    row = await conn.fetchrow(SQL_ROW, person_id)
    return (row["due_at"], row["reason"]) if row else None
