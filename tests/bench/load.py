"""Posts prepared requests over keep-alive connections and times each answer.

Cheap on purpose (no HTTP client): on a small machine the loader shares its cores with what it
measures.
"""

import asyncio
import gc
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

CONNECTIONS: Final = 64
_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_GIVE_UP_SECONDS: Final = 180.0


@dataclass(slots=True)
class LoadResult:
    """What a run of the loader saw.

    Attributes:
        started: Monotonic seconds of the first POST.
        started_wall: The same instant as seconds since the epoch.
        finished: Monotonic seconds of the last answer.
        latencies: Seconds from writing a request to the end of its answer, in order of answers.
        sent_at: Monotonic seconds at which each request was written, by its position.
        statuses: How often each HTTP status came.
    """

    started: float
    started_wall: float
    finished: float = 0.0
    latencies: list[float] = field(default_factory=list)
    sent_at: dict[int, float] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / (self.finished - self.started)

    @property
    def accepted(self) -> int:
        """How many were answered with a 2xx."""
        return sum(count for status, count in self.statuses.items() if status // 100 == 2)

    def percentile_ms(self, share: float) -> float:
        """Return the latency that `share` of the answers stayed within, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Connection(asyncio.Protocol):
    """Posts the next waiting request as soon as the previous one is answered."""

    def __init__(self, waiting: deque[tuple[int, bytes]], result: LoadResult) -> None:
        self._waiting = waiting
        self._result = result
        self._buffer = b""
        self._sent = 0.0
        self._flying: tuple[int, bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start with the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.next()

    def next(self) -> None:
        """Write the next request, or close when none is left."""
        assert self._transport is not None
        if not self._waiting:
            self._flying = None
            self._transport.close()
            return
        self._flying = self._waiting.popleft()
        self._sent = self._result.sent_at[self._flying[0]] = time.monotonic()
        self._transport.write(self._flying[1])

    def data_received(self, data: bytes) -> None:
        """Note a complete answer and go on."""
        self._buffer += data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        total = end + len(_HEAD_END) + _content_length(self._buffer[:end].lower())
        if len(self._buffer) < total:
            return
        now = time.monotonic()
        self._result.latencies.append(now - self._sent)
        self._result.statuses[int(self._buffer[9:12])] += 1
        self._result.finished = now
        self._buffer = self._buffer[total:]
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give an unanswered request back: the receiver must know it by its id."""
        if self._flying is not None:
            self._waiting.appendleft(self._flying)
            self._buffer = b""
        self.closed.set_result(None)


async def post_all(
    port: int, requests: Sequence[bytes], *, connections: int = CONNECTIONS
) -> LoadResult:
    """Post all requests, `connections` at a time, as fast as they are answered.

    Raises:
        TimeoutError: Not all were answered within three minutes.
    """
    waiting = deque(enumerate(requests))
    result = LoadResult(time.monotonic(), time.time())  # noqa: TID251 - compared with the database's clock
    gc.collect()
    gc.disable()
    try:
        async with asyncio.timeout(_GIVE_UP_SECONDS):
            await asyncio.gather(
                *(_keep_posting(port, waiting, result) for _ in range(connections))
            )
    finally:
        gc.enable()
    return result


async def post_spaced(port: int, requests: Sequence[bytes], *, per_second: float) -> LoadResult:
    """Post one request after the other at an even pace, each on a connection of its own."""
    result = LoadResult(time.monotonic(), time.time())  # noqa: TID251 - compared with the database's clock
    tasks = []
    for position, request in enumerate(requests):
        await asyncio.sleep(max(0.0, result.started + position / per_second - time.monotonic()))
        one = deque([(position, request)])
        tasks.append(asyncio.create_task(_keep_posting(port, one, result)))
    await asyncio.gather(*tasks)
    return result


async def _keep_posting(port: int, waiting: deque[tuple[int, bytes]], result: LoadResult) -> None:
    """Keep one connection busy; open another when the server closes it."""
    loop = asyncio.get_running_loop()
    while waiting:
        _, connection = await loop.create_connection(
            lambda: _Connection(waiting, result), "127.0.0.1", port
        )
        await connection.closed


def _content_length(head: bytes) -> int:
    at = head.find(_LENGTH)
    if at < 0:
        return 0
    end = head.find(b"\r\n", at)
    return int(head[at + len(_LENGTH) : end if end >= 0 else None])
