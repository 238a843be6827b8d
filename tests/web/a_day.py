"""A lender's day as its read model has counted it, without the contacts themselves."""

from datetime import datetime, timedelta
from typing import Any

from outreach.store.alerts import Alert, raise_alerts
from outreach.store.circuits import open_circuit
from outreach.store.pauses import Pause, pause

SQL_SLOT = """
    INSERT INTO contact_log_slots
    VALUES ($1, $2, $3, $4, 'sms', 'collection', $5, '', 'twilio', $6, '', $7, $7, $8, $9, $10)
"""
SQL_AS_OF = "UPDATE contact_log_state SET as_of = $1"


async def count_a_day(conn: Any, tenant: str, *, now: datetime, wall_now: datetime) -> None:
    """Write counts of a morning: 40 allowed, 12 of them failed, 6 deferred, 4 blocked, 3 replies."""
    hour = timedelta(hours=1)
    slot = now.replace(minute=0, second=0, microsecond=0)
    until = now + 20 * hour
    for at, verdict, rule, status, mode, contacts, micros, first, last in (
        (slot - 2 * hour, "allowed", "", "delivered", "live", 20, 158_000, None, None),
        (slot - hour, "allowed", "", "failed", "live", 12, 0, None, None),
        (slot, "allowed", "", "sent", "live", 7, 55_300, None, None),
        (slot, "allowed", "", "reserved", "live", 1, 7_900, None, None),
        (slot, "allowed", "", "delivered", "test", 900, 1, None, None),
        (slot - hour, "deferred", "us.scope.first_party_udaap", "", "", 4, 0, until, until + hour),
        (slot, "deferred", "us.scope.first_party_udaap", "", "", 2, 0, until - hour, until),
        (slot, "blocked", "engine.opt_out", "", "", 4, 0, None, None),
        (slot, "inbound", "", "", "", 3, 0, None, None),
        (slot - 30 * hour, "blocked", "engine.opt_out", "", "", 50, 0, None, None),
    ):
        await conn.execute(
            SQL_SLOT, tenant, at, verdict, rule, status, mode, contacts, micros, first, last
        )
    await conn.execute(SQL_AS_OF, wall_now)


async def add_trouble(conn: Any, tenant: str, *, now: datetime, wall_now: datetime) -> None:
    """Let an account not answer, a sender be paused by itself, and a source be silent."""
    wait = timedelta(seconds=15)
    await open_circuit(conn, "twilio", at=wall_now, wait=wait, reason="5 in a row: timeout")
    await pause(conn, {Pause(tenant, "sender", "+12125550100"): "12 of 40 filtered"}, at=now)
    silent = Alert(tenant, "source_silent", "core", "nothing for more than 26 h")
    await raise_alerts(conn, [silent, silent], at=now)
