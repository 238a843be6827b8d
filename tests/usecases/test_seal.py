"""The log can't be edited without `verify_log` naming the first bad row."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from outreach.domain.vocabulary import EventKind
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pool import Pool, open_pool
from outreach.usecases.seal import seal_log, verify_log

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, size=4)
    yield pool
    await pool.close()


async def write(pool: Pool, count: int) -> None:
    events = [
        LogEvent("harbor", number, uuid4(), EventKind.DECIDED, NOW, f"row {number}".encode())
        for number in range(1, count + 1)
    ]
    async with pool.acquire() as conn:
        await append_events(conn, events)


async def test_a_sealed_log_verifies(pool: Pool) -> None:
    await write(pool, 5)
    assert await seal_log(pool, wall_now=NOW) == 5
    await write(pool, 3)
    assert await seal_log(pool, wall_now=NOW) == 3
    await write(pool, 1)

    found = await verify_log(pool)

    assert (found.broken, found.seals, found.rows, found.unsealed) == ("", 2, 8, 1)


async def test_sealing_twice_seals_nothing_twice(pool: Pool) -> None:
    await write(pool, 2)
    await seal_log(pool, wall_now=NOW)

    assert await seal_log(pool, wall_now=NOW) == 0


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(
            "UPDATE contact_events SET body = 'other' WHERE event_id = {id}",
            "row {id} (checkpoint 1) was changed",
            id="an edited row",
        ),
        pytest.param(
            "UPDATE contact_events SET at = at + interval '1 minute' WHERE event_id = {id}",
            "row {id} (checkpoint 1) was changed",
            id="a moved time",
        ),
        pytest.param(
            "DELETE FROM contact_events WHERE event_id = {id}",
            "row {id} (checkpoint 1) is gone",
            id="a removed row",
        ),
        pytest.param(
            "UPDATE seals SET leaves = overlay(leaves placing '\\x00'::bytea from 1)",
            "checkpoint 1 doesn't follow",
            id="an edited checkpoint",
        ),
    ],
)
async def test_damage_is_named(pool: Pool, damage: str, complaint: str) -> None:
    await write(pool, 4)
    await seal_log(pool, wall_now=NOW)
    async with pool.acquire() as conn:
        second = await conn.fetchval(
            "SELECT event_id FROM contact_events ORDER BY event_id OFFSET 1 LIMIT 1"
        )
        await conn.execute(damage.format(id=second))

    found = await verify_log(pool)

    assert found.broken.startswith(complaint.format(id=second))


async def test_rows_that_retention_removed_can_be_allowed(pool: Pool) -> None:
    await write(pool, 4)
    await seal_log(pool, wall_now=NOW)
    async with pool.acquire() as conn:
        await conn.execute("DELETE FROM contact_events WHERE person_id = 1")

    found = await verify_log(pool, allow_missing=True)

    assert (found.broken, found.missing, found.rows) == ("", 1, 3)


async def test_a_row_of_a_transaction_that_is_still_open_waits_for_the_next_seal(
    pool: Pool,
) -> None:
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await append_events(slow, [LogEvent("harbor", 9, None, EventKind.BLOCKED, NOW, b"late")])
        await write(pool, 2)
        assert await seal_log(pool, wall_now=NOW) == 0
        await transaction.commit()

    assert await seal_log(pool, wall_now=NOW) == 3
    assert (await verify_log(pool)).broken == ""


async def test_two_sealers_do_not_seal_the_same_rows(pool: Pool) -> None:
    await write(pool, 50)

    counts = await asyncio.gather(*(seal_log(pool, wall_now=NOW) for _ in range(4)))

    assert sorted(counts) == [0, 0, 0, 50]
    assert (await verify_log(pool)).broken == ""
