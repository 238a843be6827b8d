"""Intake decides at once on people whose state moved: as dispatch would, and never at intake's cost."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAwayError

from outreach.usecases.delivering import Deliveries
from tests.e2e.service import NOON, Service, a_service, kinds
from tests.e2e.signals import a_phone

NIGHT = NOON.replace(hour=3)


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        yield running


def signals(service: Service, number: int, what: str) -> list[dict[str, Any]]:
    """Return what is told of one borrower, the same for every number."""
    loan, borrower = f"LN-{number}", f"BR-{number}"
    phone = a_phone("ph-1", f"+1212555{number:04}", primary=True)
    told = [
        service.borrower(borrower, phones=[phone]),
        service.overdue(days=3, loan=loan, borrower=borrower),
    ]
    if what == "paid":
        told.append(service.payment(loan=loan, borrower=borrower))
    if what == "dispute":
        dispute = {"id": f"D-{number}", "status": "opened", "received_at": NOON.isoformat()}
        told.append(
            service.signal(
                "borrower.dispute",
                f"borrower/{borrower}",
                borrower={"id": borrower},
                loan={"id": loan, "currency": "USD"},
                dispute={**dispute, "contact_policy": "pause_collection"},
            )
        )
    return told


OWN = {"person_id", "contact_id", "case_id", "debts", "address_hmac", "provider_ref", "sealed_at"}
TIMED = {"reserved_at", "send_before", "settled_at", "recorded_at"}


async def seen(service: Service) -> list[tuple[Any, ...]]:
    """Return what each person's way came to, without what is each one's own."""
    contacts = [
        {name: value for name, value in row.items() if name not in OWN | TIMED}
        for row in await service.contacts()
    ]
    agenda = await service.rows("SELECT reason FROM agenda ORDER BY person_id")
    cases = await service.rows("SELECT kind, episode, closed_on FROM cases ORDER BY person_id")
    log = [(row["kind"], row.get("step"), row.get("verdict")) for row in await service.log()]
    return [tuple(map(str, part)) for part in (contacts, agenda, cases, log)]


@pytest.mark.parametrize(
    ("what", "at", "logged"),
    [
        pytest.param("overdue", NOON, ["decided", "accepted"], id="sent"),
        pytest.param("overdue", NIGHT, [], id="put off to the morning"),
        pytest.param("paid", NOON, [], id="nothing owed any more"),
        pytest.param("dispute", NOON, ["blocked"], id="blocked"),
    ],
)
async def test_it_comes_to_what_dispatch_would_have_come_to(
    database_url: str, redis_url: str, what: str, at: datetime, logged: list[str]
) -> None:
    async with a_service(database_url, redis_url, at=at) as service:
        await service.post(*signals(service, 1, what))
        await service.fold()
        await service.dispatch()
        first = await seen(service)
        assert kinds(await service.log()) == logged

        await service.post(*signals(service, 2, what))
        left = await service.fold_and_decide()
        second = await seen(service)

    assert left == 0
    assert second == [part * 2 for part in first]


async def test_the_message_is_the_same_and_is_sent_once(service: Service) -> None:
    await service.post(*signals(service, 1, "overdue"))
    await service.fold_and_decide()
    await service.dispatch()
    await service.receipts()

    [contact] = await service.contacts()
    assert (contact["delivery_state"], contact["outcome"]) == ("delivered", "delivered")
    assert kinds(await service.log())[:2] == ["decided", "accepted"]
    assert len(service.twilio.creates) == 1


async def test_borrowers_without_a_loan_in_the_batch_are_left_to_dispatch(
    service: Service,
) -> None:
    await service.post(service.borrower())

    assert await service.fold_and_decide() == 1


async def test_an_absent_throttle_costs_no_signal(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise RedisAwayError

    await service.post(*signals(service, 1, "overdue"))
    with monkeypatch.context() as patch:
        patch.setattr(service.runtime.throttle, "take", away)
        assert await service.fold_and_decide() == 1

    assert await service.contacts() == []
    assert await service.rows("SELECT FROM inbox") == []
    assert await service.dispatch() == 1
    assert [row["delivery_state"] for row in await service.contacts()] == ["queued"]


async def test_a_slow_provider_fills_the_room_for_deliveries(service: Service) -> None:
    deliveries = Deliveries(service.runtime, service.sender, most=1)
    room = [deliveries.has_room]

    deliveries.start([])

    room.append(deliveries.has_room)
    await deliveries.idle()
    room.append(deliveries.has_room)
    assert room == [True, False, True]
