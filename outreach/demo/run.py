"""The demonstration from beginning to end."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp
import click
from rich.console import Console
from rich.live import Live

from outreach.demo import screen
from outreach.demo.figures import Figures, Watcher
from outreach.demo.installation import (
    DemoClock,
    first_moment,
    prepare_database,
    processes,
)
from outreach.demo.own_pages import find_own_page
from outreach.demo.play import Play
from outreach.demo.portfolio import Book, build
from outreach.demo.posting import Platform
from outreach.domain.records import dataclass
from outreach.runtime import Clock
from outreach.settings import Settings, Source
from outreach.store.overview import find_telling_loan
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import Vault
from outreach.usecases.seal import Verification, fingerprint, verify_log

LENDERS: Final = {"harbor": "HB", "minghe": "MH"}
_SIGNED: Final = ("standard", "cloudevents", "fineract_events")
_CORE: Final = "standard"
# Every process follows the clock's row within a second.
_CLOCK_FOLLOWS: Final = 1.1
_LOOK_SECONDS: Final = 0.5
_LINE_SECONDS: Final = 4.0
_SETTLE_SECONDS: Final = 6.0
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


class MissingLenderError(ValueError):
    """The settings lack what the demonstration plays with."""


def books_of(settings: Settings) -> tuple[Book, ...]:
    """Return the platforms of the demonstration's lenders, from their settings.

    Raises:
        MissingLenderError: A lender, or its signed `standard` source, isn't there.
    """
    books = []
    for slug, prefix in LENDERS.items():
        lender = settings.lenders.get(slug)
        sources = lender.sources if lender else {}
        core = next((name for name, one in sources.items() if one.adapter == _CORE), None)
        if lender is None or core is None or not lender.senders:
            raise MissingLenderError(
                f"the demo plays lender `{slug}`, with a `standard` source and a sender, as in the"
                " project's config/outreach.toml: use that file, or unset OUTREACH_CONFIG"
            )
        others = [name for name, one in sources.items() if one.adapter in _SIGNED and name != core]
        books.append(
            Book(
                slug, prefix, lender.country, ZoneInfo(lender.timezone), lender.currency,
                lender.name, core, others[0] if others else core,
            )
        )  # fmt: skip
    return tuple(books)


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
    loans = list(build(stage.books, loans=plan.loans, rng=rng, now=begins_at))
    play = Play(stage.platform, loans, rng, now)
    if empty:
        await play.open(now)
    play.plan()
    if plan.browser:
        click.launch(stage.settings.public_base_url)
    ends = None if plan.seconds is None else time.monotonic() + plan.seconds
    player = asyncio.create_task(play.run(stage.clock.business_now, stage.stopping))
    try:
        await _show(stage, plan, ends, player)
    finally:
        player.cancel()
        with suppress(asyncio.CancelledError):
            await player
    return await _finish(stage, plan)


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


async def _finish(stage: Stage, plan: Plan) -> bool:
    """Slow the clock down, let what is under way arrive, sum up, and serve for as long as asked."""
    await stage.clock.run(stage.pool, _LIVE_PACE)
    figures = await _settle(stage)
    lenders = tuple(book.lender for book in stage.books)
    screen.summary(stage.console, figures, stage.platform.posted, lenders)
    verified = await verify_log(stage.pool)
    _say_verified(stage.console, verified)
    await _say_next(stage)
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


def _say_verified(console: Console, found: Verification) -> None:
    if found.broken:
        console.print(f"[red]log: {found.broken}[/red]")
        return
    console.print(
        f"log: {found.rows} rows under {found.seals} checkpoints hold, fingerprint"
        f" {fingerprint(found.root)}"
    )


async def _say_next(stage: Stage) -> None:
    async with stage.pool.acquire() as conn:
        loan = await find_telling_loan(conn) or "LOAN"
    settings = stage.settings
    base, here = settings.public_base_url, f"OUTREACH_DATA_DIR={settings.data_dir}"
    console = stage.console
    console.print("\nWhat to look at next", style="bold")
    page = await find_own_page(settings, stage.pool, loan, stage.clock.business_now())
    for what, where in (
        *((f"this borrower's own page; the digits are {one.digits}", one.address) for one in page),
        ("contact log", f"{base}/"),
        ("API, to post your own signals", f"{base}/v1/docs"),
        ("why one borrower was, or was not, contacted", f"{here} outreach explain {loan}"),
        ("one loan's story", f"{here} outreach log tail --loan {loan}"),
        ("proof that nothing was edited", f"{here} outreach log verify"),
        ("who is contacted on which day", f"{stage.settings.config_dir / 'treatments'}"),
        ("which rules decide", f"{stage.settings.config_dir / 'compliance'}"),
        ("a letter as it is printed", f"{here} outreach letters preview final_notice"),
        ("the words", f"{stage.settings.templates_dir / 'messages'}"),
    ):
        console.print(f"  {what}")
        console.print(f"    {where}", soft_wrap=True, highlight=False)


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


def settings_for(base: Settings, data_dir: Path, port: int) -> Settings:
    """Return settings of an installation of its own, whatever the environment names."""
    changes: dict[str, Any] = {
        "data_dir": data_dir,
        "database_url": None,
        "redis_url": None,
        "public_base_url": f"http://{base.listen_host}:{port}",
    }
    lenders = {
        slug: lender
        if lender.self_service is None
        else lender.model_copy(
            update={
                "self_service": lender.self_service.model_copy(
                    update={"base_url": changes["public_base_url"]}
                )
            }
        )
        for slug, lender in base.lenders.items()
    }
    return base.model_copy(update={**changes, "lenders": lenders})
