"""Whoever misses a slot takes another: in simulated time, with stalls, against the exact model."""

import asyncio
import random
import selectors
from bisect import bisect_left
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from redis.exceptions import ConnectionError as RedisAway

from outreach.channels.provider import Accepted, Attempt, Provider
from outreach.channels.throttle import HORIZON_SECONDS, LATE_SECONDS, Slot, SlotRequest
from outreach.domain.vocabulary import DeliveryState
from outreach.usecases.reserving import HAND_OFF_WITHIN
from outreach.usecases.sending import Answered, Released, Sender
from tests.channels.slot_model import MICROS, SlotModel
from tests.usecases.handoffs import a_handoff

_BEGIN = datetime(2026, 11, 23, 12, tzinfo=UTC)
_BATCH = 60
_SECONDS = 20.0


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Waits in no time: its clock jumps to whatever is next."""

    def __init__(self) -> None:
        self.at = 0.0
        loop = self

        class Jumping(selectors.SelectSelector):
            def select(self, timeout: float | None = None) -> list[Any]:
                assert timeout is not None, "everybody waits for somebody else"
                loop.at += max(0.0, timeout)
                return super().select(0)

        super().__init__(Jumping())

    def time(self) -> float:
        return self.at


def run(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(main)


@dataclass
class World:
    """Two workers' surroundings: the clock, one Redis, one vendor; all in simulated time."""

    per_second: float
    loop: SimulatedLoop = field(
        default_factory=lambda: cast("SimulatedLoop", asyncio.get_running_loop())
    )
    slots: SlotModel = field(default_factory=SlotModel)
    stamps: list[float] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    answers: list[Answered] = field(default_factory=list)
    handed: int = 0
    asked_again: int = 0

    @property
    def needs(self) -> SlotRequest:
        return SlotRequest("twilio:main", 1, self.per_second)

    def wall_now(self) -> datetime:
        return _BEGIN + timedelta(seconds=self.loop.at)

    async def send(self, attempt: Attempt, deadline: float) -> Accepted:
        self.stamps.append(self.loop.at)
        self.sent[attempt.attempt_id] += 1
        await asyncio.sleep(0.05)
        return Accepted(f"SM{len(self.stamps)}", DeliveryState.ACCEPTED, 1)

    def sender(self, process: "Process") -> Sender:
        providers = {"twilio": cast("Provider", self)}
        return Sender(providers, self, process, asyncio.Event())


@dataclass
class Process:
    """One worker at full speed. Committing a batch takes it one of `commits` seconds."""

    world: World
    commits: Sequence[float]
    choose: random.Random
    floors: dict[str, int] = field(default_factory=dict)
    deliveries: list[asyncio.Task[None]] = field(default_factory=list)

    async def take(self, requests: Sequence[SlotRequest]) -> list[Slot]:
        world = self.world
        world.asked_again += any(one.within != HORIZON_SECONDS for one in requests)
        return world.slots.take(round(world.loop.at * MICROS), requests, self.floors)

    async def work(self) -> None:
        world = self.world
        sender = world.sender(self)
        while world.loop.at < _SECONDS:
            slots = await self.take([world.needs] * _BATCH)
            reserved_at = world.wall_now()
            batch = []
            for slot in slots:
                if slot.granted:
                    world.handed += 1
                    one = a_handoff(
                        world.handed, world.needs, slot.wait, reserved_at, HAND_OFF_WITHIN
                    )
                    batch.append(one)
            await asyncio.sleep(self.choose.choice(self.commits))
            self.deliveries.append(asyncio.create_task(self.deliver(sender, batch)))
            await asyncio.sleep(0.1)
        await asyncio.gather(*self.deliveries)

    async def deliver(self, sender: Sender, batch: Sequence[Any]) -> None:
        async for answers in sender.send(batch):
            self.world.answers += answers


async def stall(world: World, choose: random.Random, seconds: Sequence[float]) -> None:
    """Now and then let nothing run for a while, as a busy machine does."""
    while True:
        await asyncio.sleep(choose.uniform(0.05, 1.5))
        world.loop.at += choose.choice(seconds)


def most_in_a_second(stamps: Sequence[float]) -> int:
    # What is a microsecond's rounding away from the window's end is outside it.
    return max(bisect_left(stamps, begins + 1 - 2e-6) - at for at, begins in enumerate(stamps))


async def two_at_work(
    per_second: float, commits: Sequence[float], stalls: Sequence[float], seed: int
) -> World:
    world, choose = World(per_second), random.Random(seed)
    stalling = asyncio.create_task(stall(world, choose, stalls)) if stalls else None
    one, two = Process(world, (0.01,), choose), Process(world, commits, choose)
    await asyncio.gather(one.work(), two.work())
    if stalling is not None:
        stalling.cancel()

    # Nothing is lost, nothing goes twice: each was sent once or released, and was answered once.
    ids = Counter(one.handoff.attempt.attempt_id for one in world.answers)
    gone = {
        one.handoff.attempt.attempt_id for one in world.answers if isinstance(one.result, Accepted)
    }
    assert set(ids.values()) == set(world.sent.values()) == {1}
    assert len(ids) == world.handed
    assert gone == set(world.sent)
    late = [
        one
        for one in world.answers
        if one.result != Released("too_late") and one.handoff.attempt.attempt_id not in gone
    ]
    assert late == []
    return world


@pytest.mark.parametrize("per_second", [0.7, 15.0, 40.0, 100.0, 400.0])
def test_stalls_never_crowd_a_second(per_second: float) -> None:
    async def main() -> None:
        world = await two_at_work(per_second, (0.01, 0.2, 0.6), (0.02, 0.1, 0.4), seed=7)

        assert most_in_a_second(world.stamps) <= per_second + max(2.0, 0.05 * per_second)
        # Time in which nothing ran is lost (a sixth of it); what is left is used.
        assert len(world.stamps) >= 0.6 * min(per_second, 100) * _SECONDS
        assert world.asked_again

    run(main())


@pytest.mark.parametrize("per_second", [15.0, 100.0, 400.0])
def test_where_nobody_is_late_the_whole_rate_is_used_and_nothing_is_asked_twice(
    per_second: float,
) -> None:
    async def main() -> None:
        world = await two_at_work(per_second, (0.02,), (), seed=7)

        assert most_in_a_second(world.stamps) <= per_second + 1
        assert len(world.stamps) >= 0.99 * per_second * _SECONDS
        assert world.asked_again == 0

    run(main())


def test_those_who_wake_up_late_together_ask_once() -> None:
    async def main() -> None:
        world = World(100.0)
        process = Process(world, (), random.Random(1))
        reserved_at = world.wall_now()
        slots = await process.take([world.needs] * 30)
        batch = [
            a_handoff(number, world.needs, slot.wait, reserved_at)
            for number, slot in enumerate(slots, 1)
        ]
        sending = asyncio.create_task(process.deliver(world.sender(process), batch))
        await asyncio.sleep(0.1)
        on_time = len(world.stamps)
        world.loop.at += 0.15
        await sending

        # The stall ended at 0.25: whose slot was at most LATE_SECONDS ago goes, the others queue up.
        assert world.asked_again == 1
        assert len(world.stamps) == len(batch)
        late = sum(0.1 < slot.wait < 0.25 - LATE_SECONDS for slot in slots)
        assert world.stamps[-late:] == pytest.approx(
            [slots[-1].wait + 0.01 * place for place in range(1, late + 1)], abs=1e-5
        )
        assert on_time + late < len(batch)

    run(main())


@pytest.mark.parametrize("queue", [1.5, 2.5])
def test_a_slot_past_the_time_to_hand_off_is_no_use(queue: float) -> None:
    async def main() -> None:
        world = World(100.0)
        process = Process(world, (), random.Random(1))
        world.slots.stored["twilio:main"] = round((world.loop.at + queue) * MICROS)
        late = a_handoff(1, world.needs, -0.05, world.wall_now(), HAND_OFF_WITHIN)
        await process.deliver(world.sender(process), [late])

        [answer] = world.answers
        assert (answer.result == Released("too_late")) is (queue > 2)
        assert world.stamps == ([queue] if queue < 2 else [])

    run(main())


def test_without_redis_whoever_is_late_is_released() -> None:
    class Away(Process):
        async def take(self, requests: Sequence[SlotRequest]) -> list[Slot]:
            raise RedisAway

    async def main() -> None:
        world = World(100.0)
        process = Away(world, (), random.Random(1))
        on_time = a_handoff(1, world.needs, 0.2, world.wall_now())
        late = a_handoff(2, world.needs, -0.2, world.wall_now())
        await process.deliver(world.sender(process), [on_time, late])

        results = {one.handoff.wait: one.result for one in world.answers}
        assert results[-0.2] == Released("too_late")
        assert isinstance(results[0.2], Accepted)

    run(main())
