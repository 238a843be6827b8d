"""Ask platforms what is owed now, for signals that only hint, and fold the answers.

Rows are leased, not locked, while the platform answers: no transaction is open over the network,
and a crash only delays the next try.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from outreach.domain.product_rules import USUAL_PRODUCTS, Products
from outreach.domain.signals import Signal, SignalError
from outreach.domain.statements import Told
from outreach.domain.tasks import STANDARD, Deadlines
from outreach.sources.source import (
    MappingError,
    NeedsReadBack,
    ReadBackError,
    Source,
)
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.inbox_claim import (
    ClaimedRow,
    claim_row,
    delay_read,
    lease_reads,
)
from outreach.store.pool import Connection
from outreach.usecases.intake import FAILED, OF_ONE_ROW, Outfit, Terms, fold_rows, set_aside
from outreach.usecases.intake_reading import Reading, read_one, read_rows

log = structlog.get_logger(__name__)

BATCH: Final = 20
LEASE: Final = timedelta(minutes=2)
MOST_TRIES: Final = 12
"""Waits double from 5 s up to an hour: about six hours in all, then somebody has to look."""
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)


async def read_back(
    outfit: Outfit,
    *,
    now: datetime,
    wall_now: datetime,
    limit: int = BATCH,
    products: Products = USUAL_PRODUCTS,
    deadlines: Deadlines = STANDARD,
) -> int:
    """Read back what waits for it; returns how many rows were folded or set aside.

    Args:
        outfit: Pool, vault and sources; a source without a reader sets its hints aside.
        now: Business time.
        wall_now: The machine's time.
        limit: Most rows to lease.
        products: How payments divide.
        deadlines: By when work for people has to be done.
    """
    async with outfit.db.acquire() as conn:
        rows = await lease_reads(conn, wall_now=wall_now, until=wall_now + LEASE, limit=limit)
        readings, alerts = await read_rows(conn, outfit.vault, outfit.sources, rows, now=now)
        await raise_alerts(conn, alerts, at=now)
    settled, terms = 0, Terms(deadlines, products)
    for reading in readings:
        settled += await _read_one(outfit, reading, now=now, wall_now=wall_now, terms=terms)
    return settled


async def _read_one(
    outfit: Outfit, reading: Reading, *, now: datetime, wall_now: datetime, terms: Terms
) -> bool:
    row = reading.row
    answer: Reading | None = reading
    if reading.needs is not None:
        answer = await _ask(outfit, row, reading.needs, now=now)
    async with outfit.db.acquire() as conn, conn.transaction():
        if answer is None and row.tries < MOST_TRIES:
            await delay_read(conn, row, until=wall_now + _wait(row.tries))
            return False
        if await claim_row(conn, row.inbox_id, row.received_at) is None:
            return False
        try:
            async with conn.transaction():
                await _settle(outfit, conn, row, answer, now=now, wall_now=wall_now, terms=terms)
        except OF_ONE_ROW as exc:
            await set_aside(conn, [(row, SignalError(FAILED, type(exc).__name__))], now=now)
        return True


async def _settle(
    outfit: Outfit,
    conn: Connection,
    row: ClaimedRow,
    answer: Reading | None,
    *,
    now: datetime,
    wall_now: datetime,
    terms: Terms,
) -> None:
    if answer is None:
        refusal = SignalError("not_read_back", "the platform gave no usable answer")
        await set_aside(conn, [(row, refusal)], now=now)
        return
    await fold_rows(outfit, conn, [row], now=now, wall_now=wall_now, readings=[answer], terms=terms)


async def _ask(
    outfit: Outfit, row: ClaimedRow, needs: NeedsReadBack, *, now: datetime
) -> Reading | None:
    """Return what the platform says; None to try again later."""
    source = outfit.sources[row.source]
    if source.reader is None:
        refusal = SignalError("no_read_back", "configure read_back for this source, then replay")
        return Reading(row, refusal=refusal)
    try:
        signals = await source.reader.read(needs, now=now)
        return Reading(row, tuple(_told(signals, source, now)))
    except ReadBackError as exc:
        log.info("read_back_failed", source=row.source, reason=exc.reason, tries=row.tries)
        return None
    except MappingError as exc:
        return Reading(row, refusal=SignalError(exc.reason, exc.detail))
    except SignalError as exc:
        return Reading(row, refusal=exc)


def _told(signals: list[Signal], source: Source, now: datetime) -> list[Told]:
    alerts: list[Alert] = []  # the platform's clock: what it says is as of `now`
    return [read_one(one, source, now, alerts) for one in signals]


def _wait(tries: int) -> timedelta:
    return min(_FIRST_WAIT * (1 << tries), _LONGEST_WAIT)
