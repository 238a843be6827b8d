"""WhatsApp goes the whole way: a template until the person writes, then free words for a day."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.channels import a_plan, all_words
from tests.e2e.service import NOON, US_NUMBER, Service, a_service
from tests.e2e.test_email import MailChannels

ADA = "+12125550143"
CONTENT = "HX" + "0c" * 16
TEMPLATE = {
    "template": "overdue_early",
    "locale": "en-US",
    "code": CONTENT,
    "text": "This is Acme Lending: your payment of {{1}} was due on {{2}} and we have not received it."
    " Please call +1 212 555 0199. Reply STOP to opt out.",
}


@asynccontextmanager
async def running(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    *templates: dict[str, str],
    falls_back: bool = False,
) -> AsyncIterator[MailChannels]:
    """WhatsApp first, then texts, on the third and tenth day; both by one Twilio account."""
    rate = {"rate_per_second": 1000}
    config = a_plan(tmp_path, [(3, "whatsapp sms"), (10, "whatsapp sms")])
    if falls_back:
        [plan] = (config / "treatments").glob("*.yaml")
        plan.write_text(plan.read_text().replace("invalid_address,", "sender_config,"))
    lender: dict[str, Any] = {
        "config_dir": config,
        "templates_dir": all_words(tmp_path),
        "treatment": "test",
        "senders": {
            "text": {"channel": "sms", "provider": "twilio", "address": US_NUMBER, **rate},
            "wa": {"channel": "whatsapp", "provider": "wa", "address": US_NUMBER, **rate},
        },
        "providers": {
            "wa": {
                "adapter": "twilio_whatsapp",
                "options": {"templates": list(templates)},
            }
        },
    }
    async with a_service(database_url, redis_url, lender=lender) as service:
        yield MailChannels(service)


def forms(service: Service) -> list[dict[str, str]]:
    return [request.form for request in service.twilio.creates]


async def test_free_words_follow_only_once_the_person_has_written(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with running(database_url, redis_url, tmp_path, TEMPLATE) as channels:
        service = channels.service
        await channels.tell(service.borrower(), channels.due(3))
        [first] = forms(service)
        assert (first["To"], first["ContentSid"]) == (f"whatsapp:{ADA}", CONTENT)
        assert '"1":"$247.50"' in first["ContentVariables"]

        # A text opens no window here.
        await service.twilio.inbound(ADA, US_NUMBER, "START")
        await service.twilio.inbound(f"whatsapp:{ADA}", f"whatsapp:{US_NUMBER}", "START")
        await service.receipts()
        contacts = await channels.later(7)

        assert [row["channel"] for row in contacts] == ["whatsapp", "whatsapp"]
        assert {row["delivery_state"] for row in contacts} == {"delivered"}
        assert "your payment of $247.50 was due on" in forms(service)[1]["Body"]
        assert "ContentSid" not in forms(service)[1]


async def test_a_text_opens_no_window(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with running(database_url, redis_url, tmp_path, TEMPLATE) as channels:
        service = channels.service
        await channels.tell(service.borrower(), channels.due(3))
        await service.twilio.inbound(ADA, US_NUMBER, "START")
        await service.receipts()

        await channels.later(7)

        assert ["ContentSid" in form for form in forms(service)] == [True, True]


async def test_without_a_template_nothing_leaves_and_people_are_told(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with running(database_url, redis_url, tmp_path) as channels:
        service = channels.service

        [refused] = await channels.tell(service.borrower(), channels.due(3))

        assert (refused["channel"], refused["error_code"]) == ("whatsapp", "63016")
        assert (refused["error_class"], refused["outcome"]) == ("sender_config", "released")
        assert forms(service) == []
        [alert] = await service.rows("SELECT kind FROM alerts")
        assert alert["kind"] == "provider_sender_config"
        assert await service.rows("SELECT * FROM pauses WHERE scope = 'sender'") == []


async def test_outside_the_window_without_a_template_the_next_way_is_used(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with running(database_url, redis_url, tmp_path, falls_back=True) as channels:
        service = channels.service

        refused, text = await channels.tell(service.borrower(), channels.due(3))

        assert (refused["channel"], refused["error_code"]) == ("whatsapp", "63016")
        assert (text["channel"], text["delivery_state"]) == ("sms", "delivered")
        assert (text["case_id"], text["step"]) == (refused["case_id"], refused["step"])
        assert [form["To"] for form in forms(service)] == [ADA]


@pytest.mark.parametrize(
    ("words", "media"),
    [("STOP", ["whatsapp"]), ("please stop messaging me", ["sms", "whatsapp"])],
)
async def test_who_answers_stop_gets_no_more_of_either(
    database_url: str, redis_url: str, tmp_path: Path, words: str, media: list[str]
) -> None:
    async with running(database_url, redis_url, tmp_path, TEMPLATE) as channels:
        service = channels.service
        await channels.tell(service.borrower(), channels.due(3))

        await service.twilio.inbound(f"whatsapp:{ADA}", f"whatsapp:{US_NUMBER}", words)
        await service.receipts()
        await service.move_to(NOON + timedelta(days=7))
        await channels.tell(channels.due(10))

        assert sum("whatsapp:" in form["To"] for form in forms(service)) == 1
        rows = await service.rows("SELECT DISTINCT medium FROM suppressions ORDER BY 1")
        assert [row["medium"] for row in rows] == media
