"""Partitions by time, made before they are needed, and idempotency keys, dropped when past it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from outreach.store.pool import Connection

_AHEAD_DAYS: Final = 3
_AHEAD_MONTHS: Final = 2

# Two workers that start together must not both make what is missing.
_MAKER_LOCK: Final = 0x9A87
SQL_LOCK: Final = "SELECT pg_advisory_xact_lock($1)"
# Read as any row is: what is cached of names may be older than the lock.
SQL_EXISTS: Final = """
    SELECT EXISTS (SELECT FROM pg_class
                    WHERE relname = $1 AND relnamespace = 'public'::regnamespace)
"""
SQL_OCCUPIED: Final = {
    "inbox": """
        SELECT EXISTS (SELECT FROM inbox_default WHERE received_at >= $1 AND received_at < $2)
    """,
    "callbacks": """
        SELECT EXISTS (SELECT FROM callbacks_default WHERE received_at >= $1 AND received_at < $2)
    """,
    "contact_events": """
        SELECT EXISTS (SELECT FROM contact_events_default
                        WHERE recorded_at >= $1 AND recorded_at < $2)
    """,
    "contact_log": """
        SELECT EXISTS (SELECT FROM contact_log_default WHERE at >= $1 AND at < $2)
    """,
}
SQL_SPAN: Final = "SELECT min(at)::date AS oldest, max(at)::date AS newest FROM contact_events"
SQL_DROP_KEYS: Final = """
    DELETE FROM signal_keys
     WHERE digest IN (SELECT digest FROM signal_keys WHERE seen_at < $1 LIMIT 10000)
"""


async def ensure_partitions(conn: Connection, *, today: date) -> int:
    """Create daily partitions of the queues, monthly ones of the log and of its read model.

    Returns how many.

    A span whose rows already lie in the default partition stays there: moving them would lock.
    """
    made = 0
    for offset in range(1, _AHEAD_DAYS + 1):
        day = today + timedelta(days=offset)
        for table in ("inbox", "callbacks"):
            made += await _ensure(conn, table, f"{day:%Y%m%d}", day, day + timedelta(days=1))
    made += await _ensure_month(conn, "contact_log", today.replace(day=1))
    month = _next_month(today)
    for _ in range(_AHEAD_MONTHS):
        made += await _ensure_month(conn, "contact_events", month)
        made += await _ensure_month(conn, "contact_log", month)
        month = _next_month(month)
    return made


async def ensure_log_months(conn: Connection) -> int:
    """Create the read model's monthly partitions from the log's first row on; returns how many.

    Before it is filled: rows that lie in the default partition already stay there.
    """
    [span] = await conn.fetch(SQL_SPAN)
    made = 0
    if span["oldest"] is not None:
        month = span["oldest"].replace(day=1)
        while month <= span["newest"]:
            made += await _ensure_month(conn, "contact_log", month)
            month = _next_month(month)
    return made


async def _ensure_month(conn: Connection, table: str, month: date) -> int:
    return await _ensure(conn, table, f"{month:%Y%m}", month, _next_month(month))


async def _ensure(conn: Connection, table: str, suffix: str, start: date, end: date) -> int:
    name = f"{table}_{suffix}"
    if await conn.fetchval(SQL_EXISTS, name):
        return 0
    bounds = [datetime.combine(day, time(), UTC) for day in (start, end)]
    async with conn.transaction():
        await conn.execute(SQL_LOCK, _MAKER_LOCK)
        if await conn.fetchval(SQL_EXISTS, name) or await conn.fetchval(
            SQL_OCCUPIED[table], *bounds
        ):
            return 0
        # Names come from the two lists above, never from outside.
        await conn.execute(
            f"CREATE TABLE {name} PARTITION OF {table} "
            f"FOR VALUES FROM ('{start}T00:00:00Z') TO ('{end}T00:00:00Z')"
            # Room on the page for the states that follow.
            + (" WITH (fillfactor = 80)" if table == "contact_log" else "")
        )
    return 1


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


async def drop_old_keys(conn: Connection, *, before: datetime) -> int:
    """Forget up to 10,000 idempotency keys last seen before `before`; returns how many."""
    status = await conn.execute(SQL_DROP_KEYS, before)
    return int(status.rpartition(" ")[2])
