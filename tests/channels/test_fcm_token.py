"""FCM's access token: one request for all who wait, renewed in time, never in anybody's way."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from outreach.channels.fcm import Fcm
from outreach.channels.provider import Accepted, Rejected
from outreach.domain.vocabulary import ErrorClass
from tests.channels.contract import DEADLINE, NOW
from tests.channels.push_attempts import Wall, a_push
from tests.fakes.fcm import EMAIL, FakeFcm, error, running_fcm

DEVICE = "device-token-of-ada:APA91bH"
E_ = ErrorClass


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


async def test_all_who_wait_for_an_access_token_share_one_request(
    provider: Fcm, fcm: FakeFcm
) -> None:
    fcm.token_delay = 0.1

    results = await asyncio.gather(
        *(provider.send(a_push(f"t{index}", number=index + 1), DEADLINE) for index in range(50))
    )

    assert all(isinstance(result, Accepted) for result in results)
    [claims] = fcm.assertions
    assert claims == {
        "iss": EMAIL,
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "aud": f"{fcm.base_url}/token",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }
    assert set(fcm.bearers) == {"access-1"}


async def test_a_token_that_is_about_to_end_is_renewed_beside_the_sends(
    provider: Fcm, fcm: FakeFcm
) -> None:
    fcm.lasts = 0.4  # renewed after half of it
    await provider.send(a_push(DEVICE), DEADLINE)
    await asyncio.sleep(0.25)
    fcm.lasts, fcm.token_delay = 3600, 0.1
    tokens = provider._tokens
    tokens._unused_at += 60  # as for one that lasts an hour: renewed well before its end
    loop = asyncio.get_running_loop()

    started = loop.time()
    results = await asyncio.gather(*(provider.send(a_push(DEVICE), DEADLINE) for _ in range(5)))
    waited = loop.time() - started

    assert all(isinstance(result, Accepted) for result in results)
    assert waited < 0.1
    assert set(fcm.bearers) == {"access-1"}
    await asyncio.sleep(0.2)
    await provider.send(a_push(DEVICE), DEADLINE)
    assert fcm.bearers[-1] == "access-2"
    assert len(fcm.assertions) == 2


async def test_the_loop_runs_on_while_the_token_server_is_slow(provider: Fcm, fcm: FakeFcm) -> None:
    fcm.token_delay = 0.4
    loop = asyncio.get_running_loop()
    longest, last = 0.0, loop.time()
    sending = asyncio.create_task(provider.send(a_push(DEVICE), DEADLINE))
    while not sending.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, loop.time() - last), loop.time()

    assert isinstance(await sending, Accepted)
    assert longest < 0.2


async def test_an_access_token_that_google_took_back_is_renewed_once(
    provider: Fcm, fcm: FakeFcm
) -> None:
    await provider.send(a_push(DEVICE), DEADLINE)
    fcm.valid.clear()

    assert isinstance(await provider.send(a_push(DEVICE), DEADLINE), Accepted)
    assert fcm.bearers == ["access-1", "access-1", "access-2"]

    fcm.answers[DEVICE] = error(401, "UNAUTHENTICATED")
    refused = await provider.send(a_push(DEVICE), DEADLINE)
    assert refused == Rejected(ErrorClass.ACCOUNT, "401", None, "account", alert=True)
    assert len(fcm.bearers) == 5


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param((400, {"error": "invalid_grant"}, {}), Rejected(E_.ACCOUNT, "token:invalid_grant", None, "account", alert=True), id="the account is refused"),
        pytest.param((401, {}, {}), Rejected(E_.ACCOUNT, "token:401", None, "account", alert=True), id="without a word"),
        pytest.param((429, {}, {"Retry-After": "9"}), Rejected(E_.THROTTLED, "token:429", timedelta(seconds=9), "account"), id="throttled"),
        pytest.param((503, {}, {}), Rejected(E_.UNAVAILABLE, "token:503", timedelta(seconds=30), "account"), id="away"),
        pytest.param((200, {"access_token": 7}, {}), Rejected(E_.UNAVAILABLE, "token:200", timedelta(seconds=30), "account"), id="unreadable"),
    ],
)  # fmt: skip
async def test_without_an_access_token_nothing_was_sent_and_that_is_certain(
    provider: Fcm, fcm: FakeFcm, answer: Any, expected: Rejected
) -> None:
    fcm.token_answer = answer

    results = [await provider.send(a_push(DEVICE), DEADLINE) for _ in range(3)]

    assert results == [expected] * 3
    assert len(fcm.assertions) == 1  # a refusal is remembered for a moment
    assert fcm.messages == []


async def test_a_token_server_that_hangs_costs_the_deadline_and_no_more(
    provider: Fcm, fcm: FakeFcm
) -> None:
    fcm.token_answer = "hang"
    loop = asyncio.get_running_loop()
    started = loop.time()

    results = await asyncio.gather(*(provider.send(a_push(DEVICE), 0.3) for _ in range(3)))

    assert loop.time() - started < 1
    assert {type(result) for result in results} == {Rejected}
    assert len(fcm.assertions) == 1


async def test_a_token_server_that_cannot_be_reached_is_an_outage(
    session: aiohttp.ClientSession, fcm: FakeFcm
) -> None:
    account = {**fcm.options["service_account"], "token_uri": "http://127.0.0.1:9/token"}
    provider = Fcm("f", {"service_account": account}, session, Wall())
    result = await provider.send(a_push(DEVICE), DEADLINE)
    await provider.close()

    assert isinstance(result, Rejected)
    assert (result.error, result.code) == (ErrorClass.UNAVAILABLE, "connect")


async def test_a_missing_name_of_the_key_is_left_out(
    session: aiohttp.ClientSession, fcm: FakeFcm
) -> None:
    account = {**fcm.options["service_account"]}
    del account["private_key_id"]
    provider = Fcm("f", {**fcm.options, "service_account": account}, session, Wall())

    assert isinstance(await provider.send(a_push(DEVICE), DEADLINE), Accepted)
    await provider.close()
