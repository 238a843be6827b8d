"""What follows a lender's day live: one stream a tab, of texts that have changed."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY
from outreach.runtime import Runtime
from outreach.web.console.access import ABOUT, SESSION, STILL, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.today_board import EVERY_SECONDS, Board
from outreach.web.console.today_showing import figures
from outreach.web.middleware import stamped
from outreach.web.state import DRAINING

PATH: Final = "/live"
MOST_LISTENERS: Final = 200
"""Streams of one process; further ones are told to come back."""
_RETRY_MS: Final = 5_000
_HEARTBEAT_TICKS: Final = 15
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "private, no-store",
    "X-Accel-Buffering": "no",
}
_JSON: Final = msgspec.json.Encoder()


class LivePages:
    """The stream's handler.

    Args:
        runtime: Open.
        renderer: Makes the page that says that there is nothing.
        board: Counts once a second for all.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer, board: Board) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._board = board
        self._listeners = 0

    def pages(self) -> list[Page]:
        """Return the page, and who may open it."""
        return [Page(hdrs.METH_GET, PATH, self.get, EVERYBODY)]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Tell what changes, until the visitor leaves, their session ends or the server stops.

        Each event is JSON: texts by the name of their place on the page; `away` is true instead
        while nothing can be counted. An event's id is when it was counted; whoever comes back is
        told everything anew.
        """
        operator, known = request[SESSION].operator, self._runtime.settings.lenders
        own = [slug for slug in operator.lenders(EVERYBODY) if slug in known]
        lender = request.query.get("lender", "") or next(iter(own), "")
        if lender not in own:
            return self._renderer.page(
                request, "missing.html", status=404, visitor=request[SESSION]
            )
        request[ABOUT] = lender
        if self._listeners >= MOST_LISTENERS:
            return web.Response(status=503, headers={"Retry-After": str(_RETRY_MS // 1000)})
        response = web.StreamResponse(headers=stamped(_HEADERS))
        self._listeners += 1
        try:
            await response.prepare(request)
            await response.write(b"retry: %d\n\n" % _RETRY_MS)
            with suppress(ConnectionResetError):
                await self._follow(request, response, lender)
        finally:
            self._listeners -= 1
        return response

    async def _follow(
        self, request: web.Request, response: web.StreamResponse, lender: str
    ) -> None:
        draining, still = request.app[DRAINING], request[STILL]
        settings, language = self._runtime.settings.lenders[lender], language_for(request)
        told: dict[str, str] = {}
        ticks = 0
        while not draining.is_set():
            today = await self._board.now(lender)
            if today is None:
                told = {}
                await _tell(response, "away", {"away": True})
            else:
                shown = figures(language, today, settings.timezone, settings.currency)
                changed = {name: text for name, text in shown.items() if told.get(name) != text}
                told = shown
                if changed:
                    at = f"{today.wall_now.timestamp():.3f}"
                    await _tell(response, at, {"texts": changed})
            ticks += 1
            if ticks % _HEARTBEAT_TICKS == 0:
                session = await still()
                if session is None or not session.operator.may(lender, EVERYBODY):
                    return
                await response.write(b": still here\n\n")
            with suppress(TimeoutError):
                await asyncio.wait_for(draining.wait(), EVERY_SECONDS)


async def _tell(response: web.StreamResponse, name: str, event: Mapping[str, object]) -> None:
    await response.write(b"id: %s\ndata: %s\n\n" % (name.encode(), _JSON.encode(event)))
