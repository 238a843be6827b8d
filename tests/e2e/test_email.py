"""E-mail goes the whole way by a real mail server: out, back, and no more once somebody clicked."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.channels.provider import RawCallback
from tests.channels.returned_mail import SECRET, a_bounce, a_complaint, an_answer, signed_mail
from tests.e2e.channels import Channels, a_plan
from tests.e2e.service import NOON, PUBLIC, US_NUMBER, a_service
from tests.e2e.signals import a_phone
from tests.fakes.smtp import FakeSmtp, running_smtp

ADA = "ada@example.com"
SENDER = "hello@acme.example"
PHONE = "+12125550143"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeSmtp]:
    async with running_smtp(tmp_path) as fake:
        yield fake


@pytest.fixture
async def channels(
    database_url: str, redis_url: str, tmp_path: Path, server: FakeSmtp
) -> AsyncIterator[Channels]:
    """E-mails first, then texts, on the third, tenth and seventeenth day."""
    rate = {"rate_per_second": 1000}
    lender = {
        "config_dir": a_plan(tmp_path, [(3, "email sms"), (10, "email sms"), (17, "email sms")]),
        "treatment": "test",
        "senders": {
            "text": {"channel": "sms", "provider": "twilio", "address": US_NUMBER, **rate},
            "mail": {"channel": "email", "provider": "mail", "address": SENDER, **rate},
        },
        "providers": {
            "mail": {
                "adapter": "smtp_email",
                "options": {**server.options, "callback_secrets": [SECRET]},
            }
        },
    }
    async with a_service(database_url, redis_url, lender=lender) as service:
        yield MailChannels(service)


class MailChannels(Channels):
    """The service without a sandbox."""

    def __init__(self, service: Any) -> None:
        self.service = service

    async def work(self) -> list[dict[str, Any]]:
        for _ in range(3):
            await self.service.dispatch()
            await self.service.receipts()
        return await self.service.contacts()

    async def come_back(self, raw: RawCallback) -> int:
        """Post what the lender's mail server got, and fold it."""
        url = self.service.base_url + raw.path_qs
        async with self.service.runtime.http.post(
            url, data=raw.body, headers=dict(raw.headers)
        ) as answer:
            status = answer.status
        await self.service.receipts()
        return status

    async def later(self, days: int) -> list[dict[str, Any]]:
        """Let days pass, hear that the payment is still late, and work."""
        await self.service.move_to(NOON + timedelta(days=days))
        return await self.tell(self.due(3 + days))


def mail_of(channels: Channels, raw: bytes, **given: Any) -> RawCallback:
    return signed_mail(raw, channels.service.runtime.clock.wall_now(), **given)


def reference(server: FakeSmtp) -> str:
    return str(server.mails[-1].message["Message-ID"]).strip("<>")


def click_address(server: FakeSmtp) -> str:
    header = str(server.mails[-1].message["List-Unsubscribe"])
    found = re.fullmatch(rf"<{re.escape(PUBLIC)}(/email/unsubscribe/\S+)>", header)
    assert found is not None
    return found[1]


def both() -> dict[str, Any]:
    return {
        "emails": [{"id": "mail-1", "address": ADA, "primary": True}],
        "phones": [a_phone("ph-1", PHONE, primary=True)],
    }


async def test_somebody_with_an_email_address_alone_gets_an_email(
    channels: MailChannels, server: FakeSmtp
) -> None:
    person = channels.service.borrower(emails=both()["emails"], phones=[])

    [contact] = await channels.tell(person, channels.due(3))

    assert (contact["channel"], contact["delivery_state"]) == ("email", "accepted")
    assert (contact["outcome"], contact["provider_ref"]) == ("sent", reference(server))
    [mail] = server.mails
    assert (mail.sender, mail.recipient) == (SENDER, ADA)
    assert str(mail.message["Subject"]) == "A message about your Acme Lending account"
    assert "$247.50" in mail.text
    log = await channels.service.log()
    assert log[0]["words"].split() == mail.text.split()


async def test_a_click_stops_the_next_email_and_no_text(
    channels: MailChannels, server: FakeSmtp
) -> None:
    service = channels.service
    await channels.tell(service.borrower(**both()), channels.due(3))
    address = service.base_url + click_address(server)

    async with service.runtime.http.get(address) as page:
        assert page.status == 200
        assert '<form method="post">' in await page.text()
    await service.receipts()
    assert await service.rows("SELECT * FROM suppressions") == []

    for _ in range(2):  # mail programs repeat themselves
        async with service.runtime.http.post(address, data=b"List-Unsubscribe=One-Click") as answer:
            assert answer.status == 200
            assert "no more e-mails" in await answer.text()
    await service.receipts()

    [row] = await service.rows("SELECT medium, origin, tenant_id FROM suppressions")
    assert row == {"medium": "email", "origin": "reply", "tenant_id": "acme"}
    first, second = await channels.later(7)
    assert [first["channel"], second["channel"]] == ["email", "sms"]
    assert len(server.mails) == 1
    assert len(service.twilio.sids_to(PHONE)) == 1
    kept = await service.rows("SELECT count(*) FROM callbacks WHERE not_before = 'infinity'")
    assert kept == [{"count": 0}]


async def test_a_forged_click_changes_nothing(channels: MailChannels, server: FakeSmtp) -> None:
    service = channels.service
    await channels.tell(service.borrower(**both()), channels.due(3))
    address = service.base_url + click_address(server)[:-2]

    async with service.runtime.http.post(address, data=b"List-Unsubscribe=One-Click") as answer:
        assert answer.status == 403
    async with service.runtime.http.get(address) as page:
        assert page.status == 404
        assert "no longer valid" in await page.text()
    await service.receipts()

    assert await service.rows("SELECT * FROM suppressions") == []


async def test_a_hard_bounce_gives_the_address_up_and_the_text_goes_out(
    channels: MailChannels, server: FakeSmtp
) -> None:
    await channels.tell(channels.service.borrower(**both()), channels.due(3))

    assert await channels.come_back(mail_of(channels, a_bounce(reference(server)))) == 204
    email, text = await channels.work()

    assert (email["delivery_state"], email["error_class"], email["error_code"]) == (
        "undelivered", "invalid_address", "5.1.1",
    )  # fmt: skip
    assert (text["channel"], text["step"]) == ("sms", email["step"])
    rows = await channels.service.rows("SELECT status FROM endpoints WHERE endpoint_id = 'mail-1'")
    assert rows == [{"status": "invalid"}]


async def test_an_address_that_is_refused_at_once_falls_back_too(
    channels: MailChannels, server: FakeSmtp
) -> None:
    server.for_recipient(ADA, answer="550 5.1.1 nobody")

    email, text = await channels.tell(channels.service.borrower(**both()), channels.due(3))

    assert (email["delivery_state"], email["outcome"]) == ("failed", "released")
    assert text["channel"] == "sms"
    assert server.mails == []


async def test_a_full_mailbox_keeps_its_address(channels: MailChannels, server: FakeSmtp) -> None:
    await channels.tell(channels.service.borrower(**both()), channels.due(3))

    await channels.come_back(mail_of(channels, a_bounce(reference(server), status="4.2.2")))
    await channels.work()

    rows = await channels.service.rows("SELECT status FROM endpoints WHERE endpoint_id = 'mail-1'")
    assert rows == [{"status": "active"}]


async def test_a_complaint_stops_emails_and_tells_people(
    channels: MailChannels, server: FakeSmtp
) -> None:
    await channels.tell(channels.service.borrower(**both()), channels.due(3))

    await channels.come_back(mail_of(channels, a_complaint(reference(server))))
    first, second = await channels.later(7)

    assert (first["channel"], first["delivery_state"]) == ("email", "delivered")
    assert second["channel"] == "sms"
    alerts = await channels.service.rows("SELECT kind, subject FROM alerts")
    assert alerts == [{"kind": "complaint", "subject": f"mail:{SENDER}"}]


async def test_an_answer_by_email_is_read_as_any_reply(
    channels: MailChannels, server: FakeSmtp
) -> None:
    await channels.tell(channels.service.borrower(**both()), channels.due(3))

    raw = an_answer(ADA.title(), "STOP", to=SENDER)
    assert await channels.come_back(mail_of(channels, raw, kind="inbound")) == 204
    first, second = await channels.later(7)

    assert [first["channel"], second["channel"]] == ["email", "sms"]
    [row] = await channels.service.rows("SELECT medium FROM suppressions")
    assert row["medium"] == "email"
    assert len(server.mails) == 1
