"""How much waits, and for how long: what wakes an operator. Cheap enough for every scrape."""

from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pool import Connection

SQL_GAUGES: Final = """
    SELECT (SELECT count(*) FROM inbox) AS inbox_rows,
           (SELECT min(received_at) FROM inbox) AS inbox_since,
           (SELECT count(*) FROM callbacks WHERE not_before < 'infinity') AS callback_rows,
           (SELECT min(received_at) FROM callbacks WHERE not_before < 'infinity')
               AS callbacks_since,
           (SELECT count(*) FROM quarantine) AS quarantined,
           (SELECT count(*) FROM agenda WHERE due_at <= $1) AS persons_due,
           (SELECT min(due_at) FROM agenda WHERE due_at <= $1) AS due_since,
           (SELECT count(*) FROM tasks WHERE done_at IS NULL) AS tasks_open,
           (SELECT count(*) FROM tasks WHERE kind = 'reply_review' AND done_at IS NULL)
               AS replies_waiting,
           (SELECT min(opened_at) FROM tasks WHERE kind = 'reply_review' AND done_at IS NULL)
               AS replies_since
"""
# By wall time, whose block range index keeps it to the last hour.
SQL_RECENT: Final = """
    SELECT tenant_id, mode, provider = 'simulated', count(*)
      FROM contacts
     WHERE send_before >= $1 AND direction = 'out'
  GROUP BY 1, 2, 3
"""
SQL_ALERTS: Final = """
    SELECT tenant_id, kind, subject, count, first_at, last_at, detail
      FROM alerts
     WHERE last_at >= $1
  ORDER BY last_at DESC, kind, subject
"""


class Gauges(NamedTuple):
    """Queues by length and since when the oldest row waits (None: empty)."""

    inbox_rows: int
    inbox_since: datetime | None
    callback_rows: int
    callbacks_since: datetime | None
    quarantined: int
    persons_due: int
    due_since: datetime | None
    tasks_open: int
    replies_waiting: int
    replies_since: datetime | None


class RaisedAlert(NamedTuple):
    """One thing to look at; the times are business time."""

    tenant_id: str
    kind: str
    subject: str
    times: int
    first_at: datetime
    last_at: datetime
    detail: str


async def find_gauges(conn: Connection, *, now: datetime) -> Gauges:
    """Return what waits at business time `now`; `inbox` and `callbacks` wait in wall time."""
    [row] = await conn.fetch(SQL_GAUGES, now)
    return Gauges(*row.values())


async def count_recent(conn: Connection, *, since: datetime) -> dict[tuple[str, str, bool], int]:
    """Count contacts since a wall time by lender, mode and whether they were only simulated."""
    rows = await conn.fetch(SQL_RECENT, since)
    return {(tenant, mode, simulated): count for tenant, mode, simulated, count in rows}


async def list_alerts(conn: Connection, *, since: datetime) -> list[RaisedAlert]:
    """Return alerts last raised at or after a business time, newest first."""
    return [RaisedAlert(*row.values()) for row in await conn.fetch(SQL_ALERTS, since)]
