"""Housekeeping: partitions ahead of time, idempotency keys and empty partitions behind it."""

from datetime import datetime, timedelta
from typing import Final

from outreach.store.partitions import drop_old_keys, ensure_partitions
from outreach.store.pool import Pool

# Peach Payments retries for 30 days, platforms resend by hand; 45 is the floor.
KEYS_KEPT: Final = timedelta(days=60)


async def maintain(pool: Pool, *, wall_now: datetime) -> int:
    """Create the coming partitions and forget idempotency keys past their time; returns changes."""
    async with pool.acquire() as conn:
        made = await ensure_partitions(conn, today=wall_now.date())
        forgotten = await drop_old_keys(conn, before=wall_now - KEYS_KEPT)
        return made + forgotten
