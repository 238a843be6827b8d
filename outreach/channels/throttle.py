"""Send slots per sender, shared by all workers: a token costs one slot, slots are 1/rate apart.

One Redis script a batch. The script keeps, per sender, the instant at which the next slot starts
(the generic cell rate algorithm with no burst); a request beyond its horizon takes nothing and
learns when its slot would be, behind those of the batch that were refused before it. Each process
remembers the latest slot it was given, so that an emptied Redis can't hand the same second out
twice to it. An idle sender's first slot lies as far ahead as the batch needs to be committed, so
that it goes out spaced and not in a burst.

A slot not used by `LATE_SECONDS` after its start is lost: going later would add a send to a second
that is full already. Whoever misses one asks for another.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from outreach.channels.provider import WallClock
from outreach.domain.records import dataclass

_MICROS: Final = 1_000_000
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
# Slots further ahead than this aren't leased: the work waits in the agenda instead.
HORIZON_SECONDS: Final = 1.5
# The sends of one second come from slots that start within it or up to this long before: at a rate
# r fewer than r + r * LATE_SECONDS + 1. To stay within r + max(2, 0.05 r), LATE_SECONDS may be
# 1 / r up to 40/s and 0.05 - 1 / r above; both are least at 40/s: 25 ms serves every rate.
LATE_SECONDS: Final = 0.025
# What committing one reservation takes, about.
LEAD_MICROS: Final = 400
_KEY: Final = "outreach:slot:"

_SCRIPT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local earliest = now + tonumber(ARGV[1])
local tats, refused, out = {}, {}, {}
for i, key in ipairs(KEYS) do
    local stored = tonumber(redis.call('GET', key) or '0')
    local floor = tonumber(ARGV[1 + i])
    tats[i] = math.max(stored, floor, earliest)
    refused[i] = 0
end
local at = 2 + #KEYS
while ARGV[at] do
    local sender, cost = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    local horizon = tonumber(ARGV[at + 2])
    local wait = tats[sender] - now
    if wait <= horizon then
        out[#out + 1] = wait
        tats[sender] = tats[sender] + cost
    else
        out[#out + 1] = -(wait + refused[sender])
        refused[sender] = refused[sender] + cost
    end
    at = at + 3
end
for i, key in ipairs(KEYS) do
    local kept = 60000 + math.ceil((tats[i] - now) / 1000)
    redis.call('SET', key, string.format('%.0f', tats[i]), 'PX', kept)
    out[#out + 1] = string.format('%.0f', tats[i])
end
out[#out + 1] = string.format('%.0f', now)
return out
"""


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """One contact's need: `units` slots (SMS parts, calls) of a sender at `per_second`.

    A slot more than `within` seconds ahead is of no use.
    """

    sender: str
    units: int
    per_second: float
    within: float = HORIZON_SECONDS


@dataclass(frozen=True, slots=True)
class Slot:
    """`granted` with seconds to wait first; or not, with seconds until its slot would be.

    The seconds count from when it was answered; below zero the slot has passed on the way here.
    """

    granted: bool
    wait: float


class Throttle:
    """Hands out send slots; see the module.

    Args:
        redis: The shared Redis; an outage raises its ConnectionError, and nothing is reserved.
        clock: Held against Redis's own, so that an answer read late doesn't shift its slots.
    """

    def __init__(self, redis: Redis, clock: WallClock) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._clock = clock
        self._floors: dict[str, int] = {}

    async def take(self, requests: Sequence[SlotRequest]) -> list[Slot]:
        """Lease slots for a batch, first come first served; answers in the order asked."""
        if not requests:
            return []
        senders = sorted({request.sender for request in requests})
        index = {sender: position for position, sender in enumerate(senders, 1)}
        arguments: list[int] = [LEAD_MICROS * len(requests)]
        arguments += [self._floors.get(sender, 0) for sender in senders]
        for request in requests:
            arguments += [
                index[request.sender],
                round(request.units * _MICROS / request.per_second),
                int(request.within * _MICROS),
            ]
        asked = self._clock.wall_now()
        answer = await self._script(keys=[_KEY + sender for sender in senders], args=arguments)
        answered = self._clock.wall_now()
        for sender, slot in zip(senders, answer[len(requests) : -1], strict=True):
            self._floors[sender] = int(slot)
        # Redis counted from a moment between the two readings; a clock of its own that is off
        # by more than the way there and back is believed no further than that.
        told = _EPOCH + timedelta(microseconds=int(answer[-1]))
        age = (answered - min(max(told, asked), answered)).total_seconds()
        waits = [int(wait) for wait in answer[: len(requests)]]
        return [Slot(wait >= 0, abs(wait) / _MICROS - age) for wait in waits]


class Slots(Protocol):
    """Whoever hands out slots: the `Throttle`."""

    async def take(self, requests: Sequence[SlotRequest]) -> list[Slot]:
        """Lease slots for a batch; see `Throttle.take`."""


class OtherSlots:
    """New slots for those who missed theirs: all that ask in the same moment share one call.

    Args:
        slots: Where they come from.
        clock: Tells when they start.
    """

    def __init__(self, slots: Slots, clock: WallClock) -> None:
        self._slots = slots
        self._clock = clock
        self._asking: list[tuple[SlotRequest, asyncio.Future[datetime | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def take(self, request: SlotRequest) -> datetime | None:
        """Return when a slot starts; None where none is near enough or nobody hands them out."""
        mine: asyncio.Future[datetime | None] = asyncio.get_running_loop().create_future()
        self._asking.append((request, mine))
        if len(self._asking) == 1:
            # Runs after whatever woke up together with this one.
            self._task = asyncio.create_task(self._ask())
        return await mine

    async def _ask(self) -> None:
        asking, self._asking = self._asking, []
        slots: Sequence[Slot | None]
        try:
            slots = await self._slots.take([request for request, _ in asking])
        except (RedisError, OSError):
            slots = [None] * len(asking)
        now = self._clock.wall_now()
        for (_, waiting), slot in zip(asking, slots, strict=True):
            if not waiting.done():
                starts = now + timedelta(seconds=slot.wait) if slot and slot.granted else None
                waiting.set_result(starts)
