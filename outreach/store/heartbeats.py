"""When each source was last heard of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from outreach.store.pool import Connection

SQL_HEARTBEATS: Final = "SELECT tenant_id, source, last_signal_at FROM source_state"
SQL_EXPECT: Final = """
    INSERT INTO source_state (tenant_id, source, last_signal_at)
    SELECT t.tenant, t.source, $3 FROM unnest($1::text[], $2::text[]) AS t (tenant, source)
    ON CONFLICT DO NOTHING
"""


async def list_heartbeats(conn: Connection) -> dict[tuple[str, str], datetime]:
    """Return the business time of the last signal by (lender, source)."""
    rows = await conn.fetch(SQL_HEARTBEATS)
    return {(row["tenant_id"], row["source"]): row["last_signal_at"] for row in rows}


async def expect_sources(
    conn: Connection, sources: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """Start counting the silence of sources (lender, slug) that were never looked for."""
    tenants, slugs = [one[0] for one in sources], [one[1] for one in sources]
    await conn.execute(SQL_EXPECT, tenants, slugs, now)
