"""A token bucket per source: a sender that runs wild is slowed down before it costs anything."""

import re
from typing import Final

from aiohttp import web

_BURST_SECONDS: Final = 2.0
_SHORTEST_WAIT: Final = 0.001
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f:.]{3,45}")


class Bucket:
    """Tokens that refill steadily, up to two seconds' worth.

    Args:
        rate: Tokens a second; 0 or less lets everything pass.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * _BURST_SECONDS)
        self._tokens = self._burst
        self._at = 0.0

    def take(self, at: float) -> float:
        """Take a token; return 0.0, or the seconds until there is one.

        Args:
            at: Seconds of a clock that never goes back.
        """
        if self._rate <= 0:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (at - self._at) * self._rate)
        self._at = at
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return max(_SHORTEST_WAIT, (1 - self._tokens) / self._rate)


def address_of(request: web.Request, header: str) -> str:
    """Return a visitor's address: the last that the proxy tells in `header`, else the connection's.

    Args:
        request: Of the visitor.
        header: `client_address_header` of the settings; "" where no proxy is in front.
    """
    told = request.headers.getall(header, []) if header else []
    last = told[-1].rpartition(",")[2].strip() if told else ""
    return last if _ADDRESS.fullmatch(last) else request.remote or ""
