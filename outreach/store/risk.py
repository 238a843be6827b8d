"""Risk tiers on record: what the last look made of each loan."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from outreach.store.pool import Connection

SQL_WRITE_TIERS: Final = """
    UPDATE loans AS l
       SET risk_tier = t.tier
      FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS t (person, loan, tier)
     WHERE l.person_id = t.person
       AND l.loan_id = t.loan
"""
# Loans of the lowest tier have none on record; the partial index finds the others.
SQL_COUNT_TIERS: Final = """
    SELECT tenant_id, risk_tier, count(*)
      FROM loans
     WHERE risk_tier <> ''
       AND status IN ('active', 'restructured')
  GROUP BY 1, 2
"""


class TierChange(NamedTuple):
    """A loan and the tier that it is in now; "" is the lowest."""

    person_id: int
    loan_id: int
    tier: str


async def write_tiers(conn: Connection, changes: Sequence[TierChange]) -> None:
    """Write tiers that moved; the caller holds the persons' agenda rows."""
    if changes:
        columns = [list(column) for column in zip(*changes, strict=True)]
        await conn.execute(SQL_WRITE_TIERS, *columns)


async def count_tiers(conn: Connection) -> dict[tuple[str, str], int]:
    """Return how many open loans are above the lowest tier, by lender and tier."""
    return {(tenant, tier): count for tenant, tier, count in await conn.fetch(SQL_COUNT_TIERS)}
