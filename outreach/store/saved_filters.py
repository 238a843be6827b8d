"""Filters of the contact log that somebody keeps under a name, alone or with a role."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.pool import Connection

MOST: Final = 30
"""Of one owner and lender."""

SQL_SEEN: Final = """
    SELECT filter_id, owner, shared_with, name, query
      FROM saved_filters
     WHERE tenant_id = $1 AND (owner = $2 OR shared_with = ANY($3::text[]))
  ORDER BY owner <> $2, name, filter_id
     LIMIT 60
"""
SQL_SAVE: Final = """
    INSERT INTO saved_filters (tenant_id, owner, shared_with, name, query, changed_at)
    SELECT $1, $2, $3, $4, $5, $6
     WHERE (SELECT count(*) FROM saved_filters
             WHERE tenant_id = $1 AND owner = $2 AND name <> $4) < $7
        ON CONFLICT (tenant_id, owner, name)
        DO UPDATE SET shared_with = excluded.shared_with, query = excluded.query,
                      changed_at = excluded.changed_at
 RETURNING filter_id
"""
SQL_DELETE: Final = """
    DELETE FROM saved_filters WHERE tenant_id = $1 AND owner = $2 AND filter_id = $3
 RETURNING filter_id
"""


class SavedFilter(NamedTuple):
    """A kept filter; `query` is canonical, `shared_with` a role or ""."""

    filter_id: int
    owner: str
    shared_with: str
    name: str
    query: str


async def list_seen(
    conn: Connection, tenant: str, owner: str, roles: Collection[str]
) -> list[SavedFilter]:
    """Return somebody's own filters, and after them those shared with a role of theirs."""
    rows = await conn.fetch(SQL_SEEN, tenant, owner, list(roles))
    return [SavedFilter(*row.values()) for row in rows]


async def save(
    conn: Connection, tenant: str, owner: str, name: str, query: str, *, shared: str, at: datetime
) -> bool:
    """Keep a filter, in place of one's own of the same name; False where one has too many."""
    found = await conn.fetchval(SQL_SAVE, tenant, owner, shared, name, query, at, MOST)
    return found is not None


async def delete(conn: Connection, tenant: str, owner: str, filter_id: int) -> bool:
    """Remove one's own filter; False where there is none."""
    return await conn.fetchval(SQL_DELETE, tenant, owner, filter_id) is not None
