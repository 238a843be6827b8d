"""Who asked not to be reached, where and since when: the newest first, page by page."""

from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pool import Connection

# An opt-out binds an address, whoever holds it; a person may ask for all of a medium as well.
SQL_OPT_OUTS: Final = """
    WITH bound AS (
        SELECT s.at,
               'address:' || left(encode(sha256(s.address_hmac), 'hex'), 24) || ':'
               || s.sender_scope || ':' || s.medium AS tie,
               s.medium, s.origin, s.address_hmac, NULL::bigint AS person_id, s.sender_scope
          FROM suppressions AS s
         WHERE s.tenant_id = $1 AND s.at <= $2 AND s.at >= $3
           AND (s.medium = $5 OR $5 = '')
           AND (s.at, 'address:' || left(encode(sha256(s.address_hmac), 'hex'), 24) || ':'
                      || s.sender_scope || ':' || s.medium) < ($2, $4)
      ORDER BY s.at DESC, tie DESC
         LIMIT $6),
         asked AS (
        SELECT c.revoked_at AS at,
               'person:' || c.person_id || ':' || c.channel || ':' || c.purpose || ':'
               || c.endpoint_id AS tie,
               c.channel AS medium,
               CASE WHEN c.version = 0 THEN 'reply' ELSE 'profile' END AS origin,
               NULL::bytea AS address_hmac, c.person_id, '*' AS sender_scope
          FROM consents AS c
         WHERE c.tenant_id = $1 AND c.status = 'revoked' AND c.revoked_at IS NOT NULL
           AND c.revoked_at <= $2 AND c.revoked_at >= $3 AND (c.channel = $5 OR $5 = '')
           AND (c.revoked_at, 'person:' || c.person_id || ':' || c.channel || ':' || c.purpose
                              || ':' || c.endpoint_id) < ($2, $4)
      ORDER BY c.revoked_at DESC, tie DESC
         LIMIT $6),
         newest AS (
        SELECT * FROM bound UNION ALL SELECT * FROM asked ORDER BY at DESC, tie DESC LIMIT $6)
    SELECT n.at, n.tie, n.medium, n.origin, n.sender_scope,
           coalesce(n.person_id, e.person_id) AS person_id,
           coalesce(e.endpoint_id, '') AS endpoint_id
      FROM newest AS n
 LEFT JOIN LATERAL (SELECT e.person_id, e.endpoint_id
                      FROM endpoints AS e
                     WHERE e.address_hmac = n.address_hmac AND e.tenant_id = $1
                  ORDER BY e.person_id
                     LIMIT 1) AS e ON n.address_hmac IS NOT NULL
  ORDER BY n.at DESC, n.tie DESC
"""
LAST_TIE: Final = "~"
"""Sorts after every tie."""


class OptOutRow(NamedTuple):
    """One request to stop: a medium at an address, or (`endpoint_id` "") at all of a person's.

    `person_id` None: nobody we know holds the address any more. `tie` orders what came at once.
    """

    at: datetime
    tie: str
    medium: str
    origin: str
    sender_scope: str
    person_id: int | None
    endpoint_id: str


async def list_opt_outs(
    conn: Connection,
    tenant: str,
    *,
    before: tuple[datetime, str],
    since: datetime,
    medium: str = "",
    limit: int,
) -> list[OptOutRow]:
    """Return requests to stop, the newest first.

    Args:
        conn: Sees the lender's rows.
        tenant: The lender.
        before: Time and tie of the last row of the page before.
        since: The oldest that counts.
        medium: Only of this one; "" for any.
        limit: At most so many.
    """
    at, tie = before
    rows = await conn.fetch(SQL_OPT_OUTS, tenant, at, since, tie, medium, limit)
    return [OptOutRow(*row) for row in rows]
