"""Findings of compliance: what isn't as it should be, who sees to it, which contacts show it.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from outreach.domain.findings import Change, FindingState, Severity
from outreach.domain.records import dataclass
from outreach.store.pool import Connection
from outreach.store.samples import Named

_SQL_FINDINGS: Final = """
    SELECT f.finding_id, f.tenant_id, f.what, f.severity, f.state, f.owner, f.due_on, f.sample_id,
           f.raised_by, f.raised_at, f.closed_at,
           (SELECT count(*) FROM finding_contacts AS c WHERE c.finding_id = f.finding_id)
      FROM findings AS f
"""
SQL_RAISE: Final = """
    INSERT INTO findings (tenant_id, what, severity, owner, due_on, sample_id, raised_by, raised_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    RETURNING finding_id
"""
SQL_LINK: Final = """
    INSERT INTO finding_contacts (tenant_id, finding_id, person_id, event_id)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
"""
SQL_LIST: Final = (
    _SQL_FINDINGS
    + """
     WHERE f.tenant_id = $1
       AND f.state = ANY($2::text[])
       AND f.finding_id < $3
  ORDER BY f.finding_id DESC
     LIMIT $4
"""
)
SQL_FIND: Final = _SQL_FINDINGS + " WHERE f.finding_id = $1"
SQL_LOCK: Final = "SELECT state FROM findings WHERE finding_id = $1 FOR UPDATE"
SQL_CHANGE: Final = """
    UPDATE findings
       SET state = $2, owner = $3, due_on = $4,
           closed_at = CASE WHEN $2 = 'closed' THEN COALESCE(closed_at, $5) END
     WHERE finding_id = $1
    RETURNING tenant_id
"""
SQL_KEEP_CHANGE: Final = """
    INSERT INTO finding_changes (tenant_id, finding_id, by_name, at, state, owner, due_on, note)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
SQL_CHANGES: Final = """
    SELECT by_name, at, state, owner, due_on, note
      FROM finding_changes
     WHERE finding_id = $1
  ORDER BY change_id DESC
     LIMIT 100
"""
SQL_CONTACTS: Final = """
    SELECT person_id, event_id
      FROM finding_contacts
     WHERE finding_id = $1
  ORDER BY event_id DESC
     LIMIT $2
"""
_NEWEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class NewFinding:
    """What whoever raises a finding says of it."""

    what: str
    severity: Severity
    owner: str
    due_on: date | None
    sample_id: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; times are wall time, `due_on` is a date at the lender's place."""

    finding_id: int
    tenant: str
    what: str
    severity: str
    state: str
    owner: str
    due_on: date | None
    sample_id: int | None
    raised_by: str
    raised_at: datetime
    closed_at: datetime | None
    contacts: int


@dataclass(frozen=True, slots=True)
class Changed:
    """What somebody made of a finding, and why."""

    by_name: str
    at: datetime
    state: str
    owner: str
    due_on: date | None
    note: str


async def raise_finding(
    conn: Connection, tenant: str, one: NewFinding, *, by: str, at: datetime
) -> int:
    """Write down a new finding; returns its id."""
    told = (one.what, one.severity, one.owner, one.due_on, one.sample_id)
    found = int(await conn.fetchval(SQL_RAISE, tenant, *told, by, at))
    change = Change(FindingState.OPEN, one.owner, one.due_on, "")
    await _keep_change(conn, tenant, found, change, by=by, at=at)
    return found


async def link_contact(conn: Connection, tenant: str, finding_id: int, named: Named) -> None:
    """Let a row of the log stand as evidence; a second time changes nothing."""
    await conn.execute(SQL_LINK, tenant, finding_id, *named)


async def list_findings(
    conn: Connection,
    tenant: str,
    states: Sequence[FindingState],
    *,
    before: int | None = None,
    limit: int,
) -> list[Finding]:
    """Return a lender's findings in some states below an id, the newest first."""
    rows = await conn.fetch(SQL_LIST, tenant, list(states), before or _NEWEST, limit)
    return [Finding(*row.values()) for row in rows]


async def find_finding(conn: Connection, finding_id: int) -> Finding | None:
    """Return one finding; None if there is none that the connection may see."""
    row = await conn.fetchrow(SQL_FIND, finding_id)
    return Finding(*row.values()) if row else None


async def lock_finding(conn: Connection, finding_id: int) -> FindingState | None:
    """Return where a finding stands and keep others from moving it; None if there is none."""
    found = await conn.fetchval(SQL_LOCK, finding_id)
    return FindingState(found) if found else None


async def change_finding(
    conn: Connection, finding_id: int, change: Change, *, by: str, at: datetime
) -> None:
    """Change a finding that is locked, and keep who did and why."""
    tenant = await conn.fetchval(
        SQL_CHANGE, finding_id, change.state, change.owner, change.due_on, at
    )
    await _keep_change(conn, str(tenant), finding_id, change, by=by, at=at)


async def list_changes(conn: Connection, finding_id: int) -> list[Changed]:
    """Return a finding's history, the newest first."""
    return [Changed(*row.values()) for row in await conn.fetch(SQL_CHANGES, finding_id)]


async def list_contacts(conn: Connection, finding_id: int, *, limit: int) -> list[Named]:
    """Return the rows of the log that a finding rests on, the newest first."""
    return [Named(*row.values()) for row in await conn.fetch(SQL_CONTACTS, finding_id, limit)]


async def _keep_change(
    conn: Connection, tenant: str, finding_id: int, change: Change, *, by: str, at: datetime
) -> None:
    await conn.execute(
        SQL_KEEP_CHANGE,
        tenant,
        finding_id,
        by,
        at,
        change.state,
        change.owner,
        change.due_on,
        change.note,
    )
