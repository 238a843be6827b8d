"""What a stop placed now would hold back, and what it can't: counts, by what contacts would use."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pauses import Use
from outreach.store.pool import Connection

MOST: Final = 10_000
"""People who are due that are counted."""

# By wall time, whose block range index keeps it to the last hour.
SQL_UNDER_WAY: Final = """
    SELECT tenant_id, channel, treatment, template, sender, provider,
           count(*) FILTER (WHERE delivery_state = 'reserved') AS held,
           count(*) FILTER (WHERE delivery_state <> 'reserved') AS gone
      FROM contacts
     WHERE send_before >= $1 AND tenant_id = ANY($2::text[]) AND direction = 'out'
       AND delivery_state IN ('reserved', 'accepted', 'queued', 'sending')
  GROUP BY tenant_id, channel, treatment, template, sender, provider
"""
SQL_DUE: Final = """
    SELECT tenant_id, count(*) AS people
      FROM (SELECT tenant_id FROM agenda
             WHERE due_at <= $1 AND tenant_id = ANY($2::text[])
          ORDER BY due_at LIMIT $3) AS a
  GROUP BY tenant_id
"""


class UnderWay(NamedTuple):
    """Contacts that use the same: reserved ones would be held, the others are at the carrier."""

    use: Use
    held: int
    gone: int


async def list_under_way(
    conn: Connection, tenants: Sequence[str], *, since: datetime
) -> list[UnderWay]:
    """Return contacts that were reserved since a wall time and haven't come to an end."""
    rows = await conn.fetch(SQL_UNDER_WAY, since, list(tenants))
    return [UnderWay(Use(*values[:6]), *values[6:]) for values in (tuple(row) for row in rows)]


async def count_due(conn: Connection, tenants: Sequence[str], *, now: datetime) -> dict[str, int]:
    """Return how many people of each lender are due at business time `now`, up to `MOST` in all."""
    rows = await conn.fetch(SQL_DUE, now, list(tenants), MOST + 1)
    return {row["tenant_id"]: row["people"] for row in rows}
