"""What a round of any pipeline measures, so that (a), (b) and (c) are measured alike."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import asyncpg

from tests.bench.ground import StubClient
from tests.bench.load import post_all
from tests.bench.portfolio import phone_of

_POLL_SECONDS: Final = 0.1
# Counting costs the pipeline under test its share of a core, so it is done rarely.
_COUNT_SECONDS: Final = 0.4
_STALLED_SECONDS: Final = 20.0
_WARM_SECONDS: Final = 60.0
_REST_SECONDS: Final = 1.0
WARM: Final = 16
"""Messages that each start of a pipeline spends on imports, connections and caches."""

SQL_WRITES: Final = """
    SELECT regexp_replace(relname, '_(p[0-9]+|default|[0-9_]+)$', '') AS relation,
           sum(n_tup_ins)::bigint, sum(n_tup_upd)::bigint, sum(n_tup_del)::bigint
      FROM pg_stat_user_tables
  GROUP BY 1
"""
SQL_WAL: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"


@dataclass(frozen=True, slots=True)
class Share:
    """The borrowers of one round; those that its warm-up spends aren't measured."""

    warm: range
    borrowers: range

    @classmethod
    def of(cls, first: int, length: int) -> "Share":
        """Return a share of `length` borrowers whose warm-up begins at `first`."""
        return cls(range(first, first + WARM), range(first + WARM, first + WARM + length))

    @property
    def end(self) -> int:
        """Number after the last borrower."""
        return self.borrowers.stop


@dataclass(slots=True)
class Round:
    """One pipeline's figures in one round.

    Attributes:
        messages: How many signals were posted.
        seconds: From the first POST to the last recorded outcome.
        lost: Signals without a recorded outcome, or whose message the stub never saw.
        doubled: Messages that the stub saw beyond one for each recipient.
        writes: Tuples inserted, updated and deleted per message.
        wal_bytes: Write-ahead log per message.
        by_table: `writes` by table, as [inserted, updated, deleted] per message.
        ingested_per_second: Answers per second while posting.
        load_before: The machine's load average of the last minute: whether others used it too.
    """

    messages: int
    seconds: float
    lost: int
    doubled: int
    ingested_per_second: float
    statuses: dict[int, int]
    load_before: float
    writes: float = 0.0
    wal_bytes: float = 0.0
    by_table: dict[str, list[float]] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Messages per second, end to end."""
        return (self.messages - self.lost) / self.seconds

    def to_json(self) -> dict[str, Any]:
        """Return every figure, the rate included."""
        return {"per_second": round(self.per_second, 1), **asdict(self)}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a pipeline's own log says.

    Attributes:
        attempts: Public attempt ids with a settled outcome.
        last_at: Seconds since the epoch of the last one; 0 when there is none.
    """

    attempts: Sequence[str]
    last_at: float


async def run_round(
    stub: StubClient,
    port: int,
    requests: Sequence[bytes],
    *,
    count: Callable[[], Awaitable[int]],
    read: Callable[[], Awaitable[Outcomes]],
) -> Round:
    """Post all requests, wait for all outcomes, and hold the stub's log against the pipeline's.

    Args:
        stub: Emptied first.
        port: Where the pipeline takes webhooks.
        requests: One per message.
        count: Cheap count of recorded outcomes, polled while waiting.
        read: The outcomes, read once at the end.
    """
    await stub.reset()
    load_before = round(os.getloadavg()[0], 2)
    load = await post_all(port, requests)
    await _settle(count, len(requests))
    outcomes = await read()
    sent = Counter(attempt for attempt, _, _ in await stub.log())
    recipients = Counter(recipient for _, recipient, _ in await stub.log())
    done = set(outcomes.attempts) & set(sent)
    extra = sum(recipients.values()) - len(recipients)
    return Round(
        messages=len(requests),
        seconds=max(outcomes.last_at, load.started_wall + 1e-3) - load.started_wall,
        lost=len(requests) - min(len(done), len(requests)),
        doubled=max(
            extra, sum(sent.values()) - len(sent), len(outcomes.attempts) - len(requests), 0
        ),
        ingested_per_second=round(load.per_second, 1),
        statuses=dict(load.statuses),
        load_before=load_before,
    )


async def warm_up(stub: StubClient, port: int, requests: Sequence[bytes], borrowers: range) -> None:
    """Send to a few borrowers and wait until the stub has all: then every process is up.

    Raises:
        RuntimeError: Some never arrived.
    """
    await stub.reset()
    await post_all(port, requests, connections=2)
    if missing := await count_missing(stub, borrowers, within=_WARM_SECONDS):
        raise RuntimeError(f"{missing} messages of a warm-up never arrived; see build/bench-logs")
    await asyncio.sleep(_REST_SECONDS)


async def count_missing(stub: StubClient, borrowers: range, *, within: float) -> int:
    """Wait for a message to each borrower; return how many haven't come in `within` seconds."""
    wanted = {phone_of(i) for i in borrowers}
    deadline = time.monotonic() + within
    while missing := wanted - {recipient for _, recipient, _ in await stub.log()}:
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(_POLL_SECONDS)
    return len(missing)


async def _settle(count: Callable[[], Awaitable[int]], expected: int) -> None:
    """Wait until `expected` outcomes are recorded, or none has been for a while."""
    best, since = -1, time.monotonic()
    while best < expected and time.monotonic() - since < _STALLED_SECONDS:
        found = await count()
        if found > best:
            best, since = found, time.monotonic()
        await asyncio.sleep(_COUNT_SECONDS)


class WriteCount:
    """Counts the tuples written to a database between two calls.

    Backends report their counts when they end, so take both readings while the pipeline's
    processes are stopped.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._before: tuple[dict[str, tuple[int, int, int]], int] = ({}, 0)

    async def start(self) -> None:
        """Take the first reading."""
        self._before = await self._read()

    async def finish(self, result: Round, *, besides: int = 0) -> None:
        """Take the second reading and write the difference per message into `result`.

        Args:
            result: The round in between.
            besides: Messages in between that aren't the round's: a warm-up.
        """
        messages = result.messages + besides
        (before, wal_before), (after, wal_after) = self._before, await self._read()
        for name, counts in after.items():
            delta = [
                new - old for new, old in zip(counts, before.get(name, (0, 0, 0)), strict=True)
            ]
            if any(delta):
                result.by_table[name] = [round(value / messages, 3) for value in delta]
                result.writes += sum(delta) / messages
        result.writes = round(result.writes, 3)
        result.wal_bytes = round((wal_after - wal_before) / messages)

    async def _read(self) -> tuple[dict[str, tuple[int, int, int]], int]:
        conn = await asyncpg.connect(self._url)
        try:
            rows = await conn.fetch(SQL_WRITES)
            wal = await conn.fetchval(SQL_WAL)
        finally:
            await conn.close()
        return {row[0]: (row[1], row[2], row[3]) for row in rows}, wal
