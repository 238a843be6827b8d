"""Self-service links: wrong digits and locks by loan, revoked links, and what was told there."""

from datetime import datetime
from typing import Final

from outreach.domain.links import Guard
from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_LOAN: Final = """
    SELECT tenant_id, loan_id, ref FROM loans WHERE person_id = $1 AND loan_id = $2
"""
SQL_GUARD: Final = """
    SELECT failures, locked_until, revoked_until
      FROM self_service
     WHERE person_id = $1 AND loan_id = $2
"""
# Counted before the digits are compared: of many tries at once each sees those before it.
SQL_TRY: Final = """
    INSERT INTO self_service AS s (tenant_id, person_id, loan_id, failures, failed_at)
    VALUES ($1, $2, $3, 1, $4)
    ON CONFLICT (person_id, loan_id) DO UPDATE
       SET failures = s.failures + 1, failed_at = excluded.failed_at
     WHERE s.failures < $5 AND (s.locked_until IS NULL OR s.locked_until <= excluded.failed_at)
 RETURNING failures
"""
SQL_LOCK: Final = """
    UPDATE self_service SET locked_until = $3 WHERE person_id = $1 AND loan_id = $2
"""
SQL_FORGIVE: Final = """
    UPDATE self_service
       SET failures = 0, failed_at = NULL, locked_until = NULL
     WHERE person_id = $1 AND loan_id = $2
"""
SQL_REVOKE: Final = """
    INSERT INTO self_service AS s (tenant_id, person_id, loan_id, revoked_until)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id, loan_id) DO UPDATE
       SET revoked_until = greatest(s.revoked_until, excluded.revoked_until)
"""
SQL_FAILURES: Final = """
    SELECT coalesce(sum(failures), 0) FROM self_service WHERE tenant_id = $1 AND failed_at > $2
"""
SQL_TOLD: Final = """
    SELECT recorded_at, signal_type, body
      FROM person_events
     WHERE person_id = $1 AND signal_type = ANY($2::text[])
  ORDER BY recorded_at DESC
     LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class LinkedLoan:
    """The loan that a link is about: its lender, its id, and the platform's name of it."""

    tenant_id: str
    loan_id: int
    ref: str


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One folded signal about a person; `body` is ciphertext (`store.people.event_aad`)."""

    at: datetime
    type: str
    body: bytes


async def find_linked(conn: Connection, person_id: int, loan_id: int) -> LinkedLoan | None:
    """Return the loan of a link; None if it is gone, or went to another person."""
    row = await conn.fetchrow(SQL_LOAN, person_id, loan_id)
    return None if row is None else LinkedLoan(*row.values())


async def find_guard(conn: Connection, person_id: int, loan_id: int) -> Guard:
    """Return what is kept of a loan's links."""
    row = await conn.fetchrow(SQL_GUARD, person_id, loan_id)
    return Guard() if row is None else Guard(*row.values())


async def count_try(
    conn: Connection, loan: tuple[str, int, int], *, most: int, wall_now: datetime
) -> int | None:
    """Count a try as a failure, before it is known to be one; None if the links are locked.

    Args:
        conn: The caller's.
        loan: Lender, person and loan.
        most: Failures from which nothing is tried any more.
        wall_now: The machine's time.
    """
    found = await conn.fetchval(SQL_TRY, *loan, wall_now, most)
    return None if found is None else int(found)


async def lock(conn: Connection, person_id: int, loan_id: int, until: datetime) -> None:
    """Take no digits until a wall time."""
    await conn.execute(SQL_LOCK, person_id, loan_id, until)


async def forgive(conn: Connection, person_id: int, loan_id: int) -> None:
    """Forget wrong digits, and what they locked."""
    await conn.execute(SQL_FORGIVE, person_id, loan_id)


async def revoke(conn: Connection, loan: tuple[str, int, int], until: datetime) -> None:
    """Revoke the links of a loan (lender, person, loan) that end at an instant or before."""
    await conn.execute(SQL_REVOKE, *loan, until)


async def count_failures(conn: Connection, tenant: str, since: datetime) -> int:
    """Return how many wrong digits stand against a lender's links, of those since a wall time."""
    return int(await conn.fetchval(SQL_FAILURES, tenant, since))


async def list_told(
    conn: Connection, person_id: int, types: list[str], *, limit: int
) -> list[ToldRow]:
    """Return a person's newest folded signals of some types."""
    return [ToldRow(*row.values()) for row in await conn.fetch(SQL_TOLD, person_id, types, limit)]
