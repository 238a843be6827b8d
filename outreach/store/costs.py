"""What contacts cost, as providers told it, and estimated where they didn't."""

from datetime import datetime
from typing import Final, Literal, NamedTuple

from outreach.store.pool import Connection

By = Literal["lender", "channel", "template", "outcome", "account", "day"]

# Only what was handed over costs anything. An estimate is in the lender's currency, a price in its
# own: amounts of two currencies are two rows.
SQL_COSTS: Final = """
    SELECT c.mode, c.tenant_id,
           CASE $2 WHEN 'channel' THEN c.channel
                   WHEN 'template' THEN split_part(c.template, '@', 1)
                   WHEN 'outcome' THEN c.outcome
                   WHEN 'account' THEN c.provider
                   WHEN 'day' THEN to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
                   ELSE '' END AS what,
           c.price_currency, count(*) AS contacts,
           sum(COALESCE(c.billed_parts, c.parts)) AS parts,
           COALESCE(sum(c.price_micros), 0)::bigint AS told_micros,
           COALESCE(sum(c.cost_micros) FILTER (WHERE c.price_micros IS NULL), 0)::bigint
               AS estimated_micros,
           count(*) FILTER (WHERE c.price_micros IS NULL) AS estimated
      FROM contacts AS c
     WHERE c.direction = 'out'
       AND c.at >= $1
       AND c.delivery_state NOT IN ('reserved', 'released')
       AND NOT (c.outcome = 'released' AND c.price_micros IS NULL)
  GROUP BY 1, 2, 3, 4
  ORDER BY 1, 2, 3, 4
"""


class Cost(NamedTuple):
    """What one group of contacts cost, in millionths; `currency` None is the lender's own.

    `estimated` of the contacts have no price yet: theirs is what the settings say of the sender.
    """

    mode: str
    tenant_id: str
    what: str
    currency: str | None
    contacts: int
    parts: int
    told_micros: int
    estimated_micros: int
    estimated: int


async def list_costs(conn: Connection, *, since: datetime, by: By) -> list[Cost]:
    """Return costs since a business time; modes, lenders and currencies are never added up."""
    return [Cost(*row.values()) for row in await conn.fetch(SQL_COSTS, since, by)]
