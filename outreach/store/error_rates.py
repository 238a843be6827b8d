"""How much of what was sent lately went wrong, by template and by sender."""

from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pool import Connection

# The window is wall time, by which the contacts of the last hours are found; whether an opt-out
# came after a contact is business time, as both are logged. What is paused already isn't counted,
# and after a lift the count begins anew. A lender's modes are counted each for itself.
SQL_RATES: Final = """
    WITH recent AS (
        SELECT c.tenant_id, c.person_id, c.address_hmac, c.template, c.sender, c.at, c.error_class,
               c.mode
          FROM contacts AS c
         WHERE c.send_before >= $1
           AND c.direction = 'out'
           AND c.delivery_state NOT IN ('reserved', 'released')
    ), judged AS (
        SELECT r.tenant_id, r.template, r.sender, r.at, r.mode,
               r.error_class = 'reputation' AS filtered,
               EXISTS (SELECT FROM suppressions AS s
                        WHERE s.tenant_id = r.tenant_id AND s.address_hmac = r.address_hmac
                          AND s.at >= r.at) AS opted_out,
               EXISTS (SELECT FROM suppressions AS s
                        WHERE s.tenant_id = r.tenant_id AND s.address_hmac = r.address_hmac
                          AND s.at >= r.at AND s.evidence LIKE '%: complaint')
               OR EXISTS (SELECT FROM holds AS h
                           WHERE h.person_id = r.person_id AND h.kind = 'complaint'
                             AND h.placed_at >= r.at) AS complained
          FROM recent AS r
    )
    SELECT j.tenant_id, v.scope, v.subject, count(*) AS contacts,
           count(*) FILTER (WHERE j.filtered) AS filtered,
           count(*) FILTER (WHERE j.opted_out) AS opted_out,
           count(*) FILTER (WHERE j.complained) AS complained
      FROM judged AS j
           CROSS JOIN LATERAL (VALUES ('template', j.template), ('sender', j.sender))
                   AS v (scope, subject)
           LEFT JOIN pauses AS p
                  ON p.tenant_id = j.tenant_id AND p.scope = v.scope AND p.subject = v.subject
     WHERE p.placed_at IS NULL OR p.lifted_at < j.at
  GROUP BY j.tenant_id, v.scope, v.subject, j.mode
    HAVING count(*) >= $2
  ORDER BY j.tenant_id, v.scope, v.subject
"""


class Rates(NamedTuple):
    """What became of the contacts of one lender's template or sender."""

    tenant_id: str
    scope: str
    subject: str
    contacts: int
    filtered: int
    opted_out: int
    complained: int


async def list_rates(conn: Connection, *, since: datetime, least: int) -> list[Rates]:
    """Return what is in use and isn't paused, with at least so many contacts since a wall time."""
    return [Rates(*row.values()) for row in await conn.fetch(SQL_RATES, since, least)]
