"""One HTTP request to a vendor, once: no redirects, no retries, a deadline, a bounded answer.

What went wrong is told apart by whether the vendor may have acted on the request.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

import aiohttp
import msgspec
from yarl import URL

from outreach.channels.provider import Rejected, Unknown
from outreach.domain.vocabulary import ErrorClass

CONNECT_SECONDS: Final = 3.0
RECONNECT_AFTER: Final = timedelta(seconds=30)
_REFUSED: Final = range(400, 500)
_TIMED_OUT: Final = 408
_LARGEST_ANSWER: Final = 256 * 1024
_LONGEST_BACK_OFF: Final = timedelta(days=1)


class Answer(NamedTuple):
    """What a vendor answered, whatever the status."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes

    @property
    def is_refusal(self) -> bool:
        """Tell whether the status alone is certain: a request of ours that wasn't carried out."""
        return self.status in _REFUSED and self.status != _TIMED_OUT

    def json(self) -> Any:
        """Return the body as JSON; None if it is none."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None

    def retry_after(self, now: datetime, header: str = "Retry-After") -> timedelta | None:
        """Return how long to wait, told in seconds or as a date; at most a day."""
        text = self.headers.get(header, "").strip()
        if text.isascii() and text.isdigit():
            wait = timedelta(seconds=min(int(text), _LONGEST_BACK_OFF.total_seconds()))
        else:
            try:
                wait = parsedate_to_datetime(text) - now
            except (ValueError, TypeError):
                return None
        return min(max(wait, timedelta(0)), _LONGEST_BACK_OFF)


async def exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    *,
    deadline: float,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer | Rejected | Unknown:
    """Send a request; never raises for what the network or the vendor do.

    Args:
        session: Pooled by its owner.
        method: As in HTTP.
        url: On an address from the settings. It goes out as it is, so signatures hold.
        deadline: Seconds for everything, connecting included.
        headers: As they go out.
        body: The same.

    Returns:
        The answer; `Rejected` if nothing left this machine; `Unknown` if the vendor may have acted
        without our learning of it.
    """
    try:
        async with session.request(
            method,
            url,
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=deadline, connect=min(CONNECT_SECONDS, deadline)),
        ) as response:
            content = await _bounded(response.content)
            if content is None:
                response.close()
                return Unknown("answer too large")
            return Answer(response.status, response.headers, content)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        return Rejected(ErrorClass.UNAVAILABLE, "connect", RECONNECT_AFTER, "account")
    except (aiohttp.ClientError, TimeoutError, ValueError) as exc:
        return Unknown(type(exc).__name__)


def unreached(missed: Rejected | Unknown) -> str:
    """Return why no answer came, in a word."""
    return missed.code if isinstance(missed, Rejected) else missed.why


async def _bounded(content: aiohttp.StreamReader) -> bytes | None:
    parts, size = [], 0
    async for part in content.iter_any():
        size += len(part)
        if size > _LARGEST_ANSWER:
            return None
        parts.append(part)
    return b"".join(parts)
