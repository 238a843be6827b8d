"""The one HTTP client that the vendor's SDK may use: pooled, with timeouts, without retries.

The SDK's own asynchronous client has no timeout, repeats creates on server errors when asked to
retry, drops response headers and logs addresses (facts checked in twilio 9.13). This one does what
the calling provider says for each call, through the service's shared session.
"""

import logging
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDict
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

_CONNECT_SECONDS: Final = 3.0
_ORIGIN: Final = "https://api.twilio.com"


class Call:
    """One call in flight: how long it may take, and the headers that came back."""

    __slots__ = ("deadline", "headers", "status")

    def __init__(self, deadline: float) -> None:
        """Start a call that may take `deadline` seconds, connecting included."""
        self.deadline = deadline
        self.headers: Any = {}
        self.status = 0


CALL: Final[ContextVar[Call]] = ContextVar("twilio_call")
"""Set by the provider around each SDK call, so that overlapping calls don't mix."""


class PooledTwilioHttp(AsyncHttpClient):
    """Sends the SDK's requests over a session that somebody else owns and closes.

    Args:
        session: Shared by all providers of the process.
        base_url: Scheme, host and port that replace the vendor's, for staging and tests.
    """

    def __init__(self, session: aiohttp.ClientSession, base_url: str = _ORIGIN) -> None:
        """See the class."""
        # The SDK logs addresses in URLs at INFO; nothing of it is worth keeping.
        logging.getLogger("twilio").setLevel(logging.CRITICAL)
        super().__init__(logging.getLogger("twilio.silent"), is_async=True, timeout=None)
        self._session = session
        self._base = base_url.rstrip("/")
        self._authorizations: dict[tuple[str, str], str] = {}

    async def request(  # type: ignore[override] # the SDK types it as synchronous
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the SDK's signature
    ) -> Response:
        """Send one request once.

        Raises:
            LookupError: No `CALL` is set: a caller forgot the deadline.
            aiohttp.ClientConnectorError: Nothing left this machine.
            aiohttp.ConnectionTimeoutError: Nothing left this machine.
            aiohttp.ClientError, TimeoutError: The request may have been carried out.
        """
        del timeout, allow_redirects
        call = CALL.get()
        sent = CIMultiDict(headers or {})
        if auth is not None:
            sent["Authorization"] = self._authorization(auth)
        async with self._session.request(
            method,
            self._address(uri),
            params=params,
            # A quarter of `urlencode`'s time for a text message.
            data=URL.build(query=data).raw_query_string.encode() if data else None,
            headers=sent,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=call.deadline, connect=min(_CONNECT_SECONDS, call.deadline)
            ),
        ) as response:
            body = await response.read()
            call.headers = response.headers
            call.status = response.status
            return Response(response.status, body.decode("utf-8", "replace"), response.headers)

    def _address(self, uri: str) -> str:
        if uri.startswith(_ORIGIN):
            return self._base + uri[len(_ORIGIN) :]
        parts = urlsplit(uri)
        return f"{self._base}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _authorization(self, auth: tuple[str, str]) -> str:
        found = self._authorizations.get(auth)
        if found is None:
            found = self._authorizations[auth] = aiohttp.encode_basic_auth(*auth)
        return found
