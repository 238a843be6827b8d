"""Slots are handed out at the sender's rate, across processes, also after Redis was emptied."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from outreach.channels.throttle import HORIZON_SECONDS, LEAD_MICROS, Slot, SlotRequest, Throttle

WALL = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Still:
    """A clock that stands still: no answer takes any time."""

    def wall_now(self) -> datetime:
        return WALL


class Strolling:
    """A clock by which every answer takes a quarter of a second."""

    def __init__(self, year: int) -> None:
        self._now = WALL.replace(year=year)

    def wall_now(self) -> datetime:
        self._now += timedelta(seconds=0.25)
        return self._now


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


def texts(
    count: int, *, sender: str = "main", units: int = 1, rate: float = 10
) -> list[SlotRequest]:
    return [SlotRequest(sender, units, rate)] * count


def spaced(slots: Sequence[Slot]) -> list[float]:
    """Return how long after the first one each slot is, in seconds."""
    return [round(slot.wait - slots[0].wait, 3) for slot in slots]


async def test_slots_are_one_over_the_rate_apart(redis: Redis) -> None:
    slots = await Throttle(redis, Still()).take(texts(5))

    assert spaced(slots) == [0, 0.1, 0.2, 0.3, 0.4]


async def test_a_long_message_takes_as_many_slots_as_it_has_parts(redis: Redis) -> None:
    slots = await Throttle(redis, Still()).take([*texts(1, units=3), *texts(1)])

    assert spaced(slots) == [0, 0.3]


async def test_work_beyond_the_horizon_takes_nothing_and_learns_when_to_come_back(
    redis: Redis,
) -> None:
    slots = await Throttle(redis, Still()).take(texts(20))

    granted = [slot for slot in slots if slot.granted]
    refused = [slot for slot in slots if not slot.granted]
    assert len(granted) == int((HORIZON_SECONDS - slots[0].wait) * 10) + 1
    assert all(slot.wait > HORIZON_SECONDS for slot in refused)


async def test_two_processes_share_one_senders_rate(redis: Redis) -> None:
    one, two = Throttle(redis, Still()), Throttle(redis, Still())

    first = await one.take(texts(3))
    second = await two.take(texts(3))

    assert second[0].wait > first[-1].wait
    assert second[0].wait == pytest.approx(0.3, abs=0.08)


async def test_senders_do_not_slow_each_other(redis: Redis) -> None:
    slots = await Throttle(redis, Still()).take([*texts(3, sender="a"), *texts(1, sender="b")])

    assert slots[-1].wait == slots[0].wait


async def test_an_emptied_redis_does_not_hand_the_same_second_out_twice(redis: Redis) -> None:
    throttle = Throttle(redis, Still())
    before = await throttle.take(texts(8))
    await redis.flushall()

    after = await throttle.take(texts(1))

    assert after[0].wait > before[-1].wait


async def test_an_idle_senders_first_slot_leaves_time_to_commit_the_batch(redis: Redis) -> None:
    slots = await Throttle(redis, Still()).take(texts(200, rate=1000))

    assert slots[0].wait == pytest.approx(200 * LEAD_MICROS / 1e6)


async def test_a_lone_text_waits_for_nothing_that_can_be_felt(redis: Redis) -> None:
    [slot] = await Throttle(redis, Still()).take(texts(1))

    assert slot.wait < 0.001


async def test_nothing_asked_nothing_taken(redis: Redis) -> None:
    assert await Throttle(redis, Still()).take([]) == []


@pytest.mark.parametrize(("year", "age"), [(2020, 0), (2100, 0.25)])
async def test_a_clock_that_is_off_shifts_slots_by_no_more_than_the_answer_took(
    redis: Redis, year: int, age: float
) -> None:
    slots = await Throttle(redis, Strolling(year)).take(texts(2))

    assert slots[0].wait == pytest.approx(2 * LEAD_MICROS / 1e6 - age)
    assert spaced(slots) == [0, 0.1]


async def test_work_may_look_further_ahead_than_the_horizon(redis: Redis) -> None:
    throttle = Throttle(redis, Still())
    await throttle.take(texts(20))

    near, far = await throttle.take([*texts(1), SlotRequest("main", 1, 10, within=1.9)])

    assert (near.granted, far.granted) == (False, True)
    assert far.wait == pytest.approx(near.wait)
