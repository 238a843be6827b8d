"""Composition root: opens what a process needs and closes it; the only reader of the clock."""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
import msgspec
import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from outreach.channels import build_providers, build_simulator
from outreach.channels.provider import Provider, SelfClosing
from outreach.channels.throttle import Throttle
from outreach.domain.tokens import Tokens
from outreach.plans import check_channels, load_rulebook, load_words, treatment_files
from outreach.rendering.papers import Papers
from outreach.settings import ClockMode, Profile, Settings
from outreach.sources import build_sources
from outreach.sources.source import Source
from outreach.store.clock import ClockFormula, find_clock, start_clock
from outreach.store.contacts import SIMULATED
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import Vault
from outreach.usecases.brakes import Brakes, Patience
from outreach.usecases.budget import Budget
from outreach.usecases.considering import Considering
from outreach.usecases.template_live import follow_words
from outreach.usecases.treatment_versions import follow_versions

log = structlog.get_logger(__name__)

_YOUNG_OBJECTS: Final = 100_000
_WAKE_KEY: Final = "outreach:wake:"
# Wake-ups of one kind within this span are one: enough for latency, rare enough for arq.
_WAKE_GAP: Final = 0.04
# A Redis that is silent for longer is away: nobody waits for it with people locked.
_REDIS_SECONDS: Final = 3.0
_STOPS_SECONDS: Final = 0.5
_WORDS_SECONDS: Final = 0.5


class Clock:
    """The two clocks: business time decides and is logged; wall time leases, throttles, expires."""

    def __init__(self) -> None:
        self._formula: ClockFormula | None = None

    def wall_now(self) -> datetime:
        """Return the machine's time, UTC."""
        return datetime.now(UTC)

    def business_now(self) -> datetime:
        """Return the time that decisions are made at: live, frozen, offset or scaled."""
        wall = datetime.now(UTC)
        return self._formula.at(wall) if self._formula else wall

    def webhook_now(self) -> datetime:
        """Return the time webhook timestamps are held against: business time when frozen."""
        return self.business_now() if self._formula and self._formula.rate == 0 else self.wall_now()

    @property
    def rate(self) -> float:
        """Business seconds per wall second; 0 when frozen."""
        return self._formula.rate if self._formula else 1.0

    def wall_delay(self, business: timedelta) -> timedelta:
        """Return how long a span of business time lasts on the wall."""
        return self._formula.wall_delay(business) if self._formula else business

    def set(self, formula: ClockFormula | None) -> None:
        """Follow a formula read from the database."""
        self._formula = formula


class Waker:
    """Tells workers that there is work: bumps a counter and enqueues one job per kind.

    Redis only hints: a failure is logged and forgotten, the workers' sweep finds the work anyway.
    """

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._due: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def wake(self, kind: str) -> None:
        """Ask for one run of a kind of work; returns at once."""
        self._due.add(kind)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        while self._due:
            kinds, self._due = self._due, set()
            try:
                for kind in kinds:
                    await self._redis.incr(_WAKE_KEY + kind)
                    await self._redis.enqueue_job(kind, _job_id=f"wake:{kind}")
            except (RedisError, OSError) as exc:
                log.warning("wake_up_not_sent", error=type(exc).__name__)
            await asyncio.sleep(_WAKE_GAP)

    async def count(self, kind: str) -> int:
        """Return how often a kind was woken; a worker that saw it move looks again."""
        try:
            return int(await self._redis.get(_WAKE_KEY + kind) or 0)
        except (RedisError, OSError):
            return 0

    async def close(self) -> None:
        """Send what is pending."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=1)
            self._task.cancel()


@dataclass(slots=True)
class Runtime:
    """What use cases are given."""

    settings: Settings
    db: Pool
    redis: ArqRedis
    http: aiohttp.ClientSession
    vault: Vault
    clock: Clock
    waker: Waker
    throttle: Throttle
    budget: Budget
    sources: Mapping[str, Source]
    providers: Mapping[str, Provider]
    considering: Considering
    brakes: Brakes
    papers: Papers

    @property
    def hand_offs_dir(self) -> Path:
        """Folder that packages for courts and agencies are written to."""
        return self.settings.hand_offs_dir

    @property
    def visit_links(self) -> Tokens:
        """Makes and reads the links to visits' forms."""
        return Tokens(self.vault.signing_key("visits"), b"visit")

    def wake(self, kind: str) -> None:
        """Ask the workers for one run of a kind of work."""
        self.waker.wake(kind)


@asynccontextmanager
async def open_runtime(settings: Settings, *, pool_size: int = 10) -> AsyncIterator[Runtime]:
    """Open pool, Redis, HTTP session and the configured packs, treatments, templates, providers."""
    async with AsyncExitStack() as stack:
        db = await open_pool(settings.require_database_url(), size=pool_size)
        stack.push_async_callback(db.close)
        redis = connect_redis(settings.require_redis_url())
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=10, sock_connect=3, sock_read=8),
            connector=aiohttp.TCPConnector(limit=100, ttl_dns_cache=60),
        )
        stack.push_async_callback(http.close)
        clock = Clock()
        waker = Waker(redis)
        stack.push_async_callback(waker.close)
        vault = Vault(settings.require_master_key())
        budget = Budget(db)
        stack.push_async_callback(budget.close)
        providers = build_providers(settings, http, vault, clock)
        if any(lender.mode != "live" for lender in settings.lenders.values()):
            providers.setdefault(SIMULATED, build_simulator(settings, http, vault, clock))
        for provider in providers.values():
            if isinstance(provider, SelfClosing):
                stack.push_async_callback(provider.close)
        check_channels(settings, providers)
        runtime = Runtime(
            settings=settings,
            db=db,
            redis=redis,
            http=http,
            vault=vault,
            clock=clock,
            waker=waker,
            throttle=Throttle(redis, clock),
            budget=budget,
            sources=build_sources(settings, http),
            providers=providers,
            considering=Considering(load_rulebook(settings, vault), load_words(settings)),
            brakes=Brakes(
                {
                    name: Patience(one.breaker_failures, one.breaker_wait)
                    for name, one in settings.providers.items()
                }
            ),
            papers=Papers(settings.templates_dir / "hand_offs"),
        )
        await _start_clock(runtime)
        await refresh_clock(runtime)
        await follow_versions(runtime, treatment_files(settings), now=runtime.clock.business_now())
        await follow_words(runtime, now=runtime.clock.business_now())
        tickers = [asyncio.create_task(one(runtime)) for one in (_follow_clock, _follow_words)]
        try:
            yield runtime
        finally:
            for ticker in tickers:
                ticker.cancel()


def connect_redis(redis_url: str) -> ArqRedis:
    """Return a client that connects when it is first used, so that Redis may come later.

    Jobs are JSON, for whoever enqueues and whoever works. Commands raise a RedisError when Redis is
    away or silent for three seconds.
    """
    pool: ConnectionPool = ConnectionPool.from_url(
        redis_url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
    )
    return ArqRedis(pool, job_serializer=encode_job, job_deserializer=decode_job)


def encode_job(job: dict[str, Any]) -> bytes:
    """Return a job as JSON; arq's default, pickle, would run what it reads."""
    # arq wants to keep what a job failed with; its kind is enough, its words may name people.
    return msgspec.json.encode(job, enc_hook=lambda value: type(value).__name__)


def decode_job(data: bytes) -> dict[str, Any]:
    """Return what `encode_job` was given."""
    return dict(msgspec.json.decode(data))


def settle_heap() -> None:
    """Tell the collector that what is loaded by now stays, and that little garbage is cyclic.

    A batch makes a hundred thousand objects and hardly a cycle; at the default threshold of 700
    collecting takes a quarter of a worker's time (measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 50)


async def _start_clock(runtime: Runtime) -> None:
    """Begin a frozen or scaled clock as the settings say, unless the database has one."""
    chosen, wall = runtime.settings.clock, runtime.clock.wall_now()
    if chosen.mode is not ClockMode.LIVE:
        rate = 0.0 if chosen.mode is ClockMode.FROZEN else chosen.rate
        async with runtime.db.acquire() as conn:
            await start_clock(conn, ClockFormula(chosen.at or wall, wall, rate))


async def refresh_clock(runtime: Runtime) -> None:
    """Read the business clock's row; production runs on wall time whatever it says."""
    if runtime.settings.profile is Profile.PRODUCTION:
        return
    async with runtime.db.acquire() as conn:
        runtime.clock.set(await find_clock(conn))


async def follow_stops(runtime: Runtime) -> None:
    """Read what is stopped twice a second, for what was reserved just before a pause was placed."""
    while True:
        try:
            await runtime.brakes.refresh(runtime.db)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
            log.warning("pauses_not_read", error=type(exc).__name__)
        await asyncio.sleep(_STOPS_SECONDS)


async def _follow_clock(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(1)
        try:
            await refresh_clock(runtime)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
            log.warning("clock_not_read", error=type(exc).__name__)


async def _follow_words(runtime: Runtime) -> None:
    """Look twice a second whether other words are live; what can't be read leaves what is there."""
    while True:
        await asyncio.sleep(_WORDS_SECONDS)
        try:
            await follow_words(runtime, now=runtime.clock.business_now())
        except Exception as exc:  # noqa: BLE001 - whatever it is, the words that are there stay
            log.warning("live_words_not_read", error=type(exc).__name__)
