"""The contact log as people read it: pages by keyset, one contact's rows, one person's rows.

Until the read model of the console comes, pages are read from the log itself; that is meant for an
installation as large as a demonstration's, and only a development profile serves them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_ROW: Final = """
    SELECT e.event_id, e.tenant_id, e.person_id, e.contact_id, e.kind, e.at, e.recorded_at, e.body,
           p.wrapped_key, p.declared_zone, c.step, c.channel, c.purpose, c.delivery_state,
           c.outcome, c.error_class, c.error_code, c.endpoint_id, c.sender, c.parts, c.try AS tries,
           c.debts
      FROM contact_events AS e
           LEFT JOIN persons AS p ON p.person_id = e.person_id
           LEFT JOIN contacts AS c ON c.person_id = e.person_id AND c.contact_id = e.contact_id
"""
_LOG_COLUMNS: Final = 10
SQL_OLDER: Final = (
    SQL_ROW
    + """
     WHERE e.tenant_id = $1
       AND e.kind = ANY($2::text[])
       AND ($3::bigint IS NULL OR e.person_id = $3)
       AND e.event_id < $4
  ORDER BY e.event_id DESC
     LIMIT $5
"""
)
SQL_NEWER: Final = (
    SQL_ROW
    + """
     WHERE e.tenant_id = $1
       AND e.kind = ANY($2::text[])
       AND ($3::bigint IS NULL OR e.person_id = $3)
       AND e.event_id > $4
  ORDER BY e.event_id
     LIMIT $5
"""
)
SQL_OF_CONTACT: Final = (
    SQL_ROW
    + """
     WHERE e.person_id = $1
       AND e.contact_id = $2
  ORDER BY e.event_id
     LIMIT 200
"""
)
SQL_OF_PERSON: Final = (
    SQL_ROW
    + """
     WHERE e.person_id = $1
       AND e.kind = ANY($2::text[])
  ORDER BY e.event_id DESC
     LIMIT $3
"""
)
# With the time, so that each is sought in its own partition alone.
SQL_THESE: Final = (
    SQL_ROW
    + """
           JOIN unnest($1::bigint[], $2::bigint[], $3::timestamptz[])
                AS t (person, event, recorded_at)
             ON e.person_id = t.person
            AND e.event_id = t.event
            AND e.recorded_at = t.recorded_at
"""
)
SQL_NAMED: Final = (
    SQL_ROW
    + """
           JOIN unnest($1::bigint[], $2::bigint[]) AS t (person, event)
             ON e.person_id = t.person
            AND e.event_id = t.event
"""
)
SQL_ONE: Final = SQL_ROW + " WHERE e.person_id = $1 AND e.event_id = $2"
SQL_WHOSE: Final = "SELECT person_id FROM contacts WHERE contact_id = $1"
SQL_REFS: Final = """
    SELECT person_id, loan_id, ref FROM loans WHERE person_id = ANY($1::bigint[])
"""
SQL_ADDRESS: Final = """
    SELECT address FROM endpoints WHERE person_id = $1 AND endpoint_id = $2
"""


@dataclass(frozen=True, slots=True)
class ContactNow:
    """What became of the contact that a row is about."""

    step: str
    channel: str
    purpose: str
    state: str
    outcome: str
    error_class: str | None
    error_code: str | None
    endpoint_id: str
    sender: str
    parts: int
    tries: int
    debts: Sequence[int]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the log, still encrypted. `at` is business time, `recorded_at` wall time."""

    event_id: int
    tenant_id: str
    person_id: int
    contact_id: UUID | None
    kind: str
    at: datetime
    recorded_at: datetime
    body: bytes
    wrapped_key: bytes | None
    declared_zone: str | None
    contact: ContactNow | None = None


async def list_older(
    conn: Connection,
    tenant: str,
    kinds: Sequence[str],
    *,
    person_id: int | None,
    before: int,
    limit: int,
) -> list[LogRow]:
    """Return rows below an id, newest first."""
    rows = await conn.fetch(SQL_OLDER, tenant, list(kinds), person_id, before, limit)
    return [_row(row) for row in rows]


async def list_newer(
    conn: Connection,
    tenant: str,
    kinds: Sequence[str],
    *,
    person_id: int | None,
    after: int,
    limit: int,
) -> list[LogRow]:
    """Return the rows next above an id, newest first."""
    rows = await conn.fetch(SQL_NEWER, tenant, list(kinds), person_id, after, limit)
    return [_row(row) for row in reversed(rows)]


async def list_of_contact(conn: Connection, person_id: int, contact_id: UUID) -> list[LogRow]:
    """Return all rows of one contact, oldest first."""
    return [_row(row) for row in await conn.fetch(SQL_OF_CONTACT, person_id, contact_id)]


async def list_of_person(
    conn: Connection, person_id: int, kinds: Sequence[str], *, limit: int
) -> list[LogRow]:
    """Return a person's newest rows of some kinds, newest first."""
    return [_row(row) for row in await conn.fetch(SQL_OF_PERSON, person_id, list(kinds), limit)]


async def list_these(
    conn: Connection, places: Sequence[tuple[int, int, datetime]]
) -> dict[int, LogRow]:
    """Return rows by id, named by person, id and time; what retention removed is absent."""
    if not places:
        return {}
    persons, events, times = zip(*places, strict=True)
    rows = await conn.fetch(SQL_THESE, list(persons), list(events), list(times))
    return {row["event_id"]: _row(row) for row in rows}


async def list_named(conn: Connection, named: Sequence[tuple[int, int]]) -> list[LogRow]:
    """Return rows named by person and id, in no order; each is sought in every partition."""
    if not named:
        return []
    persons, events = zip(*named, strict=True)
    return [_row(row) for row in await conn.fetch(SQL_NAMED, list(persons), list(events))]


async def find_one(conn: Connection, person_id: int, event_id: int) -> LogRow | None:
    """Return one row."""
    row = await conn.fetchrow(SQL_ONE, person_id, event_id)
    return None if row is None else _row(row)


async def find_whose(conn: Connection, contact_id: UUID) -> int | None:
    """Return the person of a contact whose id alone is known; reads every partition."""
    found = await conn.fetchval(SQL_WHOSE, contact_id)
    return None if found is None else int(found)


async def list_loan_refs(conn: Connection, persons: Sequence[int]) -> dict[tuple[int, int], str]:
    """Return the platform's names of all loans of some persons, by (person, loan)."""
    rows = await conn.fetch(SQL_REFS, list(persons))
    return {(row["person_id"], row["loan_id"]): row["ref"] for row in rows}


async def find_address(conn: Connection, person_id: int, endpoint_id: str) -> bytes | None:
    """Return one of a person's addresses, encrypted."""
    found = await conn.fetchval(SQL_ADDRESS, person_id, endpoint_id)
    return None if found is None else bytes(found)


def _row(row: asyncpg.Record) -> LogRow:
    values: tuple[Any, ...] = tuple(row.values())
    of_log = LogRow(*values[:_LOG_COLUMNS])
    if row["step"] is None:
        return of_log
    return replace(of_log, contact=ContactNow(*values[_LOG_COLUMNS:]))
