"""Business time as an installation sees it from its first process on."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from outreach.runtime import open_runtime
from outreach.settings import Settings, settings_from
from outreach.store.clock import ClockFormula, set_clock
from tests.settings.builders import an_installation

START = datetime(2026, 3, 2, 14, tzinfo=UTC)


def installation(database_url: str, redis_url: str, **changes: Any) -> Settings:
    return settings_from(
        an_installation(
            database_url=database_url,
            redis_url=redis_url,
            master_key=base64.b64encode(bytes(32)).decode(),
            **changes,
        )
    )


async def test_a_frozen_clock_stands_where_the_settings_say(
    database_url: str, redis_url: str
) -> None:
    clock = {"mode": "frozen", "at": START}
    async with open_runtime(installation(database_url, redis_url, clock=clock)) as runtime:
        assert runtime.clock.business_now() == START
        assert runtime.clock.webhook_now() == START


async def test_a_second_process_follows_the_clock_that_runs(
    database_url: str, redis_url: str
) -> None:
    clock = {"mode": "scaled", "at": START, "rate": 3600}
    async with open_runtime(installation(database_url, redis_url, clock=clock)) as first:
        other = {"mode": "scaled", "at": START + timedelta(days=300), "rate": 1}
        async with open_runtime(installation(database_url, redis_url, clock=other)) as second:
            assert second.clock.rate == first.clock.rate == 3600
            assert second.clock.business_now() < START + timedelta(days=30)


async def test_production_runs_on_wall_time_whatever_the_database_says(
    database_url: str, redis_url: str
) -> None:
    conn = await asyncpg.connect(database_url)
    await set_clock(conn, ClockFormula(START, START, 0.0))
    await conn.close()

    settings = installation(
        database_url,
        redis_url,
        profile="production",
        public_base_url="https://outreach.acme.example",
    )
    async with open_runtime(settings) as runtime:
        apart = runtime.clock.business_now() - runtime.clock.wall_now()
        assert abs(apart) < timedelta(seconds=5)


async def test_without_a_clock_business_time_is_wall_time(
    database_url: str, redis_url: str
) -> None:
    async with open_runtime(installation(database_url, redis_url)) as runtime:
        apart = runtime.clock.business_now() - runtime.clock.wall_now()
        assert abs(apart) < timedelta(seconds=5)
        assert runtime.clock.rate == pytest.approx(1.0)


async def test_the_clock_is_followed_again_after_the_database_refused_sessions(
    database_url: str, redis_url: str
) -> None:
    clock = {"mode": "frozen", "at": START}
    name = database_url.partition("?")[0].rpartition("/")[2]
    admin = await asyncpg.connect(database_url.replace(f"/{name}", "/postgres"))
    async with open_runtime(installation(database_url, redis_url, clock=clock)) as runtime:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        await asyncio.sleep(1.5)
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()
        conn = await asyncpg.connect(database_url)
        later = START + timedelta(days=1)
        await set_clock(conn, ClockFormula(later, later, 0.0))
        await conn.close()

        for _ in range(100):
            if runtime.clock.business_now() == later:
                break
            await asyncio.sleep(0.05)
        assert runtime.clock.business_now() == later
