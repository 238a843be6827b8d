"""A borrower's notifications as the lender's app lists them; nothing of it is decrypted here."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from outreach.store.pool import Connection

# What was handed over and not refused since. Simulated ones went to nobody.
SQL_PAGE: Final = """
    SELECT contact_id, at, delivery_state
      FROM contacts
     WHERE person_id = $1 AND tenant_id = $2
       AND channel IN ('push', 'private_message') AND direction = 'out'
       AND delivery_state IN ('accepted', 'queued', 'sending', 'sent', 'delivered', 'read')
       AND provider <> 'simulated'
       AND (at, contact_id) < ($3, $4)
  ORDER BY at DESC, contact_id DESC
     LIMIT $5
"""


class Shown(NamedTuple):
    """One notification; `at` is business time."""

    contact_id: UUID
    at: datetime
    delivery_state: str


async def list_notifications(
    conn: Connection, tenant: str, person_id: int, *, before: tuple[datetime, UUID], limit: int
) -> list[Shown]:
    """Return a borrower's notifications of one lender below a (time, id), newest first."""
    rows = await conn.fetch(SQL_PAGE, person_id, tenant, *before, limit)
    return [Shown(*row.values()) for row in rows]
