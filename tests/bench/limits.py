"""Rounds of the two pipelines that the product is compared with: (b) Celery and (c) bare."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from tests.bench import bare
from tests.bench.ground import BUILD, ROOT, StubClient, free_port, process, tell
from tests.bench.portfolio import SECRET, overdue_posts, phone_of
from tests.bench.rounds import Outcomes, Round, Share, WriteCount, run_round, warm_up

CELERY_PATH: Final = "/signals"
_VENV: Final = BUILD / "bench-venv"
_LOCK: Final = Path(__file__).with_name("celery.lock")
_SCHEMA: Final = Path(__file__).parent / "celery_way" / "schema.sql"
_WORKERS: Final = 2
_SQL_READ: Final = """
    SELECT attempt, extract(epoch FROM recorded_at)::float8 AS at FROM outcomes ORDER BY recorded_at
"""


async def prepare_bare(database_url: str) -> None:
    """Lay the bare pipeline's schema."""
    await _execute(database_url, bare.SCHEMA)


async def bare_round(stub: StubClient, database_url: str, share: Share) -> Round:
    """Measure (c) over one message for each borrower of the share."""
    port = free_port()
    writes = WriteCount(database_url)
    await writes.start()
    module = [sys.executable, "-m", "tests.bench.bare"]
    async with (
        process("bare-web", [*module, "web", database_url, str(port)], port=port),
        process("bare-work", [*module, "work", database_url, stub.url]),
    ):
        result = await _measure(stub, port, database_url, bare.PATH, share)
    await writes.finish(result, besides=len(share.warm))
    return result


def make_celery_environment() -> Path:
    """Install the comparison's locked packages into an environment of its own, once; return it."""
    stamp = _VENV / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < _LOCK.stat().st_mtime:
        tell("making the environment of the comparison with Celery (once)…")
        subprocess.run([str(ROOT / "scripts" / "install"), str(_VENV), str(_LOCK)], check=True)
    return _VENV


async def prepare_celery(database_url: str, borrowers: range) -> None:
    """Lay the schema and store the borrowers and loans that the tasks look up."""
    await _execute(database_url, _SCHEMA.read_text("utf-8"))
    conn = await asyncpg.connect(database_url)
    try:
        people = [(f"BR-BENCH-{i:06}", f"Ada Sample{i}", phone_of(i)) for i in borrowers]
        await conn.copy_records_to_table("borrowers", records=people)
        loans = [(f"LN-BENCH-{i:06}", f"BR-BENCH-{i:06}", "Bench Lending LLC") for i in borrowers]
        await conn.copy_records_to_table("loans", records=loans)
        await conn.execute("ANALYZE")
    finally:
        await conn.close()


async def celery_round(stub: StubClient, database_url: str, redis_url: str, share: Share) -> Round:
    """Measure (b) over one message for each borrower of the share."""
    programs = make_celery_environment() / "bin"
    port = free_port()
    path, _, query = redis_url.removeprefix("unix://").partition("?db=")
    env = {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "BENCH_DATABASE_URL": database_url,
        "BENCH_BROKER_URL": f"redis+socket://{path}?virtual_host={query}",
        "BENCH_PROVIDER_URL": stub.url,
        "BENCH_SECRET": SECRET,
    }
    web = [
        str(programs / "gunicorn"),
        "-k",
        "gthread",
        "--threads",
        "16",
        "-b",
        f"127.0.0.1:{port}",
    ]
    work = [
        str(programs / "celery"),
        "-A",
        "tests.bench.celery_way.tasks",
        "worker",
        "-c",
        str(_WORKERS),
    ]
    async with (
        process("celery-web", [*web, "tests.bench.celery_way.app:app"], port=port, env=env),
        process("celery-work", [*work, "-P", "prefork", "-l", "WARNING"], env=env),
    ):
        return await _measure(stub, port, database_url, CELERY_PATH, share)


async def _measure(
    stub: StubClient, port: int, database_url: str, path: str, share: Share
) -> Round:
    at = datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - signatures are checked by it
    await warm_up(stub, port, overdue_posts(path, share.warm, at=at), share.warm)
    conn = await asyncpg.connect(database_url)
    try:
        earlier = int(await conn.fetchval("SELECT count(*) FROM outcomes"))

        async def count() -> int:
            return int(await conn.fetchval("SELECT count(*) FROM outcomes")) - earlier

        async def read() -> Outcomes:
            rows = (await conn.fetch(_SQL_READ))[earlier:]
            return Outcomes([row["attempt"] for row in rows], rows[-1]["at"] if rows else 0.0)

        requests = overdue_posts(path, share.borrowers, at=at)
        return await run_round(stub, port, requests, count=count, read=read)
    finally:
        await conn.close()


async def _execute(database_url: str, sql: str) -> None:
    conn = await asyncpg.connect(database_url)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()
