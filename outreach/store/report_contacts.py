"""What followed on contacts: payments by half hour and template, opt-outs, complaints.

As in `outreach.store.reports`: one lender, one period, one mode, a fixed number of statements.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from outreach.store.pool import Connection
from outreach.store.reports import Period

# By half hour since 1970: zones are off by halves and quarters, and Python alone knows them.
SQL_PAID: Final = """
    SELECT c.stage, c.template, floor(extract(epoch FROM c.at) / 1800)::bigint AS slot,
           count(*) AS contacts,
           count(*) FILTER (WHERE c.delivery_state IN ('delivered', 'read')) AS delivered,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM payments AS p
                WHERE p.person_id = c.person_id AND p.loan_id = ANY(c.debts)
                  AND p.reversed_at IS NULL AND NOT p.provisional
                  AND coalesce(p.paid_at, p.value_date::timestamptz) > c.at
                  AND coalesce(p.paid_at, p.value_date::timestamptz) <= c.at + $5::interval)
           ) AS paid
      FROM contacts AS c
     WHERE c.tenant_id = $1 AND c.mode = $2 AND c.direction = 'out' AND c.at >= $3 AND c.at < $4
       AND c.delivery_state NOT IN ('reserved', 'released')
  GROUP BY 1, 2, 3
  ORDER BY 3, 2, 1
"""
SQL_WISHES_BY_MONTH: Final = """
    WITH months AS (SELECT * FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[])
                              WITH ORDINALITY AS m (month, begins, ends, place)),
         made AS (SELECT m.place, count(*) AS contacts, count(DISTINCT c.person_id) AS persons
                    FROM months AS m
                    JOIN contacts AS c ON c.at >= m.begins AND c.at < m.ends
                   WHERE c.tenant_id = $1 AND c.mode = $2 AND c.direction = 'out'
                     AND c.delivery_state NOT IN ('reserved', 'released')
                GROUP BY 1),
         asked AS (SELECT at FROM suppressions WHERE tenant_id = $1
                   UNION ALL
                   SELECT revoked_at FROM consents
                    WHERE tenant_id = $1 AND status = 'revoked' AND revoked_at IS NOT NULL
                      AND endpoint_id = ''),
         out AS (SELECT m.place, count(*) AS opt_outs
                   FROM months AS m JOIN asked AS a ON a.at >= m.begins AND a.at < m.ends
               GROUP BY 1),
         complained AS (SELECT m.place, count(*) AS complaints
                          FROM months AS m
                          JOIN holds AS h ON h.placed_at >= m.begins AND h.placed_at < m.ends
                         WHERE h.tenant_id = $1 AND h.kind = 'complaint'
                      GROUP BY 1)
    SELECT m.month, coalesce(contacts, 0) AS contacts, coalesce(persons, 0) AS persons,
           coalesce(opt_outs, 0) AS opt_outs, coalesce(complaints, 0) AS complaints
      FROM months AS m
 LEFT JOIN made USING (place)
 LEFT JOIN out USING (place)
 LEFT JOIN complained USING (place)
  ORDER BY m.place
"""
_SLOT_SECONDS: Final = 1800


class SlotPaid(NamedTuple):
    """Of so many contacts of a stage made in a half hour, so many were followed by payment.

    `template` is `key@content hash`, "" where people made the contact.
    """

    stage: str
    template: str
    slot: int
    contacts: int
    delivered: int
    paid: int

    @property
    def begins(self) -> float:
        """When the half hour begins, in seconds since 1970."""
        return float(self.slot * _SLOT_SECONDS)


class Wished(NamedTuple):
    """How often people were contacted in a month, asked to stop, and complained."""

    month: str
    contacts: int
    persons: int
    opt_outs: int
    complaints: int


async def list_paid(conn: Connection, period: Period, within: timedelta) -> Sequence[SlotPaid]:
    """Return what was paid within a span of contacts, the oldest half hour first."""
    rows = await conn.fetch(
        SQL_PAID, period.tenant, period.mode, period.begins, period.ends, within
    )
    return [SlotPaid(*row) for row in rows]


async def list_wishes(
    conn: Connection, period: Period, months: Sequence[tuple[str, datetime, datetime]]
) -> Sequence[Wished]:
    """Return opt-outs and complaints by month, each month given with its first and last instant."""
    names, begins, ends = ([one[place] for one in months] for place in range(3))
    rows = await conn.fetch(SQL_WISHES_BY_MONTH, period.tenant, period.mode, names, begins, ends)
    return [Wished(*row) for row in rows]
