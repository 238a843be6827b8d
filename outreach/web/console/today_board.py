"""One count a second for all who look at a lender's day, however many they are."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import asyncpg
import structlog

from outreach.usecases.today import Today

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 1.0
_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

Count = Callable[[str], Awaitable[Today]]


class _Counted(NamedTuple):
    at: float
    today: Today | None


class Board:
    """Keeps what was counted last, and counts again when somebody asks and a second is over.

    Args:
        count: Counts one lender's day.
    """

    def __init__(self, count: Count) -> None:
        self._count = count
        self._counted: dict[str, _Counted] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def now(self, tenant: str) -> Today | None:
        """Return a lender's day, at most a second old; None while it can't be counted.

        Whoever asks while it is being counted waits for that count.
        """
        loop = asyncio.get_running_loop()
        async with self._locks.setdefault(tenant, asyncio.Lock()):
            known = self._counted.get(tenant)
            if known is None or loop.time() - known.at >= EVERY_SECONDS:
                known = _Counted(loop.time(), await self._read(tenant))
                self._counted[tenant] = known
        return known.today

    async def _read(self, tenant: str) -> Today | None:
        try:
            return await self._count(tenant)
        except _AWAY as exc:
            log.warning("today_not_counted", tenant=tenant, error=type(exc).__name__)
            return None
