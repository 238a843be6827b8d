"""A sender's rate holds at the vendor, however many processes send."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from redis.asyncio import Redis

from outreach.channels.provider import Attempt
from outreach.channels.throttle import HORIZON_SECONDS, SlotRequest, Throttle
from outreach.channels.twilio_sms import TwilioSms
from outreach.domain.contacts import attempt_id
from outreach.domain.vocabulary import Channel, Purpose
from outreach.runtime import Clock
from outreach.store.contacts import Reservation
from outreach.store.vault import Vault
from outreach.usecases.budget import Spend
from outreach.usecases.sending import Handoff, Sender
from tests.chaos.installation import MASTER_KEY, an_installation
from tests.e2e.service import NOON, PUBLIC, US_NUMBER
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, running_twilio

RATE = 100.0
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


def a_handoff(number: int, wait: float) -> Handoff:
    """Return one reserved text on its way out."""
    contact = uuid4()
    reservation = Reservation(
        tenant_id="acme",
        person_id=number,
        contact_id=contact,
        case_id=1,
        step="day-2",
        occurrence="1:4:1",
        try_=1,
        debts=(1,),
        channel=Channel.SMS,
        purpose=Purpose.COLLECTION,
        endpoint_id="ph-1",
        address_hmac=b"",
        provider="twilio",
        sender=US_NUMBER,
        template="overdue_early@0",
        treatment="us-default@0",
        at=NOON,
        send_before=Clock().wall_now() + timedelta(seconds=30),
        parts=1,
        cost_micros=0,
    )
    attempt = Attempt(
        attempt_id=attempt_id(number, contact),
        channel=Channel.SMS,
        sender=US_NUMBER,
        recipient=f"+1212555{number:04}",
        body="A text.",
        valid_for=timedelta(hours=1),
        reserved_at=Clock().wall_now(),
    )
    spend = Spend("acme", NOON.date(), 0, None)
    return Handoff(reservation, attempt, Vault(MASTER_KEY).new_key(), wait, spend)


async def send_for(
    seconds: float, redis: Redis, session: aiohttp.ClientSession, twilio: FakeTwilio, first: int
) -> None:
    """Send as one worker does, as much as its throttle gives; person numbers count from `first`."""
    options = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": twilio.base_url}
    provider = TwilioSms("twilio", options, session, PUBLIC)
    sender = Sender({"twilio": provider}, Clock(), asyncio.Event())
    throttle, number = Throttle(redis), first
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        slots = await throttle.take([SlotRequest("twilio:main", 1, RATE)] * 60)
        handoffs = []
        for slot in slots:
            if slot.granted:
                number += 1
                handoffs.append(a_handoff(number, slot.wait))
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
        place.work()
        place.work()

        async def all_sent() -> bool:
            return len(place.twilio.creates) == people

        await place.until("everybody was texted", all_sent, 90)
        stamps = sorted(one.at for one in place.twilio.creates)
        limit = rate / parts + max(2.0, 0.05 * rate / parts)
        windows = sorted(
            bisect_left(stamps, begins + 1) - index for index, begins in enumerate(stamps)
        )
        # A process that the machine didn't let run for a while sends late what had its slot then.
        assert windows[int(0.95 * len(windows))] <= limit
        assert windows[-1] <= 1.5 * rate / parts
        # Between the start-up and the last stragglers work always waited, so the rate was there to
        # be used.
        begins, ends = stamps[0] + 1, stamps[-1] - 1
        used = bisect_left(stamps, ends) - bisect_left(stamps, begins)
        assert used >= 0.95 * (rate / parts) * (ends - begins)
        print(f"{people} texts in {stamps[-1] - stamps[0]:.1f} s, at most {windows[-1]} in one")
