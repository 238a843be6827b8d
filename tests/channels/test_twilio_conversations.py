"""What Twilio tells of a call is read, and what it asks is answered as the script says."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from outreach.channels.provider import (
    Accepted,
    BadSignatureError,
    Conversation,
    Ignored,
    StatusUpdate,
)
from outreach.channels.twilio_voice import TwilioVoice
from outreach.domain.call_scripts import Piece
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import CallAnswer, DeliveryState, Outcome
from tests.channels.contract import (
    DEADLINE,
    NOW,
)
from tests.channels.voice_calls import (
    ADA,
    PUBLIC,
    SILENT,
    SPEAKING,
    SPOKEN,
    a_call,
    a_provider,
    signed,
)
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


@pytest.mark.parametrize(
    ("kind", "query", "form", "report"),
    [
        ("voice/amd", "", {"AnsweredBy": "human"}, Report(None, outcome=Outcome.CONVERSATION)),
        (
            "voice/amd",
            "",
            {"AnsweredBy": "machine_end_beep"},
            Report(None, outcome=Outcome.VOICEMAIL_OTHER),
        ),
        (
            "voice/amd",
            "&v=lcm",
            {"AnsweredBy": "machine_end_beep"},
            Report(None, outcome=Outcome.VOICEMAIL_LCM),
        ),
        (
            "voice/status",
            "&v=lcm",
            {"CallStatus": "completed", "AnsweredBy": "machine_start"},
            Report(DeliveryState.DELIVERED, outcome=Outcome.VOICEMAIL_LCM),
        ),
        ("voice/amd", "", {"AnsweredBy": "unknown"}, Report(None, outcome=Outcome.NO_ANSWER)),
        ("voice/recording", "", {"RecordingSid": "RE1"}, Report(None)),
    ],
)
def test_who_picked_up_is_told(
    provider: TwilioVoice, kind: str, query: str, form: Mapping[str, str], report: Report
) -> None:
    [event] = provider.parse_callback(signed(kind, f"a=1-x{query}", **form))

    assert isinstance(event, StatusUpdate)
    assert event.report == report
    assert event.said is None


@pytest.mark.parametrize(
    ("query", "form", "answer", "outcome", "words"),
    [
        ("q=party", {"Digits": "1"}, CallAnswer.RIGHT_PARTY, Outcome.CONVERSATION, ""),
        ("q=party", {"Digits": "2"}, CallAnswer.WRONG_PARTY, Outcome.WRONG_PARTY, ""),
        ("q=party", {"Digits": "9"}, CallAnswer.OPT_OUT, None, ""),
        ("q=party", {"Digits": ""}, CallAnswer.SILENCE, None, ""),
        (
            "q=party",
            {"SpeechResult": "no he is not here"},
            CallAnswer.SOMEBODY_ELSE,
            Outcome.THIRD_PARTY_SPOKEN,
            "",
        ),
        ("q=menu", {"Digits": "7"}, CallAnswer.UNCLEAR, Outcome.CONVERSATION, ""),
        (
            "q=menu",
            {"SpeechResult": "never call me again"},
            CallAnswer.OPT_OUT,
            Outcome.CONVERSATION,
            "never call me again",
        ),
    ],
)
def test_an_answer_is_read(
    provider: TwilioVoice,
    query: str,
    form: Mapping[str, str],
    answer: CallAnswer,
    outcome: Outcome | None,
    words: str,
) -> None:
    [event] = provider.parse_callback(signed("voice/gather", f"a=1-x&{query}", **form))

    assert isinstance(event, StatusUpdate)
    assert event.said is not None
    assert (event.said.answer, event.said.words, event.said.day) == (answer, words, None)
    state = DeliveryState.READ if outcome else None
    assert event.report == Report(state, outcome=outcome)
    if words:
        assert words not in repr(event)


def test_a_confirmed_day_comes_with_its_promise(provider: TwilioVoice) -> None:
    query = "a=1-x&q=confirm&d=2026-11-27&n=2"

    [event] = provider.parse_callback(signed("voice/gather", query, Digits="1"))

    assert isinstance(event, StatusUpdate)
    assert event.said is not None
    assert (event.said.answer, event.said.day) == (CallAnswer.PROMISED, date(2026, 11, 27))
    assert event.said.turn == "confirm2"


@pytest.mark.parametrize("query", ["", "&q=weather", "&q=confirm&d=friday"])
def test_an_answer_to_nothing_changes_nothing(provider: TwilioVoice, query: str) -> None:
    [event] = provider.parse_callback(signed("voice/gather", f"a=1-x{query}", Digits="1"))

    assert isinstance(event, StatusUpdate)
    assert (event.report, event.said) == (Report(None), None)


def test_asking_for_the_script_is_no_status(provider: TwilioVoice) -> None:
    assert provider.parse_callback(signed("voice/script")) == [Ignored("voice/script", "1-x")]
    assert provider.ack("voice/status", []).status == 204


def test_twiml_is_said_to_nobody_else(provider: TwilioVoice) -> None:
    forged = replace(signed("voice/script"), path_qs="/twilio/voice/script?a=2-y")

    with pytest.raises(BadSignatureError):
        provider.parse_callback(forged)


@pytest.mark.parametrize(
    ("kind", "query", "form", "heard", "verbs"),
    [
        pytest.param(
            "voice/script", "", {},
            ["This is Harbor.", "For Ada press 1, wrong number press 2, never again 9."],
            ["Gather"], id="picks up",
        ),
        pytest.param(
            "voice/gather", "&q=party", {"Digits": "1"},
            ["Your payment of 40.00 is due.", SPOKEN.pieces[Piece.MENU]],
            ["Gather"], id="right party",
        ),
        pytest.param("voice/gather", "&q=party", {"Digits": "2"}, ["Sorry.", "Goodbye."],
                     ["Say", "Say", "Hangup"], id="wrong party"),
        pytest.param("voice/gather", "&q=party", {}, ["Goodbye."], ["Say", "Hangup"], id="silence"),
        pytest.param("voice/gather", "&q=menu", {"Digits": "1"}, ["Which day?"], ["Gather"],
                     id="promise"),
        pytest.param("voice/gather", "&q=day", {"SpeechResult": "friday"},
                     ["By <2026-11-27>: 1 if right, 2 if not."], ["Gather"], id="a day"),
        pytest.param("voice/gather", "&q=day", {"Digits": "99"}, ["Pardon?", "Which day?"],
                     ["Gather"], id="no day"),
        pytest.param("voice/gather", "&q=day&n=2", {"Digits": "99"}, ["Goodbye."],
                     ["Say", "Hangup"], id="no day twice"),
        pytest.param("voice/gather", "&q=confirm&d=2026-11-27", {"Digits": "1"},
                     ["Noted.", "Goodbye."], ["Say", "Say", "Hangup"], id="promised"),
        pytest.param("voice/gather", "&q=menu", {"Digits": "2"}, ["A link is noted.", "Goodbye."],
                     ["Say", "Say", "Hangup"], id="link"),
        pytest.param("voice/gather", "&q=menu", {"Digits": "3"}, ["Please hold."],
                     ["Say", "Dial"], id="person"),
        pytest.param("voice/dialed", "", {"DialCallStatus": "completed"}, [], ["Hangup"],
                     id="talked"),
        pytest.param("voice/dialed", "", {"DialCallStatus": "no-answer"}, ["Call us.", "Goodbye."],
                     ["Say", "Say", "Hangup"], id="nobody to talk to"),
        pytest.param("voice/gather", "&q=menu", {"Digits": "9"}, ["No more calls.", "Goodbye."],
                     ["Say", "Say", "Hangup"], id="never again"),
        pytest.param("voice/gather", "", {"Digits": "1"}, ["Goodbye."], ["Say", "Hangup"],
                     id="an answer to nothing"),
    ],
)  # fmt: skip
async def test_each_turn_says_what_the_script_says(
    provider: TwilioVoice,
    kind: str,
    query: str,
    form: Mapping[str, str],
    heard: list[str],
    verbs: list[str],
) -> None:
    ack = await provider.converse(signed(kind, f"a=1-x{query}", **form), SPEAKING)

    root = ET.fromstring(ack.body)  # noqa: S314 - our own
    assert (ack.status, ack.content_type) == (200, "text/xml")
    assert [say.text for say in root.iter("Say")] == heard
    assert [verb.tag for verb in root] == verbs
    for gather in root.iter("Gather"):
        assert gather.attrib["action"].startswith(f"{PUBLIC}/twilio/voice/gather?a=1-x&q=")
    for number in root.iter("Number"):
        assert number.text == "+12025550100"


async def test_a_call_that_may_say_nothing_ends(provider: TwilioVoice) -> None:
    ack = await provider.converse(signed("voice/script"), SILENT)

    assert ack.body.endswith(b"<Response><Hangup /></Response>")


async def test_chinese_is_spoken_and_heard_as_mandarin(provider: TwilioVoice) -> None:
    script = replace(SPOKEN, locale="zh-CN")

    ack = await provider.converse(signed("voice/script"), replace(SPEAKING, script=script))

    [gather] = ET.fromstring(ack.body).iter("Gather")  # noqa: S314 - our own
    assert gather.attrib["language"] == "cmn-Hans-CN"
    assert {say.attrib["language"] for say in gather} == {"cmn-CN"}
    assert {say.attrib["voice"] for say in gather} == {"Polly.Zhiyu"}


@pytest.mark.parametrize(
    ("answered_by", "conversation", "heard"),
    [
        pytest.param("machine_end_beep", SPEAKING, ["Harbor asks you to call."], id="a machine"),
        pytest.param("machine_start", SPEAKING, [], id="still speaking itself"),
        pytest.param("machine_end_beep", SILENT, [], id="nothing may be said"),
        pytest.param("fax", SPEAKING, [], id="a fax"),
        pytest.param("human", SPEAKING, None, id="a person"),
        pytest.param("unknown", SPEAKING, None, id="perhaps a person"),
    ],
)
async def test_a_machine_is_left_its_piece_or_nothing(
    provider: TwilioVoice,
    calls: FakeCalls,
    answered_by: str,
    conversation: Conversation,
    heard: list[str] | None,
) -> None:
    calls.for_number(ADA, holds=True)
    result = await provider.send(a_call(), DEADLINE)
    assert isinstance(result, Accepted)
    await calls.settled()
    calls.calls[result.ref]["status"] = "in-progress"
    raw = signed("voice/amd", CallSid=result.ref, AnsweredBy=answered_by)

    ack = await provider.converse(raw, conversation)

    assert ack.status == 204
    told = [request.form for request in calls.requests if "Twiml" in request.form]
    assert len(told) == (0 if heard is None else 1)
    assert calls.said[result.ref] == (heard or [])


async def test_a_machine_that_cannot_be_told_is_no_error(session: aiohttp.ClientSession) -> None:
    provider = a_provider(session, "http://127.0.0.1:9")

    ack = await provider.converse(signed("voice/amd", AnsweredBy="machine_end_beep"), SPEAKING)

    assert ack.status == 204
