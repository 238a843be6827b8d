"""Caps and quiet hours hold for every channel, under the packs that ship for two countries."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.channels import (
    AMERICA,
    CHANNELS,
    CHINA,
    SHANGHAI,
    Channels,
    a_plan,
    addresses,
    all_channels,
    all_words,
    senders,
)
from tests.e2e.service import NOON
from tests.e2e.signals import a_consent, a_phone

DAY = timedelta(days=1)
# Three in the morning where the borrower is: New York, Shanghai.
NIGHTS = {"US": datetime(2026, 11, 23, 8, tzinfo=UTC), "CN": datetime(2026, 11, 22, 19, tzinfo=UTC)}
NOONS = {"US": NOON, "CN": datetime(2026, 11, 23, 4, tzinfo=UTC)}
ZONES = {"US": "America/New_York", "CN": "Asia/Shanghai"}
CHINESE_PHONE = "+861000009011"


def told_of(country: str, channel: str, channels: Channels) -> list[dict[str, Any]]:
    """Return the signals about somebody who is reached by one channel alone."""
    service = channels.service
    known = addresses(channel)
    if country == "CN":
        if known["phones"]:
            known["phones"] = [a_phone("ph-1", CHINESE_PHONE, primary=True)]
        known |= {**SHANGHAI, "locale": "zh-CN"}
    consents = [a_consent(service.now, channel=one) for one in CHANNELS]
    due = channels.due(3, currency="CNY" if country == "CN" else "USD", zone=ZONES[country])
    return [service.borrower(**known, consents=consents), due]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("country", "lender", "locale"),
    [
        pytest.param("US", AMERICA, "en-US", id="US"),
        pytest.param("CN", CHINA, "zh-CN", id="CN"),
    ],
)
async def test_nobody_is_reached_at_night_by_any_channel(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    country: str,
    lender: Mapping[str, Any],
    locale: str,
    channel: str,
) -> None:
    text = {"text": {**senders()["text"], "provider": "house"}}  # so that one account shows it all
    async with all_channels(
        database_url,
        redis_url,
        at=NIGHTS[country],
        config_dir=a_plan(tmp_path, [(3, channel)], locale=locale),
        templates_dir=all_words(tmp_path),
        treatment="test",
        **{**lender, "senders": senders() | text},
    ) as channels:
        assert await channels.tell(*told_of(country, channel, channels)) == []
        assert "outreach.waking_hours" in await channels.wait_reason()
        [held] = await channels.service.log()
        assert held["kind"] == "deferred"
        assert {tried["channel"] for tried in held["tried"]} == {channel}

        await channels.service.move_to(NOONS[country])
        [contact] = await channels.work()

        assert contact["channel"] == channel
        [sent] = channels.house.taken
        assert sent.channel == channel


async def test_electronic_messages_count_together_in_the_district_of_columbia(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Five texts, notifications, e-mails and WhatsApp messages in seven days, then none."""
    ways = ("sms", "push", "email", "whatsapp", "sms", "push", "email")
    plan = a_plan(tmp_path, [(40 + day, way) for day, way in enumerate(ways)])
    async with all_channels(
        database_url,
        redis_url,
        config_dir=plan,
        templates_dir=all_words(tmp_path),
        treatment="test",
    ) as channels:
        consents = [a_consent(NOON, channel=one) for one in CHANNELS]
        washington = {"country": "US", "region": "US-DC"}
        known = addresses(digits="0143")
        person = channels.service.borrower(**known, consents=consents, address=washington)
        await channels.tell(person, channels.due(40))
        for day in range(1, 7):
            await channels.service.move_to(NOON + day * DAY)
            await channels.tell(channels.due(40 + day))

        contacts = await channels.service.contacts()
        assert [one["channel"] for one in contacts] == list(ways[:5])
        assert {one["outcome"] for one in contacts} <= {"sent", "delivered"}
        held = [row for row in await channels.service.log() if row["kind"] == "deferred"]
        rules = {
            reason["rule"] for row in held for one in row["tried"] for reason in one["reasons"]
        }
        assert rules == {"us.dc.cap_5in7_electronic"}


async def test_calls_count_and_messages_do_not_in_the_district_of_columbia(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    ways = ("call", "call", "email", "call", "call", "call")
    plan = a_plan(tmp_path, [(40 + day, way) for day, way in enumerate(ways)])
    async with all_channels(
        database_url,
        redis_url,
        config_dir=plan,
        templates_dir=all_words(tmp_path),
        treatment="test",
    ) as channels:
        consents = [a_consent(NOON, channel=one) for one in CHANNELS]
        washington = {"country": "US", "region": "US-DC"}
        person = channels.service.borrower(
            **addresses(digits="9003") | {"emails": [{"id": "m", "address": "ada@example.com"}]},
            consents=consents,
            address=washington,
        )
        await channels.tell(person, channels.due(40))
        for day in range(1, 6):
            await channels.service.move_to(NOON + day * DAY)
            await channels.tell(channels.due(40 + day))

        contacts = await channels.service.contacts()
        assert [one["channel"] for one in contacts] == list(ways[:5])
        assert {one["outcome"] for one in contacts if one["channel"] == "call"} == {"no_answer"}
        held = [row for row in await channels.service.log() if row["kind"] == "deferred"]
        rules = {
            reason["rule"] for row in held for one in row["tried"] for reason in one["reasons"]
        }
        assert "us.dc.cap_4in7_calls" in rules


@pytest.mark.parametrize(
    ("digits", "outcome", "most", "rule"),
    [
        pytest.param("9011", "conversation", 3, "cn.gbt45251.cap_interactive_3day", id="connected"),
        pytest.param("9003", "no_answer", 6, "cn.cba.attempts_6day", id="unanswered"),
    ],
)
async def test_calls_of_one_day_count_by_what_came_of_them_in_china(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    digits: str,
    outcome: str,
    most: int,
    rule: str,
) -> None:
    """Loans of several creditors are each called about; the person is one."""
    async with all_channels(
        database_url,
        redis_url,
        at=NOONS["CN"],
        config_dir=a_plan(tmp_path, [(3, "call")], locale="zh-CN"),
        templates_dir=all_words(tmp_path),
        treatment="test",
        **CHINA,
    ) as channels:
        phones = [a_phone("ph-1", f"+86100000{digits}", primary=True)]
        person = channels.service.borrower(phones=phones, **SHANGHAI, locale="zh-CN")
        assert await channels.service.post(person) == 202
        for number in range(most + 1):
            due = channels.due(
                3, loan=f"LN-{number}", currency="CNY", zone="Asia/Shanghai", creditor=f"甲{number}"
            )
            await channels.tell(due)

        contacts = await channels.service.contacts()
        assert [one["outcome"] for one in contacts] == [outcome] * most
        assert rule in await channels.wait_reason()


async def test_in_china_a_person_gets_the_notification_before_the_text(
    database_url: str, redis_url: str
) -> None:
    pay = {"pay_channel": "明禾消费金融App", "complaint_phone": "028-5550-0143"}
    async with all_channels(database_url, redis_url, at=NOONS["CN"], **CHINA, **pay) as channels:
        known = addresses(digits="0001") | {
            "phones": [a_phone("ph-1", CHINESE_PHONE, primary=True)],
            **SHANGHAI,
            "locale": "zh-CN",
        }
        person = channels.service.borrower(**known)
        due = channels.due(-3, currency="CNY", zone="Asia/Shanghai")

        [contact] = await channels.tell(person, due)

        assert contact["channel"] == "push"
        [sent] = channels.house.taken
        assert (sent.subject, sent.locale) == ("明禾消费金融", "zh-CN")
        assert sent.body == "您有一条账户消息，请打开App查看。"
