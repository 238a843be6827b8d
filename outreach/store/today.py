"""What waits and what came in today, for one lender: each statement is short however much there is.

Times are business time, but for the queues of signals and receipts, which wait in wall time. Counts
stop at `MOST` + 1: beyond that a page says "more than". All of it is read as the lender's reader.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.gauges import RaisedAlert
from outreach.store.pool import Connection

MOST: Final = 10_000
"""Rows that are counted one by one."""

SQL_PATIENCE: Final = "SELECT set_config('statement_timeout', $1, true)"
SQL_QUEUES: Final = """
    SELECT (SELECT coalesce(sum(signals), 0)::bigint FROM signal_counts
             WHERE tenant_id = $1 AND quarter_hour >= $2) AS signals,
           (SELECT max(last_signal_at) FROM source_state WHERE tenant_id = $1) AS last_signal_at,
           (SELECT count(*) FROM (SELECT FROM quarantine WHERE tenant_id = $1 LIMIT $4) AS q)
               AS not_understood,
           (SELECT count(*) FROM (SELECT FROM inbox WHERE tenant_id = $1 LIMIT $4) AS i) AS inbox,
           (SELECT min(received_at)
              FROM (SELECT received_at FROM inbox WHERE tenant_id = $1 LIMIT $4) AS i)
               AS inbox_since,
           (SELECT count(*) FROM (SELECT FROM agenda WHERE tenant_id = $1 AND due_at <= $3
                                ORDER BY due_at LIMIT $4) AS a) AS due,
           (SELECT min(due_at) FROM (SELECT due_at FROM agenda WHERE tenant_id = $1
                                         AND due_at <= $3 ORDER BY due_at LIMIT 1) AS a)
               AS due_since,
           (SELECT count(*) FROM (SELECT FROM suppressions WHERE tenant_id = $1 AND at >= $2
                                   LIMIT $4) AS s) AS opt_outs
"""
SQL_TASKS: Final = """
    SELECT count(*) AS tasks,
           count(*) FILTER (WHERE due_at < $2) AS overdue,
           count(*) FILTER (WHERE kind = 'reply_review') AS replies,
           min(opened_at) FILTER (WHERE kind = 'reply_review') AS replies_since
      FROM (SELECT kind, opened_at, due_at FROM tasks
             WHERE tenant_id = $1 AND done_at IS NULL LIMIT $3) AS k
"""
# Whoever waits for a rule was decided about already; an empty reason is somebody to be looked at.
SQL_PLANNED: Final = """
    SELECT (SELECT count(*) FROM (SELECT FROM agenda
                                   WHERE tenant_id = $1 AND due_at < $2 AND reason = ''
                                ORDER BY due_at LIMIT $3) AS a) AS undecided,
           (SELECT min(due_at) FROM (SELECT due_at FROM agenda
                                      WHERE tenant_id = $1 AND due_at < 'infinity'
                                   ORDER BY due_at LIMIT 1) AS a) AS next_due
"""
SQL_ALERTS: Final = """
    SELECT tenant_id, kind, subject, count, first_at, last_at, detail
      FROM alerts
     WHERE tenant_id = ANY($1::text[]) AND last_at >= $2 AND kind <> ALL($3::text[])
  ORDER BY last_at DESC, kind, subject
     LIMIT $4
"""


class QueueRow(NamedTuple):
    """What came in since the day began, and what waits now."""

    signals: int
    last_signal_at: datetime | None
    not_understood: int
    inbox: int
    inbox_since: datetime | None
    due: int
    due_since: datetime | None
    opt_outs: int


class TaskRow(NamedTuple):
    """Work for people that is open."""

    tasks: int
    overdue: int
    replies: int
    replies_since: datetime | None


class PlanRow(NamedTuple):
    """People to be looked at before the day ends, and when the next one is due."""

    undecided: int
    next_due: datetime | None


async def be_quick(conn: Connection, milliseconds: int) -> None:
    """Give up on any statement of this transaction that takes longer."""
    await conn.execute(SQL_PATIENCE, str(milliseconds))


async def count_queues(
    conn: Connection, tenant: str, *, starts: datetime, now: datetime
) -> QueueRow:
    """Count what came in since the day began at `starts`, and what waits at `now`."""
    [row] = await conn.fetch(SQL_QUEUES, tenant, starts, now, MOST + 1)
    return QueueRow(*row.values())


async def count_work(conn: Connection, tenant: str, *, now: datetime) -> TaskRow:
    """Count open work for people; overdue at `now`."""
    [row] = await conn.fetch(SQL_TASKS, tenant, now, MOST + 1)
    return TaskRow(*row.values())


async def count_planned(conn: Connection, tenant: str, *, ends: datetime) -> PlanRow:
    """Count whom nobody has looked at yet and who are due before the day ends."""
    [row] = await conn.fetch(SQL_PLANNED, tenant, ends, MOST + 1)
    return PlanRow(*row.values())


async def list_todays_alerts(
    conn: Connection,
    tenants: Sequence[str],
    *,
    starts: datetime,
    without: Sequence[str],
    limit: int,
) -> list[RaisedAlert]:
    """Return alerts raised since the day began, newest first, but for some kinds."""
    rows = await conn.fetch(SQL_ALERTS, list(tenants), starts, list(without), limit)
    return [RaisedAlert(*row.values()) for row in rows]
