"""A web process for tests: real sources, real PostgreSQL, a clock that is told the time."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from outreach.sources.source import Source
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import Vault
from outreach.web.app import create_app

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PATH_SECRET = "a-path-secret-of-24-characters"


@dataclass
class FixedClock:
    """Both clocks stand where a test puts them."""

    at: datetime = NOW

    def wall_now(self) -> datetime:
        """Return the set time."""
        return self.at

    def business_now(self) -> datetime:
        """Return the set time."""
        return self.at

    def webhook_now(self) -> datetime:
        """Return the set time."""
        return self.at


@dataclass
class WebOnly:
    """What the web needs of a runtime."""

    db: Pool
    redis: Any
    vault: Vault
    sources: Mapping[str, Source]
    clock: FixedClock = field(default_factory=FixedClock)
    woken: list[str] = field(default_factory=list)

    def wake(self, kind: str) -> None:
        """Note the wake-up."""
        self.woken.append(kind)


Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def a_web(
    database_url: str,
    redis_url: str,
    *sources: Source,
    routes: Iterable[web.RouteDef] = (),
) -> AsyncIterator[tuple[WebOnly, Client]]:
    """Serve these sources on a local port, over a real pool."""
    redis = Redis.from_url(redis_url)
    pool = await open_pool(database_url, size=4)
    runtime = WebOnly(
        pool, redis, Vault(bytes(range(32))), {one.options.slug: one for one in sources}
    )
    try:
        async with TestClient(TestServer(create_app(runtime, routes=routes))) as client:
            yield runtime, client
    finally:
        await pool.close()
        await redis.aclose()


async def problem_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return a problem document, having checked that it is one."""
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = await response.json(content_type=None)
    assert body["status"] == response.status
    return body
