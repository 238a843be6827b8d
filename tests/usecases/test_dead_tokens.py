"""A push token that its service says is dead is given up, and only that one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import pytest
from redis.asyncio import Redis

from outreach.channels.provider import Rejected, SendResult
from outreach.channels.throttle import SlotRequest, Throttle
from outreach.channels.web_push import WebPush
from outreach.domain.vocabulary import Channel, Purpose
from outreach.store.contacts import Reservation
from outreach.store.people import endpoint_aad
from outreach.usecases.budget import Spend
from outreach.usecases.sending import Answered, Handoff, Released, Sender
from outreach.usecases.settling import settle_answers
from tests.channels.push_attempts import Wall, a_push
from tests.fakes.web_push import FakePushService, running_push_service
from tests.usecases.builders import NOW, WALL, Office, an_office, attempt_of

PERSON: Final = 7


@pytest.fixture
async def service() -> AsyncIterator[FakePushService]:
    async with running_push_service() as fake:
        yield fake


@pytest.fixture
async def office(database_url: str, service: FakePushService) -> AsyncIterator[Office]:
    provider = WebPush("web", service.options, Wall(WALL))
    async with an_office(database_url) as found:
        found.providers["web"] = provider
        await found.a_person(PERSON)
        yield found
    await provider.close()


async def a_device(office: Office, endpoint: str, token: str) -> None:
    await office.db.execute(
        """INSERT INTO endpoints (tenant_id, person_id, endpoint_id, medium, kind, address_hmac,
                                  address, status)
           VALUES ('acme', $1, $2, 'push', 'webpush', $3, $4, 'active')""",
        PERSON,
        endpoint,
        office.vault.address_hmac(token),
        office.keys[PERSON].encrypt(token.encode(), endpoint_aad(PERSON)),
    )


async def notify(office: Office, token: str) -> tuple[UUID, SendResult]:
    """Reserve, hand over and settle one notification, as the worker does."""
    contact = await office.a_contact(
        PERSON,
        channel=Channel.PUSH,
        endpoint_id="dev-1",
        provider="web",
        sender="app",
        number=token,
    )
    reservation = Reservation(
        tenant_id="acme",
        person_id=PERSON,
        contact_id=contact,
        case_id=1,
        step="overdue:1",
        occurrence="1",
        try_=1,
        debts=(1,),
        channel=Channel.PUSH,
        purpose=Purpose.COLLECTION,
        endpoint_id="dev-1",
        address_hmac=office.vault.address_hmac(token),
        provider="web",
        sender="app",
        template="overdue_first@1",
        treatment="us@1",
        at=NOW,
        send_before=WALL + timedelta(seconds=2),
        parts=1,
        cost_micros=0,
    )
    attempt = replace(a_push(token), attempt_id=attempt_of(PERSON, contact), reserved_at=WALL)
    spend = Spend("acme", date(2026, 11, 23), 0, None)
    needs = SlotRequest("web:app", 1, 100)
    handoff = Handoff(reservation, attempt, office.keys[PERSON], 0.0, needs, spend)
    throttle = Throttle(Redis(), office.clock)  # never asked: time stands still, nobody is late
    sender = Sender(office.providers, office.clock, throttle, asyncio.Event())
    answers: list[Answered] = [one async for group in sender.send([handoff]) for one in group]
    await settle_answers(office, answers, now=NOW, wall_now=WALL)
    [answered] = answers
    assert not isinstance(answered.result, Released)
    return contact, answered.result


async def statuses(office: Office) -> dict[str, str]:
    rows = await office.db.fetch("SELECT endpoint_id, status FROM endpoints WHERE medium = 'push'")
    return {row["endpoint_id"]: row["status"] for row in rows}


async def test_a_dead_token_is_given_up_and_the_others_stay(
    office: Office, service: FakePushService
) -> None:
    gone, alive = service.a_browser("gone", (410, {})), service.a_browser("ada")
    await a_device(office, "dev-1", gone)
    await a_device(office, "dev-2", alive)

    contact, result = await notify(office, gone)

    assert isinstance(result, Rejected)
    assert await statuses(office) == {"dev-1": "invalid", "dev-2": "active"}
    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("failed", "released")
    assert (row["error_class"], row["error_code"]) == ("invalid_address", "410")
    assert await office.due_at(PERSON) == NOW  # another way is looked for at once


async def test_a_token_that_was_replaced_meanwhile_is_left_alone(
    office: Office, service: FakePushService
) -> None:
    gone, fresh = service.a_browser("gone", (410, {})), service.a_browser("ada")
    await a_device(office, "dev-1", fresh)

    await notify(office, gone)

    assert await statuses(office) == {"dev-1": "active"}


async def test_a_service_that_is_busy_costs_no_token(
    office: Office, service: FakePushService
) -> None:
    busy = service.a_browser("busy", (429, {"Retry-After": "90"}))
    await a_device(office, "dev-1", busy)

    await notify(office, busy)

    assert await statuses(office) == {"dev-1": "active"}
    assert await office.due_at(PERSON) == NOW + timedelta(seconds=90)
