"""Web Push's adapter against a local server that behaves like a browser's push service."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from outreach.channels.provider import Accepted, Attempt, Provider, Rejected, Unknown
from outreach.channels.web_push import WebPush, read_subscription
from outreach.channels.web_push_crypto import (
    LARGEST_TEXT,
    unpadded,
)
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, OneWayContract, SendContract
from tests.channels.push_attempts import SECRETS, TITLE, WORDS, Wall, a_push
from tests.fakes.web_push import (
    HOST,
    SUBJECT,
    Browser,
    FakePushService,
    running_push_service,
)

E_ = ErrorClass
GONE = Rejected(E_.INVALID_ADDRESS, "endpoint_refused", None, "address", alert=True)


@pytest.fixture
async def service() -> AsyncIterator[FakePushService]:
    async with running_push_service() as fake:
        yield fake


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def provider(service: FakePushService, wall: Wall) -> AsyncIterator[WebPush]:
    built = WebPush("web", service.options, wall)
    yield built
    await built.close()


class TestContract(SendContract, OneWayContract):
    """The contract, kept by Web Push's adapter."""

    @pytest.fixture
    async def harness(self, service: FakePushService, provider: WebPush) -> AsyncIterator[Harness]:
        ada = service.a_browser("ada")
        others: list[WebPush] = []

        def attempt(recipient: str = ada, *, number: int = 1) -> Attempt:
            return a_push(recipient, number=number)

        def unavailable() -> Provider:
            others.append(
                WebPush("web", {**service.options, "base_url": "http://127.0.0.1:9"}, Wall())
            )
            return others[-1]

        yield Harness(
            provider,
            unanswered=service.a_browser("slow", "hang"),
            throttled=service.a_browser("busy", (429, {"Retry-After": "2"})),
            unavailable=unavailable,
            away=ada,
            dead=service.a_browser("gone", (410, {})),
            attempt=attempt,
            secrets=(*SECRETS, "wpush", "p256dh", "vapid", "PRIVATE KEY"),
        )
        for one in others:
            await one.close()


async def test_only_the_browser_reads_it_and_its_data_are_our_id(
    provider: WebPush, service: FakePushService
) -> None:
    attempt = a_push(service.a_browser("ada"))

    result = await provider.send(attempt, DEADLINE)

    assert result == Accepted(attempt.attempt_id, DeliveryState.ACCEPTED, 1)
    [request] = service.requests
    assert request.words == {"title": TITLE, "body": WORDS, "attempt": attempt.attempt_id}
    assert request.headers["TTL"] == "10800"
    assert request.headers["Topic"] == attempt.attempt_id.split("-")[1]
    assert request.headers["Urgency"] == "high"
    assert request.claims == {
        "aud": f"https://{HOST}",
        "exp": int(NOW.timestamp()) + 12 * 3600,
        "sub": SUBJECT,
    }


@pytest.mark.parametrize(
    ("left", "ttl"),
    [
        pytest.param(timedelta(seconds=59), "0", id="now or never"),
        pytest.param(timedelta(minutes=5), "300", id="until the window ends"),
        pytest.param(timedelta(days=40), "2419200", id="the longest"),
    ],
)
async def test_its_life_ends_with_the_window(
    provider: WebPush, service: FakePushService, left: timedelta, ttl: str
) -> None:
    await provider.send(a_push(service.a_browser("ada"), valid_for=left), DEADLINE)

    assert service.requests[0].headers["TTL"] == ttl


async def test_a_window_that_has_closed_is_not_used(
    provider: WebPush, service: FakePushService, wall: Wall
) -> None:
    wall.pass_by(timedelta(hours=4))

    result = await provider.send(a_push(service.a_browser("ada")), DEADLINE)

    assert result == Rejected(E_.EXPIRED, "window_closed")
    assert service.requests == []


async def test_one_token_serves_a_push_service_for_hours(
    provider: WebPush, service: FakePushService, wall: Wall
) -> None:
    ada = service.a_browser("ada")
    for hours in (0, 5, 2):
        wall.pass_by(timedelta(hours=hours))
        await provider.send(a_push(ada, valid_for=timedelta(days=1)), DEADLINE)

    first, second, third = (request.claims["exp"] for request in service.requests)
    assert first == second
    assert third - first == 7 * 3600


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param((404, {}), Rejected(E_.INVALID_ADDRESS, "404", None, "address"), id="gone"),
        pytest.param((410, {}), Rejected(E_.INVALID_ADDRESS, "410", None, "address"), id="unsubscribed"),
        pytest.param((401, {}), Rejected(E_.SENDER_CONFIG, "401", None, "request", alert=True), id="token refused"),
        pytest.param((403, {}), Rejected(E_.SENDER_CONFIG, "403", None, "request", alert=True), id="another key's"),
        pytest.param((413, {}), Rejected(E_.REQUEST_BUG, "413", None, "request", alert=True), id="too large"),
        pytest.param((429, {}), Rejected(E_.THROTTLED, "429", timedelta(seconds=60), "account"), id="throttled without a time"),
        pytest.param((503, {"Retry-After": "9"}), Rejected(E_.UNAVAILABLE, "503", timedelta(seconds=9), "account"), id="come back later"),
        pytest.param((503, {}), Unknown("http 503"), id="without a time"),
        pytest.param((500, {}), Unknown("http 500"), id="may have been taken"),
        pytest.param((408, {}), Unknown("http 408"), id="timed out there"),
        pytest.param((307, {"Location": "http://169.254.169.254/"}), Unknown("http 307"), id="a redirect isn't followed"),
        pytest.param((418, {}), Rejected(E_.REQUEST_BUG, "418", None, "request", alert=True), id="nobody classified it"),
    ],
)  # fmt: skip
async def test_a_refusal_is_read_by_its_status(
    provider: WebPush, service: FakePushService, answer: Any, expected: Any
) -> None:
    result = await provider.send(a_push(service.a_browser("odd", answer)), DEADLINE)

    assert result == expected
    assert len(service.requests) == 1


@pytest.mark.parametrize("answer", ["hang", "drop"])
async def test_whatever_may_have_been_taken_is_unknown_and_sent_once(
    provider: WebPush, service: FakePushService, answer: str
) -> None:
    result = await provider.send(a_push(service.a_browser("odd", answer)), 0.4)

    assert isinstance(result, Unknown)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        f"http://{HOST}/wpush/v2/x",
        f"https://{HOST}:8443/x",
        f"https://{HOST}@evil.example/x",
        f"https://user:word@{HOST}/x",
        f"https://evil.example/{HOST}",
        f"https://{HOST}.evil.example/x",
        f"https://{HOST}./x",
        "https://evilnotify.windows.com/x",
        "https://notify.windows.com/x",
        "https://127.0.0.1/x",
        "https://2130706433/x",
        "https://[::1]/x",
        "https://[::1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        f"https://{HOST}\\@evil.example/x",
        f"https://{HOST}/x y",
        f"https://{HOST}/x#there",
        f"https://{HOST}/\r\nX-More: 1",
        f"https://{HOST}:port/x",
        "file:///etc/passwd",
        "https://ｕpdates.push.services.mozilla.com/x",
        f"https://{HOST}/" + "x" * 2000,
        "",
    ],
)
async def test_an_endpoint_may_lead_to_known_push_services_only(
    provider: WebPush, service: FakePushService, endpoint: str
) -> None:
    told = json.loads(service.a_browser("ada"))

    result = await provider.send(a_push(json.dumps({**told, "endpoint": endpoint})), DEADLINE)

    assert result == GONE
    assert service.requests == []


async def test_the_sessions_own_resolver_keeps_it_out_of_our_network(
    service: FakePushService,
) -> None:
    options = {**service.options, "base_url": service.base_url.replace("127.0.0.1", "localhost")}
    provider = WebPush("web", options, Wall())

    result = await provider.send(a_push(service.a_browser("ada")), DEADLINE)
    await provider.close()

    assert isinstance(result, Rejected)
    assert (result.error, result.code) == (E_.UNAVAILABLE, "connect")
    assert service.requests == []


def _without(path: str) -> str:
    told = json.loads(Browser("ada").subscription)
    owner = told["keys"] if path in told["keys"] else told
    del owner[path]
    return json.dumps(told)


def _with(path: str, value: Any) -> str:
    told = json.loads(Browser("ada").subscription)
    owner = told["keys"] if path in told["keys"] else told
    owner[path] = value
    return json.dumps(told)


@pytest.mark.parametrize(
    "recipient",
    [
        pytest.param("", id="nothing"),
        pytest.param("a-token", id="no JSON"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param("[]", id="no object"),
        *(pytest.param(_without(name), id=f"no {name}") for name in ("endpoint", "keys", "p256dh", "auth")),
        pytest.param(_with("endpoint", 7), id="endpoint no text"),
        pytest.param(_with("keys", "x"), id="keys no object"),
        pytest.param(_with("auth", "AAAA"), id="short secret"),
        pytest.param(_with("auth", "!" * 22), id="secret no base64"),
        pytest.param(_with("p256dh", unpadded(b"\x04" + bytes(64))), id="no point of the curve"),
        pytest.param(_with("p256dh", unpadded(b"\x04" + bytes(10))), id="short point"),
        pytest.param(_with("p256dh", "ünïcode"), id="point no base64"),
    ],
)  # fmt: skip
async def test_what_is_no_subscription_goes_nowhere(
    provider: WebPush, service: FakePushService, recipient: str
) -> None:
    result = await provider.send(a_push(recipient), DEADLINE)

    assert result == Rejected(E_.INVALID_ADDRESS, "not_a_subscription", None, "address")


def test_padded_keys_are_read_as_well() -> None:
    told = json.loads(Browser("ada").subscription)
    told["keys"]["auth"] += "=="

    assert read_subscription(json.dumps(told)) is not None


async def test_words_that_are_too_long_are_not_sent(
    provider: WebPush, service: FakePushService
) -> None:
    ada = service.a_browser("ada")

    assert await provider.send(a_push(ada, body="x" * LARGEST_TEXT), DEADLINE) == Rejected(
        E_.REQUEST_BUG, "too_long", alert=True
    )
    assert service.requests == []


async def test_many_at_once_go_side_by_side(provider: WebPush, service: FakePushService) -> None:
    slow = service.a_browser("slow", "hang")
    browsers = [service.a_browser(f"ada{index}") for index in range(40)]

    results = await asyncio.gather(
        provider.send(a_push(slow), 0.5),
        *(provider.send(a_push(one), DEADLINE) for one in browsers),
    )

    assert isinstance(results[0], Unknown)
    assert all(isinstance(result, Accepted) for result in results[1:])


@pytest.mark.parametrize(
    "wrong",
    [
        {"private_key": "not a key, but a secret"},
        {"private_key": "c2VjcmV0"},
        {"private_key": "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----"},
        {"subject": "push@harbor.example"},
        {"subject": "http://harbor.example"},
        {"hosts": []},
        {"base_url": "https://push.example/path"},
        {"surprise": 1},
    ],
    ids=["words", "short", "PEM", "no scheme", "no TLS", "hosts", "base address", "surprise"],
)
def test_wrong_options_are_refused_without_showing_secrets(wrong: dict[str, Any]) -> None:
    options = {**FakePushService().options, "base_url": None, **wrong}

    with pytest.raises(ValidationError) as refused:
        WebPush("web", options, Wall())

    assert "secret" not in str(refused.value)
    assert "c2VjcmV0" not in str(refused.value)


async def test_closing_twice_does_no_harm(service: FakePushService) -> None:
    provider = WebPush("web", service.options, Wall())
    await provider.send(a_push(service.a_browser("ada")), DEADLINE)

    await provider.close()
    await provider.close()

    assert isinstance(await provider.send(a_push(service.a_browser("ada")), DEADLINE), Accepted)
    await provider.close()


def test_the_session_is_not_opened_before_it_is_needed() -> None:
    assert WebPush("web", {**FakePushService().options, "base_url": None}, Wall())._own is None
