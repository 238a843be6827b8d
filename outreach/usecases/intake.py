"""Fold pending signals: claim, translate, name, lock, load, fold, write. One transaction a batch.

Whatever order signals come in, the state is the same (`domain.folding`); whatever one of them is,
it can't hold up another: what can't take effect goes to quarantine, with an alert.

People whose state moved are locked and loaded anyway, so they are decided on in the same
transaction where the caller can deliver what comes of it; otherwise they are put on the agenda.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import asyncpg
import structlog
from redis.exceptions import RedisError

from outreach.domain.product_rules import USUAL_PRODUCTS, Products
from outreach.domain.signals import SignalError, lane_of
from outreach.domain.tasks import STANDARD, Deadlines
from outreach.sources.source import LANE_FIRST, NeedsReadBack, Source
from outreach.store.agenda import wake
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.inbox_claim import (
    ClaimedRow,
    claim_row,
    claim_rows,
    note_heartbeats,
    put_back,
    quarantine_rows,
)
from outreach.store.pool import Connection, Pool
from outreach.store.vault import Vault
from outreach.usecases import reserving
from outreach.usecases.intake_folding import FoldedBatch, fold_named
from outreach.usecases.intake_naming import name_signals
from outreach.usecases.intake_reading import Reading, read_rows
from outreach.usecases.planning import plan_contacts
from outreach.usecases.reserving import Plan
from outreach.usecases.sending import Handoff

log = structlog.get_logger(__name__)

BATCH: Final = 200
FAILED: Final = "failed"
# One row's own fault; anything else (connection lost, deadlock) leaves the rows for the next try.
OF_ONE_ROW: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)


class Outfit(Protocol):
    """What intake takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Return the pool."""
        ...

    @property
    def vault(self) -> Vault:
        """Return the keys."""
        ...

    @property
    def sources(self) -> Mapping[str, Source]:
        """Return the configured sources by slug."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What lenders settled: by when work for people has to be done, how payments divide."""

    deadlines: Deadlines = STANDARD
    products: Products = USUAL_PRODUCTS


@dataclass(slots=True)
class IntakeResult:
    """What one call did: rows taken, persons whose state moved, rows set aside or put back.

    `woken` are the touched persons whom dispatch has to look at; `handoffs` what was reserved for
    the others and is to be delivered now; `urgent` those of whom a payment or a protective signal
    was told, so that what rings for them is called off.
    """

    taken: int = 0
    touched: set[int] = field(default_factory=set)
    quarantined: int = 0
    put_back: int = 0
    woken: set[int] = field(default_factory=set)
    handoffs: list[Handoff] = field(default_factory=list)
    urgent: set[int] = field(default_factory=set)


async def intake_pending(
    outfit: Outfit,
    *,
    now: datetime,
    wall_now: datetime,
    limit: int = BATCH,
    deciding: reserving.Outfit | None = None,
    deadlines: Deadlines = STANDARD,
    products: Products = USUAL_PRODUCTS,
) -> IntakeResult:
    """Fold one batch of pending signals.

    Args:
        outfit: Pool, vault and sources.
        now: Business time.
        wall_now: The machine's time; rows that aren't to be taken before it are left.
        limit: Most rows to take.
        deciding: What it takes to decide at once on those whose state moved; the caller delivers
            the handoffs. None: they are woken on the agenda.
        deadlines: By when work for people has to be done.
        products: How payments divide.

    Raises:
        asyncpg.PostgresError: The database failed, not a row: nothing was taken.
    """
    claimed: list[ClaimedRow] = []
    terms = Terms(deadlines, products)
    async with outfit.db.acquire() as conn:
        try:
            async with conn.transaction():
                claimed += await claim_rows(conn, wall_now=wall_now, limit=limit)
                return await fold_rows(
                    outfit,
                    conn,
                    claimed,
                    now=now,
                    wall_now=wall_now,
                    deciding=deciding,
                    terms=terms,
                )
        except OF_ONE_ROW as exc:
            log.warning("intake_batch_failed", rows=len(claimed), error=type(exc).__name__)
        return await _one_by_one(outfit, conn, claimed, now=now, wall_now=wall_now, terms=terms)


async def _one_by_one(
    outfit: Outfit,
    conn: Connection,
    rows: list[ClaimedRow],
    *,
    now: datetime,
    wall_now: datetime,
    terms: Terms,
) -> IntakeResult:
    """Find the row that failed its batch and set it aside; fold the others."""
    total = IntakeResult()
    for row in rows:
        try:
            async with conn.transaction():
                claimed = await claim_row(conn, row.inbox_id, row.received_at)
                one = await fold_rows(
                    outfit,
                    conn,
                    [claimed] if claimed else [],
                    now=now,
                    wall_now=wall_now,
                    terms=terms,
                )
        except OF_ONE_ROW as exc:
            async with conn.transaction():
                one = IntakeResult()
                claimed = await claim_row(conn, row.inbox_id, row.received_at)
                if claimed:
                    refusal = SignalError(FAILED, type(exc).__name__)
                    await set_aside(conn, [(claimed, refusal)], now=now)
                    one = IntakeResult(taken=1, quarantined=1)
        total.taken += one.taken
        total.touched |= one.touched
        total.quarantined += one.quarantined
        total.put_back += one.put_back
        total.woken |= one.woken
        total.urgent |= one.urgent
    return total


async def fold_rows(
    outfit: Outfit,
    conn: Connection,
    rows: list[ClaimedRow],
    *,
    now: datetime,
    wall_now: datetime,
    readings: list[Reading] | None = None,
    deciding: reserving.Outfit | None = None,
    terms: Terms | None = None,
) -> IntakeResult:
    """Fold claimed rows inside the caller's transaction.

    Args:
        outfit: Vault and sources.
        conn: In a transaction that took the rows.
        rows: Claimed.
        now: Business time.
        wall_now: The machine's time.
        readings: What the rows state, where that was read back from the platform.
        deciding: See `intake_pending`.
        terms: What lenders settled; None: nothing.
    """
    if not rows:
        return IntakeResult()
    terms = terms or Terms()
    alerts: list[Alert] = []
    if readings is None:
        readings, alerts = await read_rows(conn, outfit.vault, outfit.sources, rows, now=now)
    refused = [(one.row, one.refusal) for one in readings if one.refusal]
    waiting = [(one.row, one.needs) for one in readings if one.needs]
    told = [(one.row, one.told) for one in readings if one.told]
    naming = await name_signals(conn, outfit.vault, told, now=now)
    folded = await fold_named(
        conn,
        outfit.vault,
        naming,
        now=now,
        wall_now=wall_now,
        books=deciding is not None,
        deadlines=terms.deadlines,
        products=terms.products,
    )
    # Before deciding: a source that has just spoken is alive.
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        counts[row.tenant_id, row.source] = counts.get((row.tenant_id, row.source), 0) + 1
    await note_heartbeats(conn, counts, now=now)
    plan = await _decide(deciding, conn, folded, naming.reasons, now=now, started=wall_now)
    decided: set[int] = set()
    if plan is not None:
        await plan.write(conn)
        decided = {person for person, _, _ in plan.moves}
    woken = folded.touched - decided
    await wake(conn, sorted(woken), now=now)
    refused += naming.refused + folded.refused
    await put_back(conn, [(row, _retry_at(needs, wall_now, now)) for row, needs in waiting])
    await set_aside(conn, refused, now=now, alerts=alerts)
    return IntakeResult(
        len(rows),
        folded.touched | naming.merged,
        len(refused),
        len(waiting),
        woken | naming.merged,
        plan.handoffs if plan else [],
        {one.person_id for one in naming.named if lane_of(one.told.signal.type) == LANE_FIRST}
        & folded.touched,
    )


async def _decide(
    deciding: reserving.Outfit | None,
    conn: Connection,
    folded: FoldedBatch,
    reasons: Mapping[int, str],
    *,
    now: datetime,
    started: datetime,
) -> Plan | None:
    """Decide on those whose state moved; None where that has to wait for dispatch."""
    if deciding is None or not folded.books:
        return None
    try:
        return await plan_contacts(deciding, conn, folded.books, reasons, now=now, started=started)
    except (RedisError, OSError, *OF_ONE_ROW) as exc:
        if isinstance(exc, asyncpg.PostgresError):
            raise  # the transaction is over
        # Signals are folded whatever deciding comes to; dispatch will say it again, and louder.
        log.warning("not_decided_at_once", persons=len(folded.books), error=type(exc).__name__)
        return None


def _retry_at(needs: NeedsReadBack, wall_now: datetime, now: datetime) -> datetime:
    # `not_before` of a hint is business time, the inbox's is wall time.
    return wall_now + max(needs.not_before - now, wall_now - wall_now)


async def set_aside(
    conn: Connection,
    refused: list[tuple[ClaimedRow, SignalError]],
    *,
    now: datetime,
    alerts: list[Alert] | None = None,
) -> None:
    """Keep rows that can't take effect in quarantine, and raise an alert per source and reason."""
    if refused:
        await quarantine_rows(conn, [(row, exc.reason, exc.detail) for row, exc in refused])
    raised = [
        Alert(row.tenant_id, "quarantined", f"{row.source}: {exc.reason}", exc.detail)
        for row, exc in refused
    ]
    await raise_alerts(conn, [*raised, *(alerts or ())], at=now)
