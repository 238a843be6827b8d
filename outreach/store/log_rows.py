"""Lines of the contact log with all that an export tells of them, page by page."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.contact_log_search import LogQuery, Where
from outreach.store.pool import Connection

SQL_ROWS: Final = """
    SELECT l.at, l.event_id, l.recorded_at, l.day, l.person_id, l.contact_id, l.loan_ids, l.verdict,
           l.rule, l.rules, l.shadow, l.until, l.channel, l.purpose, l.step, l.stage, l.treatment,
           l.treatment_hash, l.template, l.template_hash, l.status, l.outcome, l.error_class,
           l.reply, l.sender, l.account, l.mode, l.operator, l.parts, l.cost_micros, l.currency,
           c.endpoint_id
      FROM contact_log AS l
           LEFT JOIN contacts AS c ON c.person_id = l.person_id AND c.contact_id = l.contact_id
     WHERE l.tenant_id = $1 /* conditions */
  ORDER BY l.at DESC, l.event_id DESC
     LIMIT $2
"""
SQL_REFS: Final = """
    SELECT person_id, loan_id, ref FROM loans WHERE person_id = ANY($1::bigint[])
"""
SQL_ADDRESSES: Final = """
    SELECT e.person_id, e.endpoint_id, e.address, p.wrapped_key
      FROM unnest($1::bigint[], $2::text[]) AS t (person_id, endpoint_id)
           JOIN endpoints AS e USING (person_id, endpoint_id)
           JOIN persons AS p USING (person_id)
"""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line; see the comments of the table `contact_log`. `endpoint_id` is where it went."""

    at: datetime
    event_id: int
    recorded_at: datetime
    day: date
    person_id: int
    contact_id: UUID | None
    loan_ids: Sequence[int]
    verdict: str
    rule: str
    rules: Sequence[str]
    shadow: Sequence[str]
    until: datetime | None
    channel: str
    purpose: str
    step: str
    stage: str
    treatment: str
    treatment_hash: str
    template: str
    template_hash: str
    status: str
    outcome: str
    error_class: str
    reply: str
    sender: str
    account: str
    mode: str
    operator: str
    parts: int
    cost_micros: int
    currency: str
    endpoint_id: str | None


async def list_log_rows(
    conn: Connection, query: LogQuery, *, before: tuple[datetime, int] | None, limit: int
) -> list[LogRow]:
    """Return lines older than a place, the newest first; the newest of all without one."""
    where = Where(query, limit)
    if before is not None:
        where.add("(l.at, l.event_id) < ({}, {})", *before)
    rows = await conn.fetch(where.into(SQL_ROWS), *where.values)
    return [LogRow(*row.values()) for row in rows]


async def list_refs(conn: Connection, persons: Sequence[int]) -> dict[tuple[int, int], str]:
    """Return the platform's names of all loans of some persons, by (person, loan)."""
    rows = await conn.fetch(SQL_REFS, list(persons))
    return {(row["person_id"], row["loan_id"]): row["ref"] for row in rows}


async def list_addresses(
    conn: Connection, places: Sequence[tuple[int, str]]
) -> list[tuple[int, str, bytes, bytes | None]]:
    """Return addresses by person and id: ciphertext, and the person's wrapped key."""
    if not places:
        return []
    persons, endpoints = zip(*places, strict=True)
    rows: Any = await conn.fetch(SQL_ADDRESSES, list(persons), list(endpoints))
    return [tuple(row.values()) for row in rows]
