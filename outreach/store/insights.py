"""Figures that a worker counts ahead, so that no page waits for them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from outreach.store.pool import Connection

SQL_INSIGHT: Final = """
    SELECT as_of, computed_at, took_ms, body
      FROM insights
     WHERE tenant_id = $1 AND key = $2
"""
SQL_INSIGHT_AGES: Final = """
    SELECT tenant_id, key, computed_at, took_ms
      FROM insights
"""
SQL_KEEP_INSIGHT: Final = """
    INSERT INTO insights (tenant_id, key, as_of, computed_at, took_ms, body)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, key) DO UPDATE
       SET as_of = excluded.as_of, computed_at = excluded.computed_at,
           took_ms = excluded.took_ms, body = excluded.body
"""
# What couldn't be counted is tried again later; what was counted before stands.
SQL_DELAY_INSIGHT: Final = """
    INSERT INTO insights (tenant_id, key, as_of, computed_at, took_ms, body)
    VALUES ($1, $2, $3, $4, $5, 'null')
    ON CONFLICT (tenant_id, key) DO UPDATE
       SET computed_at = excluded.computed_at, took_ms = excluded.took_ms
"""
# Open cases by product and days past due: negative before the due date.
SQL_CASE_DAYS: Final = """
    SELECT l.product, $2::date - c.anchor_due_on AS day, count(*) AS cases
      FROM cases AS c
      JOIN loans AS l USING (person_id, loan_id)
     WHERE c.tenant_id = $1 AND c.closed_on IS NULL
  GROUP BY 1, 2
  ORDER BY 1, 2
"""
SQL_PATIENCE: Final = "SELECT set_config('statement_timeout', $1, true)"


class Kept(NamedTuple):
    """What was counted: as of which business time, when by the wall clock, and for how long."""

    as_of: datetime
    computed_at: datetime
    took_ms: int
    body: Any


class CaseDay(NamedTuple):
    """So many open cases of a product are so many days past due."""

    product: str
    day: int
    cases: int


async def find_insight(conn: Connection, tenant: str, key: str) -> Kept | None:
    """Return what was counted last; None if nobody could count yet."""
    row = await conn.fetchrow(SQL_INSIGHT, tenant, key)
    return None if row is None or row["body"] is None else Kept(*row)


async def list_ages(conn: Connection) -> dict[tuple[str, str], tuple[datetime, int]]:
    """Return when each lender's figures were counted, and how many milliseconds that took."""
    return {(row[0], row[1]): (row[2], row[3]) for row in await conn.fetch(SQL_INSIGHT_AGES)}


async def keep_insight(conn: Connection, tenant: str, key: str, kept: Kept) -> None:
    """Keep what was counted, instead of what was before."""
    await conn.execute(SQL_KEEP_INSIGHT, tenant, key, *kept)


async def delay_insight(conn: Connection, tenant: str, key: str, kept: Kept) -> None:
    """Note that counting failed after so long; the body of `kept` isn't used."""
    await conn.execute(SQL_DELAY_INSIGHT, tenant, key, *kept[:3])


async def list_case_days(conn: Connection, tenant: str, today: date) -> Sequence[CaseDay]:
    """Return a lender's open cases by product and by how late they are on its date."""
    return [CaseDay(*row) for row in await conn.fetch(SQL_CASE_DAYS, tenant, today)]


async def be_patient(conn: Connection, milliseconds: int) -> None:
    """Let statements of the caller's transaction take so long and no longer."""
    await conn.execute(SQL_PATIENCE, str(milliseconds))
