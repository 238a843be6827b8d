"""Group commit on a real pool: whatever waits goes together, or fails together and says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from outreach.sources.source import ContentKind, Envelope
from outreach.store.inbox import Stored
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import Vault
from outreach.usecases.receive import (
    LARGEST_COMMIT,
    MOST_WAITING,
    Arrival,
    GroupCommit,
    StoreAwayError,
    lane_again,
)
from tests.sources.samples import NOW


def an_arrival(
    number: int, *, said: bytes = b"", tenant: str = "acme", type_: str = "risk.changed"
) -> Arrival:
    """Return one signal on its way to disk."""
    envelope = Envelope(
        id=f"evt-{number}",
        source="urn:test",
        type=type_,
        subjects=(f"loan/{number}",),
        lane=1,
        fingerprint=said.ljust(32, b"-"),
        kind=ContentKind.STANDARD,
        raw=b"{}",
        delay=timedelta(seconds=number % 2),
    )
    return Arrival(tenant, "core", envelope, b"packed", NOW)


class Door:
    """A group commit with what it observed and woke."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.sizes: list[int] = []
        self.woken: list[str] = []
        self.commit = GroupCommit(
            pool,
            Vault(bytes(32)),
            wake=self.woken.append,
            observe=lambda rows, _seconds: self.sizes.append(rows),
        )

    async def count(self) -> int:
        """Return how many rows wait in the inbox."""
        found: int = await self.pool.fetchval("SELECT count(*) FROM inbox")
        return found


@asynccontextmanager
async def a_door(database_url: str) -> AsyncIterator[Door]:
    """Open one over a pool of two connections."""
    pool = await open_pool(database_url, size=2)
    try:
        yield Door(pool)
    finally:
        await pool.close()


async def test_what_waits_while_a_commit_runs_goes_in_the_next_one(database_url: str) -> None:
    async with a_door(database_url) as door:
        results = await asyncio.gather(
            *(door.commit.put([an_arrival(number)]) for number in range(50))
        )

        assert results == [[Stored.STORED]] * 50
        assert len(door.sizes) <= 2
        assert await door.count() == 50


async def test_a_statement_takes_no_more_rows_than_its_bound(database_url: str) -> None:
    async with a_door(database_url) as door:
        await asyncio.gather(
            *(
                door.commit.put([an_arrival(number * 100 + each) for each in range(100)])
                for number in range(12)
            )
        )

        assert max(door.sizes) <= LARGEST_COMMIT
        assert sum(door.sizes) == 1200
        assert await door.count() == 1200


async def test_a_request_larger_than_the_bound_is_still_one_statement(database_url: str) -> None:
    async with a_door(database_url) as door:
        results = await door.commit.put([an_arrival(number) for number in range(700)])

        assert results == [Stored.STORED] * 700
        assert door.sizes == [700]


async def test_each_waiter_is_told_what_became_of_its_own(database_url: str) -> None:
    async with a_door(database_url) as door:
        await door.commit.put([an_arrival(1, said=b"first")])

        results = await asyncio.gather(
            door.commit.put([an_arrival(1, said=b"first"), an_arrival(2)]),
            door.commit.put([an_arrival(1, said=b"other")]),
            door.commit.put([an_arrival(3)]),
            door.commit.put([an_arrival(3)]),
            door.commit.put([an_arrival(1, said=b"first", tenant="other")]),
        )

        assert list(results) == [
            [Stored.DUPLICATE, Stored.STORED],
            [Stored.CONFLICT],
            [Stored.STORED],
            [Stored.DUPLICATE],
            [Stored.STORED],
        ]
        assert await door.count() == 4


async def test_two_processes_that_are_told_the_same_store_it_once(database_url: str) -> None:
    async with a_door(database_url) as here, a_door(database_url) as there:
        numbers = list(range(300))
        told = [
            door.commit.put([an_arrival(number)])
            for door, order in ((here, numbers), (there, numbers[::-1]))
            for number in order
        ]

        results = [result for (result,) in await asyncio.gather(*told)]

        assert sorted(results) == [Stored.DUPLICATE] * 300 + [Stored.STORED] * 300
        assert await here.count() == 300


async def test_a_row_that_cannot_be_written_costs_the_others_nothing(database_url: str) -> None:
    async with a_door(database_url) as door:
        bad = an_arrival(2, type_="a\x00b")  # PostgreSQL takes no NUL in a text

        results = await asyncio.gather(
            *(door.commit.put([one]) for one in (an_arrival(1), bad, an_arrival(3))),
            return_exceptions=True,
        )

        assert results[0] == results[2] == [Stored.STORED]
        assert isinstance(results[1], StoreAwayError)
        assert await door.count() == 2


async def test_workers_are_woken_by_what_is_new_and_by_nothing_else(database_url: str) -> None:
    async with a_door(database_url) as door:
        await door.commit.put([an_arrival(1)])
        await door.commit.put([an_arrival(1)])

        assert door.woken == ["intake"]


async def test_a_delayed_signal_is_not_due_before_its_delay(database_url: str) -> None:
    async with a_door(database_url) as door:
        await door.commit.put([an_arrival(1), an_arrival(2)])

        due = await door.pool.fetch("SELECT not_before FROM inbox ORDER BY not_before")
        assert [row["not_before"] - NOW for row in due] == [timedelta(0), timedelta(seconds=1)]


async def test_a_pool_that_is_closed_answers_every_waiter(database_url: str) -> None:
    async with a_door(database_url) as door:
        await door.pool.close()

        results = await asyncio.gather(
            *(door.commit.put([an_arrival(number)]) for number in range(20)),
            return_exceptions=True,
        )

        assert {type(result) for result in results} == {StoreAwayError}


async def test_too_many_waiting_are_turned_away_at_once(database_url: str) -> None:
    async with a_door(database_url) as door:
        crowd = [an_arrival(number) for number in range(MOST_WAITING + 1)]
        first = asyncio.create_task(door.commit.put(crowd))
        await asyncio.sleep(0)

        with pytest.raises(StoreAwayError, match="crowded"):
            await door.commit.put([an_arrival(1)])
        first.cancel()
        await door.commit.close()


async def test_closing_commits_what_waits(database_url: str) -> None:
    async with a_door(database_url) as door:
        waiting = asyncio.create_task(door.commit.put([an_arrival(1)]))
        await asyncio.sleep(0)

        await door.commit.close()

        assert await waiting == [Stored.STORED]
        assert await door.count() == 1


async def test_the_keys_index_is_what_makes_a_signal_unique(database_url: str) -> None:
    async with a_door(database_url) as door:
        await door.commit.put([an_arrival(1)])

        with pytest.raises(asyncpg.UniqueViolationError):
            await door.pool.execute("INSERT INTO signal_keys SELECT * FROM signal_keys")


@pytest.mark.parametrize(
    ("type_", "lane"),
    [
        ("payment.received", 0),
        ("installment.overdue", 1),
        ("LOAN/REPAYMENT", 0),
        ("LoanTransactionMakeRepaymentPostBusinessEvent", 0),
        ("LoanRepaymentDueBusinessEvent", 1),
        ("something.else", 1),
    ],
)
def test_a_replayed_row_waits_in_the_lane_of_its_type(type_: str, lane: int) -> None:
    assert lane_again(type_) == lane
