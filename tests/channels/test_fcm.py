"""FCM's adapter against a local server that behaves like Google's."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from outreach.channels.fcm import Fcm
from outreach.channels.provider import Accepted, Attempt, Provider, Rejected, Unknown
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, OneWayContract, SendContract
from tests.channels.push_attempts import SECRETS, TITLE, WORDS, Wall, a_push
from tests.channels.samples import FOLDER
from tests.fakes import apns
from tests.fakes.fcm import FakeFcm, bad_field, error, fcm_error, running_fcm

DEVICE = "device-token-of-ada:APA91bH"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


@pytest.fixture
async def fcm() -> AsyncIterator[FakeFcm]:
    async with running_fcm() as fake:
        yield fake


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def provider(session: aiohttp.ClientSession, fcm: FakeFcm, wall: Wall) -> AsyncIterator[Fcm]:
    built = Fcm("firebase", fcm.options, session, wall)
    yield built
    await built.close()


class TestContract(SendContract, OneWayContract):
    """The contract, kept by FCM's adapter."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession, fcm: FakeFcm, provider: Fcm) -> Harness:
        fcm.answers |= {
            "token-hang": "hang",
            "token-slow": fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retry_after="2"),
            "token-dead": fcm_error(404, "NOT_FOUND", "UNREGISTERED"),
        }

        def attempt(recipient: str = DEVICE, *, number: int = 1) -> Attempt:
            return a_push(recipient, number=number)

        def unavailable() -> Provider:
            options = {**fcm.options, "base_url": "http://127.0.0.1:9"}
            return Fcm("firebase", options, session, Wall())

        return Harness(
            provider,
            unanswered="token-hang",
            throttled="token-slow",
            unavailable=unavailable,
            away=DEVICE,
            dead="token-dead",
            attempt=attempt,
            secrets=(*SECRETS, "access-1", "PRIVATE KEY"),
        )


async def test_a_message_shows_subject_and_words_and_carries_only_our_id(
    provider: Fcm, fcm: FakeFcm
) -> None:
    attempt = a_push(DEVICE)

    assert await provider.send(attempt, DEADLINE) == Accepted(
        "projects/harbor-loans/messages/0:1", DeliveryState.ACCEPTED, 1
    )

    name = attempt.attempt_id
    [message] = fcm.messages
    assert message == {
        "token": DEVICE,
        "notification": {"title": TITLE, "body": WORDS},
        "data": {"attempt": name},
        "android": {
            "priority": "HIGH",
            "ttl": "10800s",
            "collapse_key": name,
            "notification": {"tag": name},
        },
        "apns": {
            "headers": {
                "apns-collapse-id": name,
                "apns-expiration": str(int(NOW.timestamp()) + 10_800),
                "apns-priority": "10",
            }
        },
        "webpush": {"headers": {"TTL": "10800", "Topic": name.split("-")[1], "Urgency": "high"}},
    }


async def test_without_a_subject_there_is_no_title(provider: Fcm, fcm: FakeFcm) -> None:
    await provider.send(a_push(DEVICE, subject=""), DEADLINE)

    assert fcm.messages[0]["notification"] == {"body": WORDS}


@pytest.mark.parametrize(
    ("left", "ttl", "expires"),
    [
        pytest.param(timedelta(seconds=59.9), "0s", 0, id="now or never"),
        pytest.param(timedelta(minutes=1), "60s", 60, id="just long enough to wait"),
        pytest.param(timedelta(minutes=2, milliseconds=999), "120s", 120, id="whole seconds"),
        pytest.param(timedelta(days=40), "2419200s", 2_419_200, id="the longest"),
    ],
)
async def test_its_life_ends_with_the_window(
    provider: Fcm, fcm: FakeFcm, left: timedelta, ttl: str, expires: int
) -> None:
    await provider.send(a_push(DEVICE, valid_for=left), DEADLINE)

    [message] = fcm.messages
    assert message["android"]["ttl"] == ttl
    told = int(message["apns"]["headers"]["apns-expiration"])
    assert told == (int(NOW.timestamp()) + expires if expires else 0)


async def test_a_send_that_waited_has_less_life(provider: Fcm, fcm: FakeFcm, wall: Wall) -> None:
    wall.pass_by(timedelta(minutes=30))
    await provider.send(a_push(DEVICE), DEADLINE)
    wall.pass_by(timedelta(hours=2, minutes=30))
    closed = await provider.send(a_push(DEVICE), DEADLINE)

    [message] = fcm.messages
    assert message["android"]["ttl"] == "9000s"
    assert closed == Rejected(ErrorClass.EXPIRED, "window_closed")


@pytest.mark.parametrize("answer", ["hang", "drop", "empty", "unreadable", "huge", "html_502"])
async def test_whatever_may_have_been_taken_is_unknown_and_posted_once(
    provider: Fcm, fcm: FakeFcm, answer: str
) -> None:
    await provider.send(a_push(DEVICE), DEADLINE)
    fcm.answers["odd"] = answer

    assert isinstance(await provider.send(a_push("odd"), 0.5), Unknown)

    assert len(fcm.messages) == 2


E_ = ErrorClass


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(fcm_error(404, "NOT_FOUND", "UNREGISTERED"), Rejected(E_.INVALID_ADDRESS, "UNREGISTERED", None, "address"), id="gone"),
        pytest.param(fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Rejected(E_.INVALID_ADDRESS, "INVALID_ARGUMENT", None, "address", alert=True), id="no token at all"),
        pytest.param(bad_field("message.token"), Rejected(E_.INVALID_ADDRESS, "TOKEN_FIELD", None, "address"), id="the token field"),
        pytest.param(bad_field("message.data[0].value"), Rejected(E_.REQUEST_BUG, "OTHER_FIELD", None, "request", alert=True), id="another field"),
        pytest.param(bad_field("message.token", "message.data"), Rejected(E_.REQUEST_BUG, "OTHER_FIELD", None, "request", alert=True), id="not only the token"),
        pytest.param(fcm_error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Rejected(E_.INVALID_ADDRESS, "SENDER_ID_MISMATCH", None, "address", alert=True), id="another project's"),
        pytest.param(fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), Rejected(E_.THROTTLED, "QUOTA_EXCEEDED", timedelta(seconds=60), "account"), id="throttled without a time"),
        pytest.param(fcm_error(503, "UNAVAILABLE", "UNAVAILABLE", retry_after="7"), Rejected(E_.UNAVAILABLE, "UNAVAILABLE", timedelta(seconds=7), "account"), id="overloaded"),
        pytest.param(fcm_error(500, "INTERNAL", "INTERNAL"), Unknown("INTERNAL"), id="may have been taken"),
        pytest.param(fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), Rejected(E_.SENDER_CONFIG, "THIRD_PARTY_AUTH_ERROR", None, "sender", alert=True), id="Apple's key"),
        pytest.param(fcm_error(400, "X", "BRAND_NEW"), Rejected(E_.UNKNOWN, "BRAND_NEW", None, "request", alert=True), id="nobody classified it"),
        pytest.param(error(403, "PERMISSION_DENIED"), Rejected(E_.ACCOUNT, "403", None, "account", alert=True), id="not allowed"),
        pytest.param(error(404, "NOT_FOUND"), Rejected(E_.ACCOUNT, "404", None, "account", alert=True), id="no such project"),
        pytest.param((400, {"error": "odd"}, {}), Rejected(E_.REQUEST_BUG, "400", None, "request", alert=True), id="no details"),
        pytest.param((408, {}, {}), Unknown("http 408"), id="timed out there"),
        pytest.param((302, {}, {"Location": "/v1/elsewhere"}), Unknown("http 302"), id="a redirect isn't followed"),
    ],
)  # fmt: skip
async def test_a_refusal_is_read_by_the_type_of_its_details(
    provider: Fcm, fcm: FakeFcm, answer: Any, expected: Any
) -> None:
    fcm.answers["odd"] = answer

    assert await provider.send(a_push("odd"), DEADLINE) == expected


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("170-fcm-404-unregistered", Rejected(E_.INVALID_ADDRESS, "UNREGISTERED", None, "address")),
        (
            "171-fcm-429-quota",
            Rejected(E_.THROTTLED, "QUOTA_EXCEEDED", timedelta(seconds=60), "account"),
        ),
    ],
)
async def test_recorded_answers_have_their_effect(
    provider: Fcm, fcm: FakeFcm, sample: str, expected: Rejected
) -> None:
    body = json.loads((FOLDER / f"{sample}.json").read_bytes())
    fcm.answers["odd"] = (body["error"]["code"], body, {})

    assert await provider.send(a_push("odd"), DEADLINE) == expected


async def test_words_that_are_too_long_are_our_mistake_and_not_the_tokens(
    provider: Fcm, fcm: FakeFcm
) -> None:
    result = await provider.send(a_push(DEVICE, body="您" * 1400), DEADLINE)

    assert result == Rejected(ErrorClass.REQUEST_BUG, "too_long", alert=True)
    assert fcm.messages == []


async def test_no_token_is_no_address(provider: Fcm, fcm: FakeFcm) -> None:
    result = await provider.send(a_push(" "), DEADLINE)

    assert result == Rejected(ErrorClass.INVALID_ADDRESS, "no_token", scope="address")
    assert fcm.assertions == []


def _account(**changes: Any) -> dict[str, Any]:
    return {**FakeFcm(base_url="http://127.0.0.1:9").options["service_account"], **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        {"service_account": _account(private_key="not a key, but a secret")},
        {"service_account": _account(private_key=apns.private_pem())},
        {"service_account": _account(project_id="../../other")},
        {"service_account": _account(token_uri="ftp://x")},
        {"service_account": _account(), "base_url": "https://fcm.googleapis.com/path"},
        {"service_account": _account(), "surprise": 1},
        {},
    ],
    ids=[
        "key",
        "kind of key",
        "project",
        "address of tokens",
        "base address",
        "surprise",
        "nothing",
    ],
)
def test_wrong_options_are_refused_without_showing_secrets(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Fcm("firebase", wrong, None, Wall())  # type: ignore[arg-type]

    assert "secret" not in str(refused.value)
    assert "PRIVATE" not in str(refused.value)


def test_a_key_may_come_from_a_variable_in_one_line() -> None:
    account = _account()
    account["private_key"] = account["private_key"].replace("\n", "\\n")

    built = Fcm("f", {"service_account": account}, None, Wall())  # type: ignore[arg-type]

    assert built.name == "f"


async def test_the_same_attempt_collapses_into_one(provider: Fcm, fcm: FakeFcm) -> None:
    attempt = a_push(DEVICE)
    for one in (attempt, replace(attempt, body="Other words.")):
        await provider.send(one, DEADLINE)

    assert len({message["android"]["collapse_key"] for message in fcm.messages}) == 1
