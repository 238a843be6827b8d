"""Several senders for one channel: shared out, kept to, passed over, and warmed up."""

from collections import Counter
from typing import Any, Final

from outreach.store.pauses import Pause, pause
from tests.e2e.service import NOON, US_NUMBER, Service, a_service
from tests.e2e.signals import a_phone

SECOND: Final = "+12125550200"
PEOPLE: Final = 24


def two(**second: Any) -> dict[str, Any]:
    """Return a lender with two numbers; the second may be changed."""
    usual = {"channel": "sms", "provider": "twilio", "rate_per_second": 500}
    return {
        "senders": {
            "main": {**usual, "address": US_NUMBER},
            "second": {**usual, "address": SECOND, **second},
        }
    }


async def owe(service: Service, people: int = PEOPLE, *, days: int = 3) -> None:
    for one in range(1, people + 1):
        phone = a_phone("ph-1", f"+1212555{1000 + one}", primary=True)
        await service.post(
            service.borrower(f"BR-{one}", phones=[phone]),
            service.overdue(days=days, loan=f"LN-{one}", borrower=f"BR-{one}"),
        )
    await service.fold()


async def by_sender(service: Service) -> Counter[str]:
    return Counter(one["sender"] for one in await service.contacts())


async def test_people_are_shared_out_by_rate(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url, lender=two(rate_per_second=1000)) as service:
        await owe(service)
        await service.dispatch()
        found = await by_sender(service)

    assert found.total() == PEOPLE
    assert found[SECOND] > found[US_NUMBER] > 0


async def test_whoever_was_reached_hears_from_the_same_sender_again(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, lender=two()) as service:
        await owe(service, 6)
        await service.dispatch()
        await service.receipts()
        # As if each had been reached by the other one.
        await service.rows(
            "UPDATE contacts SET sender = CASE sender WHEN $1 THEN $2 ELSE $1 END RETURNING 1",
            US_NUMBER,
            SECOND,
        )
        first = {one["person_id"]: one["sender"] for one in await service.contacts()}
        await service.move_to(NOON.replace(day=27))
        await owe(service, 6, days=7)
        await service.dispatch()
        again = {one["person_id"]: one["sender"] for one in (await service.contacts())[6:]}

    assert again
    assert all(sender == first[person] for person, sender in again.items())


async def test_a_paused_sender_is_passed_over(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url, lender=two()) as service:
        await owe(service, 6)
        async with service.runtime.db.acquire() as conn:
            await pause(conn, {Pause("acme", "sender", SECOND): "unregistered"}, at=service.now)
        await service.dispatch()
        assert await by_sender(service) == Counter({US_NUMBER: 6})


async def test_a_new_sender_makes_its_contacts_of_the_day_and_the_other_one_the_rest(
    database_url: str, redis_url: str
) -> None:
    ramp = {"ramp_from": "2026-11-22", "ramp_start": 2, "ramp_growth": 1.5}
    async with a_service(database_url, redis_url, lender=two(**ramp)) as service:
        await owe(service)
        await service.dispatch()
        found = await by_sender(service)

    assert found == Counter({US_NUMBER: PEOPLE - 3, SECOND: 3})


async def test_where_there_is_no_other_the_rest_waits_for_the_next_day(
    database_url: str, redis_url: str
) -> None:
    lender = two(ramp_from="2026-11-23", ramp_start=2)
    del lender["senders"]["main"]
    async with a_service(database_url, redis_url, lender=lender) as service:
        await owe(service, 5)
        await service.dispatch()
        assert await by_sender(service) == Counter({SECOND: 2})
        waiting = await service.rows("SELECT due_at FROM agenda WHERE reason LIKE '%ramping%'")
        assert len(waiting) == 3
        assert min(row["due_at"] for row in waiting) > NOON

        await service.move_to(NOON.replace(day=24))
        await owe(service, 5, days=4)
        await service.dispatch()
        assert (await by_sender(service))[SECOND] == 2 + 3
