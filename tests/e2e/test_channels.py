"""Every channel goes the whole way: chosen, worded, judged, sent, settled, fallen back from."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.channels import (
    Channels,
    a_plan,
    a_token,
    addresses,
    all_channels,
    all_words,
    senders,
)
from tests.e2e.service import NOON, kinds
from tests.e2e.signals import a_phone

ADA = "+12125550143"


@pytest.fixture
async def channels(database_url: str, redis_url: str) -> AsyncIterator[Channels]:
    async with all_channels(database_url, redis_url) as running:
        yield running


async def test_a_reminder_goes_to_the_app_and_tells_a_locked_screen_nothing(
    channels: Channels,
) -> None:
    person = channels.service.borrower(push=[a_token("dev-1", "token-0001")])

    [contact] = await channels.tell(person, channels.due(-3))

    assert (contact["channel"], contact["endpoint_id"]) == ("push", "dev-1")
    assert (contact["delivery_state"], contact["outcome"]) == ("accepted", "sent")
    assert (contact["parts"], contact["sender"]) == (1, "com.acme.app")
    [sent] = channels.house.taken
    assert (sent.subject, sent.recipient) == ("Acme Lending", "token-0001")
    assert sent.body == "You have a message about your account. Open the app to read it."
    assert (sent.template, sent.locale) == ("pre_due", "en-US")
    assert sent.variables["lender_name"] == "Acme Lending"
    assert channels.service.twilio.messages == {}
    [decided, accepted] = await channels.service.log()
    assert kinds([decided, accepted]) == ["decided", "accepted"]
    assert (decided["subject"], decided["words"]) == (sent.subject, sent.body)


async def test_whoever_asked_for_details_sees_them_on_the_locked_screen(
    channels: Channels,
) -> None:
    person = channels.service.borrower(
        push=[a_token("dev-1", "token-0001")], preferences={"notification_details": True}
    )

    await channels.tell(person, channels.due(-3))

    [sent] = channels.house.taken
    assert "$247.50" in sent.body


async def test_a_dead_token_is_given_up_and_the_text_goes_out_in_the_same_case(
    channels: Channels,
) -> None:
    person = channels.service.borrower(push=[a_token("dev-1", "token-9001")])

    push, text = await channels.tell(person, channels.due(-3))

    assert (push["channel"], push["delivery_state"]) == ("push", "failed")
    assert (push["error_class"], push["outcome"]) == ("invalid_address", "released")
    assert (text["channel"], text["delivery_state"]) == ("sms", "delivered")
    assert (text["case_id"], text["step"]) == (push["case_id"], push["step"])
    assert (push["try"], text["try"]) == (1, 2)
    [row] = await channels.service.rows("SELECT status FROM endpoints WHERE endpoint_id = 'dev-1'")
    assert row["status"] == "invalid"
    assert len(channels.service.twilio.sids_to(ADA)) == 1


async def test_a_second_device_is_tried_before_the_text(channels: Channels) -> None:
    tokens = [a_token("dev-1", "token-9001"), a_token("dev-2", "token-0002")]

    dead, live = await channels.tell(channels.service.borrower(push=tokens), channels.due(-3))

    assert [dead["endpoint_id"], live["endpoint_id"]] == ["dev-1", "dev-2"]
    assert channels.service.twilio.messages == {}


async def test_somebody_without_a_phone_gets_the_email(channels: Channels) -> None:
    person = channels.service.borrower(**addresses("email"))

    [contact] = await channels.tell(person, channels.due(3))

    assert (contact["channel"], contact["delivery_state"]) == ("email", "delivered")
    assert contact["outcome"] == "delivered"
    [sent] = channels.house.taken
    assert sent.subject == "A message about your Acme Lending account"
    assert sent.recipient == "ada9011@example.com"
    first, *_, last = sent.body.split("\n\n")
    assert first == "Hello Ada Sample,"
    assert "$247.50" in sent.body
    assert last == "To stop these e-mails, reply STOP."


async def test_a_reply_that_stops_emails_stops_them_and_leaves_texts_alone(
    channels: Channels,
) -> None:
    """The sandbox's ada9011 replies STOP."""
    person = channels.service.borrower(**addresses("email"))

    await channels.tell(person, channels.due(3))

    [row] = await channels.service.rows("SELECT medium FROM suppressions")
    assert row["medium"] == "email"
    [log] = [row for row in await channels.service.log() if row["kind"] == "inbound"]
    assert log["channel"] == "email"


async def test_stop_by_whatsapp_stops_whatsapp_from_then_on(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    plan, words = a_plan(tmp_path, [(3, "whatsapp"), (4, "whatsapp")]), all_words(tmp_path)
    async with all_channels(
        database_url, redis_url, config_dir=plan, templates_dir=words, treatment="test"
    ) as channels:
        person = channels.service.borrower(**addresses())
        await channels.tell(person, channels.due(3))
        await channels.service.move_to(NOON + timedelta(days=1))

        [contact] = await channels.tell(channels.due(4))

        assert (contact["channel"], contact["outcome"]) == ("whatsapp", "delivered")
        [row] = await channels.service.rows("SELECT medium FROM suppressions")
        assert row["medium"] == "whatsapp"
        assert "outreach.opt_out" in await channels.wait_reason()


async def test_an_email_that_bounces_is_given_up_and_the_text_goes_out(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    plan = a_plan(tmp_path, [(3, "email sms")])
    async with all_channels(database_url, redis_url, config_dir=plan, treatment="test") as channels:
        mail = {"id": "mail-1", "address": "ada9004@example.com"}
        person = channels.service.borrower(emails=[mail])

        email, text = await channels.tell(person, channels.due(3))

        assert (email["channel"], email["delivery_state"]) == ("email", "undelivered")
        assert (email["error_class"], email["error_code"]) == ("invalid_address", "no_such_mailbox")
        assert (text["channel"], text["delivery_state"]) == ("sms", "delivered")
        [row] = await channels.service.rows(
            "SELECT status FROM endpoints WHERE endpoint_id = 'mail-1'"
        )
        assert row["status"] == "invalid"


@pytest.mark.parametrize(
    ("left_out", "went_by"),
    [
        pytest.param(("app",), "sms", id="no sender for the app"),
        pytest.param(("app", "text"), "email", id="nor for texts"),
    ],
)
async def test_a_way_that_the_lender_has_no_sender_for_is_passed_over(
    database_url: str, redis_url: str, left_out: tuple[str, ...], went_by: str
) -> None:
    kept = {name: one for name, one in senders().items() if name not in left_out}
    async with all_channels(database_url, redis_url, senders=kept) as channels:
        person = channels.service.borrower(
            **{**addresses(), "phones": [a_phone("ph-1", ADA, primary=True)]}
        )

        [contact] = await channels.tell(person, channels.due(-3))

        assert contact["channel"] == went_by
        decided = (await channels.service.log())[0]
        assert "tried" not in decided


async def test_without_any_sender_the_log_says_what_is_missing(
    database_url: str, redis_url: str
) -> None:
    kept = {"voice": senders()["voice"]}
    async with all_channels(database_url, redis_url, senders=kept) as channels:
        person = channels.service.borrower(**addresses())

        assert await channels.tell(person, channels.due(-3)) == []
        assert "dispatch.no_sender" in await channels.wait_reason()


async def test_a_contact_by_the_app_is_shown_with_its_channel_and_title(
    channels: Channels,
) -> None:
    person = channels.service.borrower(**addresses("email"))
    [contact] = await channels.tell(person, channels.due(3))
    runtime, base = channels.service.runtime, channels.service.base_url
    await channels.service.fold_contact_log()

    async with runtime.http.get(f"{base}/contacts?lender=acme") as answer:
        page = await answer.text()
    link = page.partition('href="/contacts/')[2].partition('"')[0]
    async with runtime.http.get(f"{base}/contacts/{link}") as answer:
        story = await answer.text()

    assert contact["channel"] == "email"
    assert "E-mail" in page
    assert "A message about your Acme Lending account" in story
    assert "a•••@example.com" in story
    assert "ada9011" not in story
