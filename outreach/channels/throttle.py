"""Send slots per sender, shared by all workers: a token costs one slot, slots are 1/rate apart.

One Redis script a batch. The script keeps, per sender, the instant at which the next slot starts
(the generic cell rate algorithm with no burst); a request beyond the horizon takes nothing and
learns when to come back. Each process remembers the latest slot it was given, so that an emptied
Redis can't hand the same second out twice to it. An idle sender's first slot lies as far ahead as
the batch needs to be committed, so that it goes out spaced and not in a burst.
"""

from collections.abc import Sequence
from typing import Final

from redis.asyncio import Redis

from outreach.domain.records import dataclass

_MICROS: Final = 1_000_000
# Slots further ahead than this aren't leased: the work waits in the agenda instead.
HORIZON_SECONDS: Final = 1.0
# What committing one reservation takes, about.
LEAD_MICROS: Final = 400
_KEY: Final = "outreach:slot:"

_SCRIPT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local horizon = tonumber(ARGV[1])
local earliest = now + tonumber(ARGV[2])
local tats, out = {}, {}
for i, key in ipairs(KEYS) do
    local stored = tonumber(redis.call('GET', key) or '0')
    local floor = tonumber(ARGV[2 + i])
    tats[i] = math.max(stored, floor, earliest)
end
local at = 3 + #KEYS
while ARGV[at] do
    local sender, cost = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    local wait = tats[sender] - now
    if wait <= horizon then
        out[#out + 1] = wait
        tats[sender] = tats[sender] + cost
    else
        out[#out + 1] = -wait
    end
    at = at + 2
end
for i, key in ipairs(KEYS) do
    local kept = 60000 + math.ceil((tats[i] - now) / 1000)
    redis.call('SET', key, string.format('%.0f', tats[i]), 'PX', kept)
    out[#out + 1] = string.format('%.0f', tats[i])
end
return out
"""


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """One contact's need: `units` slots (SMS parts, calls) of a sender at `per_second`."""

    sender: str
    units: int
    per_second: float


@dataclass(frozen=True, slots=True)
class Slot:
    """`granted` with seconds to wait first; or not, with seconds to come back in."""

    granted: bool
    wait: float


class Throttle:
    """Hands out send slots; see the module.

    Args:
        redis: The shared Redis; an outage raises its ConnectionError, and nothing is reserved.
    """

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._floors: dict[str, int] = {}

    async def take(self, requests: Sequence[SlotRequest]) -> list[Slot]:
        """Lease slots for a batch, first come first served; answers in the order asked."""
        if not requests:
            return []
        senders = sorted({request.sender for request in requests})
        index = {sender: position for position, sender in enumerate(senders, 1)}
        arguments: list[int] = [int(HORIZON_SECONDS * _MICROS), LEAD_MICROS * len(requests)]
        arguments += [self._floors.get(sender, 0) for sender in senders]
        for request in requests:
            arguments += [
                index[request.sender],
                round(request.units * _MICROS / request.per_second),
            ]
        answer = await self._script(keys=[_KEY + sender for sender in senders], args=arguments)
        for sender, slot in zip(senders, answer[len(requests) :], strict=True):
            self._floors[sender] = int(slot)
        waits = [int(wait) for wait in answer[: len(requests)]]
        return [Slot(wait >= 0, abs(wait) / _MICROS) for wait in waits]
