"""An account that doesn't answer: work waits or goes elsewhere, until a probe is answered."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest

from outreach.store.circuits import list_circuits
from outreach.usecases.dispatch import dispatch_due
from tests.e2e.service import NOON, US_NUMBER, Service, a_service, kinds
from tests.e2e.signals import a_phone
from tests.fakes.twilio import Behavior

PEOPLE: Final = 8
DEAD: Final = Behavior(answer="drop", taken=False)
HOUSE_NUMBER: Final = "+12125550199"
TWO: Final = {
    "senders": {
        "main": {
            "channel": "sms",
            "provider": "twilio",
            "address": US_NUMBER,
            "rate_per_second": 1000,
        },
        "spare": {
            "channel": "sms",
            "provider": "house",
            "address": HOUSE_NUMBER,
            "rate_per_second": 0.001,
        },
    }
}


async def owe(service: Service, people: int = PEOPLE) -> None:
    """Let so many people be overdue."""
    for one in range(1, people + 1):
        phone = a_phone("ph-1", f"+1212555{1000 + one}", primary=True)
        await service.post(
            service.borrower(f"BR-{one}", phones=[phone]),
            service.overdue(days=3, loan=f"LN-{one}", borrower=f"BR-{one}"),
        )
    await service.fold()


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        await owe(running)
        yield running


async def one_by_one(service: Service) -> None:
    while await dispatch_due(service.runtime, service.sender, limit=1):
        pass


async def circuits(service: Service) -> list[Any]:
    async with service.runtime.db.acquire() as conn:
        return await list_circuits(conn)


async def states(service: Service) -> list[str]:
    return [one["delivery_state"] for one in await service.contacts()]


async def let_probe(service: Service) -> None:
    """Let the time of the next probe come, and whoever waits be due."""
    await service.rows("UPDATE circuits SET probe_at = opened_at RETURNING 1")
    await service.move_to(service.now + timedelta(minutes=2))


async def test_failures_in_a_row_open_the_circuit_and_the_others_wait(service: Service) -> None:
    service.twilio.usual = DEAD
    await one_by_one(service)

    assert await states(service) == ["unknown"] * 5
    [circuit] = await circuits(service)
    assert circuit.account == "twilio"
    waiting = await service.rows("SELECT reason FROM agenda WHERE reason <> ''")
    assert len(waiting) == PEOPLE - 5
    assert all("dispatch.account_open" in row["reason"] for row in waiting)
    [alert] = await service.rows("SELECT * FROM alerts WHERE kind = 'circuit_opened'")
    assert (alert["tenant_id"], alert["subject"]) == ("*", "twilio")
    async with service.runtime.http.get(f"{service.base_url}/metrics") as answer:
        assert 'outreach_circuit_open{account="twilio"} 1.0' in await answer.text()


async def test_only_one_probe_goes_and_its_answer_closes_the_circuit(service: Service) -> None:
    service.twilio.usual = DEAD
    await one_by_one(service)
    service.twilio.usual = Behavior()
    before = len(service.twilio.creates)
    await let_probe(service)

    await dispatch_due(service.runtime, service.sender)

    assert len(service.twilio.creates) == before + 1
    assert await circuits(service) == []
    assert len(await service.rows("SELECT 1 FROM alerts WHERE kind = 'circuit_closed'")) == 1
    await service.dispatch()
    assert await states(service) == ["unknown"] * 5 + ["queued"] * (PEOPLE - 5)


async def test_a_probe_that_fails_leaves_it_open_for_twice_as_long(service: Service) -> None:
    service.twilio.usual = DEAD
    await one_by_one(service)
    before = len(service.twilio.creates)
    for seconds in (30, 60, 120, 120):
        await let_probe(service)
        await service.dispatch()
        [row] = await service.rows("SELECT * FROM circuits")
        assert row["wait"] == timedelta(seconds=seconds)
        if len(service.twilio.creates) - before == PEOPLE - 5:
            break
    assert len(service.twilio.creates) == before + PEOPLE - 5
    assert kinds(await service.log()).count("deferred") == PEOPLE - 5  # each said once


async def test_a_probe_that_finds_nobody_is_left_for_the_next(service: Service) -> None:
    service.twilio.usual = DEAD
    await one_by_one(service)
    await service.rows("UPDATE agenda SET due_at = 'infinity' WHERE reason <> '' RETURNING 1")
    await service.rows("UPDATE agenda SET due_at = $1 WHERE reason = '' RETURNING 1", NOON)
    await let_probe(service)

    await service.dispatch()

    [circuit] = await circuits(service)
    assert circuit.probe_at <= service.runtime.clock.wall_now()


async def test_one_answer_between_failures_keeps_it_closed(service: Service) -> None:
    for answer in (*[DEAD] * 4, Behavior(), *[DEAD] * 3):
        service.twilio.usual = answer
        await dispatch_due(service.runtime, service.sender, limit=1)

    assert await circuits(service) == []
    assert len(await service.contacts()) == PEOPLE


async def test_what_was_reserved_before_it_opened_is_released_and_waits(service: Service) -> None:
    service.twilio.usual = DEAD
    for _ in range(5):
        await dispatch_due(service.runtime, service.sender, limit=1)
    await service.rows("DELETE FROM circuits RETURNING 1")  # another worker hasn't heard yet

    await dispatch_due(service.runtime, service.sender)

    assert (await states(service)).count("released") == PEOPLE - 5
    assert len(service.twilio.creates) == 5


async def test_a_lost_row_means_closed_until_failures_open_it_again(service: Service) -> None:
    service.twilio.usual = DEAD
    for _ in range(5):
        await dispatch_due(service.runtime, service.sender, limit=1)
    await service.rows("DELETE FROM circuits RETURNING 1")
    await service.runtime.brakes.refresh(service.runtime.db)

    await one_by_one(service)

    assert await states(service) == ["unknown"] * PEOPLE
    assert await circuits(service) == []


async def test_another_account_takes_over_and_people_keep_the_sender_that_reached_them(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, lender=TWO, has_house=True) as service:
        await owe(service, 6)
        service.twilio.usual = DEAD
        await one_by_one(service)

        senders = [one["sender"] for one in await service.contacts()]
        assert senders == [US_NUMBER] * 5 + [HOUSE_NUMBER]
        assert [one["provider"] for one in await service.contacts()][-1] == "house"
