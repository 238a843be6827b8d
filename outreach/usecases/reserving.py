"""Reserve what the rules allow: money first, then a send slot, then the rows of one transaction.

The reservation is in the log, with every reason, before a provider hears of it.
"""

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import uuid4

from outreach.channels.provider import Attempt
from outreach.channels.throttle import HORIZON_SECONDS, SlotRequest, Throttle
from outreach.domain.contacts import attempt_id
from outreach.domain.local_time import day_ends, next_early_morning
from outreach.domain.records import dataclass
from outreach.domain.standing import Due
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import Channel, EventKind
from outreach.facts.standings import zone
from outreach.rendering.message import Rendered
from outreach.store import agenda
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook
from outreach.store.contacts import (
    LogEvent,
    Reservation,
    append_events,
    insert_reservations,
)
from outreach.store.pauses import RAMPING
from outreach.store.pool import Connection
from outreach.store.risk import TierChange, write_tiers
from outreach.store.tasks import NewTask, open_tasks, settle_tasks
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.brakes import Brakes
from outreach.usecases.budget import Budget, Spend
from outreach.usecases.considering import Considering
from outreach.usecases.lenders import LenderPlan, SenderPlan
from outreach.usecases.letters import approved, draft_of, letter_lines, number_letters
from outreach.usecases.modes import account_for, as_handed_over
from outreach.usecases.probing import business_span
from outreach.usecases.proposing import Proposed, write_proposed
from outreach.usecases.ramping import take_allowances
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.recording import decided_body
from outreach.usecases.sending import Handoff
from outreach.usecases.telling import endpoint_of
from outreach.usecases.trying import Looked, Trial

# A reservation that isn't handed off this soon after its commit (or its slot) is released.
HAND_OFF_WITHIN: Final = timedelta(seconds=2)
# Whoever got no slot is looked at again this long before theirs: deciding and committing take time
# in which the sender mustn't stand idle.
_COMES_BACK_BEFORE: Final = timedelta(seconds=HORIZON_SECONDS / 2)


class Clock(Protocol):
    """Business time decides; wall time leases."""

    def business_now(self) -> datetime:
        """Return the time of decisions."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""

    def wall_delay(self, business: timedelta) -> timedelta:
        """Return how long a span of business time lasts on the wall."""

    @property
    def rate(self) -> float:
        """Business seconds per wall second."""


class Outfit(Protocol):
    """What deciding and reserving take from the runtime."""

    @property
    def vault(self) -> Vault:
        """Hashes addresses for caps per endpoint."""

    @property
    def clock(self) -> Clock:
        """The two clocks."""

    @property
    def throttle(self) -> Throttle:
        """Send slots."""

    @property
    def budget(self) -> Budget:
        """Spend caps."""

    @property
    def considering(self) -> Considering:
        """Packs, treatments, templates."""

    @property
    def brakes(self) -> Brakes:
        """Which new senders have made their contacts of the day."""


@dataclass(slots=True)
class Plan:
    """What one transaction writes about locked people, and what is handed off after it.

    Each person moves on the agenda exactly once. `held` counts those who wait for an account.
    `proposed` is what people are asked to do.
    """

    moves: list[tuple[int, datetime, str]] = field(default_factory=list)
    events: list[LogEvent] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    held: int = 0
    proposed: list[tuple[Vault, Proposed]] = field(default_factory=list)
    tiers: list[TierChange] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)

    async def write(self, conn: Connection) -> None:
        """Write it all; the handoffs may go once this is committed."""
        await insert_reservations(conn, self.reservations)
        await self._number_letters(conn)
        await open_tasks(conn, self.tasks)
        await append_events(conn, self.events)
        await write_tiers(conn, self.tiers)
        for vault, one in self.proposed:
            await write_proposed(conn, vault, one)
        await agenda.move(conn, self.moves)

    async def _number_letters(self, conn: Connection) -> None:
        drafted = [
            (place, one.draft) for place, one in enumerate(self.handoffs) if one.draft is not None
        ]
        if not drafted:
            return
        rows = [
            (self.handoffs[place].reservation, self.handoffs[place].key, draft)
            for place, draft in drafted
        ]
        for (place, _), draft in zip(drafted, await number_letters(conn, rows), strict=True):
            self.handoffs[place] = replace(self.handoffs[place], draft=draft)
        await settle_tasks(conn, [approved(row) for row, _, _ in rows])


@dataclass(frozen=True, slots=True)
class Person:
    """One locked person, as read and looked at; `reason` is what the log says they wait for.

    A `probe` may use an account whose circuit is open.
    """

    book: PersonBook
    key: PersonKey
    reason: str
    looked: Looked
    probe: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """A contact that the rules allow now, before it has money and a slot."""

    person: Person
    due: Due
    trial: Trial
    rendered: Rendered
    sender: SenderPlan
    lender: LenderPlan
    treatment: Treatment
    spend: Spend
    ramp: Spend | None
    wrote_at: datetime | None = None


async def reserve_all(
    outfit: Outfit, plan: Plan, ready: Sequence[Ready], now: datetime, started: datetime
) -> None:
    """Give money, then slots; whoever gets both is reserved, the others come back for theirs.

    Within the batch whoever's window closes first comes first, and stays first among those who
    come back.

    `started` is the wall time at business time `now`: deciding takes time too, and a window that
    has closed by the slot stays closed.
    """
    paid: list[Ready] = []
    ready = sorted(ready, key=_closes_at)
    afford = await outfit.budget.take([one.spend for one in ready])
    for one, affordable in zip(ready, afford, strict=True):
        if affordable:
            paid.append(one)
            continue
        until = day_ends(one.spend.day, zone(one.lender.timezone))
        plan.moves.append((one.person.book.person_id, until, "dispatch.budget_spent"))
    paid = await _within_ramps(outfit, plan, paid, now)
    slots = await outfit.throttle.take([_slot_request(one) for one in paid])
    wall = outfit.clock.wall_now()
    for place, (one, slot) in enumerate(zip(paid, slots, strict=True)):
        goes = wall + timedelta(seconds=slot.wait)
        closes = started + outfit.clock.wall_delay(one.due.closes_at - now)
        if slot.granted and goes < closes:
            times = _Times(now, wall, goes, closes)
            _reserve_one(outfit, plan, one, times)
            continue
        _untake(outfit, one)
        person = one.person.book.person_id
        if goes < closes:
            wait = timedelta(seconds=slot.wait) - _COMES_BACK_BEFORE
            later = now + business_span(outfit.clock, wait)
            later += timedelta(microseconds=place)
            plan.moves.append((person, later, "dispatch.throttled"))
        else:
            plan.moves.append((person, one.due.closes_at, "dispatch.window_closes_first"))


def _closes_at(one: Ready) -> datetime:
    return one.due.closes_at


async def _within_ramps(
    outfit: Outfit, plan: Plan, paid: list[Ready], now: datetime
) -> list[Ready]:
    """Leave out whoever a new sender has no room for today; another sender may have, at once."""
    kept = []
    room = await take_allowances(outfit.budget, [one.ramp for one in paid])
    for one, has_room in zip(paid, room, strict=True):
        if has_room:
            kept.append(one)
            continue
        outfit.budget.untake(one.spend)
        ends = day_ends(one.spend.day, zone(one.lender.timezone))
        outfit.brakes.note_spent(one.sender.address, ends)
        plan.moves.append((one.person.book.person_id, now, RAMPING))
    return kept


def _untake(outfit: Outfit, one: Ready) -> None:
    """Put back what wasn't used."""
    outfit.budget.untake(one.spend)
    if one.ramp is not None:
        outfit.budget.untake(one.ramp)


def _slot_request(one: Ready) -> SlotRequest:
    sender = one.sender
    key = f"{sender.provider}:{sender.address}"
    return SlotRequest(key, one.rendered.parts, sender.per_second)


@dataclass(frozen=True, slots=True)
class _Times:
    """When a contact was decided (`now`, business); in wall time: is reserved, goes, closes."""

    now: datetime
    wall: datetime
    goes: datetime
    closes: datetime


def _reserve_one(outfit: Outfit, plan: Plan, one: Ready, times: _Times) -> None:
    """Add one reservation, its log row and its handoff."""
    due, option, book, now = one.due, one.trial.option, one.person.book, times.now
    contact, endpoint = uuid4(), endpoint_of(book, option.endpoint_id)
    account = account_for(one.lender, one.sender, endpoint.address)
    reservation = Reservation(
        tenant_id=book.tenant_id,
        person_id=book.person_id,
        contact_id=contact,
        case_id=due.standing.case_id,
        step=due.step_key,
        occurrence=due.occurrence,
        try_=due.try_number,
        debts=due.debts,
        channel=option.channel,
        purpose=due.step.purpose,
        endpoint_id=option.endpoint_id,
        address_hmac=outfit.vault.address_hmac(endpoint.address),
        provider=account,
        sender=one.sender.address,
        template=one.rendered.template,
        treatment=one.treatment.ref,
        at=now,
        send_before=min(times.goes + HAND_OFF_WITHIN, times.closes),
        parts=one.rendered.parts,
        cost_micros=one.spend.micros,
        dial_mode=one.sender.dial_mode or "",
        notice=one.rendered.notice,
        mode=one.lender.mode,
        risk_tier=due.standing.risk_tier,
        stage=due.stage,
        experiment=one.treatment.experiment.key if one.treatment.experiment else "",
        arm=due.arm,
    )
    plan.reservations.append(reservation)
    key = one.person.key
    words = decided_body(one.person.looked, due, one.trial)
    blob = key.encrypt(encode_body(words), event_aad(book.person_id))
    plan.events.append(
        LogEvent(reservation.tenant_id, book.person_id, contact, EventKind.DECIDED, now, blob)
    )
    # What comes next is chosen from state: on the next morning, or when an answer calls for it.
    following = next_early_morning(now, due.standing.lender_zone, book.person_id)
    plan.moves.append((book.person_id, following, ""))
    attempt = Attempt(
        attempt_id=attempt_id(book.person_id, contact),
        channel=option.channel,
        sender=one.sender.address,
        recipient=endpoint.address,
        body=one.rendered.text,
        valid_for=times.closes - times.goes,
        reserved_at=times.wall,
        subject=one.rendered.subject,
        template=option.template,
        variables=one.rendered.variables,
        locale=one.rendered.locale,
        wrote_at=one.wrote_at,
        address_since=endpoint.verified_at,
    )
    draft = None
    if option.channel is Channel.LETTER:
        lines = letter_lines(book, endpoint, one.lender)
        attempt = replace(attempt, recipient="\n".join(lines))
        draft = draft_of(one.rendered, lines, one.lender, now)
    attempt = as_handed_over(one.lender, account, attempt)
    wait = (times.goes - times.wall).total_seconds()
    plan.handoffs.append(
        Handoff(
            reservation,
            attempt,
            key,
            wait,
            _slot_request(one),
            one.spend,
            one.person.probe,
            draft,
        )
    )
