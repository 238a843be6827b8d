"""Where the bench stands: embedded servers, databases of its own, and the processes it starts."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg

from outreach.embedded import EmbeddedServers, start
from outreach.settings import settings_from

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = ROOT / "build"
_LOGS: Final = BUILD / "bench-logs"
_UP_SECONDS: Final = 60.0
_DOWN_SECONDS: Final = 30.0
_QUIET_SECONDS: Final = 0.5


@contextmanager
def servers() -> Iterator[EmbeddedServers]:
    """Run durable PostgreSQL and Valkey of the bench's own, beside the installation's."""
    data_dir = settings_from({}).data_dir.with_name("outreach-bench")
    with start(data_dir, progress=tell) as running:
        yield running


async def fresh_database(server_url: str, name: str, *, template: str = "template1") -> str:
    """Replace a database and return its address."""
    conn = await asyncpg.connect(server_url)
    try:
        await conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await conn.close()
    parts = urlsplit(server_url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


async def checkpoint(server_url: str) -> None:
    """Write everything out, so that no measurement pays for an earlier one."""
    conn = await asyncpg.connect(server_url)
    try:
        await conn.execute("CHECKPOINT")
    finally:
        await conn.close()
    await asyncio.sleep(_QUIET_SECONDS)


def redis_database(redis_url: str, number: int) -> str:
    """Return the address of another numbered database of the same server."""
    return redis_url.replace("db=0", f"db={number}")


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Process:
    """One started process and where it writes its log."""

    popen: subprocess.Popen[bytes]
    log: Path


@asynccontextmanager
async def process(
    name: str,
    command: Sequence[str],
    *,
    port: int | None = None,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[Process]:
    """Run a command until the block ends; with `port`, wait until it listens there.

    Raises:
        RuntimeError: It ended early or doesn't listen; the message has the end of its log.
    """
    _LOGS.mkdir(parents=True, exist_ok=True)
    path = _LOGS / f"{name}.log"
    with path.open("wb") as log:
        popen = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs while it starts
            command, stdout=log, stderr=log, env=env, cwd=ROOT
        )
    try:
        if port is not None:
            await _wait_for(popen, port, path)
        yield Process(popen, path)
        if popen.poll() is not None:
            raise RuntimeError(f"{name} ended with {popen.returncode}; {_tail(path)}")
    finally:
        popen.terminate()
        try:
            await asyncio.to_thread(popen.wait, _DOWN_SECONDS)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()


async def _wait_for(popen: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _UP_SECONDS
    while time.monotonic() < deadline:
        if popen.poll() is not None:
            break
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}; {_tail(log)}")


def _tail(log: Path) -> str:
    return f"the end of {log}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:])


class StubClient:
    """Reads and empties the provider stub's log."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    async def reset(self) -> None:
        """Forget what was sent so far."""
        async with aiohttp.ClientSession() as session, session.post(f"{self.url}/reset") as answer:
            answer.raise_for_status()

    async def log(self) -> list[tuple[str, str, float]]:
        """Return (attempt, recipient, monotonic seconds) of each create, in order."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/log") as answer:
            return [(attempt, to, at) for attempt, to, at in await answer.json(content_type=None)]


@asynccontextmanager
async def provider_stub() -> AsyncIterator[StubClient]:
    """Run the stub in a process of its own."""
    port = free_port()
    async with process("stub", [sys.executable, "-m", "tests.bench.stub", str(port)], port=port):
        yield StubClient(port)


def tell(text: str) -> None:
    """Say what is being done; the bench takes minutes."""
    print(f"  · {text}", flush=True)
