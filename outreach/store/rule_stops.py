"""How many contacts rules stopped: out of the counts by day that the contact log keeps."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from outreach.store.pool import Connection

SQL_RULE_STOPS: Final = """
    SELECT rule, verdict, sum(contacts)::bigint AS contacts
      FROM contact_log_days
     WHERE tenant_id = $1 AND day >= $2 AND day <= $3
       AND verdict IN ('deferred', 'blocked') AND rule <> ''
  GROUP BY 1, 2
"""


async def count_rule_stops(
    conn: Connection, tenant: str, since: date, until: date
) -> Mapping[str, Mapping[str, int]]:
    """Return how often each rule deferred and blocked within days, both in.

    A contact that several rules stopped counts with the one that clears last.
    """
    found: dict[str, dict[str, int]] = {}
    for rule, verdict, contacts in await conn.fetch(SQL_RULE_STOPS, tenant, since, until):
        if contacts:
            found.setdefault(rule, {})[verdict] = contacts
    return found
