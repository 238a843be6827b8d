"""Reading a loan back from Fineract, before anything a hook said about money is believed."""

import asyncio
from dataclasses import field
from datetime import datetime
from typing import Final
from urllib.parse import quote

import aiohttp

from outreach.domain.records import dataclass
from outreach.domain.signals import Signal
from outreach.sources.fineract_loans import signals_of
from outreach.sources.payload import read_json
from outreach.sources.source import MappingError, NeedsReadBack, ReadBackError, UnreadableError

_TIMEOUT: Final = aiohttp.ClientTimeout(total=10, sock_connect=3, sock_read=8)
_PAUSES: Final = (0.2, 1.0)
"""Seconds before the second and third try."""

_OK: Final = 200
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_SERVER_ERRORS: Final = 500
_LARGEST_ANSWER: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadBackOptions:
    """How to reach one Fineract installation.

    Attributes:
        base_url: As in `https://core.example/fineract-provider/api/v1`, without a trailing slash.
        username: A user that may read loans.
        password: That user's password.
        tenant: Fineract's tenant that the user belongs to.
        timezone: The lender's IANA zone.
    """

    base_url: str
    username: str
    password: str = field(repr=False)
    tenant: str = "default"
    timezone: str = "UTC"


class FineractApi:
    """Reads loans. One per configured source; shares the process's HTTP session."""

    def __init__(self, http: aiohttp.ClientSession, options: ReadBackOptions) -> None:
        self._http = http
        self._options = options
        self._authorization = aiohttp.encode_basic_auth(options.username, options.password)

    async def read(self, needs: NeedsReadBack, *, now: datetime) -> list[Signal]:
        """Return the loan's schedule, payments and end as canonical signals.

        Tries three times where the platform is away or busy. Reading changes nothing there, so
        repeating it is safe.

        Args:
            needs: Which loan, and what was said of it.
            now: Business time; the schedule is as of this moment.

        Raises:
            ReadBackError: No usable answer; the row should be tried again later.
            MappingError: The loan can't become signals; quarantine.
        """
        address = f"{self._options.base_url.rstrip('/')}/loans/{quote(needs.loan, safe='')}"
        body = await self._get(address)
        try:
            return signals_of(read_json(body), needs, timezone=self._options.timezone, as_of=now)
        except UnreadableError as exc:
            raise ReadBackError("unreadable", "the answer isn't JSON") from exc
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            raise MappingError(
                "unmapped", f"the loan isn't built as expected ({type(exc).__name__})"
            ) from exc

    async def _get(self, address: str) -> bytes:
        failure = ReadBackError("unreachable", "")
        for pause in (*_PAUSES, None):
            try:
                return await self._get_once(address)
            except ReadBackError as exc:
                if exc.reason not in {"unreachable", "status"}:
                    raise
                failure = exc
            if pause is not None:
                await asyncio.sleep(pause)
        raise failure

    async def _get_once(self, address: str) -> bytes:
        headers = {
            "Authorization": self._authorization,
            "Fineract-Platform-TenantId": self._options.tenant,
            "Accept": "application/json",
        }
        query = {"associations": "repaymentSchedule,transactions"}
        try:
            request = self._http.get(
                address, params=query, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            )
            async with request as response:
                if response.status != _OK:
                    raise self._refusal(response.status)
                body = await response.content.read(_LARGEST_ANSWER + 1)
                while not response.content.at_eof() and len(body) <= _LARGEST_ANSWER:
                    body += await response.content.read(_LARGEST_ANSWER + 1 - len(body))
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise ReadBackError("unreachable", type(exc).__name__) from exc
        if len(body) > _LARGEST_ANSWER:
            raise ReadBackError("unreadable", "the answer is larger than 8 MiB")
        return body

    def _refusal(self, status: int) -> ReadBackError:
        if status == _NOT_FOUND:
            return ReadBackError("not_found", "404: no such loan, or not yet")
        if status == _TOO_MANY or status >= _SERVER_ERRORS:
            return ReadBackError("status", str(status))
        return ReadBackError("refused", str(status))
