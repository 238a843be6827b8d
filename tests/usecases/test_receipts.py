"""Callbacks in any order end in one state, with the consequences that an error or a reply has."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from outreach.channels.provider import (
    CallbackEvent,
    Ignored,
    InboundMessage,
    RawCallback,
    StatusUpdate,
)
from outreach.channels.twilio_sms import TwilioSms
from outreach.channels.twilio_statuses import message_report
from outreach.channels.twilio_voice import TwilioVoice
from outreach.usecases.receipts import fold_receipts
from tests.channels.samples import PUBLIC, SHARED_KEYS, TOKEN, sample
from tests.fakes.twilio import ACCOUNT
from tests.usecases.builders import NOW, NUMBER, SENDER, WALL, Office, an_office, attempt_of, keep

PERSON = 7


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with an_office(database_url) as found:
        await found.a_person(PERSON)
        yield found


def status(
    contact: UUID, state: str, code: str = "", *, person: int = PERSON, ref: str = "SM1"
) -> StatusUpdate:
    """Return what Twilio's adapter makes of a status callback."""
    read = message_report(state, code)
    return StatusUpdate(
        attempt_of(person, contact),
        ref,
        read.report,
        read.scope,
        alert=read.alert,
        confirmations=read.confirmations,
    )


def reply(text: str, *, ref: str = "SM9", sender: str = NUMBER, to: str = SENDER) -> InboundMessage:
    return InboundMessage(ref, sender, (to,), text)


async def take(office: Office, *events: CallbackEvent, kind: str = "sms/status") -> None:
    raw = RawCallback(kind, f"/twilio/{kind}", {}, b"raw=1")
    for event in events:
        await keep(office, raw, [event])


async def fold(office: Office, *, wall: datetime = WALL, limit: int = 200) -> int:
    return await fold_receipts(office, now=NOW, wall_now=wall, limit=limit)


async def take_and_fold(office: Office, *events: CallbackEvent) -> None:
    await take(office, *events)
    assert await fold(office) == len(events)
    assert await office.rows("callbacks") == []


async def test_a_callback_may_come_before_the_create_call_returned(office: Office) -> None:
    contact = await office.a_contact(PERSON)

    await take_and_fold(office, status(contact, "sent"))

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"], row["provider_ref"]) == ("sent", "sent", "SM1")
    assert row["settled_at"] == WALL
    [event] = await office.events(PERSON)
    assert (event["kind"], event["at"], event["raw"]["body"]) == ("receipt", NOW, "raw=1")


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
async def test_any_order_ends_delivered(office: Office, order: Sequence[str]) -> None:
    contact = await office.a_contact(PERSON)

    for state in order:
        await take_and_fold(office, status(contact, state))

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("delivered", "delivered")
    assert len(await office.events(PERSON)) == 3


async def test_a_repeated_callback_is_logged_and_changes_nothing(office: Office) -> None:
    contact = await office.a_contact(PERSON)
    failed = status(contact, "undelivered", "30007")

    await take_and_fold(office, failed, failed)
    before = await office.contact(contact)
    await take_and_fold(office, failed)

    assert await office.contact(contact) == before
    assert [event["advanced"] for event in await office.events(PERSON)] == [True, False, False]
    [alert] = await office.rows("alerts")
    assert alert["count"] == 1


async def test_of_two_ends_the_delivered_one_counts(office: Office) -> None:
    contact = await office.a_contact(PERSON)

    await take_and_fold(
        office, status(contact, "undelivered", "30005"), status(contact, "delivered")
    )

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"], row["error_code"]) == (
        "delivered",
        "delivered",
        None,
    )


@pytest.mark.parametrize(
    ("state", "code", "outcome", "error", "due"),
    [
        pytest.param(
            "undelivered",
            "30003",
            "undelivered",
            "unreachable_retry",
            NOW + timedelta(hours=1),
            id="later",
        ),
        pytest.param(
            "undelivered", "30006", "undelivered", "invalid_address", NOW, id="another way"
        ),
        pytest.param("undelivered", "30007", "undelivered", "reputation", None, id="people first"),
        pytest.param("failed", "30034", "released", "sender_config", NOW, id="the sender's fault"),
        pytest.param(
            "failed", "30036", "released", "expired", NOW, id="not contacted: decide again"
        ),
        pytest.param("failed", "21610", "released", "opt_out", NOW, id="opted out"),
        pytest.param(
            "undelivered",
            "",
            "undelivered",
            "unknown",
            NOW + timedelta(hours=1),
            id="no reason given",
        ),
    ],
)
async def test_a_failure_settles_and_brings_the_person_back(
    office: Office, state: str, code: str, outcome: str, error: str, due: datetime | None
) -> None:
    contact = await office.a_contact(PERSON)

    await take_and_fold(office, status(contact, state, code))

    row = await office.contact(contact)
    assert (row["outcome"], row["error_class"], row["error_code"]) == (outcome, error, code or None)
    assert await office.due_at(PERSON) == due


async def test_a_failure_never_puts_a_person_off(office: Office) -> None:
    contact = await office.a_contact(PERSON)
    earlier = NOW - timedelta(minutes=5)
    await office.db.execute("UPDATE agenda SET due_at = $1", earlier)

    await take_and_fold(office, status(contact, "undelivered", "30003"))

    assert await office.due_at(PERSON) == earlier


async def endpoint_status(office: Office) -> str:
    return str((await office.rows("endpoints"))[0]["status"])


async def test_a_permanent_error_gives_the_address_up(office: Office) -> None:
    await take_and_fold(office, status(await office.a_contact(PERSON), "undelivered", "30006"))

    assert await endpoint_status(office) == "invalid"


@pytest.mark.parametrize("together", [True, False])
async def test_an_unknown_handset_needs_two_contacts_to_be_believed(
    office: Office, together: bool
) -> None:
    first, second = [await office.a_contact(PERSON) for _ in range(2)]
    reports = [
        status(contact, "undelivered", "30005", ref=f"SM{contact.hex}")
        for contact in (first, second)
    ]

    await take_and_fold(office, reports[0], reports[0])
    assert await endpoint_status(office) == "active"

    await (take_and_fold(office, *reports) if together else take_and_fold(office, reports[1]))
    assert await endpoint_status(office) == "invalid"


async def test_two_unknown_handsets_in_one_batch_are_two(office: Office) -> None:
    contacts = [await office.a_contact(PERSON) for _ in range(2)]

    await take_and_fold(office, *[status(contact, "undelivered", "30005") for contact in contacts])

    assert await endpoint_status(office) == "invalid"


async def test_a_refusal_for_opt_out_suppresses_but_proves_no_stop(office: Office) -> None:
    await take_and_fold(office, status(await office.a_contact(PERSON), "failed", "21610"))

    [row] = await office.rows("suppressions")
    assert (row["tenant_id"], row["sender_scope"], row["medium"]) == ("acme", SENDER, "sms")
    assert (row["origin"], row["at"]) == ("provider", NOW)
    assert row["evidence"] == "provider refused with 21610; no message of the person seen"


@pytest.mark.parametrize(
    ("code", "kind", "subject"),
    [
        ("30007", "provider_reputation", "twilio:30007:overdue_first@1"),
        ("30034", "provider_sender_config", f"twilio:30034:{SENDER}"),
        ("30002", "provider_account", f"twilio:30002:{SENDER}"),
        ("39999", "provider_unknown", f"twilio:39999:{SENDER}"),
    ],
)
async def test_errors_that_people_must_see_raise_an_alert(
    office: Office, code: str, kind: str, subject: str
) -> None:
    for _ in range(2):
        await take_and_fold(office, status(await office.a_contact(PERSON), "failed", code))

    [alert] = await office.rows("alerts")
    assert (alert["tenant_id"], alert["kind"], alert["subject"], alert["count"]) == (
        "acme",
        kind,
        subject,
        2,
    )


async def test_a_contact_is_found_by_the_providers_reference(office: Office) -> None:
    contact = await office.a_contact(PERSON)
    await office.db.execute(
        "INSERT INTO provider_refs VALUES ('twilio', 'SM1', $1, $2)", PERSON, contact
    )

    await take_and_fold(office, StatusUpdate(None, "SM1", message_report("delivered", "").report))

    assert (await office.contact(contact))["delivery_state"] == "delivered"


async def test_a_callback_without_a_contact_waits_and_is_kept_in_the_end(office: Office) -> None:
    await take(office, StatusUpdate("att-1001", "SM1", message_report("sent", "").report))
    wall = WALL
    for _ in range(4):
        assert await fold(office, wall=wall) == 1
        assert await fold(office, wall=wall) == 0
        wall += timedelta(minutes=15)
    assert await office.rows("alerts") == []

    assert await fold(office, wall=wall) == 1

    assert await fold(office, wall=wall + timedelta(days=9)) == 0
    assert len(await office.kept()) == 1
    [alert] = await office.rows("alerts")
    assert (alert["kind"], alert["subject"]) == ("callback_unmatched", "twilio:sms/status")


async def test_a_contact_that_appears_late_gets_its_callback(office: Office) -> None:
    contact = UUID(int=5, version=4)
    await take(office, status(contact, "sent"))
    await fold(office)
    await office.a_contact(PERSON, contact_id=contact)

    assert await fold(office, wall=WALL + timedelta(seconds=3)) == 1

    assert (await office.contact(contact))["delivery_state"] == "sent"


async def test_what_says_nothing_is_kept(office: Office) -> None:
    contact = await office.a_contact(PERSON)

    await take(office, Ignored("unknown kind", attempt_of(PERSON, contact)), Ignored("unreadable"))
    await fold(office)

    [event] = await office.events(PERSON)
    assert event["ignored"] == "unknown kind"
    assert len(await office.kept()) == 1


async def test_one_broken_callback_does_not_hold_up_the_others(office: Office) -> None:
    contact = await office.a_contact(PERSON)
    await take(office, status(contact, "queued"))
    await office.db.execute("UPDATE callbacks SET body = 'x' || body")
    await take(office, status(contact, "delivered"))

    assert await fold(office) == 2

    assert (await office.contact(contact))["delivery_state"] == "delivered"
    assert [alert["kind"] for alert in await office.rows("alerts")] == ["callback_unreadable"]


async def test_a_callback_that_fails_alone_is_put_off_then_parked(office: Office) -> None:
    contact = await office.a_contact(PERSON)
    await office.db.execute("ALTER TABLE contacts ADD CONSTRAINT no CHECK (outcome <> 'released')")
    await take(office, status(contact, "failed", "30034"), status(contact, "queued", ref="SM2"))

    assert await fold(office) == 2
    assert (await office.contact(contact))["delivery_state"] == "queued"
    wall = WALL
    for _ in range(4):
        wall += timedelta(minutes=15)
        assert await fold(office, wall=wall) == 1

    assert await fold(office, wall=wall + timedelta(days=1)) == 0
    assert "callback_failed" in [alert["kind"] for alert in await office.rows("alerts")]
    assert len(await office.kept()) == 1


async def test_many_workers_fold_each_callback_once(office: Office) -> None:
    contacts = [await office.a_contact(PERSON) for _ in range(5)]
    events = [
        status(contact, state) for contact in contacts for state in ("queued", "sent", "delivered")
    ]
    await take(office, *events)

    taken = await asyncio.gather(*(fold(office, limit=4) for _ in range(4)))
    while await fold(office, limit=4):
        pass

    assert sum(taken) <= len(events)
    assert len(await office.events(PERSON)) == len(events)
    assert {(await office.contact(contact))["delivery_state"] for contact in contacts} == {
        "delivered"
    }


async def test_an_erased_person_settles_without_a_word_kept(office: Office) -> None:
    contact = await office.a_contact(PERSON)
    await office.db.execute("UPDATE persons SET wrapped_key = NULL")

    await take_and_fold(office, status(contact, "delivered"), reply("hello there"))

    assert (await office.contact(contact))["delivery_state"] == "delivered"
    assert (
        await office.db.fetchval("SELECT count(*) FROM contact_events WHERE kind <> 'decided'") == 0
    )
    [task] = await office.rows("tasks")
    assert task["note"] is None


# Replies


async def suppressed(office: Office) -> set[tuple[str, str, bytes, str]]:
    return {
        (row["tenant_id"], row["sender_scope"], row["address_hmac"], row["medium"])
        for row in await office.rows("suppressions")
    }


async def test_a_stop_suppresses_the_number_for_every_sender_of_the_lender(office: Office) -> None:
    await take_and_fold(office, reply("STOP"))

    assert await suppressed(office) == {("acme", "*", office.vault.address_hmac(NUMBER), "sms")}
    [row] = await office.rows("suppressions")
    assert (row["origin"], row["evidence"], row["at"]) == ("reply", "reply SM9: keyword", NOW)
    [event] = await office.events(PERSON)
    assert (event["kind"], event["reply"]) == ("inbound", {"kind": "opt_out", "rule": "keyword"})
    assert await office.rows("holds") == []
    assert await office.due_at(PERSON) == NOW


async def test_a_revocation_in_free_words_stops_and_is_read_by_people(office: Office) -> None:
    await take_and_fold(office, reply("pls stop texting me, I paid yesterday"))

    assert len(await suppressed(office)) == 1
    [task] = await office.rows("tasks")
    assert (task["kind"], task["ref"]) == ("reply_review", "SM9")
    assert await office.rows("holds") == []  # it binds; nothing has to wait
    assert b"I paid yesterday" in office.keys[PERSON].decrypt(task["note"], b"tasks:%d" % PERSON)


async def test_a_dispute_in_a_revocation_waits_for_people_besides(office: Office) -> None:
    await take_and_fold(office, reply("this isn't my debt, stop messaging me"))

    assert len(await suppressed(office)) == 1
    [hold], [task] = await office.rows("holds"), await office.rows("tasks")
    assert (hold["kind"], hold["channel"], hold["policy"]) == ("review", "sms", "human_only")
    assert (task["kind"], task["ref"]) == ("reply_review", "SM9")


async def test_words_about_a_medium_bind_the_person_and_the_later_ones_stand(
    office: Office,
) -> None:
    await take_and_fold(office, reply("no more calls, text only"))
    await take_and_fold(office, reply("stop calling me", ref="SM10"))

    [row] = await office.rows("consents")
    assert (row["person_id"], row["channel"], row["purpose"], row["endpoint_id"]) == (
        PERSON,
        "call",
        "*",
        "",
    )
    assert (row["status"], row["at"], row["version"]) == ("revoked", NOW, 0)
    assert [one["medium"] for one in await office.rows("suppressions")] == ["call"]


async def test_thanks_change_nothing_and_nobody_has_to_read_them(office: Office) -> None:
    await take_and_fold(office, reply("ok thanks!"))

    assert await office.rows("holds") == await office.rows("tasks") == []
    assert (await office.events(PERSON))[0]["reply"]["kind"] == "other"


async def test_a_reply_not_understood_holds_the_channel_once(office: Office) -> None:
    await take_and_fold(office, reply("who are you?"), reply("who are you?"))
    await take_and_fold(office, reply("who are you?"))

    assert await suppressed(office) == set()
    [hold] = await office.rows("holds")
    assert (hold["case_ref"], hold["loan_id"], hold["ends_at"]) == ("reply:SM9", 0, None)
    assert (hold["starts_at"], hold["released_at"]) == (NOW, None)
    assert len(await office.rows("tasks")) == 1
    assert len(await office.events(PERSON)) == 3


@pytest.mark.parametrize(("text", "kind"), [("START", "opt_in"), ("HELP", "help")])
async def test_start_and_help_are_only_recorded(office: Office, text: str, kind: str) -> None:
    await take_and_fold(office, reply("STOP"))
    await office.db.execute("UPDATE agenda SET due_at = 'infinity'")

    await take_and_fold(office, reply(text, ref="SM10"))

    assert len(await suppressed(office)) == 1
    assert await office.rows("holds") == []
    assert (await office.events(PERSON))[-1]["reply"]["kind"] == kind
    assert await office.due_at(PERSON) is None


async def test_a_later_stop_renews_the_opt_out_and_an_older_one_does_not(office: Office) -> None:
    await take(office, reply("STOP"))
    await fold_receipts(office, now=NOW + timedelta(days=2), wall_now=WALL)
    await take(office, reply("退订", ref="SM10"))
    await fold_receipts(office, now=NOW, wall_now=WALL)

    [row] = await office.rows("suppressions")
    assert row["at"] == NOW + timedelta(days=2)


async def test_everybody_with_the_number_is_protected_but_only_at_that_lender(
    office: Office,
) -> None:
    await office.a_person(8)
    await office.a_person(9, tenant="other")

    await take_and_fold(office, reply("no entiendo nada"))

    assert {hold["person_id"] for hold in await office.rows("holds")} == {PERSON, 8}
    assert await office.events(9) == []


async def test_an_opt_out_to_a_pooled_number_holds_at_every_lender_of_the_account(
    office: Office,
) -> None:
    await take_and_fold(office, reply("STOP", to="+15005550099"))

    assert {row[0] for row in await suppressed(office)} == {"acme", "other"}


async def test_a_stop_from_a_stranger_still_suppresses(office: Office) -> None:
    await take_and_fold(office, reply("STOP", sender="+12025550100"))

    assert await suppressed(office) == {
        ("acme", "*", office.vault.address_hmac("+12025550100"), "sms")
    }
    assert (await office.rows("alerts"))[0]["kind"] == "reply_from_unknown"
    assert await office.db.fetchval("SELECT count(*) FROM contact_events WHERE person_id = 0") == 1


async def test_no_number_and_no_word_lies_open(office: Office) -> None:
    await take(office, reply("my secret words"))
    raw = await office.db.fetchval("SELECT body FROM callbacks")
    await fold(office)
    everything = repr(
        [await office.rows(table) for table in ("tasks", "holds", "alerts", "contact_events")]
    )

    for secret in ("secret words", NUMBER.removeprefix("+1")):
        assert secret.encode() not in raw
        assert secret not in everything


# The recorded payloads, end to end


REFS = {
    100: "SMd36c0364e3842955b2c8f86da3bd8ad6",
    105: "SMd57dab2464dd16e944d1722d2c9c80f9",
    106: "SM80bde35b3e657adf1cd15abe0f207abc",
    107: "SMb3e60da818f8cb3084cab34b1b404764",
    108: "SM24c944d9e6dbfe2a872b4ca94cf279ae",
    109: "SM8c1fb2dfed223ae3fadf7e639108f80c",
    110: "SM309622a5c001599c5f8fe644cc7e9d3b",
    111: "SM475e6df85ce8ac77f8f3806401d8c50a",
    112: "SM27cb2b8f92b3b917e44296da4397eeeb",
    130: "CAc93bf9a243a391a65da5b60116ee9a5c",
    134: "CA3702f3bfbd91df0d6105cbd8b8d8b963",
    135: "CA99e922cb1455373efb52b44098fb083d",
    136: "CA906df8e92627e2f515fffa15553118d6",
    137: "CA48a97e0ce0c832e50a76388b0b06ac60",
    140: "CA48158762e039a119998d9137c8814216",
}


async def deliver(office: Office, number: int) -> None:
    options: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_tokens": [TOKEN],
        "shared_keys": SHARED_KEYS,
    }
    callback = sample(number).callback
    adapter = TwilioVoice if callback.kind.startswith("voice/") else TwilioSms
    provider = adapter("twilio", options, None, PUBLIC)  # type: ignore[arg-type]
    events = provider.parse_callback(callback)
    await keep(office, callback, events)
    assert await fold(office) == 1


@pytest.mark.parametrize(
    ("ref", "numbers", "channel", "state", "outcome"),
    [
        pytest.param(
            100,
            [100, 101, 102, 103],
            "sms",
            "delivered",
            "delivered",
            id="delivered, then a late sent",
        ),
        pytest.param(
            100, [144, 145], "sms", "delivered", "delivered", id="shared key, event stream"
        ),
        pytest.param(105, [105], "sms", "undelivered", "undelivered", id="unreachable"),
        pytest.param(106, [106], "sms", "undelivered", "undelivered", id="unknown handset"),
        pytest.param(107, [107], "sms", "undelivered", "undelivered", id="landline"),
        pytest.param(108, [108], "sms", "undelivered", "undelivered", id="filtered"),
        pytest.param(109, [109], "sms", "undelivered", "undelivered", id="no reason"),
        pytest.param(110, [110], "sms", "failed", "released", id="unregistered sender"),
        pytest.param(111, [111], "sms", "failed", "released", id="opted out"),
        pytest.param(112, [112], "sms", "expired", "released", id="expired"),
        pytest.param(130, [130, 131], "call", "sent", "pending", id="ringing"),
        pytest.param(
            130,
            [133, 132, 131, 130, 141],
            "call",
            "delivered",
            "conversation",
            id="a human, backwards",
        ),
        pytest.param(134, [134], "call", "delivered", "voicemail_other", id="a machine"),
        pytest.param(135, [135], "call", "undelivered", "no_answer", id="no answer"),
        pytest.param(136, [136], "call", "undelivered", "not_connected", id="busy"),
        pytest.param(137, [137], "call", "failed", "not_connected", id="not in service"),
        pytest.param(140, [140], "call", "reserved", "voicemail_other", id="machine found first"),
    ],
)
async def test_recorded_callbacks_have_their_effect(
    office: Office, ref: int, numbers: list[int], channel: str, state: str, outcome: str
) -> None:
    contact = await office.a_contact(PERSON, channel=channel)
    await office.db.execute(
        "INSERT INTO provider_refs VALUES ('twilio', $3, $1, $2)", PERSON, contact, REFS[ref]
    )

    for number in numbers:
        await deliver(office, number)

    row = await office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == (state, outcome)
    assert len(await office.events(PERSON)) == len(numbers)


@pytest.mark.parametrize(
    ("number", "suppressions", "holds"),
    [
        pytest.param(120, 1, 0, id="STOP"),
        pytest.param(121, 1, 0, id="free words"),
        pytest.param(122, 0, 0, id="START"),
        pytest.param(123, 0, 0, id="HELP"),
        pytest.param(125, 1, 0, id="ALTO"),
    ],
)
async def test_recorded_replies_have_their_effect(
    office: Office, number: int, suppressions: int, holds: int
) -> None:
    await deliver(office, number)

    assert len(await office.rows("suppressions")) == suppressions
    assert len(await office.rows("holds")) == holds
    assert len(await office.events(PERSON)) == 1
