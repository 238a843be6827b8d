"""A daily cap holds to the last cent, however many workers spend against it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Final

import pytest

from outreach.store.pool import Pool, open_pool
from outreach.usecases.budget import Budget, Spend

DAY: Final = date(2026, 11, 23)
PRICE: Final = 11_500


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, size=4)
    yield pool
    await pool.close()


def spends(count: int, cap: int) -> list[Spend]:
    return [Spend("acme", DAY, PRICE, cap)] * count


@pytest.mark.parametrize("affordable", [1, 3, 100, 299, 401])
async def test_two_workers_at_once_spend_up_to_the_cap_and_never_beyond(
    pool: Pool, affordable: int
) -> None:
    cap = affordable * PRICE + PRICE - 1
    first, second = Budget(pool), Budget(pool)

    async def spend(budget: Budget) -> int:
        granted = 0
        for _ in range(30):
            granted += sum(await budget.take(spends(10, cap)))
            await asyncio.sleep(0)
        return granted

    total = sum(await asyncio.gather(spend(first), spend(second)))
    leased = await pool.fetchval("SELECT leased_micros FROM budgets")

    assert leased <= cap
    assert total * PRICE <= leased
    # What one has leased and not spent the other can't have; the last few are leased one by one.
    await first.close()
    await second.close()
    total += sum(await Budget(pool).take(spends(affordable, cap)))
    assert total == min(affordable, 600)


async def test_the_contact_that_would_pass_the_cap_is_the_first_to_wait(pool: Pool) -> None:
    budget = Budget(pool)

    assert await budget.take(spends(3, 2 * PRICE)) == [True, True, False]
    budget.untake(spends(1, 2 * PRICE)[0])
    assert await budget.take(spends(2, 2 * PRICE)) == [True, False]
