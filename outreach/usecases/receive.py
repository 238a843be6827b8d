"""Take a webhook in: prove the sender, cut it into signals, store them, and only then answer."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import msgspec
import structlog

from outreach.domain.signals import SIGNAL_TYPES, lane_of
from outreach.sources.fineract_events import lane_of_event
from outreach.sources.source import (
    LANE_FIRST,
    Envelope,
    IncomingRequest,
    RawSignal,
    Source,
    inbox_aad,
)
from outreach.store.inbox import NewSignal, Stored, quarantine_conflict, store_signals
from outreach.store.pool import Connection, Pool
from outreach.store.vault import PersonKey, Vault

if TYPE_CHECKING:
    Borrowed: TypeAlias = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Borrowed = asyncpg.Connection

log = structlog.get_logger(__name__)

LARGEST_COMMIT: Final = 500
MOST_WAITING: Final = 20_000
_ACQUIRE_SECONDS: Final = 2.0
_COMMIT_SECONDS: Final = 5.0
"""Senders give up after 5 to 15 s; a commit that takes longer is answered with 503."""

_OF_ONE_ROW: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)


class StoreAwayError(Exception):
    """Nothing could be stored; the sender should try again. `reason` is the kind of failure."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Arrival(msgspec.Struct, frozen=True):
    """One signal on its way to disk, still in clear.

    Attributes:
        tenant: The lender.
        source: Slug of the configured source.
        envelope: What the source cut out.
        packed: `RawSignal.pack()`, to be encrypted under the lender's key of the day.
        at: Wall time of the receipt.
    """

    tenant: str
    source: str
    envelope: Envelope
    packed: bytes
    at: datetime

    def __repr__(self) -> str:
        return f"<Arrival {self.source} {self.envelope.type}>"


class Receipt(msgspec.Struct, frozen=True):
    """What became of one signal of a request, in the request's order."""

    id: str
    type: str
    result: Stored

    @property
    def is_new(self) -> bool:
        """Whether it was kept now, to take effect or in quarantine; False: seen before."""
        return self.result is not Stored.DUPLICATE


class GroupCommit:
    """Commits whatever waits while the previous commit runs, as one statement; no timer.

    A lone signal is written at once, a crowd in groups of up to 500: latency and throughput need no
    setting. The signals of one request are stored together or not at all.

    Args:
        pool: Where to write.
        vault: Keys of the day.
        wake: Called after a commit that stored something; must not block or raise.
        observe: Called with the number of rows and the seconds of each commit.
    """

    def __init__(
        self,
        pool: Pool,
        vault: Vault,
        *,
        wake: Callable[[str], None],
        observe: Callable[[int, float], None] = lambda _rows, _seconds: None,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._wake = wake
        self._observe = observe
        self._waiting: deque[_Waiter] = deque()
        self._rows_waiting = 0
        self._task: asyncio.Task[None] | None = None

    async def put(self, arrivals: Sequence[Arrival]) -> list[Stored]:
        """Store one request's signals; returns after the commit, in the same order.

        Raises:
            StoreAwayError: The database is away, too slow, or too much waits already.
        """
        if self._rows_waiting > MOST_WAITING:
            raise StoreAwayError("crowded")
        waiter = _Waiter(arrivals, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._rows_waiting += len(arrivals)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await waiter.done

    async def close(self) -> None:
        """Commit what waits."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._drain()
        finally:
            self._task = None

    async def _drain(self) -> None:
        """Commit groups over one connection, as long as it works and anything waits."""
        try:
            async with asyncio.timeout(_ACQUIRE_SECONDS):
                conn: Borrowed = await self._pool.acquire()
        except Exception as exc:  # noqa: BLE001 - waiters must be answered whatever happened
            self._fail(self._next_group(), exc)
            return
        try:
            while self._waiting and not conn.is_closed():
                await self._settle(conn, self._next_group())
        finally:
            await self._give_back(conn)

    async def _give_back(self, conn: Borrowed) -> None:
        try:
            await self._pool.release(conn, timeout=_ACQUIRE_SECONDS)
        except Exception as exc:  # noqa: BLE001 - a broken connection must not end the loop
            log.warning("connection_not_released", error=type(exc).__name__)

    def _next_group(self) -> list["_Waiter"]:
        group = [self._waiting.popleft()]
        size = len(group[0].arrivals)
        while self._waiting and size + len(self._waiting[0].arrivals) <= LARGEST_COMMIT:
            group.append(self._waiting.popleft())
            size += len(group[-1].arrivals)
        self._rows_waiting -= size
        return group

    async def _settle(self, conn: Connection, group: list["_Waiter"]) -> None:
        """Commit a group and resolve its waiters; never raises."""
        try:
            arrivals = [arrival for waiter in group for arrival in waiter.arrivals]
            results = await self._commit(conn, arrivals)
        except _OF_ONE_ROW as exc:
            if len(group) > 1:  # one row that can't be written must not cost the others theirs
                for waiter in group:
                    await self._settle(conn, [waiter])
                return
            self._fail(group, exc)
        except Exception as exc:  # noqa: BLE001 - waiters must be answered whatever happened
            self._fail(group, exc)
        else:
            start = 0
            for waiter in group:
                end = start + len(waiter.arrivals)
                if not waiter.done.done():
                    waiter.done.set_result(results[start:end])
                start = end
            if Stored.STORED in results:
                self._wake("intake")

    def _fail(self, group: list["_Waiter"], exc: Exception) -> None:
        log.warning(
            "signals_not_stored",
            error=type(exc).__name__,
            rows=sum(len(waiter.arrivals) for waiter in group),
        )
        for waiter in group:
            if not waiter.done.done():
                waiter.done.set_exception(StoreAwayError(type(exc).__name__))

    async def _commit(self, conn: Connection, arrivals: list[Arrival]) -> list[Stored]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.timeout(_COMMIT_SECONDS):
            rows = await self._encrypted(conn, arrivals)
            first: dict[bytes, NewSignal] = {}
            for row in rows:
                first.setdefault(row.digest, row)
            before = await store_signals(conn, list(first.values()))
            results = []
            for row in rows:
                known = before[row.digest]
                if known is None and first[row.digest] is row:
                    results.append(Stored.STORED)
                elif row.fingerprint == (known or first[row.digest].fingerprint):
                    results.append(Stored.DUPLICATE)
                else:
                    async with conn.transaction():
                        await quarantine_conflict(conn, row, day=row.received_at.date())
                    results.append(Stored.CONFLICT)
        self._observe(len(rows), loop.time() - started)
        return results

    async def _encrypted(self, conn: Connection, arrivals: list[Arrival]) -> list[NewSignal]:
        days = {(arrival.tenant, arrival.at.date()) for arrival in arrivals}
        opened = {day: await self._vault.day_key(conn, *day) for day in days}
        return [_row(arrival, opened[arrival.tenant, arrival.at.date()]) for arrival in arrivals]


def _row(arrival: Arrival, key: PersonKey) -> NewSignal:
    envelope, tenant = arrival.envelope, arrival.tenant
    return NewSignal(
        arrival.at,
        tenant,
        arrival.source,
        envelope.lane,
        envelope.type,
        envelope.digest(tenant),
        envelope.fingerprint,
        b"".join(envelope.subject_digests(tenant)),
        arrival.at + envelope.delay if envelope.delay else arrival.at,
        key.encrypt(arrival.packed, inbox_aad(tenant)),
    )


@dataclass(slots=True)
class _Waiter:
    arrivals: Sequence[Arrival]
    done: "asyncio.Future[list[Stored]]"


async def receive(
    source: Source,
    commit: GroupCommit,
    *,
    headers: Mapping[str, str],
    body: bytes,
    path_secret: str | None,
    webhook_now: datetime,
    business_now: datetime,
    wall_now: datetime,
) -> list[Receipt]:
    """Store the signals of one request; returns after they are on disk.

    Args:
        source: The configured source that the address names.
        commit: Where signals are stored.
        headers: Case-insensitive.
        body: Raw bytes, not longer than the caller allows.
        path_secret: The last part of the address, if there is one.
        webhook_now: Clock that signatures are judged by.
        business_now: Clock that the signal is told by.
        wall_now: Clock that the row is kept by.

    Raises:
        SourceError: See `Source.authenticate` and `Source.split`.
        StoreAwayError: Nothing was stored.
    """
    request = IncomingRequest(headers, body, path_secret, webhook_now)
    source.authenticate(request)
    options = source.options
    envelopes = source.split(request)
    arrivals = [
        Arrival(
            options.tenant,
            options.slug,
            one,
            RawSignal.of(one, options, business_now).pack(),
            wall_now,
        )
        for one in envelopes
    ]
    results = await commit.put(arrivals)
    return [
        Receipt(one.id, one.type, result) for one, result in zip(envelopes, results, strict=True)
    ]


def lane_again(type_: str) -> int:
    """Return the inbox lane of a stored type: ours, a Fineract event, or a hook's entity/action."""
    if type_ in SIGNAL_TYPES:
        return lane_of(type_)
    if "/" in type_:
        return LANE_FIRST
    return lane_of_event(type_)
