"""Half an hour without a provider: nothing is lost, doubled, late, out of turn or in a burst."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from tests.e2e.service import NOON, US_NUMBER, Service, a_service
from tests.e2e.signals import a_phone
from tests.fakes.twilio import Behavior

BEGINS: Final = NOON + timedelta(hours=2)
MINUTES: Final = 30
PER_SECOND: Final = 20
ZONES: Final = (
    ("America/New_York", "US-NY", "+1212555"),
    ("America/Los_Angeles", "US-NV", "+1702555"),
)
PEOPLE: Final = 56
LENDER: Final = {
    "senders": {
        "main": {
            "channel": "sms",
            "provider": "twilio",
            "address": US_NUMBER,
            "rate_per_second": PER_SECOND,
        }
    }
}


async def owe(service: Service, people: Sequence[int]) -> None:
    """Let people be overdue, alternately in the east and in the west."""
    for one in people:
        zone, region, prefix = ZONES[one % 2]
        phone = a_phone("ph-1", f"{prefix}{1000 + one}", primary=True)
        address = {"country": "US", "region": region}
        await service.post(
            service.borrower(f"BR-{one}", phones=[phone], timezone=zone, address=address),
            service.overdue(days=3, loan=f"LN-{one}", borrower=f"BR-{one}"),
        )
    await service.fold()


async def minute(service: Service, at: datetime) -> None:
    """Let a minute of business time pass, and a circuit's time for a probe come."""
    await service.move_to(at)
    await service.rows("UPDATE circuits SET probe_at = opened_at RETURNING 1")
    await service.dispatch()


async def test_half_an_hour_without_a_provider(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url, at=BEGINS, lender=LENDER) as service:
        service.twilio.usual = Behavior(answer="drop", taken=False)
        await owe(service, range(PEOPLE // 2))
        for one in range(5):
            await minute(service, BEGINS + timedelta(seconds=one))
        await owe(service, range(PEOPLE // 2, PEOPLE))  # more fall due while it lasts
        for one in range(1, MINUTES):
            await minute(service, BEGINS + timedelta(minutes=one))
        tried = len(service.twilio.creates)
        waiting = await service.rows("SELECT 1 FROM agenda WHERE reason LIKE '%account_open%'")
        # Only what was in flight when it fell silent, then one probe a minute at most.
        assert len(waiting) == PEOPLE - len(await unknown(service))
        assert len(waiting) > PEOPLE // 4

        service.twilio.usual = Behavior()
        back = BEGINS + timedelta(minutes=MINUTES)
        await minute(service, back)
        for one in range(1, 30):
            await asyncio.sleep(0.2)
            await minute(service, back + timedelta(seconds=one))
        await service.receipts()
        sent = service.twilio.creates[tried:]
        contacts = await service.contacts()

        # Nothing is lost, and nothing is doubled.
        assert await service.rows("SELECT 1 FROM circuits") == []
        made = [one for one in contacts if one["delivery_state"] != "released"]
        assert len({one["person_id"] for one in made}) == len(made) == PEOPLE
        assert len(sent) == len(waiting)
        # Nothing goes faster than the sender may.
        arrivals = sorted(one.at for one in sent)
        for first, last in pairwise([arrivals[0], *arrivals[:: PER_SECOND + 2]]):
            assert last == first or last - first > 0.9
        # What expires first goes first; the probe is whoever came first.
        order = [one.form["To"].startswith("+1702") for one in sent[1:]]
        assert order == sorted(order), "the west, whose window is longer, waits for the east"
        # Nothing leaves outside its window.
        for row in await decided(service):
            assert row["at"].isoformat() < row["closes_at"]


async def unknown(service: Service) -> list[Any]:
    return [one for one in await service.contacts() if one["delivery_state"] == "unknown"]


async def decided(service: Service) -> list[dict[str, Any]]:
    return [row for row in await service.log() if row["kind"] == "decided"]


async def test_who_waits_past_the_window_is_not_contacted_after_it(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, at=BEGINS, lender=LENDER) as service:
        service.twilio.usual = Behavior(answer="drop", taken=False)
        await owe(service, range(12))
        await service.dispatch()
        tried = len(service.twilio.creates)
        late = datetime.fromisoformat("2026-11-24T05:30:00+00:00")  # night in New York and Nevada
        service.twilio.usual = Behavior()
        await minute(service, late)
        await minute(service, late + timedelta(minutes=5))

        assert len(service.twilio.creates) == tried
