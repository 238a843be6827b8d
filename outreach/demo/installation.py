"""A fresh installation for the demonstration: its own servers, database, clock and processes."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from outreach.demo.own_settings import own_variables
from outreach.embedded.processes import command_line, is_running
from outreach.settings import Settings
from outreach.settings.environment import child_environment
from outreach.store.clock import ClockFormula, find_clock, set_clock
from outreach.store.migrate import migrate
from outreach.store.pool import Pool

_STOP_SECONDS: Final = 25.0
_READY_SECONDS: Final = 30.0
_LEFT_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.05
_HANDED_OVER: Final = ("profile", "data_dir", "public_base_url", "log_format", "log_level")
# Half past two in Shanghai, half past one in New York: one country works while the other sleeps.
_BEGINS: Final = timedelta(hours=6, minutes=30)


class NotReadyError(RuntimeError):
    """A process of ours did not come up; the message names its log."""


def free_port(host: str) -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def first_moment(wall: datetime) -> datetime:
    """Return the business time at which every demonstration begins: Monday of this week."""
    day = wall.astimezone(UTC).date()
    monday = day - timedelta(days=day.weekday())
    return datetime(monday.year, monday.month, monday.day, tzinfo=UTC) + _BEGINS


async def prepare_database(settings: Settings, *, keep: bool) -> bool:
    """Make the database anew, or keep it; brings the schema forward. True if it is empty."""
    url = settings.require_database_url()
    if not keep:
        name = urlsplit(url).path.removeprefix("/")
        admin = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")))
        try:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        finally:
            await admin.close()
    await migrate(url, modulus=settings.modulus)
    conn = await asyncpg.connect(url)
    try:
        return not await conn.fetchval("SELECT EXISTS (SELECT FROM persons)")
    finally:
        await conn.close()


class DemoClock:
    """The business clock, set by us and followed by every process within a second."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall
        self._formula = ClockFormula(wall(), wall(), 0)

    def wall_now(self) -> datetime:
        """Return the machine's time."""
        return self._wall()

    def business_now(self) -> datetime:
        """Return business time."""
        return self._formula.at(self._wall())

    async def freeze_at(self, pool: Pool, begins_at: datetime) -> None:
        """Stand still, where an earlier run stopped or else at `begins_at`."""
        async with pool.acquire() as conn:
            found = await find_clock(conn)
        at = found.at(self._wall()) if found else begins_at
        await self._set(pool, at, 0)

    async def run(self, pool: Pool, rate: float) -> None:
        """Go on from here, so many business seconds a second; 0 stands still."""
        await self._set(pool, self.business_now(), rate)

    async def _set(self, pool: Pool, at: datetime, rate: float) -> None:
        formula = ClockFormula(at, self._wall(), rate)
        async with pool.acquire() as conn:
            await set_clock(conn, formula)
        self._formula = formula


@asynccontextmanager
async def processes(settings: Settings, log: Path, port: int) -> AsyncIterator[None]:
    """Run the web server and a worker as child processes; both are ended on the way out.

    They have a session of their own: Ctrl-C reaches us alone, and they are ended in order.

    Raises:
        NotReadyError: One of them did not come up.
    """
    environment = child_environment(settings, *_HANDED_OVER) | own_variables(settings)
    pids = log.with_name("demo.pids")
    await _end_left_over(_left_over(pids))
    pids.unlink(missing_ok=True)
    children: list[asyncio.subprocess.Process] = []
    with log.open("ab") as output:
        try:
            for arguments in (
                ["serve", "--host", settings.listen_host, "--port", str(port)],
                ["work"],
            ):
                child = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "outreach",
                    *arguments,
                    env=environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                children.append(child)
            pids.write_text(" ".join(str(child.pid) for child in children), encoding="ascii")
            await _wait_until_ready(settings.listen_host, port, children, log)
            yield
        finally:
            await asyncio.shield(_end(children))
            pids.unlink(missing_ok=True)


async def _wait_until_ready(
    host: str, port: int, children: list[asyncio.subprocess.Process], log: Path
) -> None:
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        if any(child.returncode is not None for child in children):
            break
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(_POLL_SECONDS)
    raise NotReadyError(f"the web server did not come up; its words are in {log}")


async def _end(children: list[asyncio.subprocess.Process]) -> None:
    """End the worker first: what it sent is settled while callbacks can still come in."""
    for child in reversed(children):
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.terminate()
            try:
                await asyncio.wait_for(child.wait(), _STOP_SECONDS)
            except TimeoutError:
                child.kill()
                await child.wait()


def _left_over(pids: Path) -> list[int]:
    """Return the processes that a killed demonstration left running."""
    try:
        left = [int(one) for one in pids.read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []
    return [pid for pid in left if is_running(pid) and "-m outreach" in command_line(pid)]


async def _end_left_over(left: list[int]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = asyncio.get_running_loop().time() + _LEFT_SECONDS
        while any(is_running(pid) for pid in left):
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(_POLL_SECONDS)
