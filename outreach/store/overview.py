"""Counts over the whole installation, for whoever watches it: no names, no texts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_OUTCOMES: Final = """
    SELECT tenant_id, channel, delivery_state, error_class, count(*) AS contacts,
           sum(parts) AS parts
      FROM contacts
     WHERE direction = 'out' AND provider <> 'elsewhere'
  GROUP BY tenant_id, channel, delivery_state, error_class
"""
SQL_WAITING: Final = """
    SELECT split_part(reason, '|', 1) AS why, count(*) AS persons
      FROM agenda
     WHERE reason <> ''
  GROUP BY 1
"""
SQL_QUEUES: Final = """
    SELECT (SELECT count(*) FROM inbox) AS inbox,
           (SELECT min(received_at) FROM inbox) AS inbox_since,
           (SELECT count(*) FROM callbacks WHERE not_before < 'infinity') AS callbacks,
           (SELECT min(received_at) FROM callbacks WHERE not_before < 'infinity')
               AS callbacks_since,
           (SELECT count(*) FROM quarantine) AS quarantined,
           (SELECT count(*) FROM agenda WHERE due_at <= $1) AS due,
           (SELECT min(due_at) FROM agenda) AS next_due,
           (SELECT count(*) FROM tasks WHERE done_at IS NULL) AS tasks,
           (SELECT count(*) FROM persons) AS persons,
           (SELECT count(*) FROM loans) AS loans
"""
SQL_LOGGED: Final = """
    SELECT e.event_id, e.tenant_id, e.person_id, e.contact_id, e.kind, e.at, e.body, p.wrapped_key
      FROM contact_events AS e
           LEFT JOIN persons AS p ON p.person_id = e.person_id
     WHERE e.event_id > $1
  ORDER BY e.event_id
     LIMIT $2
"""
SQL_TELLING_LOAN: Final = """
    SELECT l.ref
      FROM loans AS l
           JOIN contact_events AS e USING (person_id)
  GROUP BY l.ref
  ORDER BY count(DISTINCT e.kind) DESC, count(*) DESC, l.ref
     LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """Contacts of one lender by one channel in one state."""

    tenant: str
    channel: str
    state: str
    error: str | None
    contacts: int
    parts: int


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits, since when (wall time; `next_due` business time), and how large everything is."""

    inbox: int
    inbox_since: datetime | None
    callbacks: int
    callbacks_since: datetime | None
    quarantined: int
    due: int
    next_due: datetime | None
    tasks: int
    persons: int
    loans: int


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """One row of the log, still encrypted."""

    event_id: int
    tenant: str
    person_id: int
    contact_id: UUID | None
    kind: str
    at: datetime
    body: bytes
    wrapped_key: bytes | None


async def count_outcomes(conn: Connection) -> list[OutcomeCount]:
    """Count outgoing contacts by lender, channel, state and error; not what others made."""
    return [OutcomeCount(*row.values()) for row in await conn.fetch(SQL_OUTCOMES)]


async def count_waiting(conn: Connection) -> dict[str, int]:
    """Count persons by what they were last said to wait for."""
    return {row["why"]: row["persons"] for row in await conn.fetch(SQL_WAITING)}


async def read_queues(conn: Connection, *, now: datetime) -> Queues:
    """Measure the queues; `now` is business time."""
    row = await conn.fetchrow(SQL_QUEUES, now)
    assert row is not None, "a SELECT of subqueries has one row"  # noqa: S101 - a programming error
    return Queues(*row.values())


async def list_logged(conn: Connection, *, after: int, limit: int) -> Sequence[LoggedRow]:
    """Return log rows after an id, oldest first; a row of a lower id may still be committed."""
    return [LoggedRow(*row.values()) for row in await conn.fetch(SQL_LOGGED, after, limit)]


async def find_telling_loan(conn: Connection) -> str | None:
    """Return the loan whose log has the most to tell; None where nothing was logged."""
    found = await conn.fetchval(SQL_TELLING_LOAN)
    return None if found is None else str(found)
