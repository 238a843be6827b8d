"""What fake vendors have in common: a real local server, misbehaving by recipient, and records."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

Answer = Literal[
    "taken", "hang", "drop", "throttled", "error_500", "html_502", "unreadable", "empty", "huge",
    "redirect",
]  # fmt: skip


@dataclass
class Behavior:
    """How the vendor treats creates for one recipient."""

    answer: Answer = "taken"
    refuse: str | None = None
    """Refuse with this code; nothing is taken."""
    retry_after: str | None = None
    delay: float = 0.0


@dataclass
class Request:
    """One request that the fake got."""

    method: str
    raw_path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    """Monotonic seconds of its arrival."""


@dataclass
class FakeVendor:
    """A vendor with its messages, oldest first."""

    behaviors: dict[str, Behavior] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    base_url: str = ""

    def for_number(self, number: str, **behavior: Any) -> None:
        """Tell one recipient to misbehave."""
        self.behaviors[number] = Behavior(**behavior)

    async def record(self, request: web.Request) -> Request:
        """Keep a request byte for byte."""
        got = Request(
            request.method,
            request.raw_path,
            request.headers,
            await request.read(),
            time.monotonic(),
        )
        self.requests.append(got)
        return got

    async def misbehave(
        self, request: web.Request, behavior: Behavior
    ) -> web.StreamResponse | None:
        """Answer as told; None where the vendor answers properly."""
        if behavior.delay:
            await asyncio.sleep(behavior.delay)
        match behavior.answer:
            case "hang":
                await asyncio.sleep(60)
            case "drop":
                assert request.transport is not None
                request.transport.abort()
            case "taken" | "throttled":
                pass
            case "empty":
                return web.json_response({})
            case "unreadable":
                return web.Response(body=b'{"Code": "O', content_type="application/json")
            case "huge":
                return web.json_response({"Code": "x" * 1_000_000})
            case "redirect":
                return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"})
            case "error_500":
                return web.json_response({"Code": "InternalError"}, status=500)
            case "html_502":
                return web.Response(status=502, text="<html>", content_type="text/html")
        return None


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free local port; yields its address."""
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
