"""Whose an address is, by its keyed hash."""

from typing import Final

from outreach.store.pool import Connection

SQL_HOLDERS_OF: Final = """
    SELECT DISTINCT person_id
      FROM endpoints
     WHERE address_hmac = $2
       AND tenant_id = $1
  ORDER BY person_id
     LIMIT $3
"""


async def list_holders_of(
    conn: Connection, tenant: str, address: bytes, *, limit: int
) -> list[int]:
    """Return a lender's persons who have an address, whatever its state."""
    return [row["person_id"] for row in await conn.fetch(SQL_HOLDERS_OF, tenant, address, limit)]
