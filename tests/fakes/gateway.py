"""The gateway that config/providers/example_gateway.yaml describes, on a local port."""

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from aiohttp import web

from outreach.channels.provider import RawCallback
from tests.fakes.vendor import Behavior, FakeVendor, serving

API_KEY = "invented-api-key"
WEBHOOK = "invented-webhook-secret"


@dataclass
class FakeGateway(FakeVendor):
    """One account."""

    def sent(self) -> list[Any]:
        """Return the bodies of all creates, the refused ones too."""
        return [json.loads(one.body) for one in self.requests if one.method == "POST"]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Take a message, or refuse it."""
        got = await self.record(request)
        if got.headers.get("Authorization") != f"Bearer {API_KEY}":
            return _refused(401, "unauthorized")
        body = json.loads(got.body)
        behavior = self.behaviors.get(body["to"], Behavior())
        if behavior.answer == "throttled":
            headers = {"Retry-After": behavior.retry_after} if behavior.retry_after else None
            return web.json_response({}, status=429, headers=headers)
        if behavior.refuse and behavior.refuse.isdigit():
            return web.Response(status=int(behavior.refuse))
        if behavior.refuse:
            return _refused(422, behavior.refuse)
        message = {"id": f"GW{len(self.messages)}", "status": "queued", "parts": 1, **body}
        self.messages.append(message)
        answer = await self.misbehave(request, behavior)
        data = {name: message[name] for name in ("id", "status", "parts")}
        return answer or web.json_response({"data": data}, status=201)

    async def find(self, request: web.Request) -> web.StreamResponse:
        """List what was created under a reference."""
        await self.record(request)
        wanted = request.query["client_ref"]
        rows = [one for one in self.messages if one["client_ref"] == wanted]
        return web.json_response({"messages": rows})

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """Take a message back while it is queued."""
        await self.record(request)
        for one in self.messages:
            if one["id"] == request.match_info["id"]:
                if one["status"] == "queued":
                    one["status"] = "canceled"
                return web.json_response({"status": one["status"]})
        return _refused(404, "unknown")


def signed(
    kind: str, body: Any, *, now: int, secret: str = WEBHOOK, name: str = "example_gateway"
) -> RawCallback:
    """Return a callback as the gateway would sign it."""
    data = json.dumps(body, ensure_ascii=False).encode()
    digest = hmac.new(secret.encode(), f"{now}.".encode() + data, sha256).hexdigest()
    headers = {"X-Gateway-Signature": f"sha256={digest}", "X-Gateway-Timestamp": str(now)}
    return RawCallback(kind, f"/providers/{name}/{kind}", headers, data)


def _refused(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code}}, status=status)


@asynccontextmanager
async def running_gateway() -> AsyncIterator[FakeGateway]:
    """Serve a fake account on a free local port."""
    fake = FakeGateway()
    app = web.Application()
    app.router.add_post("/v2/messages", fake.create)
    app.router.add_get("/v2/messages", fake.find)
    app.router.add_delete("/v2/messages/{id}", fake.cancel)
    async with serving(app) as fake.base_url:
        yield fake
