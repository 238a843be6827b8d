"""What a description says of bodies, answers, times and callbacks is what happens."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict

from outreach.channels.http_gateway import HttpGateway
from outreach.channels.provider import (
    Accepted,
    BadSignatureError,
    Found,
    Ignored,
    NotFound,
    RawCallback,
    Rejected,
    StatusUpdate,
    Unknown,
    Unsupported,
)
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, an_attempt
from tests.channels.gateways import EXAMPLE, NUMBER, UNIX, a_provider, described
from tests.fakes.gateway import API_KEY, WEBHOOK, FakeGateway, running_gateway, signed
from tests.fakes.vendor import serving


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


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        (
            {"form": {"to": "{{ recipient }}", "note": ""}},
            "application/x-www-form-urlencoded; charset=utf-8",
            b"to=%2B12025550143&note=",
        ),
        ({"text": "{{ sender }}|{{ body }}"}, "text/plain; charset=utf-8", None),
        ({"json": {"x": "{{ nonce }}"}}, "application/json", None),
        ({"headers": {"content-type": "text/x"}, "text": "a"}, "text/x", b"a"),
    ],
)
async def test_a_body_goes_out_as_it_is_described(
    session: aiohttp.ClientSession, body: dict[str, Any], content_type: str, sent: bytes | None
) -> None:
    got: list[tuple[str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((request.headers["Content-Type"], await request.read()))
        return web.json_response({"id": 1})

    app = web.Application()
    app.router.add_post("/in", take)
    async with serving(app) as base_url:
        send = {"request": {"path": "/in", **body}, "reply": {"ref": "$.id"}}
        result = await described(session, base_url, send=send).send(an_attempt(), DEADLINE)

    assert result == Accepted("1", DeliveryState.ACCEPTED, None)
    assert got[0][0] == content_type
    assert sent is None or got[0][1] == sent


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"ok": True, "state": "rejected", "code": "unsubscribed"}, Rejected),
        ({"ok": False, "code": "unsubscribed"}, Rejected),
        ({"ok": True, "state": "delivered"}, Accepted),
        ({"state": "delivered"}, Unknown),
    ],
)
async def test_a_gateway_without_references_is_known_by_our_own_id(
    session: aiohttp.ClientSession, answer: dict[str, Any], expected: type
) -> None:
    async def take(request: web.Request) -> web.Response:
        return web.json_response(answer)

    app = web.Application()
    app.router.add_post("/in", take)
    reply = {
        "accepted": {"path": "$.ok", "equals": ["true"]},
        "state": "$.state",
        "error": "$.code",
    }
    async with serving(app) as base_url:
        send = {"request": {"path": "/in", "json": {}}, "reply": reply}
        attempt = an_attempt()
        result = await described(session, base_url, send=send).send(attempt, DEADLINE)

    assert isinstance(result, expected)
    assert not isinstance(result, Accepted) or result.ref == attempt.attempt_id
    assert not isinstance(result, Rejected) or result.error is ErrorClass.OPT_OUT


@pytest.mark.parametrize(
    ("form", "at", "found"),
    [("unix", UNIX + 1, True), ("unix_ms", UNIX * 1000, True), ("unix", "now", False),
     ("unix", 10**30, False), ("iso8601", NOW.isoformat(), True)],
)  # fmt: skip
async def test_times_of_records_are_read_in_their_form(
    session: aiohttp.ClientSession, form: str, at: object, found: bool
) -> None:
    async def show(request: web.Request) -> web.Response:
        return web.json_response([{"to": NUMBER, "id": 5, "state": "sent", "at": at}])

    app = web.Application()
    app.router.add_get("/list", show)
    lookup = {
        "request": {"method": "GET", "path": "/list"},
        "records": "$[*]",
        "match": {"$.to": "{{ recipient }}"},
        "sent_at": {"path": "$.at", "format": form},
        "reply": {"ref": "$.id", "state": "$.state"},
    }
    async with serving(app) as base_url:
        provider = described(session, base_url, lookup=lookup)
        result = await provider.lookup(an_attempt(), DEADLINE)

    assert isinstance(result, Found if found else NotFound)


async def test_a_lookup_that_fails_is_not_taken_for_not_found(
    session: aiohttp.ClientSession, gateway: FakeGateway
) -> None:
    by_ref = {**EXAMPLE["lookup"], "request": {"method": "GET", "path": "/messages/{{ ref }}"}}
    posted = {**EXAMPLE["lookup"], "request": {"method": "PATCH", "path": "/messages"}}
    for provider in (
        a_provider(session, "http://127.0.0.1:9"),
        described(session, f"{gateway.base_url}/v2", lookup=posted),
        described(session, f"{gateway.base_url}/v2", lookup=by_ref),
    ):
        assert isinstance(await provider.lookup(an_attempt(), DEADLINE), Unsupported)


def by_signature(session: aiohttp.ClientSession, signature: dict[str, Any]) -> HttpGateway:
    return described(
        session, "https://x.example", callbacks={**EXAMPLE["callbacks"], "signature": signature}
    )


def test_a_static_header_or_an_older_hash_may_be_the_signature(
    session: aiohttp.ClientSession,
) -> None:
    body = b'{"events": [{"client_ref": "a", "status": "sent"}]}'
    static = {"kind": "header", "header": "X-Token", "prefix": "Token ", "secrets": ["webhook"]}
    sha1 = {"kind": "hmac", "header": "X-Sig", "algorithm": "sha1", "encoding": "base64",
            "secrets": ["webhook", "api_key"]}  # fmt: skip
    digest = base64.b64encode(hmac.new(API_KEY.encode(), body, hashlib.sha1).digest()).decode()

    for signature, name, value in (
        (static, "X-Token", f"Token {WEBHOOK}"),
        (sha1, "X-Sig", digest),
    ):
        provider = by_signature(session, signature)
        path = "/providers/example_gateway/status"
        good = RawCallback("status", path, CIMultiDict({name.lower(): value}), body)
        [event] = provider.parse_callback(good)
        assert isinstance(event, StatusUpdate)
        for other in (value[:-1], value.lower() + "x", "", "é"):
            with pytest.raises(BadSignatureError):
                provider.parse_callback(replace(good, headers=CIMultiDict({name: other})))


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({}, b"{"),
        ({}, b'{"events": 5}'),
        ({}, b'{"events": [{"client_ref": "", "status": "sent"}]}'),
        ({"format": "form"}, b"a=\xff"),
        ({"format": "form"}, b"a=b&" * 300),
    ],
)
def test_what_is_authentic_and_cannot_be_read_is_kept(
    session: aiohttp.ClientSession, change: dict[str, Any], body: bytes
) -> None:
    told = EXAMPLE["callbacks"]
    signature = {"kind": "header", "header": "X-Token", "secrets": ["webhook"]}
    callbacks = {**told, "signature": signature, "status": {**told["status"], **change}}
    provider = described(session, "https://x.example", callbacks=callbacks)
    raw = RawCallback("status", "/providers/example_gateway/status", {"X-Token": WEBHOOK}, body)

    [event] = provider.parse_callback(raw)

    assert isinstance(event, Ignored)


@pytest.mark.parametrize(
    ("price", "micros"),
    [("0.0333", 33_300), ("-1", 1_000_000), ("free", None), ("NaN", None), ("1e30", None), (None, None)],
)  # fmt: skip
def test_a_price_is_told_in_millionths(
    provider: HttpGateway, price: str | None, micros: int | None
) -> None:
    event = {"client_ref": "a", "status": "sent", "cost": {"amount": price, "currency": "EUR"}}

    [found] = provider.parse_callback(signed("status", {"events": [event]}, now=UNIX))

    assert isinstance(found, StatusUpdate)
    assert found.price_micros == micros
    assert found.price_currency == ("EUR" if micros is not None else None)
