"""Deliver what was reserved: hand off, and settle what came back. No transaction is open here."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import asyncpg
import structlog

from outreach.channels.provider import Provider, Rejected
from outreach.store.pool import Pool
from outreach.usecases.brakes import Brakes
from outreach.usecases.budget import Budget
from outreach.usecases.reserving import Clock
from outreach.usecases.sending import Answered, Handoff, Released, Sender
from outreach.usecases.settling import settle_answers

log = structlog.get_logger(__name__)

# Longer than a failover of sessions, shorter than arq lets a job live.
_SETTLE_PAUSES: Final = (0.2, 1.0, 3.0, 5.0)


class Outfit(Protocol):
    """What delivering takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where contacts are."""

    @property
    def clock(self) -> Clock:
        """The two clocks."""

    @property
    def budget(self) -> Budget:
        """What wasn't bought goes back."""

    @property
    def brakes(self) -> Brakes:
        """Which accounts answer."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """By slug."""


async def deliver(outfit: Outfit, sender: Sender, handoffs: Sequence[Handoff]) -> None:
    """Hand off committed reservations and settle the answers as they come."""
    async for answers in sender.send(handoffs):
        for answer in answers:
            if isinstance(answer.result, Released | Rejected):  # nothing was bought
                outfit.budget.untake(answer.handoff.spend)
        if outfit.brakes.has_news:  # before those who were refused are looked at again
            await _tell_others(outfit)
        await _settle(outfit, answers)


async def _tell_others(outfit: Outfit) -> None:
    """Write which accounts stopped answering, or answer again; what fails is written next time."""
    now, wall_now = outfit.clock.business_now(), outfit.clock.wall_now()
    try:
        await outfit.brakes.write(outfit.db, now=now, wall_now=wall_now)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
        log.warning("circuit_not_written", error=type(exc).__name__)


async def _settle(outfit: Outfit, answers: Sequence[Answered]) -> None:
    """Settle what came back; a database that is away for a moment must not lose the answers."""
    for pause in (*_SETTLE_PAUSES, None):
        try:
            now, wall_now = outfit.clock.business_now(), outfit.clock.wall_now()
            await settle_answers(outfit, answers, now=now, wall_now=wall_now)
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as exc:
            if pause is None:
                raise
            log.warning("settlement_put_off", rows=len(answers), error=type(exc).__name__)
            await asyncio.sleep(pause)
        else:
            return


class Deliveries:
    """Batches on their way out: whoever reserved them waits for no provider.

    Args:
        outfit: Parts of the runtime.
        sender: Of the process.
        most: Batches under way before `has_room` says no.
    """

    def __init__(self, outfit: Outfit, sender: Sender, *, most: int) -> None:
        self._outfit = outfit
        self._sender = sender
        self._most = most
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        """Whether another batch may be reserved; a slow provider fills it."""
        return len(self._under_way) < self._most

    def start(self, handoffs: Sequence[Handoff]) -> None:
        """Deliver committed reservations; returns at once."""
        task = asyncio.create_task(self._deliver(handoffs))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def idle(self) -> None:
        """Wait until all are settled."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _deliver(self, handoffs: Sequence[Handoff]) -> None:
        try:
            await deliver(self._outfit, self._sender, handoffs)
        except Exception as exc:  # noqa: BLE001 - reconciliation finds what wasn't settled
            log.warning("delivery_failed", rows=len(handoffs), error=type(exc).__name__)
