"""Twilio's calls against a local server that behaves like Twilio."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from pydantic import ValidationError

from outreach.channels.provider import (
    Accepted,
    Attempt,
    Found,
    Provider,
    RawCallback,
    Rejected,
    Unknown,
)
from outreach.channels.twilio_voice import TwilioVoice
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import (
    DEADLINE,
    NOW,
    Harness,
    LookupContract,
    SendContract,
    StatusContract,
)
from tests.channels.voice_calls import ADA, PUBLIC, SCRIPT, a_call, a_provider, signed
from tests.fakes.twilio_voice import FakeCalls, running_calls


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


@pytest.fixture
async def calls() -> AsyncIterator[FakeCalls]:
    async with running_calls(NOW, public_base_url="http://127.0.0.1:9") as fake:
        yield fake


@pytest.fixture
def provider(session: aiohttp.ClientSession, calls: FakeCalls) -> TwilioVoice:
    return a_provider(session, calls.base_url)


class TestContract(SendContract, LookupContract, StatusContract):
    """The contract, kept by Twilio's calls."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession, calls: FakeCalls) -> Harness:
        calls.for_number("+12025550107", create="hang")
        calls.for_number("+12025550106", create="throttled")
        calls.for_number("+12025550104", refuse=21217)

        def status(attempt: Attempt, state: str) -> RawCallback:
            word = {"delivered": "completed"}.get(state, state)
            return signed(
                "voice/status", f"a={attempt.attempt_id}", CallStatus=word, Note="delivered"
            )

        def unavailable() -> Provider:
            return a_provider(session, "http://127.0.0.1:9")

        return Harness(
            a_provider(session, calls.base_url),
            unanswered="+12025550107",
            throttled="+12025550106",
            dead="+12025550104",
            unavailable=unavailable,
            status=status,
            attempt=a_call,
        )


async def test_a_create_says_what_to_fetch_and_where_to_report(
    provider: TwilioVoice, calls: FakeCalls
) -> None:
    attempt = a_call()

    result = await provider.send(attempt, DEADLINE)

    assert result == Accepted(calls.sids_to(ADA)[0], DeliveryState.QUEUED, 1)
    [request] = calls.creates
    where = f"?a={attempt.attempt_id}&v=lcm"
    assert request.form == {
        "To": ADA,
        "From": attempt.sender,
        "Url": f"{PUBLIC}/twilio/voice/script{where}#rc=2&rp=all",
        "Method": "POST",
        "StatusCallback": f"{PUBLIC}/twilio/voice/status{where}#rc=5&rp=all",
        "StatusCallbackEvent": "initiated ringing answered completed",
        "Timeout": "25",
        "TimeLimit": "600",
        "MachineDetection": "DetectMessageEnd",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": f"{PUBLIC}/twilio/voice/amd{where}#rc=5&rp=all",
        "AsyncAmdStatusCallbackMethod": "POST",
    }


@pytest.mark.parametrize(
    ("record", "announced", "recorded"),
    [
        pytest.param(True, True, True, id="announced"),
        pytest.param(True, False, False, id="never without a word of it"),
        pytest.param(False, True, False, id="not asked for"),
    ],
)
async def test_only_what_is_announced_is_recorded(
    session: aiohttp.ClientSession,
    calls: FakeCalls,
    record: bool,
    announced: bool,
    recorded: bool,
) -> None:
    provider = a_provider(session, calls.base_url, record=record, detect_machines=False)
    body = SCRIPT + ("\n\n[recording] This is recorded." if announced else "")

    await provider.send(a_call(body=body), DEADLINE)

    form = calls.creates[0].form
    assert ("Record" in form, "RecordingStatusCallback" in form) == (recorded, recorded)
    assert "MachineDetection" not in form


async def test_what_would_ring_past_the_window_is_not_dialed(
    provider: TwilioVoice, calls: FakeCalls
) -> None:
    short = timedelta(seconds=20)

    result = await provider.send(replace(a_call(), valid_for=short), DEADLINE)

    assert result == Rejected(ErrorClass.EXPIRED, "window_closing", short)
    assert calls.requests == []


async def test_words_that_are_no_script_are_not_dialed(
    provider: TwilioVoice, calls: FakeCalls
) -> None:
    result = await provider.send(a_call(body="Your payment is due."), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.alert) == (ErrorClass.REQUEST_BUG, True)
    assert calls.requests == []


@pytest.mark.parametrize("create", ["hang", "drop", "empty", "error_500"])
async def test_whatever_may_have_been_placed_is_unknown_and_posted_once(
    provider: TwilioVoice, calls: FakeCalls, create: str
) -> None:
    calls.for_number(ADA, create=create)

    result = await provider.send(a_call(), 0.3)

    assert isinstance(result, Unknown)
    assert len(calls.creates) == 1
    found = await provider.lookup(a_call(), DEADLINE)
    assert isinstance(found, Found)
    assert found.ref == calls.sids_to(ADA)[0]
    assert isinstance(await provider.lookup(replace(a_call(), ref=found.ref), DEADLINE), Found)


@pytest.mark.parametrize(
    ("code", "error", "scope"),
    [
        (21217, ErrorClass.INVALID_ADDRESS, "address"),
        (13224, ErrorClass.SENDER_CONFIG, "sender"),
        (21210, ErrorClass.SENDER_CONFIG, "sender"),
        (20003, ErrorClass.ACCOUNT, "account"),
    ],
)
async def test_a_refused_call_counts_for_nothing(
    provider: TwilioVoice, calls: FakeCalls, code: int, error: ErrorClass, scope: str
) -> None:
    calls.for_number(ADA, refuse=code)

    result = await provider.send(a_call(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.scope, result.contact_counted) == (error, scope, False)


@pytest.mark.parametrize(
    ("status", "taken_back", "left"),
    [
        pytest.param("queued", True, "canceled", id="queued"),
        pytest.param("ringing", True, "canceled", id="ringing"),
        pytest.param("in-progress", False, "completed", id="answered: hung up, but heard"),
        pytest.param("completed", False, "completed", id="over"),
    ],
)
async def test_a_call_is_taken_back_while_nobody_answered(
    provider: TwilioVoice, calls: FakeCalls, status: str, taken_back: bool, left: str
) -> None:
    calls.for_number(ADA, holds=True)
    result = await provider.send(a_call(), DEADLINE)
    assert isinstance(result, Accepted)
    await calls.settled()
    calls.calls[result.ref]["status"] = status

    assert await provider.cancel(result.ref, DEADLINE) is taken_back
    assert calls.calls[result.ref]["status"] == left


async def test_a_vendor_that_is_away_takes_nothing_back(session: aiohttp.ClientSession) -> None:
    assert await a_provider(session, "http://127.0.0.1:9").cancel("CA1", DEADLINE) is False


def test_options_are_closed_and_silent_about_secrets(session: aiohttp.ClientSession) -> None:
    with pytest.raises(ValidationError) as caught:
        a_provider(session, "https://api.twilio.com", ring_seconds=500, tokens=["secret-token"])

    assert "secret-token" not in str(caught.value)
