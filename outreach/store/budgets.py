"""What a lender has let its workers spend on one of its days."""

from datetime import date
from typing import Final

from outreach.store.pool import Connection

SQL_LEASE: Final = """
    INSERT INTO budgets AS b (tenant_id, day, leased_micros) VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, day) DO UPDATE
       SET leased_micros = b.leased_micros + excluded.leased_micros
     WHERE b.leased_micros + excluded.leased_micros <= $4
 RETURNING leased_micros
"""
SQL_RETURN: Final = """
    UPDATE budgets SET leased_micros = leased_micros - $3 WHERE tenant_id = $1 AND day = $2
"""


async def lease(conn: Connection, tenant: str, day: date, *, micros: int, cap: int) -> bool:
    """Set money aside; False if the day's cap doesn't leave that much."""
    if micros > cap:
        return False
    return await conn.fetchval(SQL_LEASE, tenant, day, micros, cap) is not None


async def give_back(conn: Connection, tenant: str, day: date, *, micros: int) -> None:
    """Return what wasn't spent."""
    await conn.execute(SQL_RETURN, tenant, day, micros)
