"""APNs' adapter against a local HTTP/2 server that behaves like Apple's."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from pydantic import ValidationError

from outreach.channels.apns import Apns
from outreach.channels.provider import Accepted, Attempt, Provider, Rejected, Unknown
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, OneWayContract, SendContract
from tests.channels.push_attempts import SECRETS, TITLE, WORDS, Wall, a_push
from tests.channels.samples import FOLDER
from tests.fakes import fcm
from tests.fakes.apns import BUNDLE, KEY_ID, TEAM, FakeApns, running_apns

DEVICE = "ada" + "0f" * 32
E_ = ErrorClass


@pytest.fixture
async def apple() -> AsyncIterator[FakeApns]:
    async with running_apns() as fake:
        yield fake


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def provider(apple: FakeApns, wall: Wall) -> AsyncIterator[Apns]:
    built = Apns("apple", apple.options, wall)
    yield built
    await built.close()


def an_alert(recipient: str = DEVICE, **given: Any) -> Attempt:
    return a_push(recipient, sender=BUNDLE, **given)


class TestContract(SendContract, OneWayContract):
    """The contract, kept by APNs' adapter."""

    @pytest.fixture
    async def harness(self, apple: FakeApns, provider: Apns) -> Harness:
        apple.retry_after = "2"
        apple.answers |= {
            "hang": "hang",
            "slow": (429, {"reason": "TooManyRequests"}),
            "gone": (410, {"reason": "Unregistered", "timestamp": 1_795_420_000_000}),
        }

        def unavailable() -> Provider:
            return Apns("apple", {**apple.options, "base_url": "http://127.0.0.1:9"}, Wall())

        return Harness(
            provider,
            unanswered="hang",
            throttled="slow",
            unavailable=unavailable,
            away=DEVICE,
            dead="gone",
            attempt=an_alert,
            secrets=(*SECRETS, "PRIVATE KEY", "bearer", "eyJ"),
        )


async def test_an_alert_shows_subject_and_words_and_carries_only_our_id(
    provider: Apns, apple: FakeApns
) -> None:
    attempt = an_alert()
    ref = str(UUID(attempt.attempt_id.split("-")[1]))

    assert await provider.send(attempt, DEADLINE) == Accepted(ref, DeliveryState.ACCEPTED, 1)

    [request] = apple.requests
    assert request.path == f"/3/device/{DEVICE}"
    assert request.payload == {
        "aps": {"alert": {"title": TITLE, "body": WORDS}},
        "attempt": attempt.attempt_id,
    }
    told = {name: value for name, value in request.headers.items() if name.startswith("apns-")}
    assert told == {
        "apns-collapse-id": attempt.attempt_id,
        "apns-expiration": str(int(NOW.timestamp()) + 10_800),
        "apns-id": ref,
        "apns-priority": "10",
        "apns-push-type": "alert",
        "apns-topic": BUNDLE,
    }


@pytest.mark.parametrize(
    ("left", "passed", "expires"),
    [
        pytest.param(timedelta(seconds=59), timedelta(0), None, id="now or never"),
        pytest.param(timedelta(hours=3), timedelta(hours=1), timedelta(hours=3), id="it waited"),
        pytest.param(timedelta(days=40), timedelta(0), timedelta(days=28), id="the longest"),
    ],
)
async def test_it_expires_when_the_window_ends(
    provider: Apns,
    apple: FakeApns,
    wall: Wall,
    left: timedelta,
    passed: timedelta,
    expires: timedelta | None,
) -> None:
    wall.pass_by(passed)
    await provider.send(an_alert(valid_for=left), DEADLINE)

    expected = 0 if expires is None else int((NOW + expires).timestamp())
    assert apple.requests[0].headers["apns-expiration"] == str(expected)


async def test_a_window_that_has_closed_is_not_used(
    provider: Apns, apple: FakeApns, wall: Wall
) -> None:
    wall.pass_by(timedelta(hours=3))

    assert await provider.send(an_alert(), DEADLINE) == Rejected(E_.EXPIRED, "window_closed")
    assert apple.requests == []


async def test_one_provider_token_serves_fifty_minutes(
    provider: Apns, apple: FakeApns, wall: Wall
) -> None:
    for minutes in (0, 25, 24, 2):
        wall.pass_by(timedelta(minutes=minutes))
        await provider.send(an_alert(valid_for=timedelta(hours=9)), DEADLINE)

    first, second, third, fourth = apple.tokens
    assert first == second == third != fourth
    assert jwt.get_unverified_header(first) == {"alg": "ES256", "kid": KEY_ID, "typ": "JWT"}
    claims = jwt.decode(first, options={"verify_signature": False})
    assert claims == {"iss": TEAM, "iat": int(NOW.timestamp())}


async def test_a_clock_that_was_set_back_makes_a_new_token(
    provider: Apns, apple: FakeApns, wall: Wall
) -> None:
    await provider.send(an_alert(), DEADLINE)
    wall.pass_by(timedelta(minutes=-5))
    await provider.send(an_alert(), DEADLINE)

    assert apple.tokens[0] != apple.tokens[1]


async def test_an_expired_token_is_renewed_once_for_all_who_used_it(
    provider: Apns, apple: FakeApns, wall: Wall
) -> None:
    await provider.send(an_alert(), DEADLINE)
    apple.expired = {apple.tokens[0]}

    results = await asyncio.gather(*(provider.send(an_alert(), DEADLINE) for _ in range(10)))

    assert all(isinstance(result, Accepted) for result in results)
    assert len(set(apple.tokens)) == 2


async def test_a_token_that_expires_at_once_tells_that_our_clock_is_wrong(
    provider: Apns, apple: FakeApns, wall: Wall
) -> None:
    await provider.send(an_alert(), DEADLINE)
    apple.expired = {apple.tokens[0]}
    await provider.send(an_alert(), DEADLINE)
    apple.expired = set(apple.tokens)

    refused = await provider.send(an_alert(), DEADLINE)
    assert refused == Rejected(E_.ACCOUNT, "ExpiredProviderToken", None, "account", alert=True)
    assert len(set(apple.tokens)) == 2

    wall.pass_by(timedelta(minutes=21))
    assert isinstance(await provider.send(an_alert(), DEADLINE), Accepted)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param((400, {"reason": "BadDeviceToken"}), Rejected(E_.INVALID_ADDRESS, "BadDeviceToken", None, "address", alert=True), id="no token, or another environment's"),
        pytest.param((400, {"reason": "DeviceTokenNotForTopic"}), Rejected(E_.INVALID_ADDRESS, "DeviceTokenNotForTopic", None, "address", alert=True), id="another app's"),
        pytest.param((400, {"reason": "TopicDisallowed"}), Rejected(E_.SENDER_CONFIG, "TopicDisallowed", None, "sender", alert=True), id="app not allowed"),
        pytest.param((403, {"reason": "InvalidProviderToken"}), Rejected(E_.ACCOUNT, "InvalidProviderToken", None, "account", alert=True), id="key refused"),
        pytest.param((410, {"reason": "ExpiredToken"}), Rejected(E_.INVALID_ADDRESS, "ExpiredToken", None, "address"), id="ended"),
        pytest.param((413, {"reason": "PayloadTooLarge"}), Rejected(E_.REQUEST_BUG, "PayloadTooLarge", None, "request", alert=True), id="too large"),
        pytest.param((429, {"reason": "TooManyRequests"}), Rejected(E_.THROTTLED, "TooManyRequests", timedelta(seconds=60), "address"), id="one device too often"),
        pytest.param((429, {"reason": "TooManyProviderTokenUpdates"}), Rejected(E_.THROTTLED, "TooManyProviderTokenUpdates", timedelta(minutes=20), "account", alert=True), id="renewed too often"),
        pytest.param((503, {"reason": "Shutdown"}), Rejected(E_.UNAVAILABLE, "Shutdown", timedelta(seconds=30), "account"), id="being stopped"),
        pytest.param((500, {"reason": "InternalServerError"}), Unknown("InternalServerError"), id="may have been taken"),
        pytest.param((503, None), Unknown("http 503"), id="a gateway's answer"),
        pytest.param((400, {"reason": "BrandNew"}), Rejected(E_.UNKNOWN, "BrandNew", None, "request", alert=True), id="nobody classified it"),
        pytest.param((410, None), Rejected(E_.INVALID_ADDRESS, "410", None, "address"), id="gone without a word"),
        pytest.param((302, None), Unknown("http 302"), id="a redirect"),
    ],
)  # fmt: skip
async def test_a_refusal_is_read_by_its_reason(
    provider: Apns, apple: FakeApns, answer: Any, expected: Any
) -> None:
    apple.answers["odd"] = answer

    assert await provider.send(an_alert("odd"), DEADLINE) == expected
    assert len(apple.requests) == 1


KNOWN_DEAD = datetime.fromtimestamp(1_795_420_000, UTC)


@pytest.mark.parametrize(
    ("since", "error", "scope"),
    [
        pytest.param(None, E_.INVALID_ADDRESS, "address", id="nobody knows since when"),
        pytest.param(KNOWN_DEAD - timedelta(days=1), E_.INVALID_ADDRESS, "address", id="older"),
        pytest.param(KNOWN_DEAD, E_.INVALID_ADDRESS, "address", id="as old"),
        pytest.param(KNOWN_DEAD + timedelta(seconds=1), E_.UNREACHABLE_RETRY, "request", id="registered again since"),
    ],
)  # fmt: skip
async def test_a_token_is_given_up_only_if_it_is_older_than_its_end(
    provider: Apns, apple: FakeApns, since: datetime | None, error: ErrorClass, scope: str
) -> None:
    recorded = json.loads((FOLDER / "172-apns-410-unregistered.json").read_bytes())
    apple.answers["odd"] = (410, recorded)

    result = await provider.send(an_alert("odd", address_since=since), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.scope, result.code) == (error, scope, "Unregistered")
    assert not result.alert


@pytest.mark.parametrize("timestamp", ["soon", -1, 10**30, True, None])
async def test_a_time_that_is_none_gives_the_token_up(
    provider: Apns, apple: FakeApns, timestamp: Any
) -> None:
    apple.answers["odd"] = (410, {"reason": "Unregistered", "timestamp": timestamp})

    result = await provider.send(an_alert("odd", address_since=NOW), DEADLINE)

    assert isinstance(result, Rejected)
    assert result.error is E_.INVALID_ADDRESS


async def test_an_answer_in_pieces_is_read_whole(provider: Apns, apple: FakeApns) -> None:
    apple.answers["odd"] = "split"

    result = await provider.send(an_alert("odd"), DEADLINE)

    assert result == Rejected(E_.INVALID_ADDRESS, "Unregistered", None, "address")


@pytest.mark.parametrize("answer", ["hang", "drop"])
async def test_whatever_may_have_been_taken_is_unknown_and_sent_once(
    provider: Apns, apple: FakeApns, answer: str
) -> None:
    apple.answers["odd"] = answer

    assert isinstance(await provider.send(an_alert("odd"), 0.4), Unknown)
    assert len(apple.requests) == 1

    assert isinstance(await provider.send(an_alert(), DEADLINE), Accepted)


async def test_requests_share_a_connection_and_one_that_hangs_holds_up_no_other(
    provider: Apns, apple: FakeApns
) -> None:
    apple.answers["odd"] = "hang"

    results = await asyncio.gather(
        provider.send(an_alert("odd"), 0.5),
        *(provider.send(an_alert(f"ada{index}"), DEADLINE) for index in range(40)),
    )

    assert isinstance(results[0], Unknown)
    assert all(isinstance(result, Accepted) for result in results[1:])
    assert apple.connections == 1


async def test_a_connection_that_fell_silent_is_given_up(provider: Apns, apple: FakeApns) -> None:
    apple.answers["odd"] = "hang"
    await provider.send(an_alert("odd"), 0.3)
    await provider.send(an_alert(), DEADLINE)

    assert [request.connection for request in apple.requests] == [1, 2]


async def test_a_connection_that_apple_ends_is_replaced(provider: Apns, apple: FakeApns) -> None:
    await provider.send(an_alert(), DEADLINE)
    apple.answers["odd"] = "goaway"
    await provider.send(an_alert("odd"), 0.5)
    apple.answers.clear()

    assert isinstance(await provider.send(an_alert(), DEADLINE), Accepted)


async def test_a_deadline_is_kept(provider: Apns, apple: FakeApns) -> None:
    apple.answers["odd"] = "hang"
    loop = asyncio.get_running_loop()
    started = loop.time()

    await provider.send(an_alert("odd"), 0.2)

    assert loop.time() - started < 1


@pytest.mark.parametrize("token", ["", "../../1/devices", "a/b", "ünïcode", "a" * 201, "0f?x=1"])
async def test_what_can_be_no_token_goes_nowhere(
    provider: Apns, apple: FakeApns, token: str
) -> None:
    result = await provider.send(an_alert(token), DEADLINE)

    assert result == Rejected(E_.INVALID_ADDRESS, "not_a_token", None, "address")
    assert apple.requests == []


async def test_words_that_are_too_long_are_not_sent(provider: Apns, apple: FakeApns) -> None:
    result = await provider.send(an_alert(body="您" * 1400), DEADLINE)

    assert result == Rejected(E_.REQUEST_BUG, "too_long", alert=True)


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ("production", "https://api.push.apple.com"),
        ("sandbox", "https://api.sandbox.push.apple.com"),
    ],
)
def test_the_environment_chooses_the_host(environment: str, host: str) -> None:
    options = {**FakeApns().options, "environment": environment, "base_url": None}

    assert Apns("apple", options, Wall())._http._base_url == host


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "not a key, but a secret"},
        {"key": fcm.private_pem()},
        {"key_id": "short"},
        {"team_id": "lower12345"},
        {"environment": "staging"},
        {"base_url": "https://api.push.apple.com/3"},
        {"surprise": 1},
    ],
    ids=["key", "kind of key", "key id", "team", "environment", "base address", "surprise"],
)
def test_wrong_options_are_refused_without_showing_secrets(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Apns("apple", {**FakeApns().options, "base_url": None, **wrong}, Wall())

    assert "secret" not in str(refused.value)
    assert "PRIVATE" not in str(refused.value)
