"""What must not be used until somebody has looked: senders, templates, accounts."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pool import Connection

SQL_PAUSE: Final = """
    INSERT INTO pauses (tenant_id, scope, subject, reason, placed_at)
    SELECT t.tenant, t.scope, t.subject, t.reason, $5
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        AS t (tenant, scope, subject, reason)
    ON CONFLICT (tenant_id, scope, subject) DO UPDATE
       SET reason = excluded.reason, placed_at = excluded.placed_at, lifted_at = NULL
"""
SQL_PAUSED: Final = "SELECT tenant_id, scope, subject FROM pauses WHERE lifted_at IS NULL"
SQL_LIST: Final = """
    SELECT tenant_id, scope, subject, reason, placed_at
      FROM pauses
     WHERE lifted_at IS NULL
  ORDER BY placed_at DESC, tenant_id, scope, subject
"""
SQL_LIFT: Final = """
    UPDATE pauses
       SET lifted_at = $4
     WHERE tenant_id = $1 AND scope = $2 AND subject = $3 AND lifted_at IS NULL
"""
SQL_WAITING: Final = """
    UPDATE agenda SET due_at = $2 WHERE tenant_id = $1 AND reason LIKE '%dispatch.paused%'
"""


class Pause(NamedTuple):
    """`subject` is a sender's address, a template's `key@hash`, or a provider account's slug."""

    tenant_id: str
    scope: str
    subject: str


class PlacedPause(NamedTuple):
    """A pause that holds, and why."""

    tenant_id: str
    scope: str
    subject: str
    reason: str
    placed_at: datetime


Paused = frozenset[Pause]


async def pause(conn: Connection, pauses: dict[Pause, str], *, at: datetime) -> None:
    """Place pauses with their reasons; in sorted order, so that two writers can't deadlock."""
    if pauses:
        rows = sorted((*one, reason) for one, reason in pauses.items())
        await conn.execute(SQL_PAUSE, *[list(column) for column in zip(*rows, strict=True)], at)


async def list_paused(conn: Connection) -> Paused:
    """Return what is paused now."""
    return frozenset(Pause(*row.values()) for row in await conn.fetch(SQL_PAUSED))


async def list_pauses(conn: Connection) -> list[PlacedPause]:
    """Return the pauses that hold, newest first."""
    return [PlacedPause(*row.values()) for row in await conn.fetch(SQL_LIST)]


async def lift(conn: Connection, pauses: Collection[Pause], *, at: datetime) -> int:
    """Lift pauses, and have those who waited looked at again; returns how many were lifted."""
    lifted = 0
    for one in pauses:
        status = await conn.execute(SQL_LIFT, *one, at)
        lifted += int(status.rpartition(" ")[2])
        await conn.execute(SQL_WAITING, one.tenant_id, at)
    return lifted
