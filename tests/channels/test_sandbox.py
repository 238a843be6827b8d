"""The sandbox keeps the providers' contract and behaves like a carrier."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from outreach.channels.provider import (
    Accepted,
    Attempt,
    Found,
    InboundMessage,
    RawCallback,
    Rejected,
    StatusUpdate,
    Unknown,
)
from outreach.channels.sandbox import SIGNATURE, Sandbox
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass, Outcome
from tests.channels.contract import DEADLINE, NOW, Harness, ProviderContract, an_attempt

KEY = bytes(32)


class Pace:
    """A clock that runs a thousand times as fast as the wall."""

    def wall_delay(self, business: timedelta) -> timedelta:
        return business / 1000

    def wall_now(self) -> datetime:
        return NOW


def a_sandbox(
    session: aiohttp.ClientSession, base: str = "http://127.0.0.1:9", **options: Any
) -> Sandbox:
    return Sandbox("carrier", options, session, base, key=KEY, clock=Pace())


def signed(sandbox: Sandbox, kind: str, body: dict[str, Any]) -> RawCallback:
    path, data = f"/providers/carrier/{kind}", json.dumps(body, ensure_ascii=False).encode()
    return RawCallback(kind, path, {SIGNATURE: sandbox._sign(path, data)}, data)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


class TestContract(ProviderContract):
    """The contract, kept by the sandbox."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession) -> Harness:
        sandbox = a_sandbox(session)

        def status(attempt: Attempt, state: str) -> RawCallback:
            return signed(
                sandbox,
                "status",
                {
                    "attempt": attempt.attempt_id,
                    "ref": "SB1",
                    "state": state,
                    "error": None,
                    "code": None,
                },
            )

        def inbound(sender: str, text: str) -> RawCallback:
            return signed(
                sandbox,
                "inbound",
                {"ref": "SB1-0", "from": sender, "to": "+15005550006", "text": text},
            )

        return Harness(
            sandbox,
            unanswered="+12025559007",
            opted_out="+12025559002",
            throttled="+12025559006",
            unavailable=lambda: sandbox,
            status=status,
            inbound=inbound,
        )


class Office:
    """Our own callback endpoint, as the sandbox sees it."""

    def __init__(self) -> None:
        self.calls: list[RawCallback] = []
        self.refuse = 0
        self.news = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        kind = request.path.rpartition("/")[2]
        self.calls.append(
            RawCallback(kind, request.raw_path, request.headers, await request.read())
        )
        self.news.set()
        return web.Response(status=204)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.calls) < count:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def office() -> AsyncIterator[tuple[Office, str]]:
    found = Office()
    app = web.Application()
    app.router.add_post("/providers/carrier/{kind}", found.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield found, f"http://{host}:{port}"
    await runner.cleanup()


def read(sandbox: Sandbox, calls: list[RawCallback]) -> list[Any]:
    return [event for call in calls for event in sandbox.parse_callback(call)]


@pytest.mark.parametrize(
    ("number", "states", "error"),
    [
        pytest.param("+12025559013", ["queued", "sent", "delivered"], None, id="delivered"),
        pytest.param(
            "+12025559003",
            ["queued", "sent", "undelivered"],
            ErrorClass.UNREACHABLE_RETRY,
            id="unreachable",
        ),
        pytest.param(
            "+12025559004",
            ["queued", "sent", "undelivered"],
            ErrorClass.INVALID_ADDRESS,
            id="no handset",
        ),
        pytest.param(
            "+12025559005", ["queued", "sent", "undelivered"], ErrorClass.REPUTATION, id="filtered"
        ),
        pytest.param("+12025559008", ["queued", "expired"], ErrorClass.EXPIRED, id="expired"),
        pytest.param("+12025559010", ["queued", "sent"], None, id="no receipt"),
    ],
)
async def test_a_number_chooses_its_fate_over_real_http(
    session: aiohttp.ClientSession,
    office: tuple[Office, str],
    number: str,
    states: list[str],
    error: ErrorClass | None,
) -> None:
    desk, base = office
    sandbox = a_sandbox(session, base)
    attempt = replace(an_attempt(number), valid_for=timedelta(seconds=1))

    assert isinstance(await sandbox.send(attempt, DEADLINE), Accepted)
    await desk.wait_for(len(states))

    events = read(sandbox, desk.calls[: len(states)])
    assert sorted(event.report.state for event in events) == sorted(states)
    last = next(event for event in events if event.report.state == states[-1])
    assert isinstance(last, StatusUpdate)
    assert last.attempt_id == attempt.attempt_id
    assert last.report.error_class == error
    found = await sandbox.lookup(attempt, DEADLINE)
    assert isinstance(found, Found)
    assert found.report.state == states[-1]


async def test_people_write_back_in_their_language(
    session: aiohttp.ClientSession, office: tuple[Office, str]
) -> None:
    desk, base = office
    sandbox = a_sandbox(session, base)

    await sandbox.send(an_attempt("+8613900009014"), DEADLINE)
    await desk.wait_for(5)

    replies = [event for event in read(sandbox, desk.calls) if isinstance(event, InboundMessage)]
    assert len(replies) == 2
    assert replies[1].text == "恢复"
    assert {reply.from_address for reply in replies} == {"+8613900009014"}


@pytest.mark.parametrize(
    ("channel", "recipient", "states", "error", "outcome"),
    [
        pytest.param(
            Channel.EMAIL, "ada9011@example.com", ["queued", "sent", "delivered"], None, None,
            id="e-mail delivered",
        ),
        pytest.param(
            Channel.EMAIL, "ada9004@example.com", ["queued", "sent", "undelivered"],
            ErrorClass.INVALID_ADDRESS, None, id="e-mail bounced",
        ),
        pytest.param(
            Channel.EMAIL, "ada9003@example.com", ["queued", "sent", "undelivered"],
            ErrorClass.UNREACHABLE_RETRY, None, id="mailbox full",
        ),
        pytest.param(
            Channel.WHATSAPP, "+12025559004", ["queued", "sent", "undelivered"],
            ErrorClass.INVALID_ADDRESS, None, id="WhatsApp like a text",
        ),
        pytest.param(
            Channel.CALL, "+12025559011", ["queued", "sending", "delivered"], None,
            Outcome.CONVERSATION, id="a person answers",
        ),
        pytest.param(
            Channel.CALL, "+12025559015", ["queued", "sending", "delivered"], None,
            Outcome.VOICEMAIL_OTHER, id="voicemail",
        ),
        pytest.param(
            Channel.CALL, "+12025559003", ["queued", "sending", "undelivered"],
            ErrorClass.UNREACHABLE_RETRY, Outcome.NO_ANSWER, id="nobody answers",
        ),
        pytest.param(
            Channel.CALL, "+12025559005", ["queued", "sending", "undelivered"],
            ErrorClass.UNREACHABLE_RETRY, Outcome.NOT_CONNECTED, id="busy",
        ),
        pytest.param(
            Channel.CALL, "+12025559004", ["queued", "sending", "undelivered"],
            ErrorClass.INVALID_ADDRESS, Outcome.NOT_CONNECTED, id="not in service",
        ),
        pytest.param(
            Channel.CALL, "+12025559010", ["queued", "sending"], None, None, id="it rings on"
        ),
    ],
)  # fmt: skip
async def test_every_channel_has_fates_of_its_own(
    session: aiohttp.ClientSession,
    office: tuple[Office, str],
    channel: Channel,
    recipient: str,
    states: list[str],
    error: ErrorClass | None,
    outcome: Outcome | None,
) -> None:
    desk, base = office
    sandbox = a_sandbox(session, base)
    attempt = replace(an_attempt(recipient), channel=channel)

    assert isinstance(await sandbox.send(attempt, DEADLINE), Accepted)
    await desk.wait_for(len(states))

    events = read(sandbox, desk.calls[: len(states)])
    assert [event.report.state for event in events] == states
    assert (events[-1].report.error_class, events[-1].report.outcome) == (error, outcome)
    found = await sandbox.lookup(attempt, DEADLINE)
    assert isinstance(found, Found)
    assert (found.report.state, found.report.outcome) == (states[-1], outcome)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        pytest.param("device-token-0001", Accepted, id="taken"),
        pytest.param("device-token-9001", Rejected, id="unregistered"),
        pytest.param("device-token-9007", Unknown, id="unanswered"),
    ],
)
async def test_a_notification_is_taken_or_refused_at_once_and_nothing_follows(
    session: aiohttp.ClientSession, office: tuple[Office, str], token: str, said: type[Any]
) -> None:
    desk, base = office
    sandbox = a_sandbox(session, base, failure_rate=0)

    result = await sandbox.send(replace(an_attempt(token), channel=Channel.PUSH), DEADLINE)

    assert isinstance(result, said)
    if isinstance(result, Rejected):
        assert (result.error, result.scope) == (ErrorClass.INVALID_ADDRESS, "address")
    await asyncio.sleep(0.05)
    assert desk.calls == []


async def test_some_ordinary_addresses_fail_on_every_channel(
    session: aiohttp.ClientSession,
) -> None:
    sandbox = Sandbox(
        "carrier", {"failure_rate": 0.5}, session, "http://127.0.0.1:9", key=KEY, clock=_Slow()
    )
    for channel in sandbox.capabilities.channels:
        results = [
            await sandbox.send(replace(an_attempt(number=n), channel=channel), DEADLINE)
            for n in range(1, 60)
        ]
        refused = sum(isinstance(result, Rejected) for result in results)
        failed = {
            step.code
            for held in sandbox._held.values()
            for step in held.script.steps
            if held.attempt.channel is channel and step.error
        }
        assert (0 < refused < 59) is (channel is Channel.PUSH)
        assert bool(failed) is (channel is not Channel.PUSH)


async def test_a_reply_tells_by_what_it_came(
    session: aiohttp.ClientSession, office: tuple[Office, str]
) -> None:
    desk, base = office
    sandbox = a_sandbox(session, base)
    attempt = replace(an_attempt("ada9011@example.com"), channel=Channel.EMAIL)

    await sandbox.send(attempt, DEADLINE)
    await desk.wait_for(4)

    [reply] = [event for event in read(sandbox, desk.calls) if isinstance(event, InboundMessage)]
    assert (reply.channel, reply.from_address) == (Channel.EMAIL, "ada9011@example.com")


async def test_callbacks_may_come_twice_and_backwards(
    session: aiohttp.ClientSession, office: tuple[Office, str]
) -> None:
    desk, base = office
    sandbox = a_sandbox(session, base)

    await sandbox.send(an_attempt("+12025559009"), DEADLINE)
    await desk.wait_for(6)

    states = [event.report.state for event in read(sandbox, desk.calls)]
    assert states.count(DeliveryState.DELIVERED) == 2
    assert states.index(DeliveryState.DELIVERED) < states.index(DeliveryState.QUEUED)


async def test_a_callback_that_was_refused_is_posted_again(
    session: aiohttp.ClientSession, office: tuple[Office, str]
) -> None:
    desk, base = office
    desk.refuse = 2
    sandbox = a_sandbox(session, base)

    await sandbox.send(an_attempt("+12025559010"), DEADLINE)
    await desk.wait_for(2)

    assert len(desk.calls) == 2


async def test_a_canceled_message_goes_no_further(
    session: aiohttp.ClientSession, office: tuple[Office, str]
) -> None:
    desk, base = office
    sandbox = Sandbox("carrier", {}, session, base, key=KEY, clock=_Slow())
    accepted = await sandbox.send(an_attempt(), DEADLINE)
    assert isinstance(accepted, Accepted)

    assert await sandbox.cancel(accepted.ref, DEADLINE) is True
    await desk.wait_for(1)

    [event] = read(sandbox, desk.calls)
    assert event.report.state is DeliveryState.CANCELED
    assert await sandbox.cancel(accepted.ref, DEADLINE) is False


class _Slow:
    """A clock on which nothing but what is due at once happens during a test."""

    def wall_delay(self, business: timedelta) -> timedelta:
        return business * 100


async def test_the_same_attempt_always_meets_the_same_fate(session: aiohttp.ClientSession) -> None:
    fates = []
    for _ in range(2):
        sandbox = a_sandbox(session, failure_rate=0.5, reply_rate=0.5)
        for number in range(1, 40):
            await sandbox.send(an_attempt(number=number), DEADLINE)
        fates.append([held.script for held in sandbox._held.values()])

    assert fates[0] == fates[1]
    assert len(set(fates[0])) > 10


async def test_its_memory_is_bounded(session: aiohttp.ClientSession) -> None:
    sandbox = Sandbox(
        "carrier", {"memory": 10}, session, "http://127.0.0.1:9", key=KEY, clock=_Slow()
    )

    results = [await sandbox.send(an_attempt(number=number), DEADLINE) for number in range(1, 30)]

    assert len(sandbox._held) <= 10
    assert {type(result).__name__ for result in results} == {"Accepted", "Rejected"}
