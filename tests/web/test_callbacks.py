"""The providers' endpoints over real HTTP: verified, kept, acknowledged, or refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from outreach.channels.provider import Provider
from outreach.channels.sandbox import Sandbox
from outreach.channels.twilio_sms import TwilioSms
from outreach.channels.twilio_voice import TwilioVoice
from outreach.usecases.receipts import fold_receipts
from outreach.web.callbacks import routes
from tests.channels.contract import an_attempt
from tests.channels.samples import PUBLIC, SHARED_KEYS, TOKEN, Sample, sample, twilio_samples
from tests.channels.test_sandbox import Pace
from tests.fakes.twilio import ACCOUNT, FakeTwilio, running_twilio
from tests.usecases.builders import NOW, NUMBER, SENDER, WALL, Office, an_office, attempt_of

CALLBACKS = [found for found in twilio_samples() if found.number < 150]
PERSON = 7


@dataclass
class Site:
    """Our callback endpoints on a local port."""

    office: Office
    base: str
    session: aiohttp.ClientSession

    async def post(self, found: Sample) -> tuple[int, str, bytes]:
        """Post a recorded callback as a tunnel would; return status, type and body."""
        headers = {name: value for name, value in found.headers.items() if name != "Accept"}
        async with self.session.post(
            self.base + found.callback.path_qs, data=found.body, headers=headers
        ) as response:
            return response.status, response.content_type, await response.read()


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with aiohttp.ClientSession() as session, an_office(database_url) as office:
        options = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "shared_keys": SHARED_KEYS}
        other = {"account_sid": ACCOUNT, "auth_tokens": ["another account's token"]}
        providers: list[Provider] = [
            TwilioSms("another", other, session, PUBLIC),
            TwilioSms("twilio", options, session, PUBLIC),
            TwilioVoice("voice", options, session, PUBLIC),
            Sandbox("carrier", {}, session, "http://127.0.0.1:9", key=bytes(32), clock=Pace()),
        ]
        office.providers.update({provider.name: provider for provider in providers})
        app = web.Application()
        app.add_routes(routes(office))
        async with TestServer(app) as server:
            yield Site(office, str(server.make_url("")).rstrip("/"), session)


@pytest.mark.parametrize("found", CALLBACKS, ids=lambda found: found.file)
async def test_a_recorded_callback_is_kept_and_acknowledged_or_refused(
    site: Site, found: Sample
) -> None:
    status, content_type, body = await site.post(found)

    kept = await site.office.rows("callbacks")
    if not found.valid:
        assert (status, kept, site.office.woken) == (403, [], [])
        return
    assert len(kept) == 1
    called = found.callback.kind.startswith("voice/")
    assert kept[0]["provider"] == ("voice" if called else "twilio")
    assert kept[0]["kind"] == found.callback.kind
    assert (kept[0]["received_at"], kept[0]["not_before"]) == (WALL, WALL)
    assert site.office.woken == ["receipts"]
    if found.callback.kind == "sms/inbound":
        assert (status, content_type) == (200, "text/xml")
        assert body.endswith(b"<Response/>")
    elif found.callback.kind == "voice/gather":  # of a call that nobody knows
        assert (status, content_type) == (200, "text/xml")
        assert body.endswith(b"<Response><Hangup /></Response>")
    else:
        assert (status, body) == (204, b"")


async def test_the_raw_callback_is_kept_as_it_came(site: Site) -> None:
    found = sample(102)

    await site.post(found)

    [kept] = await site.office.kept()
    assert found.body in kept.replace(b"\\/", b"/")
    assert found.headers["X-Twilio-Signature"].encode() in kept
    assert b"2025550143" not in await site.office.db.fetchval("SELECT body FROM callbacks")


async def test_a_body_that_is_too_large_is_not_read(site: Site) -> None:
    async with site.session.post(f"{site.base}/twilio/sms/status", data=b"a" * 300_000) as response:
        assert response.status == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"a" * 10_000

    async with site.session.post(f"{site.base}/twilio/sms/status", data=endless()) as response:
        assert response.status == 413


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"a=b&" * 500, b"[]", b"%", b"MessageSid=1"], ids=repr
)
async def test_rubbish_is_refused_and_never_an_error(site: Site, body: bytes) -> None:
    for path in (
        "sms/status",
        "sms/inbound",
        "voice/status",
        "voice/amd",
        "voice/gather",
        "events",
    ):
        async with site.session.post(f"{site.base}/twilio/{path}", data=body) as response:
            assert response.status == 403
    assert await site.office.rows("callbacks") == []


async def test_without_a_database_the_provider_is_asked_to_come_back(site: Site) -> None:
    await site.office.db.close()

    async with site.session.post(
        site.base + sample(102).callback.path_qs, data=sample(102).body, headers=sample(102).headers
    ) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "5"


async def test_a_fake_twilio_reports_before_it_answers(site: Site) -> None:
    await site.office.a_person(PERSON)
    contact = await site.office.a_contact(PERSON)
    async with running_twilio(WALL, public_base_url=PUBLIC) as twilio:
        fake: FakeTwilio = twilio
        fake.posts_to = site.base
        fake.for_number(NUMBER, callbacks_first=True, copies=2, shuffled=True)
        options = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": fake.base_url}
        provider = TwilioSms("twilio", options, site.session, PUBLIC)
        attempt = an_attempt(NUMBER, sender=SENDER)

        await provider.send(replace(attempt, attempt_id=attempt_of(PERSON, contact)), 5)
        await fake.inbound(NUMBER, SENDER, "别再发短信了")
        await fake.settled()

        assert fake.callback_answers == [204] * 6 + [200]
    assert await fold_receipts(site.office, now=NOW, wall_now=WALL) == 7
    row = await site.office.contact(contact)
    assert (row["delivery_state"], row["outcome"]) == ("delivered", "delivered")
    assert len(await site.office.events(PERSON, "receipt")) == 6
    assert len(await site.office.rows("suppressions")) == 1
