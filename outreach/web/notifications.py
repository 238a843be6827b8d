"""GET /v1/borrowers/{borrower}/notifications: the feed behind the inbox of a lender's app."""

import asyncio
from math import ceil
from typing import Final

import asyncpg
import msgspec
from aiohttp import web

from outreach.sources.source import ForgedError, IncomingRequest, Source
from outreach.usecases.notifications import MOST, CursorError, read_notifications
from outreach.web.problems import RETRY_SECONDS, of_source, problem
from outreach.web.state import RUNTIME
from outreach.web.throttle import Bucket

PATH: Final = "/v1/borrowers/{borrower}/notifications"
_USUAL: Final = 20


class Notifications:
    """The feed; a lender's back end asks for it, signed with the secret of any of its sources.

    What is signed in place of a body is the request's target: path and query as they are sent.
    """

    def __init__(self, app: web.Application) -> None:
        self._runtime = app[RUNTIME]
        # A source without a secret that signs is no credential: its address alone reads nothing.
        self._sources = [one for one in self._runtime.sources.values() if one.options.secrets]
        self._buckets = {
            one.options.slug: Bucket(one.options.rate_per_second) for one in self._sources
        }

    async def get(self, request: web.Request) -> web.Response:
        """Return one page: 200; 400, 401, 404, 429, 503 as problem documents."""
        source = self._asking(request)
        if isinstance(source, web.Response):
            return source
        wait = self._buckets[source.options.slug].take(asyncio.get_running_loop().time())
        if wait:
            headers = {"Retry-After": str(ceil(wait))}
            return problem(429, "Too many requests for this source.", headers=headers)
        limit = request.query.get("limit", str(_USUAL))
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:4]) <= MOST):
            return problem(400, f"`limit` is a number from 1 to {MOST}.")
        try:
            page = await read_notifications(
                self._runtime,
                source.options.tenant,
                request.match_info["borrower"],
                after=request.query.get("after"),
                limit=int(limit),
            )
        except CursorError:
            return problem(400, "`after` is what a page before said as `next`.")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            headers = {"Retry-After": RETRY_SECONDS}
            return problem(503, "The database is away. Ask again.", headers=headers)
        if page is None:
            return problem(404, "No borrower of this lender is known by this reference.")
        return web.Response(
            body=msgspec.json.encode(page),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    def _asking(self, request: web.Request) -> Source | web.Response:
        """Return the source whose secret signed the request, or what a stranger is told."""
        came = IncomingRequest(
            request.headers,
            request.raw_path.encode("utf-8", "surrogateescape"),
            None,
            self._runtime.clock.webhook_now(),
        )
        refused: ForgedError = ForgedError("signature")
        for source in self._sources:
            try:
                source.authenticate(came)
            except ForgedError as exc:
                refused = exc
            else:
                return source
        return of_source(refused)
