"""The limiter against an exact model of it: whole microseconds, several processes, an emptied Redis."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from outreach.channels.throttle import HORIZON_SECONDS, LEAD_MICROS, Slot, SlotRequest, Throttle
from tests.conftest import Servers

_MICROS: Final = 1_000_000
_HORIZON: Final = int(HORIZON_SECONDS * _MICROS)
_RATES: Final = (0.7, 1, 3, 10, 33.3, 100, 1000)
_senders = count(1)

takes = st.tuples(
    st.integers(0, 2),
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(_RATES)), min_size=1, max_size=12),
)
empties = st.just(None)


@dataclass
class Model:
    """One sender's slots as they should be handed out; instants in microseconds since 1970."""

    stored: int = 0
    floors: dict[int, int] = field(default_factory=dict)

    def take(self, process: int, requests: Sequence[SlotRequest], now: int) -> list[Slot]:
        """Give each request the next free slot if it begins within the horizon."""
        free = max(self.stored, self.floors.get(process, 0), now + LEAD_MICROS * len(requests))
        slots = []
        for request in requests:
            wait = free - now
            slots.append(Slot(wait <= _HORIZON, wait / _MICROS))
            if wait <= _HORIZON:
                free += cost(request)
        self.stored = self.floors[process] = free
        return slots


def cost(request: SlotRequest) -> int:
    """Return how long a request's slots last."""
    return round(request.units * _MICROS / request.per_second)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(takes, takes, takes, empties), min_size=1, max_size=8))
def test_slots_are_those_of_the_model(
    servers: Servers, steps: list[tuple[int, list[tuple[int, float]]] | None]
) -> None:
    asyncio.run(play(servers.redis_url, f"model-{next(_senders)}", steps))


async def play(
    redis_url: str, sender: str, steps: list[tuple[int, list[tuple[int, float]]] | None]
) -> None:
    async with Redis.from_url(redis_url) as redis:
        throttles, model = [Throttle(redis) for _ in range(3)], Model()
        granted: list[tuple[int, int, int]] = []
        for step in steps:
            if step is None:
                await redis.delete(f"outreach:slot:{sender}")
                model.stored = 0
                granted.clear()  # another process may be given the same time again
                continue
            process, asked = step
            requests = [SlotRequest(sender, units, rate) for units, rate in asked]
            earliest = await redis_micros(redis)
            slots = await throttles[process].take(requests)
            latest = await redis_micros(redis)
            # Redis's clock can't be set, so it is read out of the answer and held to what it was.
            ends = throttles[process]._floors[sender]
            given_ = sum(
                cost(one) for one, slot in zip(requests, slots, strict=True) if slot.granted
            )
            now = ends - given_ - round(slots[0].wait * _MICROS)
            assert earliest <= now <= latest

            assert slots == model.take(process, requests, now)
            assert model.stored == ends
            for request, slot in zip(requests, slots, strict=True):
                if slot.granted:
                    begins = now + round(slot.wait * _MICROS)
                    assert all(
                        begins >= end or begins + cost(request) <= start
                        for start, end, _ in granted
                    )
                    granted.append((begins, begins + cost(request), process))


async def redis_micros(redis: Redis) -> int:
    """Return Redis's clock."""
    seconds, micros = await redis.time()
    return int(seconds) * _MICROS + int(micros)
