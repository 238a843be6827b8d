"""(a) The product: signed webhook, durable, folded, decided by a full pack, sent, logged."""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from typing import Final

import asyncpg

from outreach.domain.contacts import attempt_id
from tests.bench.ground import StubClient, tell
from tests.bench.load import post_all, post_spaced
from tests.bench.portfolio import NOON, overdue_posts, phone_of, preload_posts
from tests.bench.product import SIGNALS_PATH, Product
from tests.bench.rounds import (
    Outcomes,
    Round,
    Share,
    WriteCount,
    count_missing,
    run_round,
    warm_up,
)

_PRELOAD_CONNECTIONS: Final = 8
_PRELOAD_STALLED_SECONDS: Final = 30.0
_WAKEUP_PER_SECOND: Final = 28.0
_LATE_SECONDS: Final = 5.0

SQL_WAITING: Final = "SELECT count(*) FROM inbox"
SQL_QUARANTINED: Final = "SELECT count(*) FROM quarantine"
SQL_SETTLED: Final = """
    SELECT count(*) FROM contacts
     WHERE settled_at >= $1 AND delivery_state NOT IN ('reserved', 'unknown', 'released')
"""
SQL_OUTCOMES: Final = """
    SELECT person_id, contact_id, extract(epoch FROM settled_at)::float8 AS at FROM contacts
     WHERE settled_at >= $1 AND delivery_state NOT IN ('reserved', 'unknown', 'released')
"""


async def preload(product: Product, borrowers: range) -> None:
    """Post every borrower and loan, and wait until all are folded.

    Raises:
        RuntimeError: Some were refused, quarantined or never folded.
    """
    tell(f"telling the product about {len(borrowers)} borrowers and their loans…")
    async with product.serve() as port, product.work():
        load = await post_all(
            port, preload_posts(SIGNALS_PATH, borrowers, at=NOON), connections=_PRELOAD_CONNECTIONS
        )
        if load.accepted != len(load.latencies):
            raise RuntimeError(f"the preload was refused: {dict(load.statuses)}")
        conn = await asyncpg.connect(product.database_url)
        try:
            await _wait_until_folded(conn)
            await conn.execute("VACUUM ANALYZE")
        finally:
            await conn.close()


async def _wait_until_folded(conn: asyncpg.Connection) -> None:
    waiting, since = -1, time.monotonic()
    while (found := int(await conn.fetchval(SQL_WAITING))) > 0:
        if found != waiting:
            waiting, since = found, time.monotonic()
        elif time.monotonic() - since > _PRELOAD_STALLED_SECONDS:
            raise RuntimeError(
                f"{found} signals of the preload aren't folded; see build/bench-logs"
            )
        await asyncio.sleep(0.2)
    if quarantined := await conn.fetchval(SQL_QUARANTINED):
        raise RuntimeError(f"{quarantined} signals of the preload are in quarantine")


async def product_round(stub: StubClient, product: Product, share: Share) -> Round:
    """Measure (a) over one message for each preloaded borrower of the share."""
    writes = WriteCount(product.database_url)
    await writes.start()
    conn = await asyncpg.connect(product.database_url)
    try:
        async with product.serve() as port, product.work():
            await warm_up(stub, port, overdue_posts(SIGNALS_PATH, share.warm, at=NOON), share.warm)
            started = datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - settled_at is wall time

            async def count() -> int:
                return int(await conn.fetchval(SQL_SETTLED, started))

            async def read() -> Outcomes:
                rows = await conn.fetch(SQL_OUTCOMES, started)
                attempts = [attempt_id(row["person_id"], row["contact_id"]) for row in rows]
                return Outcomes(attempts, max((row["at"] for row in rows), default=0.0))

            requests = overdue_posts(SIGNALS_PATH, share.borrowers, at=NOON)
            result = await run_round(stub, port, requests, count=count, read=read)
    finally:
        await conn.close()
    await writes.finish(result, besides=len(share.warm))
    return result


async def wakeup_ms(stub: StubClient, product: Product, share: Share) -> list[float]:
    """Return milliseconds from POST to the provider's door, at low load, per borrower.

    Raises:
        RuntimeError: Some never arrived.
    """
    async with product.serve() as port, product.work():
        await warm_up(stub, port, overdue_posts(SIGNALS_PATH, share.warm, at=NOON), share.warm)
        await stub.reset()
        requests = overdue_posts(SIGNALS_PATH, share.borrowers, at=NOON)
        load = await post_spaced(port, requests, per_second=_WAKEUP_PER_SECOND)
        if missing := await count_missing(stub, share.borrowers, within=_LATE_SECONDS):
            raise RuntimeError(f"{missing} messages never arrived at low load")
        arrived = {recipient: at for _, recipient, at in await stub.log()}
    return [
        round(1000 * (arrived[phone_of(i)] - load.sent_at[position]), 2)
        for position, i in enumerate(share.borrowers)
    ]


def median(values: list[float]) -> float:
    """Return the median, rounded for people."""
    return round(statistics.median(values), 3)
