"""A gateway that answers in words and signs nothing can be described as well."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

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
)
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, an_attempt
from tests.channels.gateways import PATH_SECRET, an_old_one
from tests.fakes.vendor import serving


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


class OldGateway:
    """Takes everything by GET, answers in words, and lists by number."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.answer = "OK 4711"
        self.rows: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        if request.path == "/list":
            return web.json_response(self.rows)
        return web.Response(text=self.answer)


@pytest.fixture
async def old(session: aiohttp.ClientSession) -> AsyncIterator[tuple[HttpGateway, OldGateway]]:
    fake = OldGateway()
    app = web.Application()
    app.router.add_get("/{tail:.*}", fake.handle)
    async with serving(app) as base_url:
        yield an_old_one(session, base_url), fake


async def test_an_old_gateway_is_asked_its_own_way(old: tuple[HttpGateway, OldGateway]) -> None:
    provider, fake = old
    attempt = an_attempt("+8613800138000")

    assert await provider.send(attempt, DEADLINE) == Accepted("4711", DeliveryState.ACCEPTED, None)
    [request] = fake.requests
    query = dict(request.query)
    assert query.pop("sign").isalnum()
    assert query == {"mobile": "13800138000", "content": attempt.body, "time": "20261123170200"}
    assert request.headers["Connection"] == "close", "so that it isn't repeated"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("ERR 17", ErrorClass.OPT_OUT),
        ("ERR 99", ErrorClass.UNKNOWN),
        ("ERR", ErrorClass.UNKNOWN),
        ("<html>", None),
        ("OK", None),
    ],
)
async def test_an_answer_in_words_is_read_by_its_pattern(
    old: tuple[HttpGateway, OldGateway], answer: str, expected: ErrorClass | None
) -> None:
    provider, fake = old
    fake.answer = answer

    result = await provider.send(an_attempt(), DEADLINE)

    assert isinstance(result, Unknown) if expected is None else isinstance(result, Rejected)
    assert expected is None or result.error is expected  # type: ignore[union-attr]


async def test_of_several_records_the_nearest_in_time_is_meant(
    old: tuple[HttpGateway, OldGateway],
) -> None:
    provider, fake = old
    attempt = an_attempt()
    row = {"no": 1, "text": attempt.body, "ok": True, "at": "2026-11-23 17:02:03"}
    fake.rows = [
        {**row, "no": 1, "at": "2026-11-23 17:04:00", "ok": 0},
        {**row, "no": 2, "ok": 1},
        {**row, "no": 3, "text": "other words"},
        {**row, "no": 4, "at": "2026-11-23 09:02:03"},
        {**row, "no": 5, "at": "yesterday"},
    ]

    found = await provider.lookup(attempt, DEADLINE)

    assert isinstance(found, Found)
    assert (found.ref, found.report.state) == ("2", DeliveryState.DELIVERED)
    later = await provider.lookup(attempt, DEADLINE, taken={"2"})
    assert isinstance(later, Found)
    assert (later.ref, later.report.state) == ("1", DeliveryState.SENT)
    assert isinstance(await provider.lookup(attempt, DEADLINE, taken={"1", "2"}), NotFound)


def test_a_secret_path_is_all_there_is(session: aiohttp.ClientSession) -> None:
    provider = an_old_one(session, "http://127.0.0.1:9")
    path = f"/providers/old/status/{PATH_SECRET}"
    body = b"msgid=4711&stat=1&note="

    [event] = provider.parse_callback(RawCallback("status", f"{path}?a=att-1", {}, body))

    assert isinstance(event, StatusUpdate)
    assert (event.attempt_id, event.ref) == ("att-1", "4711")
    assert set(provider.callback_paths) == {
        "/providers/old/status/{secret}",
        "/providers/old/inbound/{secret}",
    }
    assert provider.capabilities.echo == "callback_url"
    assert provider.ack("status", [event]).body == b"success"
    for wrong in (path[:-1], path + "/", f"/providers/old/inbound/{PATH_SECRET}", "/", ""):
        with pytest.raises(BadSignatureError):
            provider.parse_callback(RawCallback("status", wrong, {}, body))


def test_a_reply_without_an_id_gets_one_that_shows_nothing(session: aiohttp.ClientSession) -> None:
    provider = an_old_one(session, "http://127.0.0.1:9")
    path = f"/providers/old/inbound/{PATH_SECRET}"

    def read(body: bytes) -> Any:
        [event] = provider.parse_callback(RawCallback("inbound", path, {}, body))
        return event

    first = read(b"mobile=013800138000&words=TD")
    assert (first.from_address, first.text) == ("+8613800138000", "TD")
    assert first == read(b"mobile=013800138000&words=TD")
    assert first.ref != read(b"mobile=013800138000&words=T").ref
    assert "13800138000" not in first.ref
    assert read(b"mobile=MINGHE&words=x").from_address == "MINGHE"
    assert isinstance(read(b"words=x"), Ignored)
