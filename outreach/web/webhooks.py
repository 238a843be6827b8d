"""POST /v1/signals/{source}: answered 2xx only after the signals are on disk."""

import asyncio
from math import ceil
from typing import Final

import msgspec
from aiohttp import web

from outreach.sources.source import ForgedError, Source, SourceError
from outreach.usecases.receive import Receipt, StoreAwayError, receive
from outreach.web.middleware import stamped
from outreach.web.problems import of_source, of_store, problem
from outreach.web.state import COMMIT, METRICS, RUNTIME
from outreach.web.throttle import Bucket

LARGEST_BODY: Final = 256 * 1024
_ENCODE: Final = msgspec.json.Encoder().encode
_HEADERS: Final = stamped({"Content-Type": "application/json"})


class Webhooks:
    """The signal endpoints, with the rate of each source; one object a process.

    One handler without inner layers: what a request costs here decides how much a core takes in.
    """

    def __init__(self, app: web.Application) -> None:
        self._runtime = app[RUNTIME]
        self._commit = app[COMMIT]
        self._metrics = app[METRICS]
        self._buckets = {
            slug: Bucket(source.options.rate_per_second)
            for slug, source in self._runtime.sources.items()
        }

    async def post(self, request: web.Request) -> web.Response:
        """Store one request's signals.

        202 stored; 200 all seen before; 400, 401, 404, 413, 415, 422, 429 as problem documents;
        503 with Retry-After when nothing could be stored.
        """
        slug = request.match_info["source"]
        source = self._runtime.sources.get(slug)
        if source is None:
            return problem(404, "There is no source of this name.")
        response = await self._answer(request, slug, source)
        self._metrics.request(slug, response.status)
        return response

    async def _answer(self, request: web.Request, slug: str, source: Source) -> web.Response:
        wait = self._buckets[slug].take(asyncio.get_running_loop().time())
        if wait:
            return problem(
                429, "Too many requests for this source.", headers={"Retry-After": str(ceil(wait))}
            )
        headers = request.headers
        if headers.get("Content-Encoding", "identity") != "identity":
            return problem(
                415,
                "The signature covers the raw body, so send it uncompressed.",
                accepted="identity",
            )
        body = await request.read()  # raises 413 beyond LARGEST_BODY
        clock = self._runtime.clock
        try:
            receipts = await receive(
                source,
                self._commit,
                headers=headers,
                body=body,
                path_secret=request.match_info.get("secret"),
                webhook_now=clock.webhook_now(),
                business_now=clock.business_now(),
                wall_now=clock.wall_now(),
            )
        except ForgedError as exc:
            self._metrics.forged(slug, exc.reason)
            return of_source(exc)
        except SourceError as exc:
            return of_source(exc)
        except StoreAwayError as exc:
            return of_store(exc)
        return self._accepted(slug, receipts)

    def _accepted(self, slug: str, receipts: list[Receipt]) -> web.Response:
        status = 200
        for receipt in receipts:
            self._metrics.signal(slug, receipt.type, receipt.result)
            if receipt.is_new:
                status = 202
        return web.Response(
            status=status, body=_ENCODE({"signals": receipts}), headers=_HEADERS.copy()
        )

    async def options(self, request: web.Request) -> web.Response:
        """Answer the CloudEvents handshake: events are wanted from whoever has a secret."""
        source = self._runtime.sources.get(request.match_info["source"])
        if source is None:
            return problem(404, "There is no source of this name.")
        headers = {"Allow": "OPTIONS, POST"}
        origin = request.headers.get("WebHook-Request-Origin")
        if origin:
            headers["WebHook-Allowed-Origin"] = origin
            headers["WebHook-Allowed-Rate"] = str(source.options.rate_per_second * 60)
        return web.Response(status=204, headers=headers)
