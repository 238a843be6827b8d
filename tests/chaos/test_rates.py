"""A sender's rate holds at the vendor, however many processes send."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from outreach.channels.throttle import HORIZON_SECONDS, SlotRequest, Throttle
from outreach.channels.twilio_sms import TwilioSms
from outreach.runtime import Clock
from outreach.usecases.sending import Sender
from tests.chaos.installation import an_installation
from tests.e2e.service import NOON, PUBLIC
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, running_twilio
from tests.usecases.handoffs import a_handoff

RATE = 100.0
NEEDS = SlotRequest("twilio:main", 1, RATE)
SECONDS = 4.0
_LATE_AT_MOST = 0.25


class Stalls:
    """How long this machine kept the event loop waiting, at worst: no sender can make up for it."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, time.monotonic() - before - 0.002)

    def stop(self) -> None:
        """Stop watching."""
        self._watching.cancel()


def assert_rate(stamps: Sequence[float], per_second: float, stalled: float) -> None:
    """Check every window of one second that begins with a send, up to the last full one."""
    tolerance = max(2.0, 0.05 * per_second) + stalled * per_second
    stamps = sorted(stamps)
    for index, begins in enumerate(stamps):
        if begins + 1 > stamps[-1]:
            break
        sends = bisect_left(stamps, begins + 1) - index
        assert abs(sends - per_second) <= tolerance, f"{sends} sends in a second from {begins}"


async def send_for(
    seconds: float, redis: Redis, session: aiohttp.ClientSession, twilio: FakeTwilio, first: int
) -> None:
    """Send as one worker does, as much as its throttle gives; person numbers count from `first`."""
    options = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": twilio.base_url}
    provider = TwilioSms("twilio", options, session, PUBLIC)
    throttle = Throttle(redis, Clock())
    sender = Sender({"twilio": provider}, Clock(), throttle, asyncio.Event())
    number = first
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        slots = await throttle.take([NEEDS] * 60)
        handoffs = []
        for slot in slots:
            if slot.granted:
                number += 1
                handoffs.append(a_handoff(number, NEEDS, slot.wait, Clock().wall_now()))
        async for answers in sender.send(handoffs):
            assert answers
        beyond = min((slot.wait for slot in slots if not slot.granted), default=HORIZON_SECONDS)
        await asyncio.sleep(max(0.0, beyond - HORIZON_SECONDS))


async def test_two_dispatchers_keep_one_senders_rate_in_every_second(redis_url: str) -> None:
    async with (
        Redis.from_url(redis_url) as redis,
        aiohttp.ClientSession() as session,
        running_twilio(NOON, public_base_url=PUBLIC) as twilio,
    ):
        twilio.usual.statuses = ()
        stalls = Stalls()
        await asyncio.gather(
            send_for(SECONDS, redis, session, twilio, 0),
            send_for(SECONDS, redis, session, twilio, 5000),
        )
        stalls.stop()

        stamps = [one.at for one in twilio.creates]
        by_worker = {int(one.form["To"][-4:]) > 5000 for one in twilio.creates}
        assert by_worker == {True, False}
        assert len(stamps) >= RATE * (SECONDS - 1)
        assert stalls.worst < _LATE_AT_MOST
        assert_rate(stamps, RATE, stalls.worst)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_two_worker_processes_keep_the_rate(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    people, parts, rate = 1500, 2, 200
    async with an_installation(database_url, redis_url, tmp_path, rate=rate, runs=True) as place:
        await place.serve()
        await place.post(*place.people(range(people)))
        place.twilio.usual.statuses = ()
        place.twilio.witness = None
        stalls = Stalls()
        place.work()
        place.work()

        async def all_sent() -> bool:
            return len(place.twilio.creates) == people

        await place.until("everybody was texted", all_sent, 90)
        stalls.stop()
        stamps = sorted(one.at for one in place.twilio.creates)
        per_second = rate / parts
        windows = [bisect_left(stamps, begins + 1) - index for index, begins in enumerate(stamps)]
        # Between the start-up and the last stragglers work always waited, so the rate was there to
        # be used.
        begins, ends = stamps[0] + 1, stamps[-1] - 1
        used = (bisect_left(stamps, ends) - bisect_left(stamps, begins)) / (ends - begins)
        print(
            f"{used:.1f} texts a second, at most {max(windows)}; stub stalled {stalls.worst:.3f} s"
        )
        assert max(windows) <= per_second + max(2.0, 0.05 * per_second)
        assert used >= 0.95 * per_second
