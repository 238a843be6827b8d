"""Hand reserved contacts to their providers and settle what came back. No transaction is open here.

A contact that misses its slot takes the sender's next free one instead of crowding the others'.
A reservation that isn't handed off by its `send_before` is released: it reached nobody, counts for
nothing, and is decided again. Once a provider was called, only its own word settles the contact.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from outreach.channels.provider import (
    Accepted,
    Attempt,
    Provider,
    Rejected,
    SendResult,
    Unknown,
    WallClock,
)
from outreach.channels.throttle import LATE_SECONDS, OtherSlots, SlotRequest, Slots
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import ErrorClass
from outreach.rendering.letter_pdf import PrintError
from outreach.store.contacts import Reservation
from outreach.store.vault import PersonKey
from outreach.usecases.brakes import Brakes
from outreach.usecases.budget import Spend
from outreach.usecases.letters import Draft, print_letter

# Longest wait for a provider's answer; past it the contact is unknown and gets reconciled.
SEND_DEADLINE: Final = 8.0
# Requests in flight per process: what the connection pool holds.
IN_FLIGHT: Final = 100
# Answers that arrive within this span are settled in one transaction.
_SETTLE_SPAN: Final = 0.25
_TOO_LATE: Final = "too_late"
_NO_GLYPH: Final = "letter_no_glyph"
_UNPRINTABLE: Final = "letter_unprintable"


@dataclass(frozen=True, slots=True)
class Handoff:
    """A committed reservation on its way out; its slot is `wait` seconds after `reserved_at`."""

    reservation: Reservation
    attempt: Attempt
    key: PersonKey
    wait: float
    needs: SlotRequest
    """What to ask for should the slot be missed."""
    spend: Spend
    probe: bool = False
    """Tries an account whose circuit is open."""
    draft: Draft | None = None
    """Of a letter: what is printed."""


@dataclass(frozen=True, slots=True)
class Released:
    """Never handed off: too late for its slot, paused since, or the worker is stopping."""

    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one handoff."""

    handoff: Handoff
    result: SendResult | Released


class Sender:
    """Calls providers for one process, with a bound on requests in flight.

    Args:
        providers: By slug.
        clock: For slots and `send_before`.
        slots: Where whoever missed a slot gets another.
        stopping: Once set, nothing more is handed off.
        brakes: What must not be used any more; counts what providers answer.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        clock: WallClock,
        slots: Slots,
        stopping: asyncio.Event,
        brakes: Brakes | None = None,
    ) -> None:
        self._providers = providers
        self._clock = clock
        self._stopping = stopping
        self._brakes = brakes or Brakes()
        self._other_slots = OtherSlots(slots, clock)
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)

    async def send(self, handoffs: Sequence[Handoff]) -> AsyncIterator[list[Answered]]:
        """Hand off a batch; yields answers in groups worth one transaction, until all are in."""
        pending = {asyncio.create_task(self._one(handoff)) for handoff in handoffs}
        while pending:
            done, pending = await asyncio.wait(pending, timeout=_SETTLE_SPAN)
            if done:
                yield [task.result() for task in done]

    async def _one(self, handoff: Handoff) -> Answered:
        # Counted from when the slot was given: a slow commit must not shift it into the next one's.
        goes = handoff.attempt.reserved_at + timedelta(seconds=handoff.wait)
        while True:
            if (wait := (goes - self._clock.wall_now()).total_seconds()) > 0:
                await asyncio.sleep(wait)
            async with self._in_flight:
                if why := self._holds_back(handoff):
                    return Answered(handoff, Released(why))
                if (self._clock.wall_now() - goes).total_seconds() <= LATE_SECONDS:
                    return await self._hand_off(handoff)
            if (other := await self._another_slot(handoff)) is None:
                return Answered(handoff, Released(_TOO_LATE))
            goes = other

    def _holds_back(self, handoff: Handoff) -> str:
        """Return why somebody isn't to be contacted any more; empty when nothing speaks against."""
        if self._stopping.is_set():
            return "stopping"
        if self._clock.wall_now() >= handoff.reservation.send_before:
            return _TOO_LATE
        return self._brakes.holds_back(handoff.reservation, probe=handoff.probe)

    async def _another_slot(self, handoff: Handoff) -> datetime | None:
        """Return when the sender's next free slot starts; None if that is too late."""
        left = (handoff.reservation.send_before - self._clock.wall_now()).total_seconds()
        return await self._other_slots.take(replace(handoff.needs, within=left))

    async def _hand_off(self, handoff: Handoff) -> Answered:
        result = await self._call(handoff)
        self._brakes.note(handoff.reservation.provider, result, probe=handoff.probe)
        return Answered(handoff, result)

    async def _call(self, handoff: Handoff) -> SendResult:
        provider = self._providers[handoff.reservation.provider]
        attempt = handoff.attempt
        if handoff.draft is not None:
            try:
                attempt = replace(attempt, document=await print_letter(handoff.draft))
            except PrintError as error:
                code = _NO_GLYPH if error.missing_glyph else _UNPRINTABLE
                return Rejected(ErrorClass.REQUEST_BUG, code, alert=True)
        try:
            async with asyncio.timeout(SEND_DEADLINE + 1):
                return await provider.send(attempt, SEND_DEADLINE)
        except TimeoutError:
            return Unknown("timeout")


def retry_in(result: SendResult | Released) -> timedelta | None:
    """Return how soon the person should be looked at again; None when the contact stands."""
    match result:
        case Accepted() | Unknown():
            return None
        case Rejected(retry_after=wait):
            return wait or timedelta(0)
        case Released():
            return timedelta(0)
