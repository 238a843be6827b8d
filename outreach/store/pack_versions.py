"""What packs said, and since when."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from outreach.store.pool import Connection

SQL_PACK_VERSIONS: Final = """
    SELECT version, content_hash, content, seen_at
      FROM pack_versions
     WHERE pack = $1
  ORDER BY seen_at, content_hash
"""
SQL_ADD_PACK_VERSION: Final = """
    INSERT INTO pack_versions (pack, version, content_hash, content, seen_at)
    VALUES ($1, $2, $3, $4::text::jsonb, $5)
    ON CONFLICT DO NOTHING
"""


class PackVersion(NamedTuple):
    """One version on record; `content` is its file as JSON."""

    version: str
    content_hash: str
    content: Any
    seen_at: datetime


async def list_pack_versions(conn: Connection, pack: str) -> list[PackVersion]:
    """Return every version of a pack, in the order in which they were first read."""
    return [PackVersion(*row) for row in await conn.fetch(SQL_PACK_VERSIONS, pack)]


async def add_pack_versions(conn: Connection, versions: Iterable[tuple[str, PackVersion]]) -> None:
    """Record versions by their packs; those on record stay as they are."""
    rows = [
        (pack, one.version, one.content_hash, json.dumps(one.content), one.seen_at)
        for pack, one in versions
    ]
    await conn.executemany(SQL_ADD_PACK_VERSION, rows)
