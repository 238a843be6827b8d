"""Fixtures for everybody: one real PostgreSQL and Valkey for the run, isolated per test.

OUTREACH_TEST_DATABASE_URL and OUTREACH_TEST_REDIS_URL name servers of your own instead; the first
must belong to a role that may create databases, the second is flushed.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import redis.asyncio

from outreach.embedded import is_in_use, start
from outreach.store.migrate import migrate
from outreach.store.pool import _prepare as prepare_connection

_PREFIX: Final = "outreach-tests-"
_TEMPLATE: Final = "outreach_template"
_SHARED: Final = "outreach_shared"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
_ROOM: Final = 4 << 30
_ALONE: Final = frozenset({"chaos", "test_demo.py", "browser"})
_HOSTS_OF_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the run's two servers are."""

    database_url: str
    redis_url: str

    def database(self, name: str) -> str:
        """Return the URL of another database on the same server."""
        return urlunsplit(urlsplit(self.database_url)._replace(path=f"/{name}"))


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail any connection that would leave this machine: vendors are local servers in tests."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in _HOSTS_OF_THIS_MACHINE:
        raise ConnectionRefusedError(f"a test tried to reach {address[0]}, outside this machine")


sys.addaudithook(_refuse_the_outside)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process play the demo once, and no two tests that kill and cut run side by side."""
    for item in items:
        for part in _ALONE & set(item.path.parts):
            item.add_marker(pytest.mark.xdist_group(part))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Start the run's servers and make the migrated template database."""
    database_url = os.environ.get("OUTREACH_TEST_DATABASE_URL")  # noqa: TID251 - the tests' own variables
    redis_url = os.environ.get("OUTREACH_TEST_REDIS_URL")  # noqa: TID251 - same
    if database_url and redis_url:
        found = Servers(database_url, redis_url)
        asyncio.run(_make_template(found))
        yield found
        return
    _remove_what_a_killed_run_left()
    # Not pytest's directory: that is closed to `nobody`, who runs the servers under root.
    data_dir = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_ground()))
    data_dir.chmod(0o711)
    try:
        limits = {"max_connections": "200", "shared_buffers": "128MB", "max_wal_size": "512MB"}
        with start(data_dir, durable=False, settings=limits) as embedded:
            found = Servers(database_url or embedded.database_url, redis_url or embedded.redis_url)
            asyncio.run(_make_template(found))
            yield found
            embedded.stop(force=True)
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


def _ground() -> Path:
    """Return where the servers keep their files: in memory, if there is room for a run.

    A database is copied ten times as fast there.
    """
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        return _MEMORY
    return Path(tempfile.gettempdir())


def _remove_what_a_killed_run_left() -> None:
    for left in _ground().glob(f"{_PREFIX}*"):
        if left.stat().st_uid == os.geteuid() and (left / "users.lock").exists():
            if is_in_use(left):
                continue
            start(left, durable=False).stop()
            shutil.rmtree(left, ignore_errors=True)


async def _make_template(servers: Servers) -> None:
    for name in (_TEMPLATE, _SHARED):
        await _in_admin(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await _in_admin(servers, f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
    await migrate(servers.database(_TEMPLATE))
    await _in_admin(servers, f"CREATE DATABASE {_SHARED} TEMPLATE {_TEMPLATE}")


async def _in_admin(servers: Servers, statement: str) -> None:
    conn = await asyncpg.connect(servers.database("postgres"))
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


@pytest.fixture
async def database_url(servers: Servers) -> AsyncIterator[str]:
    """Yield the URL of a migrated database that is this test's alone; dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    # FILE_COPY of ten megabytes is cheaper than logging every page of them.
    await _in_admin(servers, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
    yield servers.database(name)
    await _in_admin(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def db(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection inside a transaction of a migrated database; all of it is rolled back."""
    conn = await asyncpg.connect(servers.database(_SHARED), server_settings={"timezone": "UTC"})
    await prepare_connection(conn)
    transaction = conn.transaction()
    await transaction.start()
    try:
        yield conn
    finally:
        await transaction.rollback()
        await conn.close()


@pytest.fixture
async def redis_url(servers: Servers) -> AsyncIterator[str]:
    """Yield the URL of an empty Valkey database, emptied again afterwards."""
    client = redis.asyncio.Redis.from_url(servers.redis_url)
    await client.flushall()
    yield servers.redis_url
    await client.flushall()
    await client.aclose()
