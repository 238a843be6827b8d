"""The service with a sender for every channel: texts by the fake Twilio, the rest by the sandbox."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.channels.provider import Attempt
from outreach.channels.sandbox import Sandbox
from tests.e2e.service import NOON, ROOT, US_NUMBER, Service, a_service
from tests.e2e.signals import a_phone

CHANNELS: Final = ("sms", "push", "email", "whatsapp", "call")
AMERICA: Final[dict[str, Any]] = {}
CHINA: Final[dict[str, Any]] = {
    "name": "明禾消费金融",
    "country": "CN",
    "timezone": "Asia/Shanghai",
    "locale": "zh-CN",
    "currency": "CNY",
    "lender_class": "consumer_finance_company",
    "phone": "028-5550-0142",
    "sms_signature": "明禾消金",
}
SHANGHAI: Final[dict[str, Any]] = {
    "timezone": "Asia/Shanghai",
    "address": {"country": "CN", "region": "CN-SC"},
}
_WORDS: Final = {
    "en-US": "{{ lender_name }}: {{ amount }} is past due. {{ opt_out_instructions }}",
    "zh-CN": "{{ sender_name }}代表{{ lender_name }}提醒您：逾期应还{{ amount }}。",
}


class _Fast:
    """Lets a business minute pass in a hundredth of a second."""

    def wall_delay(self, business: timedelta) -> timedelta:
        return business / 6000


class House:
    """The sandbox account, as a test sees it."""

    def __init__(self, service: Service) -> None:
        sandbox = service.runtime.providers["house"]
        assert isinstance(sandbox, Sandbox)
        sandbox._clock = _Fast()
        self._sandbox = sandbox

    @property
    def taken(self) -> list[Attempt]:
        """What it took, in order."""
        return [held.attempt for held in self._sandbox._held.values()]

    async def settled(self) -> None:
        """Wait until everything that it had to tell was told."""
        if (runner := self._sandbox._runner) is not None:
            await asyncio.wait_for(asyncio.shield(runner), 10)


class Channels:
    """One service with all channels."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.house = House(service)

    async def tell(self, *signals: dict[str, Any]) -> list[dict[str, Any]]:
        """Post, fold and work; return the contacts."""
        assert await self.service.post(*signals) in {200, 202}
        await self.service.fold()
        return await self.work()

    async def work(self) -> list[dict[str, Any]]:
        """Contact whom it is time for until nothing more comes of it; return the contacts."""
        for _ in range(3):
            await self.service.dispatch()
            await self.house.settled()
            await self.service.receipts()
        return await self.service.contacts()

    async def wait_reason(self) -> str:
        """Return what the only person waits for."""
        [row] = await self.service.rows("SELECT reason FROM agenda")
        return str(row["reason"])

    def due(
        self,
        days: int,
        *,
        loan: str = "LN-1",
        currency: str = "USD",
        zone: str = "America/New_York",
        **loan_more: Any,
    ) -> dict[str, Any]:
        """Return what a platform says of an installment so many days past due (or before)."""
        service = self.service
        local = service.now.astimezone(ZoneInfo(zone)).date()
        kind, more = "installment.overdue", {"days_past_due": days}
        if days <= 0:
            kind, more = "installment.due_soon", {"days_until_due": -days}
        return service.signal(
            kind,
            f"loan/{loan}",
            loan={
                "id": loan, "currency": currency, "account_no": "000001007", "status": "active",
                **loan_more,
            },
            borrower={"id": "BR-1"},
            installment={
                "number": 4,
                "due_date": (local - timedelta(days=days)).isoformat(),
                "outstanding": 24750,
                "currency": currency,
            },
            as_of=service.now.isoformat(),
            lender_timezone=zone,
            **more,
        )  # fmt: skip


def senders() -> dict[str, Any]:
    """Return one sender for each channel."""
    rate = {"rate_per_second": 1000}
    return {
        "text": {"channel": "sms", "provider": "twilio", "address": US_NUMBER, **rate},
        "app": {"channel": "push", "provider": "house", "address": "com.acme.app", **rate},
        "mail": {"channel": "email", "provider": "house", "address": "hello@acme.example", **rate},
        "wa": {"channel": "whatsapp", "provider": "house", "address": US_NUMBER, **rate},
        "voice": {
            "channel": "call",
            "provider": "house",
            "address": US_NUMBER,
            "number_kind": "fixed_line",
            **rate,
        },
    }


def addresses(only: str = "", digits: str = "9011") -> dict[str, Any]:
    """Return the addresses of somebody, or those alone that a channel needs."""
    everything = {
        "phones": [a_phone("ph-1", f"+1212555{digits}", primary=True)],
        "push": [a_token("dev-1", f"token-{digits}")],
        "emails": [{"id": "mail-1", "address": f"ada{digits}@example.com", "primary": True}],
    }
    medium = {"push": "push", "email": "emails"}.get(only, "phones" if only else "")
    return {name: each if not medium or name == medium else [] for name, each in everything.items()}


def a_token(ref: str, token: str, provider: str = "fcm") -> dict[str, Any]:
    """Return one push token."""
    return {"id": ref, "provider": provider, "token": token, "app": "acme-android"}


def a_plan(tmp_path: Path, steps: Sequence[tuple[int, str]], *, locale: str = "en-US") -> Path:
    """Write a folder of settings with the shipped packs and one treatment of these steps.

    Each step is a day and the channels to use, the preferred first, as in `email sms`.
    """
    config = tmp_path / "config"
    copytree(ROOT / "config" / "compliance", config / "compliance")
    lines = [
        "treatment: test",
        "about: A test.",
        f"locale: {locale}",
        "segments: [{lenders: [acme]}]",
        "defaults: {window: '00:00-23:59', fallback_on: [invalid_address, unreachable_retry]}",
        "stages:",
        "  - {stage: early, bucket: test, from_day: 1, to_day: 120, steps: [",
    ]
    for day, channels in steps:
        routes = ", ".join(
            f"{{channel: {one}, template: overdue_early}}" for one in channels.split()
        )
        lines.append(
            f"    {{key: day-{day}, day: {day}, purpose: collection, routes: [{routes}]}},"
        )
    lines.append("  ]}")
    (config / "treatments").mkdir()
    (config / "treatments" / "test.yaml").write_text("\n".join(lines), encoding="utf-8")
    return config


def all_words(tmp_path: Path) -> Path:
    """Copy the templates and add words for the channels that none are shipped for."""
    templates = tmp_path / "templates"
    copytree(ROOT / "templates", templates)
    for locale, words in _WORDS.items():
        for channel in ("whatsapp", "call"):
            folder = templates / "messages" / "overdue_early" / locale
            file = folder / f"{channel}.txt.j2"
            if not file.exists():
                file.write_text(words, encoding="utf-8")
    return templates


@asynccontextmanager
async def all_channels(
    database_url: str, redis_url: str, *, at: datetime = NOON, **lender: Any
) -> AsyncIterator[Channels]:
    """Run the service with a sender for every channel."""
    changes = {"senders": senders(), **lender}
    async with a_service(database_url, redis_url, at=at, lender=changes, has_house=True) as service:
        yield Channels(service)
