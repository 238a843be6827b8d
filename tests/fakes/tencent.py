"""Tencent Cloud's short message service as it documents itself, on a local port.

Requests must be signed with TC3-HMAC-SHA256, checked here from what came over the wire. Every
answer is an HTTP 200; refusals are inside, of the request or of the one number.
"""

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aiohttp import web

from tests.fakes.vendor import Behavior, FakeVendor, Request, serving

KEY_ID = "AKID-invented"
SECRET = "invented-secret"
_LIMIT = 100


@dataclass
class FakeTencent(FakeVendor):
    """One application."""

    now: datetime | None = None
    """Its clock."""
    echoes: bool = True
    """Support has switched the echo of `SessionContext` on."""

    def sent(self) -> list[dict[str, Any]]:
        """Return the bodies of all creates, the refused ones too."""
        return [
            json.loads(one.body)
            for one in self.requests
            if one.headers.get("X-TC-Action") == "SendSms"
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any call: the operation is in a header."""
        got = await self.record(request)
        if not self.is_signed(got):
            return _refused("AuthFailure.SignatureFailure")
        body = json.loads(got.body)
        if got.headers["X-TC-Action"] == "SendSms":
            return await self._send(request, body)
        return self._pull(body)

    def is_signed(self, got: Request) -> bool:
        """Compute the signature of what came and compare."""
        timestamp = int(got.headers["X-TC-Timestamp"])
        assert self.now is not None
        if abs(timestamp - self.now.timestamp()) > 300 or (got.method, got.raw_path) != (
            "POST",
            "/",
        ):
            return False
        date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
        scope = f"{date}/sms/tc3_request"
        text = "\n".join([
            "POST", "/", "",
            f"content-type:{got.headers['Content-Type']}",
            f"host:{got.headers['Host']}",
            f"x-tc-action:{got.headers['X-TC-Action'].lower()}",
            "", "content-type;host;x-tc-action", sha256(got.body).hexdigest(),
        ])  # fmt: skip
        to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{sha256(text.encode()).hexdigest()}"
        key = hmac.new(f"TC3{SECRET}".encode(), date.encode(), sha256).digest()
        key = hmac.new(key, b"sms", sha256).digest()
        key = hmac.new(key, b"tc3_request", sha256).digest()
        signature = hmac.new(key, to_sign.encode(), sha256).hexdigest()
        return got.headers["Authorization"] == (
            f"TC3-HMAC-SHA256 Credential={KEY_ID}/{scope}, "
            f"SignedHeaders=content-type;host;x-tc-action, Signature={signature}"
        )

    async def _send(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        [number] = body["PhoneNumberSet"]
        behavior = self.behaviors.get(number, Behavior())
        if behavior.answer == "throttled":
            headers = {"Retry-After": behavior.retry_after} if behavior.retry_after else None
            return _refused("RequestLimitExceeded", headers)
        serial = f"2433:{len(self.messages) + 1:07d}"
        status = {
            "SerialNo": serial,
            "PhoneNumber": number,
            "Fee": 1,
            "SessionContext": body["SessionContext"],
            "Code": "Ok",
            "Message": "send success",
            "IsoCode": "CN",
        }
        if behavior.refuse:
            refused = {"SerialNo": "", "Fee": 0, "Code": behavior.refuse, "Message": "no"}
            return _answered({"SendStatusSet": [status | refused]})
        self.messages.append({
            "UserReceiveTime": int(self.now.timestamp()) if self.now else 0,
            "CountryCode": "86",
            "SubscriberNumber": number[3:],
            "PhoneNumber": number,
            "SerialNo": serial,
            "ReportStatus": "SUCCESS",
            "Description": "DELIVRD",
            "SessionContext": body["SessionContext"] if self.echoes else "",
        })  # fmt: skip
        answer = await self.misbehave(request, behavior)
        return answer or _answered({"SendStatusSet": [status]})

    def _pull(self, body: dict[str, Any]) -> web.StreamResponse:
        if body["Limit"] > _LIMIT or body["Offset"] != 0:
            return _refused("InvalidParameterValue.LimitVerifyFail")
        rows = [
            row
            for row in self.messages
            if row["PhoneNumber"] == body["PhoneNumber"]
            and body["BeginTime"] <= row["UserReceiveTime"] <= body["EndTime"]
        ]
        return _answered({"PullSmsSendStatusSet": rows[: body["Limit"]]})


def _answered(response: dict[str, Any]) -> web.Response:
    return web.json_response({"Response": {**response, "RequestId": "R"}})


def _refused(code: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"Response": {"Error": {"Code": code, "Message": "no"}, "RequestId": "R"}}
    return web.json_response(body, headers=headers)


@asynccontextmanager
async def running_tencent(now: datetime) -> AsyncIterator[FakeTencent]:
    """Serve a fake application on a free local port."""
    fake = FakeTencent(now=now)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", fake.handle)
    async with serving(app) as fake.base_url:
        yield fake
