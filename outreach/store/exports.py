"""Exports of the contact log: who asked for what, how far it is written, and the finished parts.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

_SQL_EXPORT: Final = """
    SELECT export_id, tenant_id, filter, format, language, unmasked, reason, asked_by, asked_name,
           asked_at, as_of, state, problem, expected, rows, parts, sha256, finished_at, expires_at
      FROM exports
"""
SQL_ADD: Final = """
    INSERT INTO exports (tenant_id, filter, format, language, unmasked, reason, asked_by,
                         asked_name, asked_at, as_of, expected, worker, leased_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    RETURNING export_id
"""
SQL_LIST: Final = (
    _SQL_EXPORT
    + """
     WHERE tenant_id = $1
       AND export_id < $2
  ORDER BY export_id DESC
     LIMIT $3
"""
)
SQL_FIND: Final = _SQL_EXPORT + " WHERE export_id = $1"
# Whoever writes an export goes on with it; another takes it over once the lease has run out.
SQL_CLAIM: Final = """
    UPDATE exports
       SET state = 'running', worker = $1, leased_until = $3
     WHERE export_id = (
               SELECT export_id
                 FROM exports
                WHERE state IN ('waiting', 'running')
                  AND (worker = $1 OR leased_until IS NULL OR leased_until < $2)
                  AND ($4::bigint IS NULL OR export_id = $4)
             ORDER BY export_id
                LIMIT 1
           FOR UPDATE SKIP LOCKED)
    RETURNING export_id, tenant_id, filter, format, language, unmasked, reason, asked_by,
              asked_name, asked_at, as_of, state, problem, expected, rows, parts, sha256,
              finished_at, expires_at
"""
SQL_PROGRESS: Final = """
    UPDATE exports
       SET rows = $3, parts = COALESCE($4::jsonb, parts), leased_until = $5
     WHERE export_id = $1
       AND worker = $2
       AND state = 'running'
    RETURNING export_id
"""
SQL_EXPECT: Final = "UPDATE exports SET expected = $2 WHERE export_id = $1"
SQL_FINISH: Final = """
    UPDATE exports
       SET state = 'done', sha256 = $3, finished_at = $4, expires_at = $5, worker = NULL,
           leased_until = NULL
     WHERE export_id = $1
       AND worker = $2
       AND state = 'running'
    RETURNING export_id
"""
SQL_FAIL: Final = """
    UPDATE exports
       SET state = 'failed', problem = $3, worker = NULL, leased_until = NULL, expires_at = $4
     WHERE export_id = $1
       AND worker = $2
       AND state = 'running'
"""
SQL_STOP: Final = """
    UPDATE exports
       SET state = 'stopped', worker = NULL, leased_until = NULL, expires_at = $2
     WHERE export_id = $1
       AND state IN ('waiting', 'running')
    RETURNING export_id
"""
SQL_RESUME: Final = """
    UPDATE exports
       SET state = 'waiting', problem = '', worker = NULL, leased_until = NULL, expires_at = NULL
     WHERE export_id = $1
       AND state IN ('failed', 'stopped')
    RETURNING export_id
"""
SQL_OVER: Final = """
    SELECT export_id, tenant_id
      FROM exports
     WHERE expires_at < $1
       AND state <> 'expired'
  ORDER BY expires_at
     LIMIT 100
"""
SQL_EXPIRE: Final = "UPDATE exports SET state = 'expired' WHERE export_id = $1"
LEASE: Final = timedelta(minutes=1)
_NEWEST: Final = 2**62


class NewExport(NamedTuple):
    """What somebody asks for; times are wall time."""

    tenant: str
    filter: str
    format: str
    language: str
    unmasked: bool
    reason: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    as_of: datetime
    expected: int | None = None
    worker: UUID | None = None
    leased_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One finished file.

    Attributes:
        name: Of the file.
        rows: In it.
        bytes: Of it.
        sha256: Of it, in hexadecimal digits.
        after_at: Business time of its last row; "" if it has none.
        after_id: Number of its last row; the next part begins behind it.
    """

    name: str
    rows: int
    bytes: int
    sha256: str
    after_at: str
    after_id: int


@dataclass(frozen=True, slots=True)
class Export:
    """One export; see the table's comments."""

    export_id: int
    tenant: str
    filter: str
    format: str
    language: str
    unmasked: bool
    reason: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    as_of: datetime
    state: str
    problem: str
    expected: int | None
    rows: int
    parts: tuple[Part, ...]
    sha256: str
    finished_at: datetime | None
    expires_at: datetime | None


async def add_export(conn: Connection, one: NewExport) -> int:
    """Write down what was asked for; returns its id."""
    return int(await conn.fetchval(SQL_ADD, *one))


async def list_exports(
    conn: Connection, tenant: str, *, before: int | None = None, limit: int
) -> list[Export]:
    """Return a lender's exports below an id, the newest first."""
    return [_export(row) for row in await conn.fetch(SQL_LIST, tenant, before or _NEWEST, limit)]


async def find_export(conn: Connection, export_id: int) -> Export | None:
    """Return one export; None if there is none that the connection may see."""
    row = await conn.fetchrow(SQL_FIND, export_id)
    return _export(row) if row else None


async def claim_export(
    conn: Connection, worker: UUID, *, wall_now: datetime, export_id: int | None = None
) -> Export | None:
    """Take the oldest export that waits, or that this worker writes; None if there is none.

    Args:
        conn: The caller's.
        worker: Who takes it.
        wall_now: From which its lease runs.
        export_id: Only this one.
    """
    row = await conn.fetchrow(SQL_CLAIM, worker, wall_now, wall_now + LEASE, export_id)
    return _export(row) if row else None


async def keep_progress(
    conn: Connection,
    export_id: int,
    worker: UUID,
    rows: int,
    *,
    parts: Sequence[Part] | None = None,
    wall_now: datetime,
) -> bool:
    """Note how far an export is; False if it was stopped, or taken over, meanwhile."""
    kept = None if parts is None else msgspec.to_builtins(list(parts))
    until = wall_now + LEASE
    return await conn.fetchval(SQL_PROGRESS, export_id, worker, rows, kept, until) is not None


async def keep_expected(conn: Connection, export_id: int, expected: int) -> None:
    """Note how many rows an export will have."""
    await conn.execute(SQL_EXPECT, export_id, expected)


async def finish_export(
    conn: Connection,
    export_id: int,
    worker: UUID,
    digest: bytes,
    *,
    wall_now: datetime,
    expires_at: datetime | None,
) -> bool:
    """Note that all is written; `digest` is its manifest's. False if it was stopped meanwhile."""
    found = await conn.fetchval(SQL_FINISH, export_id, worker, digest, wall_now, expires_at)
    return found is not None


async def fail_export(
    conn: Connection, export_id: int, worker: UUID, problem: str, *, expires_at: datetime
) -> None:
    """Note that an export came to nothing more; finished parts stay."""
    await conn.execute(SQL_FAIL, export_id, worker, problem, expires_at)


async def stop_export(conn: Connection, export_id: int, *, expires_at: datetime) -> bool:
    """Stop an export; False if it had ended."""
    return await conn.fetchval(SQL_STOP, export_id, expires_at) is not None


async def resume_export(conn: Connection, export_id: int) -> bool:
    """Let an export go on behind its finished parts; False if it can't."""
    return await conn.fetchval(SQL_RESUME, export_id) is not None


async def list_over(conn: Connection, wall_now: datetime) -> list[int]:
    """Return exports whose files are kept no longer."""
    return [row["export_id"] for row in await conn.fetch(SQL_OVER, wall_now)]


async def expire_export(conn: Connection, export_id: int) -> None:
    """Note that an export's files are gone."""
    await conn.execute(SQL_EXPIRE, export_id)


def _export(row: asyncpg.Record) -> Export:
    values: dict[str, Any] = dict(row)
    values["tenant"] = values.pop("tenant_id")
    values["parts"] = tuple(Part(**one) for one in values["parts"])
    values["sha256"] = values["sha256"].hex() if values["sha256"] else ""
    return Export(**values)
