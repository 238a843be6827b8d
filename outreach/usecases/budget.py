"""A lender's daily spend cap, shared by all workers through leases instead of a hot row."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.budgets import give_back, lease
from outreach.store.pool import Pool

# One lease covers about this many contacts of the price that asked for it.
_CONTACTS_A_LEASE: Final = 200


@dataclass(frozen=True, slots=True)
class Spend:
    """One contact's price on the lender's day; `cap_micros` None means that nothing limits it."""

    tenant_id: str
    day: date
    micros: int
    cap_micros: int | None


class Budget:
    """What this process may still spend, by lender and day. A crash loses its lease, never more."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._left: dict[tuple[str, date], int] = {}

    async def take(self, spends: Sequence[Spend]) -> list[bool]:
        """Answer for each contact, in order, whether its price is within the lender's cap."""
        return [await self._take(spend) for spend in spends]

    async def _take(self, spend: Spend) -> bool:
        if spend.cap_micros is None or spend.micros == 0:
            return True
        key = (spend.tenant_id, spend.day)
        if self._left.get(key, 0) < spend.micros and not await self._lease(spend):
            return False
        self._left[key] -= spend.micros
        return True

    async def _lease(self, spend: Spend) -> bool:
        """Lease for many contacts; near the cap for this one alone."""
        cap = spend.cap_micros or 0
        async with self._pool.acquire() as conn:
            for micros in (spend.micros * _CONTACTS_A_LEASE, spend.micros):
                if await lease(conn, spend.tenant_id, spend.day, micros=micros, cap=cap):
                    key = (spend.tenant_id, spend.day)
                    self._left[key] = self._left.get(key, 0) + micros
                    return True
        return False

    def untake(self, spend: Spend) -> None:
        """Put back the price of a contact that wasn't reserved after all, or was released."""
        if spend.cap_micros is not None and spend.micros:
            key = (spend.tenant_id, spend.day)
            self._left[key] = self._left.get(key, 0) + spend.micros

    async def close(self) -> None:
        """Return what is left to the other workers."""
        left = {key: micros for key, micros in self._left.items() if micros}
        self._left.clear()
        if not left:
            return
        async with self._pool.acquire() as conn:
            for (tenant, day), micros in left.items():
                await give_back(conn, tenant, day, micros=micros)
