"""Alibaba Cloud's short message service as it documents itself, on a local port.

Requests must be signed with ACS3-HMAC-SHA256, checked here from what came over the wire. Refusals
come in an answer of HTTP 200, or 4xx from the gateway in front.
"""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from aiohttp import web

from tests.fakes.vendor import Behavior, FakeVendor, Request, serving

KEY_ID = "LTAI-invented"
SECRET = "invented-secret"
_SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce",
           "x-acs-version")  # fmt: skip
_PAGE_LIMIT = 50


@dataclass
class FakeAliyun(FakeVendor):
    """One account."""

    now: datetime | None = None
    """Its clock."""

    def sent(self) -> list[dict[str, str]]:
        """Return the parameters of all creates, the refused ones too."""
        return [
            dict(parse_qsl(urlsplit(one.raw_path).query, keep_blank_values=True))
            for one in self.requests
            if one.headers.get("x-acs-action") == "SendSms"
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any call: the operation is in a header."""
        got = await self.record(request)
        if not self.is_signed(got):
            body = {"Code": "SignatureDoesNotMatch", "Message": "Specified signature is wrong"}
            return web.json_response(body, status=400)
        query = dict(request.query)
        if got.headers["x-acs-action"] == "SendSms":
            return await self._send(request, query)
        return self._details(query)

    def is_signed(self, got: Request) -> bool:
        """Compute the signature of what came and compare."""
        parts = urlsplit(got.raw_path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        canonical = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(pairs)
        )
        if canonical != parts.query or (got.method, parts.path, got.body) != ("POST", "/", b""):
            return False
        lines = "".join(f"{name}:{got.headers.get(name, '')}\n" for name in _SIGNED)
        text = "\n".join(
            ["POST", "/", canonical, lines, ";".join(_SIGNED), sha256(b"").hexdigest()]
        )
        to_sign = f"ACS3-HMAC-SHA256\n{sha256(text.encode()).hexdigest()}"
        expected = hmac.new(SECRET.encode(), to_sign.encode(), sha256).hexdigest()
        at = datetime.strptime(got.headers["x-acs-date"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
        assert self.now is not None
        return abs(at - self.now) <= timedelta(minutes=15) and got.headers["Authorization"] == (
            f"ACS3-HMAC-SHA256 Credential={KEY_ID},SignedHeaders={';'.join(_SIGNED)},"
            f"Signature={expected}"
        )

    async def _send(self, request: web.Request, query: dict[str, str]) -> web.StreamResponse:
        behavior = self.behaviors.get(query["PhoneNumbers"], Behavior())
        if behavior.answer == "throttled":
            headers = {"Retry-After": behavior.retry_after} if behavior.retry_after else None
            body = {"Code": "Throttling.User", "Message": "Request was denied"}
            return web.json_response(body, status=400, headers=headers)
        if behavior.refuse:
            return web.json_response({"Code": behavior.refuse, "Message": "no", "RequestId": "R"})
        assert self.now is not None
        beijing = (self.now + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
        row = {
            "PhoneNum": query["PhoneNumbers"],
            "SendStatus": 1,
            "ErrCode": "",
            "TemplateCode": query["TemplateCode"],
            "Content": "【…】",
            "SendDate": beijing,
            "ReceiveDate": "",
            "OutId": query.get("OutId", ""),
        }
        self.messages.append(row)
        answer = await self.misbehave(request, behavior)
        if answer is not None:
            return answer
        biz_id = f"93270230408041535{len(self.messages)}^0"
        body = {"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": "R"}
        return web.json_response(body)

    def _details(self, query: dict[str, str]) -> web.StreamResponse:
        size, page = int(query["PageSize"]), int(query["CurrentPage"])
        if size > _PAGE_LIMIT:
            return web.json_response({"Code": "isv.INVALID_PARAMETERS", "Message": "no"})
        rows: list[dict[str, Any]] = [
            row
            for row in self.messages
            if row["PhoneNum"] == query["PhoneNumber"]
            and row["SendDate"][:10].replace("-", "") == query["SendDate"]
        ]
        body = {
            "Code": "OK",
            "Message": "OK",
            "TotalCount": len(rows),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows[(page - 1) * size : page * size]},
        }
        return web.json_response(body)


@asynccontextmanager
async def running_aliyun(now: datetime) -> AsyncIterator[FakeAliyun]:
    """Serve a fake account on a free local port."""
    fake = FakeAliyun(now=now)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", fake.handle)
    async with serving(app) as fake.base_url:
        yield fake
