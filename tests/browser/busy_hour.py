"""A busy hour of an American lender and a Chinese one, in one process, on servers of the caller's.

The demonstration's portfolio is told over HTTP, the worker's own lanes do the work, and the sandbox
carrier reports what became of it. Then business time stands still: pages can be looked at.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import aiohttp

from outreach.channels.sandbox import Sandbox
from outreach.demo.books import books_of
from outreach.demo.installation import free_port
from outreach.demo.late_stages import told_late
from outreach.demo.own_settings import settings_for
from outreach.demo.people import People
from outreach.demo.play import Play
from outreach.demo.portfolio import build
from outreach.demo.posting import Platform
from outreach.domain.vocabulary import Channel
from outreach.lanes import lanes
from outreach.runtime import Runtime, open_runtime, refresh_clock
from outreach.settings import Profile, Provider, load_settings
from outreach.store.clock import ClockFormula, set_clock
from outreach.usecases.delivering import Deliveries
from outreach.usecases.sending import Sender
from outreach.web.server import serving

# 14:30 in Shanghai, and 10:00 in New York on the same Monday.
_MOMENTS: Final = (
    datetime(2026, 11, 23, 6, 30, tzinfo=UTC),
    datetime(2026, 11, 23, 15, tzinfo=UTC),
)
_ENDS: Final = datetime(2026, 11, 23, 16, tzinfo=UTC)
_STANDS: Final = 0.0
_HURRIES: Final = 1_200.0
"""Business seconds a second while the carrier reports: a quarter of an hour takes less than one."""
_PATIENCE_SECONDS: Final = 20.0
_QUIET_ROUNDS: Final = 2


class Hour:
    """What there is to look at.

    Args:
        runtime: Open.
        base_url: Of its pages.
    """

    def __init__(self, runtime: Runtime, base_url: str) -> None:
        self.runtime = runtime
        self.base_url = base_url
        stopping = asyncio.Event()
        sender = Sender(
            runtime.providers, runtime.clock, runtime.throttle, stopping, runtime.brakes
        )
        self._deliveries = Deliveries(runtime, sender, most=4)
        self._lanes = lanes(runtime, sender, self._deliveries, stopping)

    async def set_clock(self, at: datetime, rate: float) -> None:
        """Go on from `at`, so many business seconds a second."""
        async with self.runtime.db.acquire() as conn:
            await set_clock(conn, ClockFormula(at, self.runtime.clock.wall_now(), rate))
        await refresh_clock(self.runtime)

    async def work(self) -> None:
        """Do what a worker does, until two rounds find nothing to do."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        quiet = 0
        while quiet < _QUIET_ROUNDS and asyncio.get_running_loop().time() < deadline:
            done = 0
            for lane in self._lanes.values():
                done += await lane.run()
                await self._deliveries.idle()
            quiet = 0 if done or self._carrier_has_more() else quiet + 1
            await asyncio.sleep(0.15)

    def ask_back(self) -> None:
        """Have somebody who got a text answer with what only people understand."""
        for carrier in self.runtime.providers.values():
            if not isinstance(carrier, Sandbox):
                continue
            for held in carrier._held.values():
                if held.attempt.channel is Channel.SMS:
                    body = {
                        "ref": f"{held.ref}-asked",
                        "from": held.attempt.recipient,
                        "to": held.attempt.sender,
                        "text": "My sister said it was about the blue one, was it?",
                        "channel": held.attempt.channel,
                    }
                    carrier._at(1.0, "inbound", None, body)
                    break

    def _carrier_has_more(self) -> bool:
        """Whether receipts or replies are still to come; not while time stands still."""
        return self.runtime.clock.rate > 0 and any(
            isinstance(one, Sandbox) and one._agenda for one in self.runtime.providers.values()
        )


@asynccontextmanager
async def a_busy_hour(
    database_url: str, redis_url: str, data_dir: Path, *, loans: int
) -> AsyncIterator[Hour]:
    """Play it, then serve it for as long as the block lasts."""
    base = load_settings(profile=Profile.DEVELOPMENT)
    port = free_port(base.listen_host)
    settings = settings_for(base, data_dir, port).with_servers(database_url, redis_url)
    settings = settings.model_copy(update={"providers": _talkative(settings.providers)})
    async with (
        open_runtime(settings) as runtime,
        serving(runtime, host=settings.listen_host, port=port),
        aiohttp.ClientSession() as http,
    ):
        hour = Hour(runtime, settings.public_base_url)
        begins_at = _MOMENTS[0]
        await hour.set_clock(begins_at, _STANDS)
        rng, books = Random(7), books_of(settings)
        people = People(rng, begins_at)
        portfolio = list(build(books, people, loans=loans, rng=rng, now=begins_at))
        late = [one for book in books for one in told_late(book, people, begins_at)]
        sources = {
            slug: one
            for lender in settings.lenders.values()
            for slug, one in lender.sources.items()
        }
        platform = Platform(http, hour.base_url, sources, _Clock(runtime), first_number=0)
        play = Play(platform, portfolio, rng, begins_at, late)
        await play.open(begins_at)
        await platform.forge()
        await platform.tell_unknown(portfolio[0])
        for at in _MOMENTS:
            await hour.set_clock(at, _HURRIES)
            await hour.work()
            hour.ask_back()
            await hour.work()
        await hour.set_clock(max(_ENDS, runtime.clock.business_now()), _STANDS)
        await hour.work()
        yield hour


def _talkative(providers: Mapping[str, Provider]) -> dict[str, Provider]:
    """Return the accounts, with a carrier whose people answer more often than not."""
    return {
        name: one.model_copy(update={"options": {**one.options, "reply_rate": 0.9}})
        if one.adapter == "sandbox"
        else one
        for name, one in providers.items()
    }


class _Clock:
    """What is told and signed here: business time, since that is what signatures are held to."""

    def __init__(self, runtime: Runtime) -> None:
        self._clock = runtime.clock

    def business_now(self) -> datetime:
        """Return business time."""
        return self._clock.business_now()

    def wall_now(self) -> datetime:
        """Return the time that signatures are judged by."""
        return self._clock.webhook_now() + timedelta(0)
