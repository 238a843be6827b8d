"""What stands before the API that machines read: key, scope, mode, a limit, a record."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final

import asyncpg
import msgspec
from aiohttp import hdrs, web

from outreach.domain.api_keys import ApiKey, KeyMode, Scope
from outreach.runtime import Runtime
from outreach.store.operators import keep_action
from outreach.usecases.api_keys import Keys
from outreach.web.middleware import Handler
from outreach.web.problems import RETRY_SECONDS, problem
from outreach.web.throttle import Bucket

PER_SECOND: Final = 10.0
"""Requests a second of one key in each web process; twice as many at once."""
_MOST_BUCKETS: Final = 10_000
_SCHEME: Final = "bearer"
_REFUSED: Final = 400
_LIVE: Final = "live"

SUBJECT: Final = web.RequestKey("subject", str)
"""What a request was about, where its path names a borrower: the record outlives them."""

Keyed = Callable[[web.Request, ApiKey], Awaitable[web.Response]]


class Gate:
    """Lets machines in.

    Args:
        runtime: Open.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._keys = Keys(runtime.db)
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def behind(self, scope: Scope, pattern: str, handler: Keyed) -> Handler:
        """Return a handler that answers keys of this scope alone, and keeps what they asked for.

        Args:
            scope: That the key needs.
            pattern: Method and path, as the audit trail names the action.
            handler: Called with the key; it shows the key's lender and no other.
        """

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                return await self._answer(request, scope, pattern, handler)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                headers = {"Retry-After": RETRY_SECONDS}
                return problem(503, "The database is away. Ask again.", headers=headers)

        return guarded

    async def _answer(
        self, request: web.Request, scope: Scope, pattern: str, handler: Keyed
    ) -> web.Response:
        wall_now = self._runtime.clock.wall_now()
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        key = None
        if scheme.casefold() == _SCHEME:
            key = await self._keys.find(token.strip(), wall_now=wall_now)
        if key is None:
            return problem(
                401,
                "Send `Authorization: Bearer ork_…`, a key that is neither revoked nor expired.",
                headers={"WWW-Authenticate": 'Bearer realm="outreach"'},
            )
        if refusal := self._refusal(key, scope):
            return refusal
        wait = self._bucket(key.prefix).take(asyncio.get_running_loop().time())
        if wait:
            return problem(
                429, "Too many requests with this key.", headers={"Retry-After": str(ceil(wait))}
            )
        response = await handler(request, key)
        if response.status < _REFUSED:
            async with self._runtime.db.acquire() as conn:
                await keep_action(
                    conn,
                    key.login,
                    pattern,
                    request.get(SUBJECT, request.path),
                    tenant=key.tenant,
                    at=wall_now,
                )
        return response

    def _refusal(self, key: ApiKey, scope: Scope) -> web.Response | None:
        if scope not in key.scopes:
            return problem(
                403,
                f"The key lacks the scope `{scope}`: make one with it, by `outreach keys add`.",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope" scope="{scope}"'},
                scope=scope,
            )
        lender = self._runtime.settings.lenders.get(key.tenant)
        if lender is None:
            return problem(403, "The key's lender isn't configured here any more.")
        if key.mode is KeyMode.TEST and lender.mode == _LIVE:
            return problem(403, "The lender is live, and this is a test key: use a live one.")
        return None

    def _bucket(self, prefix: str) -> Bucket:
        found = self._buckets.get(prefix)
        if found is None:
            found = self._buckets[prefix] = Bucket(PER_SECOND)
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(prefix)
        return found


def answer(body: object) -> web.Response:
    """Return a JSON answer that nobody keeps."""
    return web.Response(
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
