"""The demonstration from beginning to end."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from random import Random
from typing import Final

import aiohttp
import click
from rich.console import Console
from rich.live import Live

from outreach.demo import screen, summary
from outreach.demo.books import books_of
from outreach.demo.figures import Figures, Watcher
from outreach.demo.installation import (
    DemoClock,
    first_moment,
    prepare_database,
    processes,
)
from outreach.demo.late_stages import told_late, visits_of
from outreach.demo.own_settings import clear_papers
from outreach.demo.people import People
from outreach.demo.play import Play
from outreach.demo.portfolio import Book, build
from outreach.demo.posting import Platform
from outreach.demo.second_person import LateWork, SecondPerson, second_person
from outreach.demo.what_next import say_next
from outreach.domain.records import dataclass
from outreach.runtime import Clock
from outreach.settings import Settings, Source
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import Vault
from outreach.usecases.seal import Verification, fingerprint, verify_log

# Every process follows the clock's row within a second.
_CLOCK_FOLLOWS: Final = 1.1
_LOOK_SECONDS: Final = 0.5
_LINE_SECONDS: Final = 4.0
_SETTLE_SECONDS: Final = 6.0
_LATE_SECONDS: Final = 20.0
_LIVE_PACE: Final = 1.0
# Signals that a platform may tell in one second of business time, for numbers that never repeat.
_PER_SECOND: Final = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asked for. `seconds` None: until Ctrl-C."""

    loans: int
    speed: float
    seconds: float | None
    seed: int
    keep: bool
    serve: bool
    browser: bool
    started: float
    """Monotonic time at which the command began."""


def _sources(settings: Settings) -> dict[str, Source]:
    return {
        slug: one for lender in settings.lenders.values() for slug, one in lender.sources.items()
    }


@dataclass(slots=True)
class Stage:
    """Everything that runs, for as long as the demonstration lasts."""

    settings: Settings
    books: tuple[Book, ...]
    pool: Pool
    clock: DemoClock
    platform: Platform
    watcher: Watcher
    console: Console
    stopping: asyncio.Event

    async def look(self) -> Figures:
        """Read the figures as of now."""
        return await self.watcher.look(self.clock.business_now(), self.clock.wall_now())


async def run(settings: Settings, plan: Plan, console: Console, port: int) -> bool:
    """Play, show, sum up; returns whether the log verified."""
    books = books_of(settings)
    log = settings.data_dir / "logs" / "demo.log"
    stopping = asyncio.Event()
    clock = DemoClock(Clock().wall_now)
    with _stopped_by_signals(stopping):
        empty = await prepare_database(settings, keep=plan.keep)
        if empty:
            clear_papers(settings)
        pool = await open_pool(settings.require_database_url(), size=3)
        try:
            begins_at = first_moment(clock.wall_now())
            await clock.freeze_at(pool, begins_at)
            first_number = int((clock.business_now() - begins_at).total_seconds()) * _PER_SECOND
            async with processes(settings, log, port), aiohttp.ClientSession() as http:
                stage = Stage(
                    settings,
                    books,
                    pool,
                    clock,
                    Platform(
                        http,
                        settings.public_base_url,
                        _sources(settings),
                        clock,
                        first_number=max(0, first_number),
                    ),
                    Watcher(pool, Vault(settings.require_master_key()), log),
                    console,
                    stopping,
                )
                return await _play(stage, plan, begins_at, empty=empty)
        finally:
            await pool.close()


async def _play(stage: Stage, plan: Plan, begins_at: datetime, *, empty: bool) -> bool:
    """Play on the portfolio as it was at `begins_at`, told anew to an empty installation."""
    await stage.clock.run(stage.pool, plan.speed)
    await asyncio.sleep(_CLOCK_FOLLOWS)
    rng = Random(plan.seed)  # noqa: S311 - a game, not a secret
    now = stage.clock.business_now()
    people = People(rng, begins_at)
    loans = list(build(stage.books, people, loans=plan.loans, rng=rng, now=begins_at))
    late = [one for book in stage.books for one in told_late(book, people, begins_at)]
    play = Play(stage.platform, loans, rng, now, late)
    if empty:
        await play.open(now)
    play.plan()
    if plan.browser:
        click.launch(stage.settings.public_base_url)
    ends = None if plan.seconds is None else time.monotonic() + plan.seconds
    player = asyncio.create_task(play.run(stage.clock.business_now, stage.stopping))
    async with second_person(stage.settings, visits_of(late)) as coming:
        try:
            await _show(stage, plan, ends, player)
        finally:
            player.cancel()
            with suppress(asyncio.CancelledError):
                await player
        return await _finish(stage, plan, coming)


async def _show(stage: Stage, plan: Plan, ends: float | None, player: asyncio.Task[None]) -> None:
    """Show figures until the time is over, or somebody wants to stop."""
    said = 0.0
    live = Live(console=stage.console, auto_refresh=False, screen=False, transient=True)
    terminal = stage.console.is_terminal
    pace = screen.pace_line(plan.speed)
    with live if terminal else nullcontext():
        while not stage.stopping.is_set() and not player.done():
            moment = time.monotonic()
            left = None if ends is None else ends - moment
            if left is not None and left <= 0:
                break
            figures = await stage.look()
            clock = screen.clock_line(figures.now, stage.books)
            posted = stage.platform.posted
            if terminal:
                width = stage.console.width
                view = screen.live(figures, posted, clock, pace, left=left, width=width)
                live.update(view, refresh=True)
            elif moment - said >= _LINE_SECONDS:
                said = moment
                line = screen.progress_line(figures, posted, clock)
                stage.console.print(f"{moment - plan.started:5.1f} s | {line}", soft_wrap=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(stage.stopping.wait(), _LOOK_SECONDS)
    if player.done():
        player.result()


async def _finish(stage: Stage, plan: Plan, coming: Awaitable[SecondPerson]) -> bool:
    """Slow the clock down, let what is under way arrive, sum up, and serve for as long as asked."""
    await stage.clock.run(stage.pool, _LIVE_PACE)
    figures = await _settle(stage)
    work = await _await_late_work(stage, await coming)
    lenders = tuple(book.lender for book in stage.books)
    summary.show(stage.console, figures, work, stage.platform.posted, lenders)
    verified = await verify_log(stage.pool)
    _say_verified(stage.console, verified)
    now = stage.clock.business_now()
    await say_next(stage.console, stage.settings, stage.pool, stage.books, work, now)
    if plan.serve and not stage.stopping.is_set():
        stage.console.print("\nServing until Ctrl-C, at the pace of the wall clock.")
        await stage.stopping.wait()
    await stage.clock.run(stage.pool, 0)
    return not verified.broken


async def _settle(stage: Stage) -> Figures:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        figures = await stage.look()
        queues = figures.queues
        quiet = queues is not None and not queues.inbox and not queues.callbacks
        if quiet or time.monotonic() > deadline:
            return figures
        await asyncio.sleep(_LOOK_SECONDS)


async def _await_late_work(stage: Stage, second: SecondPerson) -> LateWork:
    """Give letters and cases that are under way the time to be printed and written."""
    deadline = time.monotonic() + _LATE_SECONDS
    while True:
        work = await second.finish()
        if work.is_whole or stage.stopping.is_set() or time.monotonic() > deadline:
            return work
        await asyncio.sleep(_LOOK_SECONDS)


def _say_verified(console: Console, found: Verification) -> None:
    if found.broken:
        console.print(f"[red]log: {found.broken}[/red]")
        return
    console.print(
        f"log: {found.rows} rows under {found.seals} checkpoints hold, fingerprint"
        f" {fingerprint(found.root)}"
    )


@contextmanager
def _stopped_by_signals(stopping: asyncio.Event) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM ask for a clean end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
