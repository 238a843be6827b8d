"""Sends whose result is unknown are looked up, settled once, counted, and never sent again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from outreach.channels.provider import Attempt, InboundMessage, RawCallback, StatusUpdate, Unknown
from outreach.channels.twilio_sms import TwilioSms
from outreach.channels.twilio_statuses import message_report
from outreach.channels.web_push import WebPush
from outreach.domain.vocabulary import Channel, DeliveryState, Outcome
from outreach.usecases.receipts import fold_receipts
from outreach.usecases.reconcile import reconcile_unknown
from tests.channels.push_attempts import Wall
from tests.channels.samples import PUBLIC
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, running_twilio
from tests.fakes.web_push import FakePushService
from tests.usecases.builders import NOW, NUMBER, SENDER, WALL, Office, an_office, attempt_of, keep

PERSON = 7
SENT_AT = WALL - timedelta(minutes=1)


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with running_twilio(SENT_AT, public_base_url=PUBLIC) as fake:
        fake.for_number(NUMBER, statuses=())
        yield fake


@pytest.fixture
async def office(database_url: str, twilio: FakeTwilio) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session, an_office(database_url) as found:
        options = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": twilio.base_url}
        found.providers["twilio"] = TwilioSms("twilio", options, session, PUBLIC)
        await found.a_person(PERSON)
        yield found


async def hand_over(office: Office, contact: UUID) -> Any:
    """Send as dispatch would, from what the decision says."""
    attempt = Attempt(
        attempt_of(PERSON, contact),
        Channel.SMS,
        SENDER,
        NUMBER,
        "Your payment is due.",
        timedelta(hours=1),
        SENT_AT,
    )
    return await office.providers["twilio"].send(attempt, 0.3)


async def reconcile(office: Office, wall: datetime = WALL) -> int:
    return await reconcile_unknown(office, now=NOW, wall_now=wall)


async def unknown(office: Office, **given: Any) -> UUID:
    """Insert a contact whose create wasn't answered, as settlement leaves it."""
    return await office.a_contact(
        PERSON,
        delivery_state=DeliveryState.UNKNOWN,
        settled_at=SENT_AT + timedelta(seconds=8),
        **given,
    )


async def test_a_crash_after_the_create_is_found_at_the_provider(
    office: Office, twilio: FakeTwilio
) -> None:
    contact = await office.a_contact(PERSON)
    await hand_over(office, contact)

    assert await reconcile(office) == 2

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("queued", "sent")
    assert row["provider_ref"] == twilio.sids_to(NUMBER)[0]
    assert [event["kind"] for event in await office.events(PERSON)] == ["unknown", "reconciled"]
    assert len(twilio.creates) == 1
    assert await reconcile(office, WALL + timedelta(hours=1)) == 0


@pytest.mark.parametrize("answer", ["hang", "empty", "error_500", "drop"])
async def test_a_timeout_after_acceptance_is_found(
    office: Office, twilio: FakeTwilio, answer: str
) -> None:
    twilio.for_number(NUMBER, answer=answer, statuses=())
    contact = await unknown(office)
    assert isinstance(await hand_over(office, contact), Unknown)
    twilio.turn(twilio.sids_to(NUMBER)[0], "delivered")

    assert await reconcile(office) == 1

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("delivered", "delivered")


async def test_what_failed_meanwhile_has_its_consequences(
    office: Office, twilio: FakeTwilio
) -> None:
    contact = await unknown(office)
    await hand_over(office, contact)
    twilio.turn(twilio.sids_to(NUMBER)[0], "failed", 21610)

    await reconcile(office)

    assert (await office.contact(contact))["outcome"] == "released"
    assert len(await office.rows("suppressions")) == 1
    assert await office.due_at(PERSON) == NOW


async def test_what_never_arrived_counts_and_is_never_sent_again(
    office: Office, twilio: FakeTwilio
) -> None:
    contact = await office.a_contact(PERSON)
    wall, looks = WALL, []
    while wall < WALL + timedelta(minutes=40):
        before = len(twilio.requests)
        await reconcile(office, wall)
        if len(twilio.requests) > before:
            looks.append((wall - SENT_AT).total_seconds())
        wall += timedelta(seconds=5)

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("unknown", Outcome.SENT)
    assert (row["error_class"], row["error_code"]) == ("unknown", "unknown_not_found")
    assert looks == [60, 120, 240, 480, 960]
    assert twilio.creates == []
    assert [event["kind"] for event in await office.events(PERSON)] == ["unknown", "reconciled"]
    assert (await office.events(PERSON))[-1]["lookup"] == "unknown_not_found"
    assert await office.due_at(PERSON) is None


async def test_a_provider_that_tells_nothing_is_given_up_after_a_while(office: Office) -> None:
    office.providers["web"] = WebPush("web", FakePushService().options | {"base_url": None}, Wall())
    contact = await unknown(office, channel="push", provider="web")

    assert await reconcile(office) == 0
    assert (await office.contact(contact))["outcome"] == "pending"
    assert await reconcile(office, WALL + timedelta(minutes=20)) == 1

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("unknown", "sent")
    assert row["error_code"] == "unknown_not_found"


async def test_an_account_that_is_no_longer_configured_may_come_back(office: Office) -> None:
    contact = await unknown(office, provider="gone")

    assert await reconcile(office, WALL + timedelta(minutes=20)) == 0
    assert (await office.contact(contact))["outcome"] == "pending"


async def test_a_call_nobody_knows_of_matches_every_rule_for_ever(office: Office) -> None:
    contact = await unknown(office, channel="call")

    await reconcile(office, WALL + timedelta(minutes=20))

    row = await office.contact(contact)
    assert (row["outcome"], row["error_code"]) == ("pending", "unknown_not_found")


async def test_a_callback_after_giving_up_still_counts(office: Office) -> None:
    contact = await unknown(office)
    await reconcile(office, WALL + timedelta(minutes=20))
    raw = RawCallback("sms/status", "/twilio/sms/status", {}, b"")
    report = message_report("delivered", "").report
    update = StatusUpdate(attempt_of(PERSON, contact), "SM1", report)
    await keep(office, raw, [update])
    await fold_receipts(office, now=NOW, wall_now=WALL)

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"], row["error_code"]) == (
        "delivered",
        "delivered",
        None,
    )


async def test_a_fresh_reservation_is_left_alone(office: Office, twilio: FakeTwilio) -> None:
    contact = await office.a_contact(PERSON, send_before=WALL - timedelta(seconds=20))

    assert await reconcile(office) == 0

    assert (await office.contact(contact))["delivery_state"] == "reserved"
    assert twilio.requests == []


async def test_another_contacts_message_is_not_taken_for_this_one(
    office: Office, twilio: FakeTwilio
) -> None:
    first = await office.a_contact(PERSON)
    accepted = await hand_over(office, first)
    await office.db.execute(
        "UPDATE contacts SET delivery_state = 'queued', provider_ref = $1", accepted.ref
    )
    second = await unknown(office)

    await reconcile(office)

    assert (await office.contact(second))["delivery_state"] == "unknown"


async def test_two_workers_settle_a_contact_once(office: Office, twilio: FakeTwilio) -> None:
    contacts = []
    for _ in range(6):
        contact = await office.a_contact(PERSON)
        contacts.append(contact)
    await hand_over(office, contacts[0])

    await asyncio.gather(*(reconcile(office) for _ in range(4)))

    events = [event["kind"] for event in await office.events(PERSON)]
    assert events.count("unknown") == 6
    assert events.count("reconciled") == 1
    states = [(await office.contact(contact))["delivery_state"] for contact in contacts]
    assert sorted(states) == ["queued", *["unknown"] * 5]


async def test_a_long_outage_is_caught_up_with_every_ten_minutes(
    office: Office, twilio: FakeTwilio
) -> None:
    contact = await office.a_contact(PERSON, send_before=WALL - timedelta(hours=30))
    assert await reconcile(office, WALL.replace(minute=3)) == 0

    assert await reconcile(office, WALL.replace(minute=10, second=4)) == 2

    assert (await office.contact(contact))["error_code"] == "unknown_not_found"


async def test_a_provider_that_cannot_be_asked_is_asked_again(
    office: Office, twilio: FakeTwilio
) -> None:
    contact = await unknown(office, provider="gone")

    await reconcile(office, WALL + timedelta(minutes=20))

    row = await office.contact(contact)
    assert (row["delivery_state"], row["error_code"]) == ("unknown", None)


async def test_an_erased_persons_contact_is_given_up(office: Office, twilio: FakeTwilio) -> None:
    contact = await unknown(office)
    await office.db.execute("UPDATE persons SET wrapped_key = NULL")

    assert await reconcile(office, WALL + timedelta(minutes=20)) == 1

    assert (await office.contact(contact))["error_code"] == "unknown_not_found"
    assert twilio.requests == []


async def stop(office: Office) -> None:
    message = InboundMessage("SM9", NUMBER, (SENDER,), "STOP")
    raw = RawCallback("sms/inbound", "/twilio/sms/inbound", {}, b"")
    await keep(office, raw, [message])
    await fold_receipts(office, now=NOW, wall_now=WALL)


async def test_a_stop_takes_back_what_is_still_queued(office: Office, twilio: FakeTwilio) -> None:
    contact = await office.a_contact(PERSON)
    accepted = await hand_over(office, contact)
    await office.db.execute(
        "UPDATE contacts SET delivery_state = 'queued', outcome = 'sent', provider_ref = $1",
        accepted.ref,
    )

    await stop(office)

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("canceled", "released")
    assert twilio.messages[accepted.ref]["status"] == "canceled"
    assert [event["kind"] for event in await office.events(PERSON)] == ["inbound", "canceled"]


async def test_a_stop_after_the_carrier_has_it_changes_no_outcome(
    office: Office, twilio: FakeTwilio
) -> None:
    contact = await office.a_contact(PERSON)
    accepted = await hand_over(office, contact)
    twilio.turn(accepted.ref, "sent")
    await office.db.execute(
        "UPDATE contacts SET delivery_state = 'queued', outcome = 'sent', provider_ref = $1",
        accepted.ref,
    )

    await stop(office)

    assert (await office.contact(contact))["outcome"] == "sent"
    assert len(await office.rows("suppressions")) == 1
