"""What people wrote lately, as the log keeps it."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pool import Connection

SQL_LIST: Final = """
    SELECT person_id, recorded_at, body
      FROM contact_events
     WHERE person_id = ANY($1::bigint[])
       AND kind = 'inbound'
       AND recorded_at > $2
  ORDER BY recorded_at
"""


class InboundRow(NamedTuple):
    """One message; `body` is ciphertext under the person's key."""

    person_id: int
    recorded_at: datetime
    """Wall clock."""
    body: bytes


async def list_inbound_since(
    conn: Connection, persons: Collection[int], since: datetime
) -> list[InboundRow]:
    """Return what these people wrote since a wall time, oldest first."""
    rows = await conn.fetch(SQL_LIST, list(persons), since) if persons else ()
    return [InboundRow(row["person_id"], row["recorded_at"], row["body"]) for row in rows]
