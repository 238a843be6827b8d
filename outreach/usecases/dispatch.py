"""Contact whom it is time for: claim, decide, reserve, commit, send, settle.

Nothing is held open while a provider answers.
"""

from typing import Final, Protocol

from outreach.facts.money_events import PAYMENTS_SINCE
from outreach.store import agenda
from outreach.store.books import load_books
from outreach.store.pool import Pool
from outreach.usecases import delivering, reserving
from outreach.usecases.delivering import deliver
from outreach.usecases.planning import NEVER, plan_contacts
from outreach.usecases.sending import Handoff, Sender

BATCH: Final = 200


class Outfit(reserving.Outfit, delivering.Outfit, Protocol):
    """What dispatch takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""


async def dispatch_due(outfit: Outfit, sender: Sender, *, limit: int = BATCH) -> int:
    """Work one batch of due people through to settlement; returns how many were looked at.

    Raises:
        redis.exceptions.RedisError: No throttle, so nothing was reserved.
    """
    claimed, handoffs = await _reserve(outfit, limit)
    await deliver(outfit, sender, handoffs)
    return claimed


async def next_due_in(outfit: Outfit) -> float | None:
    """Return wall seconds until somebody is due next; None if nobody ever is, or is overdue."""
    async with outfit.db.acquire() as conn:
        due = await agenda.find_next_due(conn)
    if due is None:
        return None
    left = outfit.clock.wall_delay(due - outfit.clock.business_now()).total_seconds()
    return left if left > 0 and outfit.clock.rate else None


async def _reserve(outfit: Outfit, limit: int) -> tuple[int, list[Handoff]]:
    """Claim, decide and reserve in one transaction."""
    async with outfit.db.acquire() as conn, conn.transaction():
        now, started = outfit.clock.business_now(), outfit.clock.wall_now()
        rows = await agenda.claim_due(conn, now=now, limit=limit)
        if not rows:
            return 0, []
        reasons = {row.person_id: row.reason for row in rows}
        books = await load_books(conn, outfit.vault, list(reasons), since=now - PAYMENTS_SINCE)
        plan = await plan_contacts(outfit, conn, books, reasons, now=now, started=started)
        gone = reasons.keys() - books.keys()
        plan.moves += [(person, NEVER, "dispatch.erased") for person in gone]
        await plan.write(conn)
    return len(rows), plan.handoffs
