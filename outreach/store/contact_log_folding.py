"""What the folder of the contact log reads: how far it has come, and the rows that are new.

A row of the log is folded once its transaction is older than any that is still open, as the sealer
does it (see `outreach.store.seals`), so that none is skipped. What was recorded before the oldest
open transaction began need not be looked at again: `since`. A long way (the first time, after an
upgrade, after the folder was away) is walked through the log's blocks instead, whichever row lies
where; rows folded twice change nothing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

_FOLDER_LOCK: Final = 0xF01D
WALK_BLOCKS: Final = 1024
"""Blocks of 8 KiB that one step of a walk reads, of all partitions together."""

# Some thousand rows are sought among millions: each by its key, never by reading a table through.
SQL_LOCK: Final = """
    SELECT pg_try_advisory_xact_lock($1), set_config('enable_hashjoin', 'off', true),
           set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)
"""
SQL_WAIT: Final = "SELECT pg_advisory_xact_lock($1)"
SQL_STATE: Final = """
    SELECT horizon::text AS horizon, since, as_of, walk_to::text AS walk_to, walk_since,
           walk_block, horizon > pg_snapshot_xmax(pg_current_snapshot()) AS is_of_elsewhere
      FROM contact_log_state
"""
# Transactions of other roles hide when they began from whoever may not read all statistics: run the
# processes that write under one role. One that only reads so far is waited for for a minute.
SQL_BOUNDS: Final = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
           own.xact_start AS now,
           LEAST(own.xact_start,
                 min(a.xact_start) FILTER (WHERE a.backend_xid IS NOT NULL),
                 GREATEST(min(a.xact_start), own.xact_start - interval '1 minute'))
             - interval '1 second' AS since
      FROM pg_stat_activity AS own
           LEFT JOIN pg_stat_activity AS a
             ON a.datname = own.datname AND a.backend_type = 'client backend'
     WHERE own.pid = pg_backend_pid()
  GROUP BY own.xact_start
"""
# age() counts back from the next transaction id: an older row has the greater age.
SQL_NEW: Final = """
    SELECT e.event_id, e.tenant_id, e.person_id, e.contact_id, e.kind, e.at, e.recorded_at,
           CASE WHEN e.kind = ANY($3::text[]) THEN e.body END AS body,
           age(e.xmin) > age($4::text::xid8::xid) AS is_ripe
      FROM contact_events AS e
     WHERE e.recorded_at >= $1
       AND age(e.xmin) <= age($2::text::xid8::xid)
     LIMIT $5
"""
SQL_BLOCKS: Final = """
    SELECT e.event_id, e.tenant_id, e.person_id, e.contact_id, e.kind, e.at, e.recorded_at,
           CASE WHEN e.kind = ANY($4::text[]) THEN e.body END AS body, true AS is_ripe
      FROM contact_events AS e
     WHERE e.ctid >= $1::tid
       AND e.ctid < $2::tid
       AND e.recorded_at >= $3
"""
SQL_SIZE: Final = """
    SELECT count(*) AS partitions,
           COALESCE(max(pg_relation_size(inhrelid)), 0) / current_setting('block_size')::bigint
             AS blocks
      FROM pg_inherits
     WHERE inhparent = 'contact_events'::regclass
"""
SQL_KEYS: Final = """
    SELECT person_id, wrapped_key FROM persons WHERE person_id = ANY($1::bigint[])
"""
SQL_FOLLOWED: Final = """
    UPDATE contact_log_state
       SET horizon = $1::text::xid8, since = $2, as_of = $3, walk_to = NULL
"""
SQL_WALK: Final = """
    UPDATE contact_log_state
       SET walk_to = $1::text::xid8, walk_since = $2, walk_block = 0
"""
SQL_WALKED: Final = "UPDATE contact_log_state SET walk_block = $1"
SQL_FORGET: Final = """
    UPDATE contact_log_state
       SET horizon = '0', since = '-infinity', as_of = '-infinity', walk_to = '0', walk_block = 0
"""
SQL_EMPTY: Final = "TRUNCATE contact_log, contact_log_slots, contact_log_days"

SQL_AS_OF: Final = "SELECT as_of FROM contact_log_state"


@dataclass(frozen=True, slots=True)
class State:
    """How far the log is folded; see the table's comments. `walk_to` "0": yet to begin."""

    horizon: str
    since: datetime
    as_of: datetime
    walk_to: str | None
    walk_since: datetime
    walk_block: int
    is_of_elsewhere: bool
    """The database was restored into another server: its transactions count anew."""


class Bounds(NamedTuple):
    """The oldest open transaction, the time by the database, and since when rows may be missing."""

    horizon: str
    now: datetime
    since: datetime


class LogEvent(NamedTuple):
    """One row of the log; `body` only of those that get a line of their own."""

    event_id: int
    tenant_id: str
    person_id: int
    contact_id: UUID | None
    kind: str
    at: datetime
    recorded_at: datetime
    body: bytes | None
    is_ripe: bool


async def lock(conn: Connection) -> bool:
    """Keep other folders away until this transaction ends; False where one works already."""
    return bool(await conn.fetchval(SQL_LOCK, _FOLDER_LOCK))


async def find_state(conn: Connection) -> State:
    """Return how far the log is folded."""
    [row] = await conn.fetch(SQL_STATE)
    return State(*row.values())


async def find_as_of(conn: Connection) -> datetime:
    """Return the wall time up to which nothing is missing."""
    found: datetime = await conn.fetchval(SQL_AS_OF)
    return found


async def find_bounds(conn: Connection) -> Bounds:
    """Return what is open now."""
    [row] = await conn.fetch(SQL_BOUNDS)
    return Bounds(*row.values())


async def list_new(
    conn: Connection, state: State, bounds: Bounds, listed: Collection[str], *, limit: int
) -> list[LogEvent]:
    """Return rows that aren't folded, ripe or not, in no order."""
    rows = await conn.fetch(
        SQL_NEW, state.since, state.horizon, list(listed), bounds.horizon, limit
    )
    return [LogEvent(*row.values()) for row in rows]


async def list_blocks(
    conn: Connection, state: State, listed: Collection[str]
) -> tuple[list[LogEvent], int | None]:
    """Return the rows of the next blocks of a walk, and the block after them; None at the end."""
    [size] = await conn.fetch(SQL_SIZE)
    if state.walk_block >= size["blocks"]:
        return [], None
    following = state.walk_block + max(1, WALK_BLOCKS // size["partitions"])
    rows = await conn.fetch(
        SQL_BLOCKS, (state.walk_block, 0), (following, 0), state.since, list(listed)
    )
    return [LogEvent(*row.values()) for row in rows], following


async def list_keys(conn: Connection, persons: Collection[int]) -> dict[int, bytes | None]:
    """Return wrapped keys by person; None once erased."""
    rows = await conn.fetch(SQL_KEYS, list(persons)) if persons else ()
    return {row["person_id"]: row["wrapped_key"] for row in rows}


async def set_followed(conn: Connection, horizon: str, since: datetime, *, as_of: datetime) -> None:
    """Note that everything of transactions before `horizon` is folded."""
    await conn.execute(SQL_FOLLOWED, horizon, since, as_of)


async def begin_walk(conn: Connection, bounds: Bounds) -> None:
    """Note that everything up to now is to be found by walking through the log's blocks."""
    await conn.execute(SQL_WALK, bounds.horizon, bounds.since)


async def set_walked(conn: Connection, block: int) -> None:
    """Note the block that comes next."""
    await conn.execute(SQL_WALKED, block)


async def forget_all(conn: Connection) -> None:
    """Empty the read model; the folder makes it anew."""
    # A fold that is under way would write the old state over the new one.
    await conn.execute(SQL_WAIT, _FOLDER_LOCK)
    await conn.execute(SQL_EMPTY)
    await conn.execute(SQL_FORGET)
