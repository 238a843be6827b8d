"""What the lender's app tells of a notification reaches the contact, and tokens reach the person."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations
from typing import Any, Final
from uuid import UUID

import pytest

from outreach.domain.vocabulary import Channel, DeliveryState, Outcome
from tests.usecases.builders import Office, attempt_of
from tests.usecases.intake_desk import NOW, Desk, a_desk
from tests.usecases.intake_events import an_event, overdue

TOKEN: Final = "0f" * 32
SEEN_AT: Final = NOW - timedelta(minutes=3)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with a_desk(database_url) as opened:
        yield opened


async def a_push(desk: Desk, **given: Any) -> tuple[int, UUID, Office]:
    """Have the borrower known, and a notification handed over."""
    await desk.post([overdue("a")])
    await desk.intake()
    book = await desk.book()
    assert book.key is not None
    office = Office(desk.db, desk.vault, keys={book.person_id: book.key})
    columns = {
        "channel": Channel.PUSH,
        "endpoint_id": "dev-1",
        "number": TOKEN,
        "delivery_state": DeliveryState.ACCEPTED,
        "outcome": Outcome.SENT,
        **given,
    }
    return book.person_id, await office.a_contact(book.person_id, **columns), office


async def tell(desk: Desk, kind: str, attempt: str, **more: Any) -> None:
    """Post what the app saw, and fold it."""
    receipt = {"receipt": {"contact_id": attempt, "at": SEEN_AT.isoformat()}}
    await desk.post([an_event(f"{kind}:{attempt}", kind, receipt, loan=None, **more)])
    await desk.intake()


async def test_shown_and_opened_are_told_by_the_app(desk: Desk) -> None:
    person, contact, office = await a_push(desk)

    await tell(desk, "app.delivered", attempt_of(person, contact))
    shown = await office.contact(contact)
    await tell(desk, "app.read", attempt_of(person, contact))
    opened = await office.contact(contact)

    assert (shown["delivery_state"], shown["outcome"]) == ("delivered", "delivered")
    assert (opened["delivery_state"], opened["outcome"]) == ("read", "read")
    first, second = await office.events(person)
    assert (first["kind"], first["at"], first["state"]) == ("receipt", NOW, "delivered")
    assert first["raw"] == {"app": "delivered", "at": SEEN_AT.isoformat().replace("+00:00", "Z")}
    assert second["advanced"]
    assert await desk.quarantined() == []


@pytest.mark.parametrize("order", list(permutations(["app.delivered", "app.read"])))
async def test_whatever_the_order_it_ends_read(desk: Desk, order: tuple[str, ...]) -> None:
    person, contact, office = await a_push(desk)

    for kind in order:
        await tell(desk, kind, attempt_of(person, contact))

    assert (await office.contact(contact))["delivery_state"] == "read"


async def test_a_send_of_which_nothing_was_known_is_settled_by_it(desk: Desk) -> None:
    person, contact, office = await a_push(
        desk, delivery_state=DeliveryState.UNKNOWN, outcome=Outcome.PENDING
    )

    await tell(desk, "app.delivered", attempt_of(person, contact))

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("delivered", "delivered")
    assert row["settled_at"] == NOW


async def test_told_twice_in_one_batch_it_is_one(desk: Desk) -> None:
    person, contact, office = await a_push(desk)
    attempt = attempt_of(person, contact)
    receipt = {"receipt": {"contact_id": attempt, "at": SEEN_AT.isoformat()}}

    await desk.post([an_event(name, "app.read", receipt, loan=None) for name in ("b", "c")])
    await desk.intake()

    assert [event["advanced"] for event in await office.events(person)] == [True, False]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"channel": Channel.SMS}, id="a text"),
        pytest.param({"channel": Channel.CALL}, id="a call"),
    ],
)
async def test_an_app_sees_no_texts_and_no_calls(desk: Desk, given: dict[str, Any]) -> None:
    person, contact, office = await a_push(desk, **given)

    await tell(desk, "app.read", attempt_of(person, contact))

    assert (await office.contact(contact))["delivery_state"] == "accepted"
    assert await office.events(person) == []


async def test_nobody_can_speak_of_another_persons_contact(desk: Desk) -> None:
    person, contact, office = await a_push(desk)

    await tell(desk, "app.read", attempt_of(person, contact), borrower="BR-OTHER")
    await tell(desk, "app.read", "push-of-somebody-else")

    assert (await office.contact(contact))["delivery_state"] == "accepted"
    assert [effect for _, effect in await desk.effects()][1:] == ["recorded", "recorded"]


async def test_a_token_comes_with_the_profile_and_a_dead_one_is_not_used_again(
    desk: Desk,
) -> None:
    await a_push(desk)

    def profile(name: str, version: int, **device: Any) -> dict[str, Any]:
        push = {"id": "dev-1", "provider": "apns", "token": TOKEN, "app": "example.app", **device}
        borrower = {"id": "BR-000042", "partial": True, "push": [push]}
        data = {"borrower": borrower, "changed": ["push"], "version": version}
        return an_event(name, "borrower.updated", data, loan=None)

    await desk.post([profile("p", 1, updated_at=SEEN_AT.isoformat())])
    await desk.intake()
    [first] = (await desk.book()).person.profile.endpoints
    await desk.post([profile("q", 2, status="invalid")])
    await desk.intake()
    [second] = (await desk.book()).person.profile.endpoints

    assert (first.medium, first.kind, first.address, first.status) == (
        "push",
        "apns",
        TOKEN,
        "active",
    )
    assert first.verified_at == SEEN_AT
    assert second.status == "invalid"


async def test_a_subscription_of_a_browser_is_a_token_too(desk: Desk) -> None:
    await a_push(desk)
    subscription = json.dumps({"endpoint": "https://x", "keys": {"p256dh": "A", "auth": "B"}})
    push = {"id": "web-1", "provider": "webpush", "token": subscription, "app": "harbor.example"}
    data = {
        "borrower": {"id": "BR-000042", "partial": True, "push": [push]},
        "changed": ["push"],
        "version": 1,
    }
    await desk.post([an_event("p", "borrower.updated", data, loan=None)])
    await desk.intake()

    [endpoint] = (await desk.book()).person.profile.endpoints
    assert (endpoint.kind, endpoint.address) == ("webpush", subscription)
