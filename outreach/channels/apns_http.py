"""HTTP/2 to APNs: one connection, bounded in time and size, given up when it falls silent.

httpx2 is the kept-up continuation of httpx. It multiplexes, sends nothing twice and has a timeout
for each step; what it lacks is a judgment on a connection whose peer vanished without a word, on
which request after request would wait. So after a timeout the next request gets a new one.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

import httpx2

from outreach.channels.exchange import CONNECT_SECONDS, Answer
from outreach.channels.provider import Rejected, Unknown
from outreach.channels.push_message import not_connected

_LARGEST_ANSWER: Final = 64 * 1024
# Apple wants connections to be kept; an idle one is closed by either side sooner or later.
_KEPT_SECONDS: Final = 600.0
# Longer than any request that may still be answered on a connection that was given up.
_CLOSED_AFTER: Final = 10.0
# Their URLs and headers hold device tokens and ours.
_SILENT: Final = ("httpx2", "httpcore2", "hpack", "h2")


class Http2:
    """A client for one host.

    Args:
        base_url: Scheme and host; with `http://` it speaks HTTP/2 in clear text, for tests.
    """

    def __init__(self, base_url: str) -> None:
        for name in _SILENT:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._base_url = base_url.rstrip("/")
        self._client: httpx2.AsyncClient | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def post(
        self, path: str, *, data: bytes, headers: Mapping[str, str], seconds: float
    ) -> Answer | Rejected | Unknown:
        """Post once. `Rejected`: it never left; `Unknown`: it may have been carried out."""
        client = self._open()
        # Connecting gives up first, so that what surely wasn't sent is told apart.
        connect = min(CONNECT_SECONDS, 0.8 * seconds)
        timeout = httpx2.Timeout(seconds, connect=connect, pool=connect)
        try:
            async with (
                asyncio.timeout(seconds),
                client.stream(
                    "POST",
                    self._base_url + path,
                    content=data,
                    headers=dict(headers),
                    timeout=timeout,
                ) as response,
            ):
                body = b""
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > _LARGEST_ANSWER:
                        return Unknown("answer too large")
                return Answer(response.status_code, response.headers, body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            return not_connected()
        except (httpx2.TimeoutException, TimeoutError) as exc:
            self._give_up(client)
            return Unknown(type(exc).__name__)
        except (httpx2.HTTPError, httpx2.StreamError) as exc:
            return Unknown(type(exc).__name__)

    async def close(self) -> None:
        """Close every connection."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            limits = httpx2.Limits(max_connections=4, keepalive_expiry=_KEPT_SECONDS)
            self._client = httpx2.AsyncClient(
                http1=False, http2=True, limits=limits, follow_redirects=False, trust_env=False
            )
        return self._client

    def _give_up(self, client: httpx2.AsyncClient) -> None:
        """Let the next request connect anew; what still runs on the old connection may end."""
        if client is not self._client:
            return
        self._client = None
        task = asyncio.create_task(_close_later(client))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _close_later(client: httpx2.AsyncClient) -> None:
    try:
        await asyncio.sleep(_CLOSED_AFTER)
    finally:
        await client.aclose()
