"""How provider accounts fare: what they did lately, and the part of their load that they get."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pool import Connection

# By wall time, whose block range index keeps it to the last hour. What was simulated never left.
SQL_RECENT: Final = """
    SELECT provider,
           count(*) AS contacts,
           count(*) FILTER (WHERE error_class IS NOT NULL) AS failed,
           count(*) FILTER (WHERE delivery_state = 'unknown') AS unknown,
           max(send_before) AS last_at
      FROM contacts
     WHERE send_before >= $1 AND direction = 'out'
       AND delivery_state NOT IN ('reserved', 'released')
  GROUP BY provider
"""

# What the account is to blame for, and receipts that take three times as long as usual. Since the
# last change of its share, so that each share is judged by what was sent with it.
SQL_PACE: Final = """
    SELECT c.provider,
           COALESCE(h.share, 1) AS share,
           h.usual_seconds,
           h.changed_at,
           count(*) AS contacts,
           count(*) FILTER (WHERE c.delivery_state = 'unknown'
                               OR c.error_class IN ('unavailable', 'throttled', 'unknown'))
               AS failed,
           count(*) FILTER (WHERE h.usual_seconds IS NOT NULL
                              AND (c.ended_at IS NOT NULL
                                   OR c.delivery_state IN ('accepted', 'queued', 'sending', 'sent'))
                              AND COALESCE(c.ended_at, $2) - c.send_before
                                  > greatest(3 * h.usual_seconds, $3) * interval '1 second')
               AS late,
           count(c.ended_at) FILTER (WHERE c.delivery_state IN ('delivered', 'undelivered', 'read'))
               AS ended,
           percentile_cont(0.5) WITHIN GROUP (
               ORDER BY greatest(extract(epoch FROM c.ended_at - c.send_before), 1)
           ) FILTER (WHERE c.delivery_state IN ('delivered', 'undelivered', 'read'))
               AS median_seconds
      FROM contacts AS c
           LEFT JOIN account_health AS h ON h.account = c.provider
     WHERE c.send_before >= $1
       AND c.send_before >= COALESCE(h.changed_at, $1)
       AND c.send_before <= $2
       AND c.direction = 'out'
       AND c.delivery_state NOT IN ('reserved', 'released')
       AND c.provider = ANY($4::text[])
  GROUP BY c.provider, h.share, h.usual_seconds, h.changed_at
"""
SQL_SHARES: Final = """
    SELECT account, share, usual_seconds, reason, changed_at
      FROM account_health
  ORDER BY account
"""
SQL_KEEP: Final = """
    INSERT INTO account_health (account, share, usual_seconds, reason, changed_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account) DO UPDATE
       SET share = excluded.share, usual_seconds = excluded.usual_seconds,
           reason = excluded.reason, changed_at = excluded.changed_at
"""


class Recent(NamedTuple):
    """What one account did in the last hour; `last_at` is wall time."""

    account: str
    contacts: int
    failed: int
    unknown: int
    last_at: datetime


class Pace(NamedTuple):
    """How one account fared since its share was last changed."""

    account: str
    share: float
    usual_seconds: float | None
    """Until a receipt ends a message; None while nobody knows."""
    changed_at: datetime | None
    contacts: int
    failed: int
    late: int
    ended: int
    median_seconds: float | None


class Share(NamedTuple):
    """The part of its usual load that an account gets, and why."""

    account: str
    share: float
    usual_seconds: float | None
    reason: str
    changed_at: datetime


async def list_recent(conn: Connection, *, since: datetime) -> dict[str, Recent]:
    """Return what accounts did since a wall time."""
    rows = await conn.fetch(SQL_RECENT, since)
    return {row["provider"]: Recent(*row.values()) for row in rows}


async def list_pace(
    conn: Connection,
    accounts: Collection[str],
    *,
    since: datetime,
    wall_now: datetime,
    shortest: float,
) -> dict[str, Pace]:
    """Return how accounts fared; those without a contact are left out.

    Args:
        conn: Any connection.
        accounts: Whose.
        since: Wall time from which contacts count.
        wall_now: Until when a receipt that hasn't come has been waited for.
        shortest: Seconds below which no receipt is late.
    """
    rows = await conn.fetch(SQL_PACE, since, wall_now, shortest, sorted(accounts))
    return {row["provider"]: Pace(*row.values()) for row in rows}


async def list_shares(conn: Connection) -> dict[str, Share]:
    """Return what is known of accounts' shares."""
    return {row["account"]: Share(*row.values()) for row in await conn.fetch(SQL_SHARES)}


async def keep_share(conn: Connection, one: Share) -> None:
    """Write an account's share and its usual pace."""
    await conn.execute(SQL_KEEP, *one)
