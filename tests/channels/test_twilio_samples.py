"""Every recorded Twilio payload is accepted or refused, and read, as its index says."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from outreach.channels.provider import (
    Accepted,
    BadSignatureError,
    InboundMessage,
    Provider,
    Rejected,
    StatusUpdate,
)
from outreach.channels.twilio_sms import TwilioSms
from outreach.channels.twilio_voice import TwilioVoice
from outreach.domain.vocabulary import DeliveryState, ErrorClass, Outcome
from tests.channels.contract import DEADLINE, an_attempt
from tests.channels.samples import PUBLIC, SHARED_KEYS, TOKEN, Sample, sample, twilio_samples
from tests.fakes.twilio import ACCOUNT

CALLBACKS = [found for found in twilio_samples() if found.number < 150]
S, E, Out = DeliveryState, ErrorClass, Outcome


GIVEN = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "shared_keys": SHARED_KEYS}


def a_provider(**options: Any) -> TwilioSms:
    return TwilioSms("twilio", {**GIVEN, **options}, None, PUBLIC)  # type: ignore[arg-type]


def calling() -> TwilioVoice:
    return TwilioVoice("voice", GIVEN, None, PUBLIC)  # type: ignore[arg-type]


@pytest.mark.parametrize("found", CALLBACKS, ids=lambda found: found.file)
def test_a_recorded_callback_is_accepted_or_refused(found: Sample) -> None:
    provider: Provider = a_provider()
    if found.callback.kind.startswith("voice/"):
        provider = calling()
    if not found.valid:
        with pytest.raises(BadSignatureError):
            provider.parse_callback(found.callback)
        return

    events = provider.parse_callback(found.callback)

    assert len(events) == 1
    ack = provider.ack(found.callback.kind, events)
    twiml = found.callback.kind == "sms/inbound"
    assert (ack.status, ack.content_type) == ((200, "text/xml") if twiml else (204, None))


@pytest.mark.parametrize(
    ("number", "attempt", "state", "error", "code", "counted", "alert"),
    [
        (100, "att-1001", S.QUEUED, None, None, True, False),
        (101, "att-1001", S.SENT, None, None, True, False),
        (102, "att-1001", S.DELIVERED, None, None, True, False),
        (103, "att-1001", S.SENT, None, None, True, False),
        (105, "att-105", S.UNDELIVERED, E.UNREACHABLE_RETRY, "30003", True, False),
        (106, "att-106", S.UNDELIVERED, E.INVALID_ADDRESS, "30005", True, False),
        (107, "att-107", S.UNDELIVERED, E.INVALID_ADDRESS, "30006", True, False),
        (108, "att-108", S.UNDELIVERED, E.REPUTATION, "30007", True, True),
        (109, "att-109", S.UNDELIVERED, E.UNREACHABLE_RETRY, "30008", True, False),
        (110, "att-110", S.FAILED, E.SENDER_CONFIG, "30034", False, True),
        (111, "att-111", S.FAILED, E.OPT_OUT, "21610", False, False),
        (112, "att-112", S.EXPIRED, E.EXPIRED, "30036", False, False),
        (144, "att-1001", S.SENT, None, None, True, False),
        (145, None, S.DELIVERED, None, None, True, False),
    ],
)
def test_a_recorded_message_status_reads(
    number: int,
    attempt: str | None,
    state: DeliveryState,
    error: ErrorClass | None,
    code: str | None,
    counted: bool,
    alert: bool,
) -> None:
    [event] = a_provider().parse_callback(sample(number).callback)

    assert isinstance(event, StatusUpdate)
    assert event.attempt_id == attempt
    assert event.ref is not None
    assert event.ref.startswith("SM")
    report = event.report
    assert (report.state, report.error_class, report.error_code) == (state, error, code)
    assert (report.counted, event.alert) == (counted, alert)
    assert event.confirmations == (2 if code == "30005" else 1)


@pytest.mark.parametrize(
    ("number", "text", "keyword"),
    [
        (120, "STOP", "STOP"),
        (121, "pls stop texting me, I paid yesterday", None),
        (122, "START", "START"),
        (123, "HELP", "HELP"),
        (125, "ALTO", None),
    ],
)
def test_a_recorded_reply_reads(number: int, text: str, keyword: str | None) -> None:
    [event] = a_provider().parse_callback(sample(number).callback)

    assert isinstance(event, InboundMessage)
    assert (event.text, event.provider_opt_out) == (text, keyword)
    assert event.from_address == "+12025550143"
    assert event.to_addresses == ("+15005550006", "MG" + "0b" * 16)


@pytest.mark.parametrize(
    ("number", "state", "outcome", "presumed", "error"),
    [
        (130, S.SENDING, None, False, None),
        (131, S.SENT, None, False, None),
        (132, S.SENT, None, False, None),
        (133, S.DELIVERED, Out.CONVERSATION, False, None),
        (134, S.DELIVERED, Out.VOICEMAIL_OTHER, False, None),
        (135, S.UNDELIVERED, Out.NO_ANSWER, False, E.UNREACHABLE_RETRY),
        (136, S.UNDELIVERED, Out.NOT_CONNECTED, False, E.UNREACHABLE_RETRY),
        (137, S.FAILED, None, False, E.INVALID_ADDRESS),
        (140, None, Out.VOICEMAIL_OTHER, False, None),
        (141, None, None, False, None),
    ],
)
def test_a_recorded_call_reads(
    number: int,
    state: DeliveryState | None,
    outcome: Outcome | None,
    presumed: bool,
    error: ErrorClass | None,
) -> None:
    [event] = calling().parse_callback(sample(number).callback)

    assert isinstance(event, StatusUpdate)
    report = event.report
    assert (report.state, report.outcome, report.presumed) == (state, outcome, presumed)
    assert report.error_class == error


def test_a_shared_key_counts_only_where_it_is_configured() -> None:
    callback = sample(144).callback

    with pytest.raises(BadSignatureError):
        a_provider(shared_keys={}).parse_callback(callback)
    with pytest.raises(BadSignatureError):
        a_provider(
            shared_keys={"another": SHARED_KEYS["webhooks_sharedkey_sample"]}
        ).parse_callback(callback)


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_MD5", "none", ""])
def test_the_algorithm_cannot_be_talked_down(algorithm: str) -> None:
    callback, key = sample(144).callback, "webhooks_sharedkey_sample"
    headers = {
        **callback.headers,
        "X-Twilio-Webhooks-Signature-Settings": f"key={key},algorithm={algorithm}",
    }

    with pytest.raises(BadSignatureError):
        a_provider().parse_callback(replace(callback, headers=headers))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param(None, "/twilio/events", id="no hash in the address"),
        pytest.param(b"[]", None, id="another body"),
        pytest.param(b"\xff", None, id="no text"),
        pytest.param(b"", None, id="no body"),
    ],
)
def test_an_event_batch_must_match_its_hash(body: bytes | None, path: str | None) -> None:
    callback = sample(145).callback
    changed = replace(
        callback,
        body=callback.body if body is None else body,
        path_qs=callback.path_qs if path is None else path,
    )

    with pytest.raises(BadSignatureError):
        a_provider().parse_callback(changed)


def test_the_signature_covers_the_configured_address() -> None:
    callback = sample(102).callback

    with pytest.raises(BadSignatureError):
        TwilioSms(
            "twilio",
            {"account_sid": ACCOUNT, "auth_tokens": [TOKEN]},
            None,  # type: ignore[arg-type]
            "http://cb.collector.example",
        ).parse_callback(callback)


@pytest.fixture
async def answering() -> AsyncIterator[tuple[TwilioSms, list[Sample]]]:
    """A provider whose vendor answers with the recorded sample that is put in the list."""
    answers: list[Sample] = []

    async def handle(_: web.Request) -> web.Response:
        found = answers[-1]
        headers = {name: value for name, value in found.headers.items() if name != "status"}
        return web.Response(status=int(found.headers["status"]), body=found.body, headers=headers)

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        options = {
            "account_sid": ACCOUNT,
            "auth_tokens": [TOKEN],
            "base_url": str(server.make_url("")).rstrip("/"),
        }
        yield TwilioSms("twilio", options, session, PUBLIC), answers


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (150, Accepted("SMd36c0364e3842955b2c8f86da3bd8ad6", S.ACCEPTED, None)),
        (151, "throttled"),
        (152, Rejected(E.OPT_OUT, "21610", None, "address")),
    ],
)
async def test_a_recorded_answer_reads(
    answering: tuple[TwilioSms, list[Sample]], number: int, expected: Any
) -> None:
    provider, answers = answering
    answers.append(sample(number))

    result = await provider.send(an_attempt(), DEADLINE)

    if expected == "throttled":
        assert isinstance(result, Rejected)
        assert result.error is E.THROTTLED
        assert result.retry_after is not None
        assert result.retry_after.total_seconds() == 1
        assert not result.contact_counted
    else:
        assert result == expected
