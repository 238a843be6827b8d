"""Twilio's adapter against a local server that behaves like Twilio."""

import asyncio
import warnings
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
    Unknown,
    Unsupported,
)
from outreach.channels.twilio_sms import TwilioSms
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, ProviderContract, an_attempt
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, running_twilio

PUBLIC = "https://cb.collector.example"
SERVICE = "MG" + "0b" * 16


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with running_twilio(NOW) as fake:
        fake.for_number("+12025550143", statuses=())
        yield fake


def a_provider(session: aiohttp.ClientSession, base_url: str, **options: Any) -> TwilioSms:
    given = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": base_url, **options}
    return TwilioSms("twilio", given, session, PUBLIC)


@pytest.fixture
def provider(session: aiohttp.ClientSession, twilio: FakeTwilio) -> TwilioSms:
    return a_provider(session, twilio.base_url)


def signed(kind: str, form: dict[str, str], *, query: str = "", token: str = TOKEN) -> RawCallback:
    path = f"/twilio/{kind}{query}"
    signature = RequestValidator(token).compute_signature(PUBLIC + path, form)  # type: ignore[no-untyped-call]
    return RawCallback(kind, path, {"X-Twilio-Signature": signature}, urlencode(form).encode())


class TestContract(ProviderContract):
    """The contract, kept by Twilio's adapter."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession, twilio: FakeTwilio) -> Harness:
        twilio.for_number("+12025550107", answer="hang", statuses=())
        twilio.for_number("+12025550102", refuse=21610)
        twilio.for_number("+12025550106", answer="throttled", retry_after="2")

        def status(attempt: Attempt, state: str) -> RawCallback:
            form = {"MessageSid": "SM" + "1" * 32, "MessageStatus": state, "ErrorMessage": ""}
            return signed("sms/status", form, query=f"?a={attempt.attempt_id}")

        def inbound(sender: str, text: str) -> RawCallback:
            form = {
                "MessageSid": "SM" + "2" * 32,
                "From": sender,
                "To": "+15005550006",
                "Body": text,
                "FromCity": "",
            }
            return signed("sms/inbound", form)

        def unavailable() -> Provider:
            return a_provider(session, "http://127.0.0.1:9")

        return Harness(
            a_provider(session, twilio.base_url),
            unanswered="+12025550107",
            opted_out="+12025550102",
            throttled="+12025550106",
            unavailable=unavailable,
            status=status,
            inbound=inbound,
        )


async def test_a_create_says_when_it_lapses_and_where_to_report(
    provider: TwilioSms, twilio: FakeTwilio
) -> None:
    attempt = an_attempt()

    await provider.send(attempt, DEADLINE)

    [request] = twilio.creates
    assert request.form == {
        "To": attempt.recipient,
        "From": attempt.sender,
        "Body": attempt.body,
        "ValidityPeriod": "10800",
        "StatusCallback": f"{PUBLIC}/twilio/sms/status?a={attempt.attempt_id}#rc=5&rp=all",
    }


async def test_a_service_picks_its_own_number(provider: TwilioSms, twilio: FakeTwilio) -> None:
    result = await provider.send(an_attempt(sender=SERVICE), DEADLINE)

    assert result == Accepted(twilio.sids_to("+12025550143")[0], DeliveryState.ACCEPTED, None)
    assert twilio.creates[0].form["MessagingServiceSid"] == SERVICE
    assert "From" not in twilio.creates[0].form


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(5, "5", id="the shortest that is recommended"),
        pytest.param(5.9, "5", id="never past the window's end"),
        pytest.param(86_400, "36000", id="the longest that is allowed"),
    ],
)
async def test_validity_never_outlasts_the_window(
    provider: TwilioSms, twilio: FakeTwilio, seconds: float, expected: str
) -> None:
    await provider.send(replace(an_attempt(), valid_for=timedelta(seconds=seconds)), DEADLINE)

    assert twilio.creates[0].form["ValidityPeriod"] == expected


async def test_a_window_that_is_closing_is_not_used(
    provider: TwilioSms, twilio: FakeTwilio
) -> None:
    result = await provider.send(replace(an_attempt(), valid_for=timedelta(seconds=4)), DEADLINE)

    assert result == Rejected(ErrorClass.EXPIRED, "window_closing", timedelta(seconds=4))
    assert twilio.requests == []


@pytest.mark.parametrize("answer", ["hang", "drop", "empty", "unreadable", "error_500", "html_502"])
async def test_whatever_may_have_been_taken_is_unknown_and_posted_once(
    provider: TwilioSms, twilio: FakeTwilio, answer: str
) -> None:
    attempt = an_attempt("+12025550199")
    twilio.for_number("+12025550199", answer=answer, statuses=())

    result = await provider.send(attempt, 0.3)

    assert isinstance(result, Unknown)
    assert len(twilio.creates) == 1
    assert await provider.lookup(attempt, DEADLINE) == Found(
        twilio.sids_to("+12025550199")[0], (await found_report(provider, attempt)), 1
    )


async def found_report(provider: TwilioSms, attempt: Attempt) -> Any:
    found = await provider.lookup(attempt, DEADLINE)
    assert isinstance(found, Found)
    assert found.report.state is DeliveryState.QUEUED
    return found.report


async def test_a_deadline_is_kept(provider: TwilioSms, twilio: FakeTwilio) -> None:
    twilio.for_number("+12025550199", answer="hang")
    loop = asyncio.get_running_loop()
    started = loop.time()

    await provider.send(an_attempt("+12025550199"), 0.2)

    assert loop.time() - started < 1.0


@pytest.mark.parametrize(
    ("code", "error", "scope", "alert"),
    [
        pytest.param(21610, ErrorClass.OPT_OUT, "address", False, id="unsubscribed"),
        pytest.param(21211, ErrorClass.INVALID_ADDRESS, "address", False, id="invalid number"),
        pytest.param(21635, ErrorClass.INVALID_ADDRESS, "address", False, id="landline"),
        pytest.param(21611, ErrorClass.EXPIRED, "sender", False, id="queue full"),
        pytest.param(21612, ErrorClass.SENDER_CONFIG, "sender", True, id="sender can't reach it"),
        pytest.param(20003, ErrorClass.ACCOUNT, "account", True, id="account"),
        pytest.param(21617, ErrorClass.REQUEST_BUG, "request", True, id="too long"),
        pytest.param(30610, ErrorClass.QUIET_HOURS, "request", True, id="quiet hours"),
        pytest.param(29999, ErrorClass.REQUEST_BUG, "request", True, id="unknown 2xxxx"),
        pytest.param(39999, ErrorClass.UNKNOWN, "address", True, id="unknown 3xxxx"),
        pytest.param(79999, ErrorClass.UNKNOWN, "address", True, id="unknown otherwise"),
    ],
)
async def test_a_refusal_is_classified_and_counts_for_nothing(
    provider: TwilioSms, twilio: FakeTwilio, code: int, error: ErrorClass, scope: str, alert: bool
) -> None:
    twilio.for_number("+12025550143", refuse=code)

    result = await provider.send(an_attempt(), DEADLINE)

    assert result == Rejected(error, str(code), None, scope, contact_counted=False, alert=alert)  # type: ignore[arg-type]


async def test_throttling_without_a_time_waits_a_little(
    provider: TwilioSms, twilio: FakeTwilio
) -> None:
    twilio.for_number("+12025550143", answer="throttled")

    assert await provider.send(an_attempt(), DEADLINE) == Rejected(
        ErrorClass.THROTTLED, "20429", timedelta(seconds=5), "account"
    )


async def test_overlapping_calls_keep_their_own_headers(
    provider: TwilioSms, twilio: FakeTwilio
) -> None:
    numbers = [f"+120255501{index:02d}" for index in range(20)]
    for index, number in enumerate(numbers):
        twilio.for_number(number, answer="throttled", retry_after=str(index))

    results = await asyncio.gather(
        *(provider.send(an_attempt(number), DEADLINE) for number in numbers)
    )

    assert [result.retry_after for result in results if isinstance(result, Rejected)] == [
        timedelta(seconds=index) for index in range(20)
    ]


async def test_a_lookup_tells_apart_what_looks_alike(
    provider: TwilioSms, twilio: FakeTwilio
) -> None:
    attempt = an_attempt()
    await provider.send(replace(attempt, body="Other words."), DEADLINE)
    await provider.send(replace(attempt, sender="+15005550009"), DEADLINE)
    twilio.now = NOW - timedelta(days=1)
    await provider.send(attempt, DEADLINE)
    twilio.now = NOW + timedelta(days=1)
    await provider.send(attempt, DEADLINE)

    assert await provider.lookup(attempt, DEADLINE) == NotFound()

    twilio.now = NOW + timedelta(seconds=2)
    mine = await provider.send(attempt, DEADLINE)
    assert isinstance(mine, Accepted)
    found = await provider.lookup(attempt, DEADLINE)
    assert isinstance(found, Found)
    assert found.ref == mine.ref
    assert not any(
        name.startswith("DateSent") for request in twilio.requests for name in request.query
    )


async def test_a_lookup_reads_further_pages(provider: TwilioSms, twilio: FakeTwilio) -> None:
    attempt = an_attempt()
    mine = await provider.send(attempt, DEADLINE)
    assert isinstance(mine, Accepted)
    for number in range(60):
        await provider.send(replace(attempt, body=f"later {number}"), DEADLINE)

    found = await provider.lookup(attempt, DEADLINE)

    assert isinstance(found, Found)
    assert found.ref == mine.ref


async def test_a_lookup_by_reference_reads_the_error(
    provider: TwilioSms, twilio: FakeTwilio
) -> None:
    mine = await provider.send(an_attempt(), DEADLINE)
    assert isinstance(mine, Accepted)
    twilio.turn(mine.ref, "failed", 30036)

    found = await provider.lookup(replace(an_attempt(), ref=mine.ref), DEADLINE)

    assert isinstance(found, Found)
    assert (found.report.state, found.report.error_code) == (DeliveryState.EXPIRED, "30036")
    assert found.report.counted is False


async def test_a_lookup_without_an_answer_says_so(session: aiohttp.ClientSession) -> None:
    assert isinstance(
        await a_provider(session, "http://127.0.0.1:9").lookup(an_attempt(), DEADLINE), Unsupported
    )


async def test_only_what_is_still_queued_can_be_canceled(
    provider: TwilioSms, twilio: FakeTwilio
) -> None:
    first, second = [await provider.send(an_attempt(), DEADLINE) for _ in range(2)]
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    twilio.turn(second.ref, "sent")

    assert await provider.cancel(first.ref, DEADLINE) is True
    assert await provider.cancel(second.ref, DEADLINE) is False


async def test_the_sdk_warns_of_nothing_and_retries_nothing(
    session: aiohttp.ClientSession, twilio: FakeTwilio
) -> None:
    twilio.for_number("+12025550143", answer="error_500", taken=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await a_provider(session, twilio.base_url).send(an_attempt(), DEADLINE)

    assert len(twilio.creates) == 1


async def test_an_api_key_signs_in_in_place_of_the_token(
    session: aiohttp.ClientSession, twilio: FakeTwilio
) -> None:
    provider = a_provider(session, twilio.base_url, api_key="SK" + "1" * 32, api_secret="not shown")

    assert isinstance(await provider.send(an_attempt(), DEADLINE), Accepted)
    assert twilio.creates[0].headers["Authorization"] == aiohttp.encode_basic_auth(
        "SK" + "1" * 32, "not shown"
    )


def test_both_tokens_hold_while_one_is_rotated() -> None:
    provider = TwilioSms(
        "twilio",
        {"account_sid": ACCOUNT, "auth_tokens": ["new", "old"]},
        None,  # type: ignore[arg-type]
        PUBLIC,
    )
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}

    for token in ("new", "old"):
        [event] = provider.parse_callback(signed("sms/status", form, token=token))
        assert isinstance(event, StatusUpdate)


def test_a_provider_keyword_comes_along(provider: TwilioSms) -> None:
    form = {
        "MessageSid": "SM1",
        "From": "+12025550143",
        "To": "+1500",
        "Body": "x",
        "OptOutType": "stop",
    }

    [event] = provider.parse_callback(signed("sms/inbound", form))

    assert isinstance(event, InboundMessage)
    assert event.provider_opt_out == "STOP"


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_sid": "SK1"},
        {"auth_tokens": []},
        {"auth_tokens": ["a", "b", "c"]},
        {"base_url": "https://api.twilio.com/path"},
        {"surprise": 1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_wrong_options_are_refused_without_showing_secrets(wrong: dict[str, Any]) -> None:
    options = {"account_sid": ACCOUNT, "auth_tokens": ["very secret"], **wrong}

    with pytest.raises(ValidationError) as refused:
        TwilioSms("twilio", options, None, PUBLIC)  # type: ignore[arg-type]

    assert "very secret" not in str(refused.value)
