"""(c) The bare pipeline: no policy, no encryption, nothing decided. The limit for the product.

Batch insert, claim, send, record, with the product's own provider adapter. Two processes, like
the product: `python -m tests.bench.bare web|work DATABASE_URL PORT|STUB_URL`.
"""

import asyncio
import base64
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hmac import compare_digest, digest
from typing import Any, Final
from uuid import uuid4

import aiohttp
import asyncpg
from aiohttp import web

from outreach.channels.provider import Accepted, Attempt
from outreach.channels.twilio_sms import TwilioSms
from outreach.domain.contacts import attempt_id
from outreach.domain.vocabulary import Channel
from tests.bench.portfolio import SECRET, SENDER, phone_of

PATH: Final = "/signals"
SCHEMA: Final = """
    CREATE TABLE inbox (
        id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key   text NOT NULL UNIQUE,
        state text NOT NULL DEFAULT 'new',
        body  bytea NOT NULL
    );
    CREATE INDEX inbox_new ON inbox (id) WHERE state = 'new';
    CREATE TABLE outcomes (
        inbox_id    bigint PRIMARY KEY,
        attempt     text NOT NULL,
        state       text NOT NULL,
        ref         text,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
"""
_SQL_INSERT: Final = """
    INSERT INTO inbox (key, body)
    SELECT * FROM unnest($1::text[], $2::bytea[])
    ON CONFLICT DO NOTHING
"""
_SQL_CLAIM: Final = """
    UPDATE inbox SET state = 'sending'
     WHERE id IN (SELECT id FROM inbox WHERE state = 'new'
                ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
 RETURNING id, body
"""
_SQL_RECORD: Final = """
    INSERT INTO outcomes (inbox_id, attempt, state, ref)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
"""
_SQL_DONE: Final = "UPDATE inbox SET state = 'done' WHERE id = ANY($1::bigint[])"

_KEY: Final = base64.b64decode(SECRET.removeprefix("whsec_"))
_TOLERANCE: Final = 300
_BATCH: Final = 200
_LANES: Final = 2
_IDLE_SECONDS: Final = 0.005
_SEND_SECONDS: Final = 8.0
_VALID_FOR: Final = timedelta(hours=4)
Row = tuple[str, bytes]


class GroupCommit:
    """Whatever waits while the previous commit runs goes into the next insert; no timer."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, row: Row) -> None:
        """Return once the row is on disk."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())
        await future

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            keys, bodies = zip(*(row for row, _ in batch), strict=True)
            await self._pool.execute(_SQL_INSERT, keys, bodies)
            for _, future in batch:
                future.set_result(None)


async def serve(database_url: str, port: int) -> None:
    """Take signed webhooks; 202 after the commit."""
    async with asyncpg.create_pool(database_url, min_size=2, max_size=4) as pool:
        commit = GroupCommit(pool)

        async def take(request: web.Request) -> web.Response:
            body = await request.read()
            message_id = request.headers["webhook-id"]
            stamp = request.headers["webhook-timestamp"]
            expected = base64.b64encode(
                digest(_KEY, f"{message_id}.{stamp}.".encode() + body, "sha256")
            )
            given = request.headers["webhook-signature"].removeprefix("v1,").encode()
            if abs(time.time() - int(stamp)) > _TOLERANCE or not compare_digest(expected, given):  # noqa: TID251
                return web.Response(status=401)
            await commit.add((message_id, body))
            return web.Response(status=202)

        app = web.Application()
        app.router.add_post(PATH, take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        await asyncio.Event().wait()


async def work(database_url: str, stub_url: str) -> None:
    """Claim, send and record until the process is ended."""
    options = {"account_sid": "AC" + "0" * 32, "auth_tokens": ["bench"], "base_url": stub_url}
    connector = aiohttp.TCPConnector(limit=100)
    async with (
        asyncpg.create_pool(database_url, min_size=2, max_size=4) as pool,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        provider = TwilioSms("bench", options, session, "https://bench.example")
        await asyncio.gather(*(_lane(pool, provider) for _ in range(_LANES)))


async def _lane(pool: Any, provider: TwilioSms) -> None:
    while True:
        rows = await pool.fetch(_SQL_CLAIM, _BATCH)
        if not rows:
            await asyncio.sleep(_IDLE_SECONDS)
            continue
        sent = await asyncio.gather(*(_send(provider, row["id"], row["body"]) for row in rows))
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute(_SQL_RECORD, *_columns(sent))
            await conn.execute(_SQL_DONE, [row["id"] for row in rows])


async def _send(
    provider: TwilioSms, inbox_id: int, body: bytes
) -> tuple[int, str, str, str | None]:
    data = json.loads(body)["data"]
    installment = data["installment"]
    attempt = Attempt(
        attempt_id=attempt_id(inbox_id, uuid4()),
        channel=Channel.SMS,
        sender=SENDER,
        recipient=phone_of(int(data["borrower"]["id"][-6:])),
        body=(
            f"{data['loan']['creditor']}: your payment of ${installment['outstanding'] / 100:.2f}"
            f" was due on {installment['due_date']}. Pay at https://pay.bench.example or call."
            " Reply STOP to opt out."
        ),
        valid_for=_VALID_FOR,
        reserved_at=datetime.fromtimestamp(time.time(), UTC),  # noqa: TID251
    )
    result = await provider.send(attempt, _SEND_SECONDS)
    if isinstance(result, Accepted):
        return inbox_id, attempt.attempt_id, result.state, result.ref
    return inbox_id, attempt.attempt_id, type(result).__name__, None


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))


if __name__ == "__main__":
    role, url, where = sys.argv[1:]
    asyncio.run(serve(url, int(where)) if role == "web" else work(url, where))
