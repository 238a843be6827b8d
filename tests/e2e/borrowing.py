"""A borrower with a text that has a link in it, and a browser to open it with."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Final

from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_phone

BASE: Final = "http://pay.acme.example"
CHINESE: Final = "+8613800138000"
CHINA: Final[Mapping[str, Any]] = {
    "name": "明禾消费金融",
    "country": "CN",
    "timezone": "Asia/Shanghai",
    "locale": "zh-CN",
    "currency": "CNY",
    "lender_class": "consumer_finance_company",
    "phone": "028-5550-0142",
    "complaint_phone": "028-5550-0143",
    "pay_channel": "明禾消费金融App",
    "senders": {
        "main": {
            "channel": "sms",
            "provider": "twilio",
            "address": "MG" + "0b" * 16,
            "rate_per_second": 1000,
            "number_kind": "port",
        }
    },
}
COUNTRIES: Final = ("US", "CN")


@dataclass
class Visitor:
    """A phone's browser without JavaScript: keeps cookies, follows redirects, reads the page."""

    service: Service
    page: str
    cookies: dict[str, str] = field(default_factory=dict)
    text: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    async def get(self, path: str = "", **query: str) -> str:
        """Open an address below the link."""
        return await self._ask("GET", f"{self.page}{path}", params=query)

    async def post(self, path: str, **fields: Any) -> str:
        """Fill in the form that was shown last, and send it."""
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', self.text))
        return await self._ask("POST", f"{self.page}{path}", data={**hidden, **fields})

    async def _ask(self, method: str, path: str, **more: Any) -> str:
        http, cookie = self.service.runtime.http, "; ".join(map("=".join, self.cookies.items()))
        while True:
            async with http.request(
                method, self.service.base_url + path, headers={"Cookie": cookie},
                allow_redirects=False, **more,
            ) as answer:  # fmt: skip
                self.text, self.status = unescape(await answer.text()), answer.status
                self.headers = answer.headers
                for name, morsel in answer.cookies.items():
                    self.cookies[name] = morsel.value
            if self.status != 303:
                return self.text
            method, path, more = "GET", self.headers["Location"], {}
            cookie = "; ".join(map("=".join, self.cookies.items()))

    async def enter(self, digits: str) -> str:
        """Open the link and give the digits."""
        await self.get()
        return await self.post("/check", digits=digits)


@dataclass
class Case:
    """One country's borrower, three days late, with a text that was sent."""

    service: Service
    country: str
    texts: list[str]

    @property
    def link(self) -> str:
        """The link in the first text."""
        found = re.search(r"http://pay\.acme\.example(/s/\w+)", self.texts[0])
        assert found, self.texts
        return found[1]

    @property
    def digits(self) -> str:
        """Last four digits of the borrower's phone."""
        return "0143" if self.country == "US" else "8000"

    def visitor(self) -> Visitor:
        """Return a fresh browser."""
        return Visitor(self.service, self.link)

    async def later(self, days: float) -> int:
        """Let time pass, tell again what is due, contact; returns how many texts went out."""
        service = self.service
        await service.fold()
        before = len(service.twilio.messages)
        await service.move_to(service.now + timedelta(days=days))
        await service.post(self.due(3 + round(days)))
        await service.fold()
        await service.dispatch()
        await service.receipts()
        return len(service.twilio.messages) - before

    def due(self, days: int) -> dict[str, Any]:
        """Return an installment that many days late."""
        signal = self.service.overdue(days)
        told = signal["data"]
        told["installment"]["due_date"] = "2026-11-20"
        told["installment"]["outstanding_parts"] = {
            "principal": 20000, "interest": 4000, "fees": 500, "penalty": 250, "total": 24750,
        }  # fmt: skip
        if self.country == "CN":
            told["loan"]["currency"] = told["installment"]["currency"] = "CNY"
            told["lender_timezone"] = "Asia/Shanghai"
        return signal


@asynccontextmanager
async def a_case(
    database_url: str, redis_url: str, country: str, **page: Any
) -> AsyncIterator[Case]:
    own: dict[str, Any] = {
        "self_service": {"base_url": BASE, "in_texts": True, "rate_per_second": 1000, **page}
    }
    lender = {**(CHINA if country == "CN" else {"pay_url": "https://acme.example/pay"}), **own}
    at = NOON if country == "US" else datetime(2026, 11, 23, 4, tzinfo=UTC)
    async with a_service(database_url, redis_url, at=at, lender=lender) as service:
        case = Case(service, country, [])
        borrower = service.borrower()
        if country == "CN":
            borrower = service.borrower(
                locale="zh-CN",
                timezone="Asia/Shanghai",
                address={"country": "CN", "region": "CN-SC"},
                phones=[a_phone("ph-1", CHINESE, primary=True)],
            )
        await service.post(borrower, case.due(3))
        await service.fold()
        await service.dispatch()
        await service.receipts()
        case.texts += [one["body"] for one in service.twilio.messages.values()]
        yield case
