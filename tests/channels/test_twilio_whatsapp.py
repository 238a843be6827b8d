"""WhatsApp by Twilio's account: the window, templates, receipts and answers."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from pydantic import ValidationError
from twilio.request_validator import RequestValidator

from outreach.channels.provider import (
    Accepted,
    Attempt,
    Found,
    InboundMessage,
    NotFound,
    Provider,
    RawCallback,
    Rejected,
    StatusUpdate,
)
from outreach.channels.twilio_sms import TwilioSms
from outreach.channels.twilio_whatsapp import TwilioWhatsapp
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, ProviderContract, an_attempt
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, running_twilio

PUBLIC = "https://cb.collector.example"
ADA = "+12025550143"
SERVICE = "MG" + "0b" * 16
CONTENT = "HX" + "0c" * 16
TEMPLATES = [
    {
        "template": "overdue_early",
        "locale": "en-US",
        "code": CONTENT,
        "text": "Your payment of {{1}} is due on {{2}}.",
    }
]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with running_twilio(NOW) as fake:
        fake.for_number(f"whatsapp:{ADA}", statuses=())
        yield fake


def a_provider(session: aiohttp.ClientSession, base_url: str, **options: Any) -> TwilioWhatsapp:
    given = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": base_url, **options}
    return TwilioWhatsapp("wa", {"templates": TEMPLATES, **given}, session, PUBLIC)


@pytest.fixture
def provider(session: aiohttp.ClientSession, twilio: FakeTwilio) -> TwilioWhatsapp:
    return a_provider(session, twilio.base_url)


def a_message(recipient: str = ADA, **given: Any) -> Attempt:
    """Return a message to somebody who wrote an hour ago."""
    numbers = {name: given.pop(name) for name in ("number", "sender") if name in given}
    attempt = an_attempt(recipient, **numbers)
    fields = {
        "channel": Channel.WHATSAPP,
        "wrote_at": NOW - timedelta(hours=1),
        "template": "overdue_early",
        "locale": "en-US",
        **given,
    }
    return replace(attempt, **fields)


def signed(kind: str, form: dict[str, str], *, query: str = "") -> RawCallback:
    path = f"/twilio/whatsapp/{kind}{query}"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)  # type: ignore[no-untyped-call]
    headers = {"X-Twilio-Signature": signature}
    return RawCallback(f"whatsapp/{kind}", path, headers, urlencode(form).encode())


class TestContract(ProviderContract):
    """The contract, kept by the adapter for WhatsApp."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession, twilio: FakeTwilio) -> Harness:
        twilio.for_number("whatsapp:+12025550107", answer="hang", statuses=())
        twilio.for_number("whatsapp:+12025550102", refuse=63033)
        twilio.for_number("whatsapp:+12025550103", refuse=63024)
        twilio.for_number("whatsapp:+12025550106", answer="throttled", retry_after="2")

        def status(attempt: Attempt, state: str) -> RawCallback:
            form = {
                "MessageSid": "SM" + "1" * 32,
                "MessageStatus": state,
                "ChannelPrefix": "whatsapp",
                "ChannelStatusMessage": "",
            }
            return signed("status", form, query=f"?a={attempt.attempt_id}")

        def inbound(sender: str, text: str) -> RawCallback:
            form = {
                "MessageSid": "SM" + "2" * 32,
                "From": f"whatsapp:{sender}",
                "To": "whatsapp:+15005550006",
                "Body": text,
                "ProfileName": "",
                "WaId": sender.removeprefix("+"),
            }
            return signed("inbound", form)

        def unavailable() -> Provider:
            return a_provider(session, "http://127.0.0.1:9")

        return Harness(
            a_provider(session, twilio.base_url),
            unanswered="+12025550107",
            opted_out="+12025550102",
            dead="+12025550103",
            throttled="+12025550106",
            unavailable=unavailable,
            status=status,
            inbound=inbound,
            attempt=a_message,
        )


async def test_whoever_wrote_today_is_answered_in_the_words_that_were_judged(
    provider: TwilioWhatsapp, twilio: FakeTwilio
) -> None:
    attempt = a_message()

    result = await provider.send(attempt, DEADLINE)

    assert isinstance(result, Accepted)
    [request] = twilio.creates
    assert request.form == {
        "To": f"whatsapp:{ADA}",
        "From": "whatsapp:+15005550006",
        "Body": attempt.body,
        "ValidityPeriod": "10800",
        "StatusCallback": (f"{PUBLIC}/twilio/whatsapp/status?a={attempt.attempt_id}#rc=5&rp=all"),
    }


@pytest.mark.parametrize(
    ("ago", "is_free"),
    [
        pytest.param(timedelta(hours=23, minutes=54), True, id="within the day"),
        pytest.param(timedelta(hours=23, minutes=55), False, id="too close to its end"),
        pytest.param(timedelta(days=3), False, id="long ago"),
        pytest.param(None, False, id="never"),
    ],
)
async def test_others_get_the_approved_template(
    provider: TwilioWhatsapp, twilio: FakeTwilio, ago: timedelta | None, is_free: bool
) -> None:
    attempt = a_message(wrote_at=None if ago is None else NOW - ago)

    assert isinstance(await provider.send(attempt, DEADLINE), Accepted)

    form = twilio.creates[0].form
    assert ("Body" in form, "ContentSid" in form) == (is_free, not is_free)
    if not is_free:
        assert form["ContentSid"] == CONTENT
        assert json.loads(form["ContentVariables"]) == {"1": "40.00", "2": "Friday"}


@pytest.mark.parametrize(
    "without",
    [
        pytest.param({"template": "pre_due"}, id="another of our templates"),
        pytest.param({"locale": "es-US"}, id="another language"),
    ],
)
async def test_without_window_and_template_nothing_leaves(
    provider: TwilioWhatsapp, twilio: FakeTwilio, without: dict[str, Any]
) -> None:
    result = await provider.send(a_message(wrote_at=None, **without), DEADLINE)

    assert result == Rejected(ErrorClass.SENDER_CONFIG, "63016", alert=True)
    assert twilio.requests == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("Your payment of 40.00 was due.", "words_not_registered", id="other words"),
        pytest.param("Your payment of  is due on Friday.", "words_not_registered", id="no value"),
        pytest.param("Your payment of 4\n0 is due on Friday.", "variables", id="a line break"),
        pytest.param("Your payment of 4    0 is due on Friday.", "variables", id="spaces"),
    ],
)
async def test_a_template_never_says_what_was_not_judged(
    provider: TwilioWhatsapp, twilio: FakeTwilio, body: str, code: str
) -> None:
    result = await provider.send(a_message(wrote_at=None, body=body), DEADLINE)

    assert result == Rejected(ErrorClass.REQUEST_BUG, code, scope="template", alert=True)
    assert twilio.requests == []


async def test_a_service_keeps_its_name(provider: TwilioWhatsapp, twilio: FakeTwilio) -> None:
    await provider.send(a_message(sender=SERVICE), DEADLINE)

    form = twilio.creates[0].form
    assert (form["MessagingServiceSid"], "From" in form) == (SERVICE, False)
    assert form["To"] == f"whatsapp:{ADA}"


async def test_a_lookup_finds_a_template_and_never_a_text(
    session: aiohttp.ClientSession, provider: TwilioWhatsapp, twilio: FakeTwilio
) -> None:
    attempt = a_message(wrote_at=None)
    options = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": twilio.base_url}
    await TwilioSms("twilio", options, session, PUBLIC).send(an_attempt(), DEADLINE)
    assert await provider.lookup(attempt, DEADLINE) == NotFound()

    mine = await provider.send(attempt, DEADLINE)

    assert isinstance(mine, Accepted)
    found = await provider.lookup(attempt, DEADLINE)
    assert isinstance(found, Found)
    assert found.ref == mine.ref


@pytest.mark.parametrize(
    ("code", "error", "scope"),
    [
        pytest.param(63016, "sender_config", "request", id="window"),
        pytest.param(63007, "sender_config", "sender", id="sender"),
        pytest.param(63041, "sender_config", "template", id="template paused"),
        pytest.param(63013, "reputation", "template", id="policy"),
        pytest.param(63049, "unreachable_retry", "address", id="not delivered by choice"),
        pytest.param(63003, "invalid_address", "address", id="not there"),
        pytest.param(63014, "opt_out", "address", id="blocked by the person"),
        pytest.param(63018, "throttled", "account", id="too fast"),
        pytest.param(63038, "throttled", "sender", id="day's limit"),
        pytest.param(63021, "request_bug", "request", id="content"),
        pytest.param(63099, "unknown", "address", id="code of tomorrow"),
    ],
)
def test_the_channels_codes_are_told_later(
    provider: TwilioWhatsapp, code: int, error: str, scope: str
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": str(code)}

    [event] = provider.parse_callback(signed("status", form, query="?a=x"))

    assert isinstance(event, StatusUpdate)
    assert (event.report.error_class, event.scope) == (error, scope)


def test_what_was_read_is_told(provider: TwilioWhatsapp) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "read", "EventType": "READ"}

    [event] = provider.parse_callback(signed("status", form))

    assert isinstance(event, StatusUpdate)
    assert (event.ref, event.report.state) == ("SM1", DeliveryState.READ)
    assert provider.ack("whatsapp/status", [event]).status == 204


def test_an_answer_is_of_this_channel_and_from_the_number_itself(
    provider: TwilioWhatsapp,
) -> None:
    form = {"MessageSid": "SM1", "From": f"whatsapp:{ADA}", "To": "whatsapp:+1500", "Body": "STOP"}

    [event] = provider.parse_callback(signed("inbound", form))

    assert event == InboundMessage("SM1", ADA, ("+1500",), "STOP", channel=Channel.WHATSAPP)
    assert b"<Response/>" in provider.ack("whatsapp/inbound", [event]).body


def test_a_template_whose_values_touch_is_refused() -> None:
    with pytest.raises(ValueError, match="two variables touch"):
        a_provider(None, "http://127.0.0.1:9", templates=[{**TEMPLATES[0], "text": "{{1}}{{2}}"}])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"templates": [{**TEMPLATES[0], "code": "SM1"}]},
        {"templates": [{**TEMPLATES[0], "surprise": 1}]},
        {"surprise": 1},
    ],
    ids=str,
)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_provider(None, "http://127.0.0.1:9", **wrong)  # type: ignore[arg-type]
