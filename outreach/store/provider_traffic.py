"""What one lender sent by each provider account, out of the console's read model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from outreach.store.pool import Connection

SQL_TRAFFIC: Final = """
    SELECT account, channel, status, error_class, currency, sum(contacts)::bigint AS contacts,
           sum(cost_micros)::bigint AS micros
      FROM contact_log_slots
     WHERE tenant_id = $1 AND slot >= $2 AND slot < $3 AND mode = $4
       AND verdict = 'allowed' AND contacts > 0
  GROUP BY account, channel, status, error_class, currency
  ORDER BY account, channel, status, error_class, currency
"""
SQL_LAST: Final = """
    SELECT at, person_id, contact_id, channel, status, error_class
      FROM contact_log
     WHERE tenant_id = $1 AND at >= $2 AND account = $3 AND verdict = 'allowed'
  ORDER BY at DESC, event_id DESC
     LIMIT $4
"""


class TrafficRow(NamedTuple):
    """Contacts of one account by channel, state and error; `currency` "" is the lender's own."""

    account: str
    channel: str
    status: str
    error_class: str
    currency: str
    contacts: int
    micros: int


class LastRow(NamedTuple):
    """One contact and what became of it; `at` is business time."""

    at: datetime
    person_id: int
    contact_id: UUID
    channel: str
    status: str
    error_class: str


async def list_traffic(
    conn: Connection, tenant: str, *, starts: datetime, ends: datetime, mode: str
) -> list[TrafficRow]:
    """Return what a lender sent in a span of business time, on quarters of an hour."""
    return [
        TrafficRow(*row.values())
        for row in await conn.fetch(SQL_TRAFFIC, tenant, starts, ends, mode)
    ]


async def list_last(
    conn: Connection, tenant: str, account: str, *, since: datetime, limit: int
) -> Sequence[LastRow]:
    """Return an account's newest contacts since a business time, newest first."""
    return [
        LastRow(*row.values()) for row in await conn.fetch(SQL_LAST, tenant, since, account, limit)
    ]
