"""What people should look at, counted per subject instead of repeated."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_RAISE: Final = """
    INSERT INTO alerts AS a (tenant_id, kind, subject, count, first_at, last_at, detail)
    SELECT t.tenant, t.kind, t.subject, t.count, $6, $6, t.detail
      FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
        AS t (tenant, kind, subject, count, detail)
    ON CONFLICT (tenant_id, kind, subject) DO UPDATE
       SET count = a.count + excluded.count, last_at = excluded.last_at, detail = excluded.detail
"""
SQL_COUNTED: Final = """
    SELECT tenant_id, sum(count)::bigint AS raised FROM alerts WHERE kind = $1 GROUP BY tenant_id
"""
SQL_RAISED: Final = "SELECT tenant_id, subject, last_at FROM alerts WHERE kind = $1"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at. Subject and detail never name a borrower or an address of one."""

    tenant_id: str
    kind: str
    subject: str
    detail: str = ""


async def raise_alerts(conn: Connection, alerts: Iterable[Alert], *, at: datetime) -> None:
    """Count alerts up, at wall time, in an order that keeps two writers from deadlocking."""
    counts: dict[tuple[str, str, str], tuple[int, str]] = {}
    for alert in alerts:
        key = (alert.tenant_id, alert.kind, alert.subject)
        counts[key] = (counts.get(key, (0, ""))[0] + 1, alert.detail)
    if not counts:
        return
    rows = sorted((*key, count, detail) for key, (count, detail) in counts.items())
    await conn.execute(SQL_RAISE, *[list(column) for column in zip(*rows, strict=True)], at)


async def list_raised(conn: Connection, kind: str) -> dict[tuple[str, str], datetime]:
    """Return when alerts of a kind were last raised, by (lender, subject)."""
    rows = await conn.fetch(SQL_RAISED, kind)
    return {(row["tenant_id"], row["subject"]): row["last_at"] for row in rows}


async def count_raised(conn: Connection, kind: str) -> dict[str, int]:
    """Return how often alerts of a kind were ever raised, by lender."""
    rows = await conn.fetch(SQL_COUNTED, kind)
    return {row["tenant_id"]: row["raised"] for row in rows}
