"""Partitions are made before they are needed, once, whoever comes first."""

import asyncio
from datetime import date

from outreach.store.partitions import ensure_partitions
from outreach.store.pool import open_pool

TODAY = date(2031, 12, 30)
MADE = 11
"""Three days of two queues, two months of the log, three of its read model."""


async def test_two_that_start_together_make_each_partition_once(database_url: str) -> None:
    pool = await open_pool(database_url, size=4)

    async def make() -> int:
        async with pool.acquire() as conn:
            return await ensure_partitions(conn, today=TODAY)

    try:
        made = await asyncio.gather(*(make() for _ in range(4)))
        again = await make()
        async with pool.acquire() as conn:
            there = [
                await conn.fetchval("SELECT to_regclass($1) IS NOT NULL", name)
                for name in ("inbox_20320101", "callbacks_20311231", "contact_events_203202")
            ]
    finally:
        await pool.close()

    assert (sum(made), again) == (MADE, 0)
    assert there == [True, True, True]
