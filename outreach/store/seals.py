"""Checkpoints of the contact log: which rows are ripe, and what was sealed."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from outreach.domain.records import dataclass
from outreach.domain.sealing import GENESIS, SealedRow
from outreach.store.pool import Connection

_SEALER_LOCK: Final = 0x5EA1
# Rows bear the time at which their transaction began. A transaction that stays open holds the
# horizon, and so the last seal, back; what has to be covered is the time from its beginning to its
# first write.
_SLACK: Final = timedelta(minutes=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

SQL_LOCK: Final = "SELECT pg_try_advisory_xact_lock($1)"
SQL_LAST: Final = """
    SELECT sealed_at, horizon::text AS horizon, root FROM seals ORDER BY seal_id DESC LIMIT 1
"""
SQL_HORIZON: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
# age() counts back from the next transaction id: an older row has the greater age.
SQL_RIPE: Final = """
    SELECT event_id, tenant_id, person_id, contact_id::text AS contact_id, kind, at, recorded_at,
           body
      FROM contact_events AS e
     WHERE recorded_at > $1
       AND age(e.xmin) > age($2::text::xid8::xid)
       AND ($3::text IS NULL OR age(e.xmin) <= age($3::text::xid8::xid))
  ORDER BY recorded_at, event_id
"""
SQL_SEAL: Final = """
    INSERT INTO seals (sealed_at, horizon, event_ids, leaves, previous_root, root)
    VALUES ($1, $2::text::xid8, $3::bigint[], $4, $5, $6)
"""
SQL_SEALS: Final = """
    SELECT seal_id, sealed_at, event_ids, leaves, previous_root, root FROM seals ORDER BY seal_id
"""
SQL_ROWS: Final = """
    SELECT event_id, tenant_id, person_id, contact_id::text AS contact_id, kind, at, recorded_at,
           body
      FROM contact_events
     WHERE event_id = ANY($1::bigint[])
"""
SQL_UNSEALED: Final = """
    SELECT count(*) FROM contact_events e
     WHERE e.event_id > COALESCE((SELECT max(m) FROM seals, unnest(event_ids) AS m), 0)
"""


@dataclass(frozen=True, slots=True)
class RipeRows:
    """Rows to seal now, in their order, with the root they follow."""

    horizon: str
    previous_root: bytes
    rows: Sequence[SealedRow]


@dataclass(frozen=True, slots=True)
class Seal:
    """One stored checkpoint."""

    seal_id: int
    sealed_at: datetime
    event_ids: Sequence[int]
    leaves: bytes
    previous_root: bytes
    root: bytes


async def find_ripe(conn: Connection) -> RipeRows | None:
    """Return what can be sealed, or None when another sealer works; call within a transaction."""
    if not await conn.fetchval(SQL_LOCK, _SEALER_LOCK):
        return None
    last = await conn.fetchrow(SQL_LAST)
    horizon = await conn.fetchval(SQL_HORIZON)
    since = last["sealed_at"] - _SLACK if last else _EPOCH
    rows = await conn.fetch(SQL_RIPE, since, horizon, last["horizon"] if last else None)
    previous = last["root"] if last else GENESIS
    return RipeRows(horizon, previous, [_row(row) for row in rows])


async def insert_seal(
    conn: Connection, ripe: RipeRows, *, sealed_at: datetime, leaves: bytes, root: bytes
) -> None:
    """Store a checkpoint over `ripe`."""
    ids = [row.event_id for row in ripe.rows]
    await conn.execute(SQL_SEAL, sealed_at, ripe.horizon, ids, leaves, ripe.previous_root, root)


async def iter_seals(conn: Connection) -> AsyncIterator[Seal]:
    """Stream all checkpoints, oldest first; call within a transaction."""
    async for row in conn.cursor(SQL_SEALS):
        yield Seal(*row.values())


async def list_rows(conn: Connection, event_ids: Sequence[int]) -> dict[int, SealedRow]:
    """Return the log rows that still exist, by id."""
    return {row["event_id"]: _row(row) for row in await conn.fetch(SQL_ROWS, event_ids)}


async def count_unsealed(conn: Connection) -> int:
    """Return how many rows came after the last checkpoint."""
    return int(await conn.fetchval(SQL_UNSEALED))


def _row(row: asyncpg.Record) -> SealedRow:
    return SealedRow(
        event_id=row["event_id"],
        tenant_id=row["tenant_id"],
        person_id=row["person_id"],
        contact_id=row["contact_id"] or "",
        kind=row["kind"],
        at=row["at"],
        recorded_at=row["recorded_at"],
        body=row["body"],
    )
