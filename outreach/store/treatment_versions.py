"""What treatments said, and since when."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_TREATMENT_VERSIONS: Final = """
    SELECT name, since, content_hash, content, seen_at
      FROM treatment_versions
  ORDER BY name, since, seen_at
"""
SQL_ADD_TREATMENT_VERSION: Final = """
    INSERT INTO treatment_versions (name, since, content_hash, content, seen_at)
    VALUES ($1, $2, $3, $4::jsonb, $5)
    ON CONFLICT DO NOTHING
"""
# Two workers that start at once must not both find that a version is new.
SQL_LOCK_TREATMENT_VERSIONS: Final = """
    LOCK TABLE treatment_versions IN SHARE ROW EXCLUSIVE MODE
"""


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """One version on record; `since` is the first day on which it was in force."""

    name: str
    since: date
    content_hash: str
    content: Any
    seen_at: datetime


async def list_versions(conn: Connection) -> list[KeptVersion]:
    """Return every version by name, in the order in which they came into force."""
    return [
        KeptVersion(
            row["name"],
            row["since"],
            row["content_hash"],
            json.loads(row["content"]),
            row["seen_at"],
        )
        for row in await conn.fetch(SQL_TREATMENT_VERSIONS)
    ]


async def lock_versions(conn: Connection) -> None:
    """Keep other writers away until the caller's transaction ends."""
    await conn.execute(SQL_LOCK_TREATMENT_VERSIONS)


async def add_versions(conn: Connection, versions: Sequence[KeptVersion]) -> None:
    """Record versions that are new."""
    for one in versions:
        content = json.dumps(one.content, ensure_ascii=False)
        await conn.execute(
            SQL_ADD_TREATMENT_VERSION, one.name, one.since, one.content_hash, content, one.seen_at
        )
