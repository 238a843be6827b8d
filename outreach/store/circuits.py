"""Accounts that have stopped answering. All times are wall time, as vendors live in it."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from outreach.store.pool import Connection

SQL_OPEN: Final = """
    INSERT INTO circuits (account, opened_at, probe_at, wait, reason)
    VALUES ($1, $2::timestamptz, $2::timestamptz + $3::interval, $3::interval, $4)
    ON CONFLICT (account) DO NOTHING
 RETURNING account
"""
# One of all the workers gets it; the others, and a probe that dies on its way, wait for the next.
SQL_PROBE: Final = """
    UPDATE circuits
       SET probe_at = $2::timestamptz + wait
     WHERE account = $1 AND probe_at <= $2
 RETURNING probe_at
"""
SQL_UNPROBE: Final = "UPDATE circuits SET probe_at = $2 WHERE account = $1"
SQL_STILL_OPEN: Final = """
    UPDATE circuits
       SET wait = LEAST(wait * 2, $3::interval),
           probe_at = $2::timestamptz + LEAST(wait * 2, $3::interval)
     WHERE account = $1
"""
SQL_CLOSE: Final = "DELETE FROM circuits WHERE account = $1 RETURNING opened_at"
SQL_CIRCUITS: Final = """
    SELECT account, opened_at, probe_at, reason FROM circuits ORDER BY opened_at, account
"""


class Circuit(NamedTuple):
    """An open circuit, and why it was opened."""

    account: str
    opened_at: datetime
    probe_at: datetime
    reason: str


async def open_circuit(
    conn: Connection, account: str, *, at: datetime, wait: timedelta, reason: str
) -> bool:
    """Open a circuit; False if another worker was faster."""
    return await conn.fetchval(SQL_OPEN, account, at, wait, reason) is not None


async def take_probe(conn: Connection, account: str, *, at: datetime) -> datetime | None:
    """Take the one probe whose time has come; returns when the next one may go.

    None: it is taken already, or the circuit has closed.
    """
    found = await conn.fetchval(SQL_PROBE, account, at)
    return found if isinstance(found, datetime) else None


async def return_probe(conn: Connection, account: str, *, at: datetime) -> None:
    """Let the next contact be the probe: this one found nothing to send."""
    await conn.execute(SQL_UNPROBE, account, at)


async def keep_open(conn: Connection, account: str, *, at: datetime, longest: timedelta) -> None:
    """Wait twice as long for the next probe, but never longer than `longest`."""
    await conn.execute(SQL_STILL_OPEN, account, at, longest)


async def close_circuit(conn: Connection, account: str) -> datetime | None:
    """Close a circuit; returns since when it was open, None if it wasn't."""
    found = await conn.fetchval(SQL_CLOSE, account)
    return found if isinstance(found, datetime) else None


async def list_circuits(conn: Connection) -> list[Circuit]:
    """Return the open circuits, the longest open first."""
    return [Circuit(*row.values()) for row in await conn.fetch(SQL_CIRCUITS)]
