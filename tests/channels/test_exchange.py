"""One request, once; what went wrong is told apart by whether the vendor may have acted."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from outreach.channels.code_table import CodeMeaning, read_table, reading, refusal
from outreach.channels.exchange import Answer, exchange
from outreach.channels.provider import Rejected, Unknown
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import NOW
from tests.fakes.vendor import serving


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


async def _answer(request: web.Request) -> web.StreamResponse:
    match request.path:
        case "/away":
            return web.Response(status=302, headers={"Location": "/landed"})
        case "/large":
            return web.Response(body=b"a" * 300_000)
        case "/endless":
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"a" * 10_000)
        case _:
            return web.Response(text=f"{request.method} {request.raw_path} {await request.text()}")


@pytest.fixture
async def base() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", _answer)
    async with serving(app) as url:
        yield url


async def test_a_request_goes_out_as_it_is(session: aiohttp.ClientSession, base: str) -> None:
    url = URL(f"{base}/a%2Fb?c=%7E%20", encoded=True)

    answer = await exchange(session, "PUT", url, deadline=2, body=b"words")

    assert isinstance(answer, Answer)
    assert answer.body == b"PUT /a%2Fb?c=%7E%20 words"


async def test_a_redirect_is_an_answer(session: aiohttp.ClientSession, base: str) -> None:
    answer = await exchange(session, "POST", URL(f"{base}/away"), deadline=2)

    assert isinstance(answer, Answer)
    assert (answer.status, answer.is_refusal) == (302, False)


@pytest.mark.parametrize("path", ["large", "endless"])
async def test_an_answer_that_does_not_end_is_not_read(
    session: aiohttp.ClientSession, base: str, path: str
) -> None:
    answer = await exchange(session, "POST", URL(f"{base}/{path}"), deadline=5)

    assert answer == Unknown("answer too large")


async def test_what_could_not_be_connected_to_got_nothing(session: aiohttp.ClientSession) -> None:
    answer = await exchange(session, "POST", URL("http://127.0.0.1:9/"), deadline=2)

    assert isinstance(answer, Rejected)
    assert (answer.error, answer.scope) == (ErrorClass.UNAVAILABLE, "account")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("2", 2),
        (" 120 ", 120),
        ("999999999", 86_400),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), 180),
        (format_datetime(NOW - timedelta(minutes=3), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=30), usegmt=True), 86_400),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("２", None),
    ],
)
def test_how_long_to_wait_is_told_in_seconds_or_as_a_date(told: str, seconds: int | None) -> None:
    answer = Answer(429, CIMultiDict({"retry-after": told}), b"")

    wait = None if seconds is None else timedelta(seconds=seconds)
    assert answer.retry_after(NOW) == wait
    assert answer.is_refusal


@pytest.mark.parametrize(
    ("body", "found"), [(b'{"a": 1}', {"a": 1}), (b"<html>", None), (b"", None)]
)
def test_what_is_no_json_is_nothing(body: bytes, found: object) -> None:
    assert Answer(200, {}, body).json() == found


GROUP = "groups:\n- {class: unknown, scope: address, counted: true, codes: {A: one}}\n"
REST = "unknown:\n- {prefix: '', class: unknown, scope: address, counted: true}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [(GROUP + GROUP.replace("groups:\n", "") + REST, "A is listed twice"), (GROUP, "empty prefix")],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "codes.yaml"
    file.write_text(text)

    with pytest.raises(ValueError, match=said):
        read_table(file)


def test_what_the_answer_says_of_waiting_stands_over_the_table() -> None:
    hour, second = timedelta(hours=1), timedelta(seconds=1)
    meaning = CodeMeaning(ErrorClass.THROTTLED, "address", counted=False, retry_after=hour)

    assert refusal(meaning, "x") == Rejected(ErrorClass.THROTTLED, "x", hour, "address")
    assert refusal(meaning, "x", second) == Rejected(ErrorClass.THROTTLED, "x", second, "address")
    assert refusal(meaning._replace(ambiguous=True), "x") == Unknown("x")


def test_a_code_matters_only_where_the_message_was_missed(tmp_path: Path) -> None:
    file = tmp_path / "codes.yaml"
    file.write_text(GROUP + REST)
    table = read_table(file)

    assert reading(DeliveryState.DELIVERED, "A", table).report.error_class is None
    assert reading(None, "A", table).report.state is None
    missed = reading(DeliveryState.FAILED, "B", table)
    assert (missed.report.error_class, missed.alert) == (ErrorClass.UNKNOWN, True)
    unnamed = reading(DeliveryState.FAILED, "", table)
    assert (unnamed.report.error_code, unnamed.alert) == (None, False)
