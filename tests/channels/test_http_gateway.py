"""A described gateway keeps the providers' contract, whatever its description says."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import aiohttp
import pytest

from outreach.channels.gateway_file import DescriptionError
from outreach.channels.http_gateway import HttpGateway
from outreach.channels.provider import (
    Accepted,
    Attempt,
    BadSignatureError,
    Document,
    Found,
    Provider,
    RawCallback,
    Rejected,
    StatusUpdate,
    Unknown,
    Unsupported,
)
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, Harness, ProviderContract, an_attempt
from tests.channels.gateways import EXAMPLE, NUMBER, PUBLIC, UNIX, a_provider, described
from tests.fakes.gateway import API_KEY, WEBHOOK, FakeGateway, running_gateway, signed


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with running_gateway() as fake:
        yield fake


@pytest.fixture
def provider(session: aiohttp.ClientSession, gateway: FakeGateway) -> HttpGateway:
    return a_provider(session, f"{gateway.base_url}/v2")


class TestContract(ProviderContract):
    """The contract, kept by the example's description."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession, gateway: FakeGateway) -> Harness:
        gateway.for_number("+12025550107", answer="hang")
        gateway.for_number("+12025550102", refuse="unsubscribed")
        gateway.for_number("+12025550103", refuse="no_such_number")
        gateway.for_number("+12025550106", answer="throttled", retry_after="2")

        def status(attempt: Attempt, state: str) -> RawCallback:
            event = {"id": "GW1", "client_ref": attempt.attempt_id, "status": state}
            return signed("status", {"events": [event]}, now=UNIX)

        def inbound(sender: str, text: str) -> RawCallback:
            return signed(
                "inbound", {"id": "IN1", "from": sender, "to": "+1500", "text": text}, now=UNIX
            )

        def unavailable() -> Provider:
            return a_provider(session, "http://127.0.0.1:9")

        return Harness(
            a_provider(session, f"{gateway.base_url}/v2"),
            unanswered="+12025550107",
            throttled="+12025550106",
            unavailable=unavailable,
            opted_out="+12025550102",
            dead="+12025550103",
            status=status,
            inbound=inbound,
            secrets=("2025550143", "payment of", API_KEY, WEBHOOK),
        )


async def test_a_create_is_filled_from_the_attempt(
    provider: HttpGateway, gateway: FakeGateway
) -> None:
    attempt = an_attempt()

    assert await provider.send(attempt, DEADLINE) == Accepted("GW0", DeliveryState.QUEUED, 1)
    assert gateway.sent() == [
        {
            "from": attempt.sender,
            "to": attempt.recipient,
            "text": attempt.body,
            "ttl": 10_800,
            "client_ref": attempt.attempt_id,
            "callback": f"{PUBLIC}/providers/example_gateway/status",
        }
    ]


@pytest.mark.parametrize(("seconds", "ttl"), [(60, 60), (61.9, 61), (200_000, 86_400)])
async def test_it_is_queued_no_longer_than_the_window(
    provider: HttpGateway, gateway: FakeGateway, seconds: float, ttl: int
) -> None:
    await provider.send(replace(an_attempt(), valid_for=timedelta(seconds=seconds)), DEADLINE)

    assert gateway.sent()[0]["ttl"] == ttl


async def test_a_window_that_closes_too_soon_is_expired(
    provider: HttpGateway, gateway: FakeGateway
) -> None:
    short = replace(an_attempt(), valid_for=timedelta(seconds=59))

    result = await provider.send(short, DEADLINE)

    assert isinstance(result, Rejected)
    assert result.error is ErrorClass.EXPIRED
    assert not gateway.requests


@pytest.mark.parametrize(
    "answer", ["drop", "error_500", "html_502", "unreadable", "empty", "huge", "redirect"]
)
async def test_an_answer_that_proves_nothing_is_unknown_and_not_repeated(
    provider: HttpGateway, gateway: FakeGateway, answer: str
) -> None:
    gateway.for_number(NUMBER, answer=answer)

    assert isinstance(await provider.send(an_attempt(), DEADLINE), Unknown)
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    ("refuse", "expected"),
    [
        ("number_limit", (ErrorClass.THROTTLED, "address", 3600, False)),
        ("sender_unknown", (ErrorClass.SENDER_CONFIG, "sender", None, True)),
        ("no_credit", (ErrorClass.ACCOUNT, "account", None, True)),
        ("content_link", (ErrorClass.REPUTATION, "template", None, True)),
        ("new_this_year", (ErrorClass.UNKNOWN, "address", None, True)),
        ("401", (ErrorClass.ACCOUNT, "account", None, True)),
        ("429", (ErrorClass.THROTTLED, "account", 5, False)),
        ("400", (ErrorClass.REQUEST_BUG, "request", None, True)),
        ("503", (ErrorClass.UNAVAILABLE, "account", 30, False)),
    ],
)
async def test_a_refusal_is_classified_by_the_rows(
    provider: HttpGateway,
    gateway: FakeGateway,
    refuse: str,
    expected: tuple[ErrorClass, str, int | None, bool],
) -> None:
    gateway.for_number(NUMBER, refuse=refuse)

    result = await provider.send(an_attempt(), DEADLINE)

    assert isinstance(result, Rejected)
    error, scope, wait, alert = expected
    after = None if wait is None else timedelta(seconds=wait)
    assert (result.error, result.scope, result.retry_after) == (error, scope, after)
    assert (result.alert, result.contact_counted) == (alert, False)


@pytest.mark.parametrize("refuse", ["carrier_timeout", "408", "504", "304"])
async def test_what_may_have_been_sent_is_unknown(
    provider: HttpGateway, gateway: FakeGateway, refuse: str
) -> None:
    gateway.for_number(NUMBER, refuse=refuse)

    assert isinstance(await provider.send(an_attempt(), DEADLINE), Unknown)


async def test_a_lookup_tells_the_state_and_a_cancel_changes_it(
    provider: HttpGateway, gateway: FakeGateway
) -> None:
    attempt = an_attempt()
    await provider.send(attempt, DEADLINE)

    assert await provider.cancel("GW0", DEADLINE) is True
    found = await provider.lookup(attempt, DEADLINE)
    assert isinstance(found, Found)
    assert (found.ref, found.report.state, found.parts) == ("GW0", DeliveryState.CANCELED, 1)
    gateway.messages[0]["status"] = "sent"
    assert await provider.cancel("GW0", DEADLINE) is False
    gateway.messages[0]["status"] = "teleported"
    assert isinstance(await provider.lookup(attempt, DEADLINE), Unsupported)


@pytest.mark.parametrize("ref", ["../account", "a/b?c=d#e", "..", ".", ""])
async def test_a_reference_of_the_gateways_stays_one_part_of_the_address(
    provider: HttpGateway, gateway: FakeGateway, ref: str
) -> None:
    assert await provider.cancel(ref, DEADLINE) is False

    paths = [one.raw_path for one in gateway.requests]
    assert all(path.startswith("/v2/messages/") and path.count("/") == 3 for path in paths)
    assert len(paths) == (1 if ref.strip(".") else 0)


async def test_a_missing_variable_never_leaves(
    session: aiohttp.ClientSession, gateway: FakeGateway
) -> None:
    send = {
        "request": {"path": "/messages", "json": {"amount": "{{ variables.amount }}"}},
        "reply": {"ref": "$.data.id"},
    }
    provider = described(session, f"{gateway.base_url}/v2", send=send)

    result = await provider.send(an_attempt(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.scope, result.alert) == (ErrorClass.REQUEST_BUG, "template", True)
    assert not gateway.requests


async def test_a_header_cannot_be_broken_by_a_fact(
    session: aiohttp.ClientSession, gateway: FakeGateway
) -> None:
    provider = described(session, f"{gateway.base_url}/v2", headers={"X-Words": "{{ body }}"})

    result = await provider.send(replace(an_attempt(), body="a\r\nX-Evil: b"), DEADLINE)

    assert isinstance(result, Rejected)
    assert not gateway.requests


@pytest.mark.parametrize(
    "headers", [{"X-Gateway-Timestamp": str(UNIX - 301)}, {"X-Gateway-Timestamp": "now"}]
)
def test_an_old_callback_is_refused(provider: HttpGateway, headers: dict[str, str]) -> None:
    raw = signed("status", {"events": []}, now=UNIX)
    late = signed("status", {"events": []}, now=UNIX - 301)

    assert provider.parse_callback(raw)
    with pytest.raises(BadSignatureError):
        provider.parse_callback(late)
    with pytest.raises(BadSignatureError):
        provider.parse_callback(replace(raw, headers={**raw.headers, **headers}))


def test_a_callback_of_one_kind_is_not_taken_for_the_other(provider: HttpGateway) -> None:
    raw = signed("status", {"events": []}, now=UNIX)

    with pytest.raises(BadSignatureError):
        provider.parse_callback(replace(raw, kind="inbound"))


def test_a_batch_with_prices_reads_event_by_event(provider: HttpGateway) -> None:
    events = [
        {"client_ref": "a", "status": "Delivered", "parts": "2", "cost": {"amount": "-0.0075", "currency": "USD"}},
        {"client_ref": "b", "status": "undelivered", "error": "no_such_number"},
        {"status": "delivered"},
        7,
    ]  # fmt: skip

    first, second, *others = provider.parse_callback(signed("status", {"events": events}, now=UNIX))

    assert isinstance(first, StatusUpdate)
    assert (first.attempt_id, first.parts, first.price_micros) == ("a", 2, 7500)
    assert (first.report.state, first.price_currency) == (DeliveryState.DELIVERED, "USD")
    assert isinstance(second, StatusUpdate)
    assert second.report.error_class is ErrorClass.INVALID_ADDRESS
    assert (second.report.counted, second.confirmations) == (True, 2)
    assert not any(isinstance(one, StatusUpdate) for one in others)
    ack = provider.ack("status", [first])
    assert (ack.status, json.loads(ack.body)) == (200, {"ok": True})


def test_what_it_can_do_follows_from_the_description(
    session: aiohttp.ClientSession, provider: HttpGateway
) -> None:
    assert provider.capabilities.channels == {Channel.SMS}
    assert (provider.capabilities.echo, provider.capabilities.lookup) == ("client_ref", "by_id")
    bare = described(session, "https://x.example", lookup=None, cancel=None, callbacks=None)
    assert (bare.capabilities.echo, bare.capabilities.lookup) == ("none", "none")
    assert not bare.capabilities.supports_cancel
    assert not bare.callback_paths


async def test_a_bare_gateway_says_what_it_cannot_do(session: aiohttp.ClientSession) -> None:
    bare = described(session, "https://x.example", lookup=None, cancel=None, callbacks=None)

    assert isinstance(await bare.lookup(an_attempt(), DEADLINE), Unsupported)
    assert await bare.cancel("GW0", DEADLINE) is False
    assert bare.ack("status", []).status == 204
    with pytest.raises(BadSignatureError):
        bare.parse_callback(RawCallback("status", "/providers/example_gateway/status", {}, b"{}"))


def test_two_accounts_may_share_a_file(session: aiohttp.ClientSession) -> None:
    second = a_provider(session, "https://x.example", name="second", file="example_gateway")

    assert set(second.callback_paths) == {"/providers/second/status", "/providers/second/inbound"}


def test_a_provider_without_a_description_says_where_it_belongs(
    session: aiohttp.ClientSession,
) -> None:
    with pytest.raises(DescriptionError, match=r"config/providers/nobody\.yaml.*options\.file"):
        a_provider(session, "https://x.example", name="nobody")


async def test_a_letter_goes_to_a_described_printer_whole(
    session: aiohttp.ClientSession, gateway: FakeGateway
) -> None:
    body = {
        "to": "{{ recipient }}",
        "client_ref": "{{ id }}",
        "file": "{{ document }}",
        "sha256": "{{ document_sha256 }}",
        "number": "{{ document_name }}",
        "pages": "{{ document_pages }}",
    }
    send = {**EXAMPLE["send"], "request": {**EXAMPLE["send"]["request"], "json": body}}
    printer = described(session, f"{gateway.base_url}/v2", channels=["letter"], send=send)
    window = "Ada Sample\n12 Elm Street\nAlbany, NY 12207"
    document = Document("acme-000001", b"%PDF-1.7", 2)
    attempt = replace(an_attempt(window), channel=Channel.LETTER, document=document)

    assert isinstance(await printer.send(attempt, DEADLINE), Accepted)

    [sent] = gateway.sent()
    assert sent["to"] == window
    assert b64decode(sent["file"]) == document.pdf
    assert sent["sha256"] == sha256(document.pdf).hexdigest()
    assert (sent["number"], sent["pages"]) == ("acme-000001", 2)
