"""Look at locked people and decide: what becomes a reservation, and who waits for what.

The order is what makes a contact lawful and at most once: people are locked before their facts are
read, and reserved in the same transaction. Dispatch brings people who are due, intake those whose
state has just moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from outreach.domain.ledger import PastContact
from outreach.domain.local_time import local_date, next_early_morning
from outreach.domain.standing import Due
from outreach.domain.vocabulary import EventKind
from outreach.facts.standings import zone
from outreach.store import agenda
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook, with_whole_loans
from outreach.store.contacts import (
    LogEvent,
    list_ledger,
)
from outreach.store.heartbeats import list_heartbeats
from outreach.store.pauses import ACCOUNT_OPEN
from outreach.store.pool import Connection
from outreach.usecases.budget import Spend
from outreach.usecases.dropping import dropped_step
from outreach.usecases.letters import approval_task
from outreach.usecases.modes import live_lenders
from outreach.usecases.probing import SPREAD, give_back, stops_now, without
from outreach.usecases.promising import judge_promises, tolerance_in
from outreach.usecases.proposing import from_treatment
from outreach.usecases.ramping import allowance_of
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.recording import is_refusal, postponed_body, wait_text
from outreach.usecases.reserving import Outfit, Person, Plan, Ready, reserve_all
from outreach.usecases.risk import changed_tiers
from outreach.usecases.rolling import roll_cases
from outreach.usecases.tasks import new_task
from outreach.usecases.telling_repayment import needs_whole
from outreach.usecases.trying import Looked
from outreach.usecases.written import IN_ANSWER_ONLY, Correspondence, list_written

# How far back rules may look. Windows are at most 30 days, but some begin with what came first:
# once somebody was spoken to (ca.on.cap_3in7), once a location call was made.
LEDGER_SPAN: Final = timedelta(days=400)
# Somebody about whom a payment waits in the inbox is looked at again this much later.
UNFOLDED_WAIT: Final = timedelta(seconds=1)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


async def plan_contacts(
    outfit: Outfit,
    conn: Connection,
    books: Mapping[int, PersonBook],
    reasons: Mapping[int, str],
    *,
    now: datetime,
    started: datetime,
) -> Plan:
    """Look at people and plan what comes of it; only their cases are written yet.

    Args:
        outfit: Parts of the runtime.
        conn: In the transaction that holds the people's agenda rows.
        books: All that is known of them, by person; read after they were locked.
        reasons: What each person's agenda row says they wait for.
        now: Business time of the decisions.
        started: Wall time at `now`: deciding takes time too, and a window that has closed by the
            slot stays closed.

    Raises:
        redis.exceptions.RedisError: No throttle; nothing was taken.
    """
    plan = Plan()
    ready: list[Ready] = []
    for person in await _look_at(outfit, conn, books, reasons, plan, now):
        _note_tiers(outfit, plan, person, now)
        _note_dropped(outfit, plan, person, now)
        one = _allowed(person)
        if one is None and _propose(outfit, plan, person, now, started):
            continue
        if one is None:
            _postpone(plan, person, now)
        else:
            ready.append(one)
    await reserve_all(outfit, plan, await _with_windows(conn, ready, started), now, started)
    return plan


async def _with_windows(
    conn: Connection, ready: list[Ready], wall_now: datetime
) -> Sequence[Ready]:
    """Note when people last wrote, where the channel takes free words only in answer."""
    wanted = {
        one.person.book.person_id: Correspondence(
            one.person.key, one.trial.option.channel, one.sender.address
        )
        for one in ready
        if one.trial.option.channel in IN_ANSWER_ONLY
    }
    if not wanted:
        return ready
    written = await list_written(conn, wanted, wall_now=wall_now)
    return [replace(one, wrote_at=written.get(one.person.book.person_id)) for one in ready]


async def _look_at(
    outfit: Outfit,
    conn: Connection,
    books: Mapping[int, PersonBook],
    reasons: Mapping[int, str],
    plan: Plan,
    now: datetime,
) -> list[Person]:
    """Read what else is to be known about the people in a few statements, then look at each."""
    unfolded = await agenda.list_unfolded(conn, list(books))
    for person in unfolded:
        plan.moves.append((person, now + UNFOLDED_WAIT, "dispatch.signal_unfolded"))
    left = {person: book for person, book in books.items() if person not in unfolded}
    left = await roll_cases(conn, left, now=now)
    left = await judge_promises(
        conn, left, partial(tolerance_in, outfit.considering.rulebook), now=now
    )
    cases = [case.case_id for book in left.values() for case in book.cases.values()]
    live = live_lenders(outfit.considering.rulebook.lenders.values())
    ledger = await list_ledger(
        conn, list(left), since=now - LEDGER_SPAN, cases=[0, *cases], live=live
    )
    heartbeats = await list_heartbeats(conn)
    spent = outfit.brakes.spent(now)
    stops = await stops_now(conn, outfit.clock, now=now, spent=spent)
    nothing: list[PastContact] = []
    people = []
    for person, known in left.items():
        book, key = known, known.key
        if key is None:  # erased: nobody is left to contact
            plan.moves.append((person, NEVER, "dispatch.erased"))
            continue
        past = ledger.get(person, nothing)
        looked = outfit.considering.look(book, past, heartbeats, now, stops=stops)
        if isinstance(looked.answer, Due) and needs_whole(looked.answer):
            book = await with_whole_loans(conn, book)
            looked = outfit.considering.look(book, past, heartbeats, now, stops=stops)
        probed = _probed(looked) if stops.probes else ""
        probe = probed in stops.probes
        if probe:
            stops = without(stops, probed)
        people.append(Person(book, key, reasons.get(person, ""), looked, probe))
    if stops.probes:
        await give_back(conn, stops, outfit.clock)
    return people


def _probed(looked: Looked) -> str:
    """Return the account that the allowed way uses."""
    trial = looked.allowed
    return trial.sender.provider if trial is not None and trial.sender is not None else ""


def _allowed(person: Person) -> Ready | None:
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
    ramp = allowance_of(trial.sender, day)
    return Ready(person, due, trial, trial.rendered, trial.sender, lender, treatment, spend, ramp)


def _propose(outfit: Outfit, plan: Plan, person: Person, now: datetime, started: datetime) -> bool:
    """Plan what people are to do now, if that is what comes next; it needs no slot and no money."""
    answer = person.looked.answer
    proposed = from_treatment(person.book, person.key, person.looked, now, started)
    if proposed is None or not isinstance(answer, Due):
        return False
    plan.proposed.append((outfit.vault, proposed))
    following = next_early_morning(now, answer.standing.lender_zone, person.book.person_id)
    plan.moves.append((person.book.person_id, following, ""))
    return True


def _postpone(plan: Plan, person: Person, now: datetime) -> None:
    """Move a person to when they should be looked at again; log a refusal that is new."""
    looked, who = person.looked, person.book.person_id
    until = looked.until(now) or NEVER
    text = wait_text(looked)
    if text != person.reason and is_refusal(looked):
        kind = (
            EventKind.DEFERRED
            if any(trial.decision.until for trial in looked.trials)
            else EventKind.BLOCKED
        )
        _log(plan, person, kind, postponed_body(looked, until), now)
        _ask_for_approval(plan, person, now)
    if ACCOUNT_OPEN in text:
        until += SPREAD * plan.held
        plan.held += 1
    plan.moves.append((who, until, text))


def _ask_for_approval(plan: Plan, person: Person, now: datetime) -> None:
    """Open the work of approving a letter, where one waits for that."""
    looked = person.looked
    if isinstance(looked.answer, Due):
        tenant = person.book.tenant_id
        work = approval_task(tenant, looked.answer, looked.reasons, now)
        if work is not None:
            plan.tasks.append(new_task(person.key, work))


def _note_dropped(outfit: Outfit, plan: Plan, person: Person, now: datetime) -> None:
    """Log that a contact was called off before it was made; see `dropping`."""
    if not person.reason:
        return
    treatments = outfit.considering.rulebook.treatments
    key = dropped_step(person.reason, person.book, person.looked, treatments)
    if key:
        body: dict[str, object] = {"step": key, "why": "nothing calls for it any more"}
        _log(plan, person, EventKind.CANCELED, body, now)


def _note_tiers(outfit: Outfit, plan: Plan, person: Person, now: datetime) -> None:
    """Plan to write the risk tiers that moved; most looks move none."""
    if person.looked.risks:
        scorecard = outfit.considering.rulebook.scorecard_of(person.book.tenant_id)
        moved = changed_tiers(person.book, person.key, person.looked.risks, scorecard, now)
        plan.tiers += moved.tiers
        plan.events += moved.events


def _log(
    plan: Plan, person: Person, kind: EventKind, body: dict[str, object], now: datetime
) -> None:
    book = person.book
    blob = person.key.encrypt(encode_body(body), event_aad(book.person_id))
    plan.events.append(LogEvent(book.tenant_id, book.person_id, None, kind, now, blob))
