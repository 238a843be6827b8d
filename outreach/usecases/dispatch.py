"""Contact whom it is time for: claim, decide, render, reserve, commit, send, settle.

The order is what makes it lawful and at most once. People are locked before their facts are read;
the reservation is in the log, with every reason, before a provider hears of it; nothing is held
open while a provider answers.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from uuid import uuid4

import asyncpg
import structlog

from outreach.channels.provider import Attempt, Provider, Rejected
from outreach.channels.throttle import SlotRequest, Throttle
from outreach.domain.contacts import attempt_id
from outreach.domain.ledger import PastContact
from outreach.domain.local_time import day_ends, local_date, next_early_morning
from outreach.domain.records import dataclass
from outreach.domain.standing import Due
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import EventKind
from outreach.facts.standings import zone
from outreach.rendering.catalog import Rendered
from outreach.store import agenda
from outreach.store.agenda import AgendaRow
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook, load_books
from outreach.store.contacts import (
    LogEvent,
    Reservation,
    append_events,
    insert_reservations,
    list_ledger,
)
from outreach.store.heartbeats import list_heartbeats
from outreach.store.pauses import list_paused
from outreach.store.pool import Connection, Pool
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.budget import Budget, Spend
from outreach.usecases.considering import Considering, Looked, Trial, address_of
from outreach.usecases.lenders import LenderPlan, SenderPlan
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.recording import decided_body, is_refusal, postponed_body, wait_text
from outreach.usecases.rolling import roll_cases
from outreach.usecases.sending import Answered, Handoff, Released, Sender
from outreach.usecases.settling import settle_answers

log = structlog.get_logger(__name__)

BATCH: Final = 200
# A reservation that isn't handed off this soon after its commit (or its slot) is released.
HAND_OFF_WITHIN: Final = timedelta(seconds=2)
# How far back caps may look; the longest window of any pack is shorter.
LEDGER_SPAN: Final = timedelta(days=60)
# Somebody about whom a payment waits in the inbox is looked at again this much later.
UNFOLDED_WAIT: Final = timedelta(seconds=1)
# Longer than a failover of sessions, shorter than arq lets a job live.
_SETTLE_PAUSES: Final = (0.2, 1.0, 3.0, 5.0)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


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
    """What dispatch takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

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
    def providers(self) -> Mapping[str, Provider]:
        """By slug."""

    @property
    def considering(self) -> Considering:
        """Packs, treatments, templates."""


@dataclass(slots=True)
class _Batch:
    """What one transaction writes, and what is handed off after it."""

    moves: list[tuple[int, datetime, str]] = field(default_factory=list)
    events: list[LogEvent] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Person:
    """One claimed person, as read and looked at."""

    row: AgendaRow
    book: PersonBook
    key: PersonKey
    looked: Looked


@dataclass(frozen=True, slots=True)
class _Ready:
    """A contact that the rules allow now, before it has money and a slot."""

    person: _Person
    due: Due
    trial: Trial
    rendered: Rendered
    sender: SenderPlan
    lender: LenderPlan
    treatment: Treatment
    spend: Spend


async def dispatch_due(outfit: Outfit, sender: Sender, *, limit: int = BATCH) -> int:
    """Work one batch of due people through to settlement; returns how many were looked at.

    Raises:
        redis.exceptions.RedisError: No throttle, so nothing was reserved.
    """
    claimed, handoffs = await _reserve(outfit, limit)
    async for answers in sender.send(handoffs):
        for answer in answers:
            if isinstance(answer.result, Released | Rejected):  # nothing was bought
                outfit.budget.untake(answer.handoff.spend)
        await _settle(outfit, answers)
    return claimed


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
        batch = _Batch()
        people = await _look_at(outfit, conn, rows, batch, now)
        ready: list[_Ready] = []
        for person in people:
            one = _allowed(person)
            if one is None:
                _postpone(batch, person, now)
            else:
                ready.append(one)
        await _reserve_all(outfit, batch, ready, now, started)
        await insert_reservations(conn, batch.reservations)
        await append_events(conn, batch.events)
        await agenda.move(conn, batch.moves)
    return len(rows), batch.handoffs


async def _look_at(
    outfit: Outfit,
    conn: Connection,
    rows: Sequence[AgendaRow],
    batch: _Batch,
    now: datetime,
) -> list[_Person]:
    """Read everything about the locked people in a few statements, then look at each."""
    persons = [row.person_id for row in rows]
    unfolded = await agenda.list_unfolded(conn, persons)
    for person in unfolded:
        batch.moves.append((person, now + UNFOLDED_WAIT, "dispatch.signal_unfolded"))
    rows = [row for row in rows if row.person_id not in unfolded]
    persons = [row.person_id for row in rows]
    books = await load_books(conn, outfit.vault, persons)
    books = await roll_cases(conn, books, now=now)
    cases = [case.case_id for book in books.values() for case in book.cases.values()]
    ledger = await list_ledger(conn, persons, since=now - LEDGER_SPAN, cases=[0, *cases])
    heartbeats = await list_heartbeats(conn)
    paused = await list_paused(conn)
    nothing: list[PastContact] = []
    people = []
    for row in rows:
        book = books.get(row.person_id)
        if book is None or book.key is None:  # erased: nobody is left to contact
            batch.moves.append((row.person_id, NEVER, "dispatch.erased"))
            continue
        past = ledger.get(row.person_id, nothing)
        looked = outfit.considering.look(book, past, heartbeats, now, paused=paused)
        people.append(_Person(row, book, book.key, looked))
    return people


def _allowed(person: _Person) -> _Ready | None:
    """Return the contact that may be made now, with all that it takes; None if there is none."""
    looked, trial = person.looked, person.looked.allowed
    if trial is None or trial.rendered is None or trial.sender is None:
        return None
    due, lender, treatment = looked.answer, looked.lender, looked.treatment
    if not isinstance(due, Due) or lender is None or treatment is None:
        return None
    day = local_date(trial.action.at, zone(lender.timezone))
    micros = trial.rendered.parts * trial.sender.cost_micros_per_part
    spend = Spend(lender.slug, day, micros, lender.daily_cap_micros)
    return _Ready(person, due, trial, trial.rendered, trial.sender, lender, treatment, spend)


def _postpone(batch: _Batch, person: _Person, now: datetime) -> None:
    """Move a person to when they should be looked at again; log a refusal that is new."""
    looked, row = person.looked, person.row
    until = looked.until(now) or NEVER
    text = wait_text(looked)
    if text != row.reason and is_refusal(looked):
        kind = (
            EventKind.DEFERRED
            if any(trial.decision.until for trial in looked.trials)
            else EventKind.BLOCKED
        )
        _log(batch, person, kind, postponed_body(looked, until), now)
    batch.moves.append((row.person_id, until, text))


def _log(
    batch: _Batch, person: _Person, kind: EventKind, body: dict[str, object], now: datetime
) -> None:
    row = person.row
    blob = person.key.encrypt(encode_body(body), event_aad(row.person_id))
    batch.events.append(LogEvent(row.tenant_id, row.person_id, None, kind, now, blob))


async def _reserve_all(
    outfit: Outfit, batch: _Batch, ready: Sequence[_Ready], now: datetime, started: datetime
) -> None:
    """Give money, then slots; whoever gets both is reserved, the others come back for theirs.

    `started` is the wall time at business time `now`: deciding takes time too, and a window that
    has closed by the slot stays closed.
    """
    paid: list[_Ready] = []
    afford = await outfit.budget.take([one.spend for one in ready])
    for one, affordable in zip(ready, afford, strict=True):
        if affordable:
            paid.append(one)
            continue
        until = day_ends(one.spend.day, zone(one.lender.timezone))
        batch.moves.append((one.person.row.person_id, until, "dispatch.budget_spent"))
    slots = await outfit.throttle.take([_slot_request(one) for one in paid])
    wall = outfit.clock.wall_now()
    for one, slot in zip(paid, slots, strict=True):
        goes = wall + timedelta(seconds=slot.wait)
        closes = started + outfit.clock.wall_delay(one.due.closes_at - now)
        if slot.granted and goes < closes:
            times = _Times(now, wall, goes, closes)
            _reserve_one(outfit, batch, one, times)
            continue
        outfit.budget.untake(one.spend)
        person = one.person.row.person_id
        if goes < closes:
            later = now + _business(outfit.clock, slot.wait)
            batch.moves.append((person, later, "dispatch.throttled"))
        else:
            batch.moves.append((person, one.due.closes_at, "dispatch.window_closes_first"))


def _slot_request(one: _Ready) -> SlotRequest:
    sender = one.sender
    key = f"{sender.provider}:{sender.address}"
    return SlotRequest(key, one.rendered.parts, sender.per_second)


def _business(clock: Clock, seconds: float) -> timedelta:
    """Return the business time that passes in so many wall seconds; frozen passes as live."""
    return timedelta(seconds=seconds * (clock.rate or 1))


@dataclass(frozen=True, slots=True)
class _Times:
    """When a contact was decided (`now`, business); in wall time: is reserved, goes, closes."""

    now: datetime
    wall: datetime
    goes: datetime
    closes: datetime


def _reserve_one(outfit: Outfit, batch: _Batch, one: _Ready, times: _Times) -> None:
    """Add one reservation, its log row and its handoff."""
    due, option, book, now = one.due, one.trial.option, one.person.book, times.now
    contact, address = uuid4(), address_of(book, option.endpoint_id)
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
        address_hmac=outfit.vault.address_hmac(address),
        provider=one.sender.provider,
        sender=one.sender.address,
        template=one.rendered.template,
        treatment=one.treatment.ref,
        at=now,
        send_before=min(times.goes + HAND_OFF_WITHIN, times.closes),
        parts=one.rendered.parts,
        cost_micros=one.spend.micros,
    )
    batch.reservations.append(reservation)
    key = one.person.key
    words = decided_body(one.person.looked, due, one.trial)
    blob = key.encrypt(encode_body(words), event_aad(book.person_id))
    batch.events.append(
        LogEvent(reservation.tenant_id, book.person_id, contact, EventKind.DECIDED, now, blob)
    )
    # What comes next is chosen from state: on the next morning, or when an answer calls for it.
    following = next_early_morning(now, due.standing.lender_zone, book.person_id)
    batch.moves.append((book.person_id, following, ""))
    attempt = Attempt(
        attempt_id=attempt_id(book.person_id, contact),
        channel=option.channel,
        sender=one.sender.address,
        recipient=address,
        body=one.rendered.text,
        valid_for=times.closes - times.goes,
        reserved_at=times.wall,
    )
    wait = (times.goes - times.wall).total_seconds()
    batch.handoffs.append(Handoff(reservation, attempt, key, wait, one.spend))
