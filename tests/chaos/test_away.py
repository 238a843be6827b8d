"""Servers that go away for a while: what was taken stays, nobody is contacted blindly, all goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.installation import WITNESS, Installation, an_installation
from tests.chaos.invariants import assert_invariants
from tests.fakes.twilio import Behavior

SQL_TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name <> $1
"""
# What had its slot before Redis went may still be handed over.
_IN_FLIGHT_SECONDS = 1.5


async def cut_redis(place: Installation) -> Callable[[], Awaitable[None]]:
    await place.redis_wire.cut()
    return place.redis_wire.join


async def hush_redis(place: Installation) -> Callable[[], Awaitable[None]]:
    place.redis_wire.hush()

    async def speak() -> None:
        place.redis_wire.speak()

    return speak


@pytest.mark.parametrize(
    "go_away",
    [
        pytest.param(cut_redis, id="gone"),
        pytest.param(hush_redis, id="silent", marks=pytest.mark.long),
    ],
)
async def test_without_redis_signals_are_taken_and_nobody_is_contacted_until_it_is_back(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    go_away: Callable[[Installation], Awaitable[Callable[[], Awaitable[None]]]],
) -> None:
    async with an_installation(database_url, redis_url, tmp_path) as place:
        worker = place.work()
        web = await place.serve()
        await place.post(*place.people(range(20)))
        await place.until_settled(20)

        come_back = await go_away(place)
        await asyncio.sleep(_IN_FLIGHT_SECONDS)
        before = len(place.twilio.creates)
        await place.post(*place.people(range(20, 50)))
        await asyncio.sleep(3)

        assert place.refused == {}
        assert len(place.twilio.creates) == before == 20
        assert worker.is_alive
        assert web.is_alive
        await come_back()
        await place.until_settled(50)
        assert len(place.twilio.creates) == 50
        await assert_invariants(place)


async def cut_database(place: Installation) -> None:
    """Take the database away for three seconds."""
    await place.postgres_wire.cut()
    await asyncio.sleep(3)
    await place.postgres_wire.join()


async def end_backends(place: Installation) -> None:
    """End every session of the service again and again."""
    for _ in range(8):
        await place.db.fetchval(SQL_TERMINATE, WITNESS)
        await asyncio.sleep(0.4)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(cut_database, id="gone"),
        pytest.param(end_backends, id="sessions ended", marks=pytest.mark.long),
    ],
)
async def test_without_the_database_the_web_says_when_to_come_back_and_what_it_took_is_kept(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    harm: Callable[[Installation], Coroutine[Any, Any, None]],
) -> None:
    async with an_installation(database_url, redis_url, tmp_path) as place:
        worker = place.work()
        web = await place.serve()
        await place.post(*place.people(range(20)))
        await place.until_settled(20)

        place.twilio.usual = Behavior(delay=0.3)  # so that some are on their way when it goes
        posting = asyncio.create_task(place.post(*place.people(range(20, 120)), tries=20))
        harming = asyncio.create_task(harm(place))
        answers = []
        while not harming.done():
            answers.append(await place.post_once(place.overdue(loan="LN-probe", borrower="BR-0")))
            await asyncio.sleep(0.1)
        await harming
        await posting

        statuses = {status for status, _ in answers}
        assert statuses <= {202, 503}
        if harm is cut_database:
            assert 503 in statuses
        assert web.is_alive
        assert worker.is_alive
        told = set(place.accepted)
        stored = await place.db.fetchval("SELECT count(*) FROM signal_keys")
        assert stored >= len(told)
        await place.until("everybody was contacted", lambda: everybody(place, 120), 45)
        await place.until_reconciled()
        await assert_invariants(place)


async def test_with_both_servers_away_the_worker_waits_for_them(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with an_installation(database_url, redis_url, tmp_path) as place:
        worker = place.work()
        await place.serve()
        await place.post(*place.people(range(5)))
        await place.until_settled(5)
        await place.postgres_wire.cut()
        await place.redis_wire.cut()
        await asyncio.sleep(1.5)
        await place.postgres_wire.join()
        await place.redis_wire.join()

        await place.post(*place.people(range(5, 10)), tries=10)
        await place.until_settled(10)
        assert worker.is_alive
        await assert_invariants(place)


async def test_processes_that_start_without_redis_take_signals_and_work_once_it_comes(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with an_installation(database_url, redis_url, tmp_path) as place:
        await place.redis_wire.cut()
        worker = place.work()
        await place.serve()
        await place.post(*place.people(range(3)))
        assert place.refused == {}

        await place.redis_wire.join()
        await place.until_settled(3)
        assert worker.is_alive
        await assert_invariants(place)


async def everybody(place: Installation, people: int) -> bool:
    """Say whether each of so many numbers was texted and nothing waits to be folded."""
    waiting = await place.db.fetchval(
        "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM callbacks)"
    )
    return len({one.form["To"] for one in place.twilio.creates}) == people and not waiting
