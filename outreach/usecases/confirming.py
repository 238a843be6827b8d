"""Answer a reply by itself: one text, soon, where the lender wants it and every rule allows it.

It is a contact like any other: judged by the packs with its own purpose, reserved and logged
before the provider hears of it. Where it may not be sent, or something fails on the way, nothing
is: the request stands, and silence means stop.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from outreach.channels.provider import Attempt
from outreach.channels.throttle import SlotRequest
from outreach.domain.contacts import attempt_id
from outreach.domain.decisions import Verdict
from outreach.domain.local_time import local_date
from outreach.domain.vocabulary import Channel, EventKind
from outreach.facts.standings import zone
from outreach.store.agenda import lock_persons
from outreach.store.books import load_books
from outreach.store.confirmations import Confirmation, take_confirmations
from outreach.store.contacts import (
    LogEvent,
    Reservation,
    append_events,
    insert_reservations,
    list_ledger,
)
from outreach.store.pauses import Use, list_stops
from outreach.usecases.budget import Spend
from outreach.usecases.confirming_judgment import Judged, decision_event, judge
from outreach.usecases.delivering import deliver
from outreach.usecases.dispatch import Outfit
from outreach.usecases.modes import account_for, as_handed_over, live_lenders
from outreach.usecases.planning import LEDGER_SPAN
from outreach.usecases.reserving import HAND_OFF_WITHIN
from outreach.usecases.sending import Handoff, Sender
from outreach.usecases.trying import stopped

BATCH: Final = 50
# What a provider may go on trying for: nobody wants the answer to a stop the next day.
_VALID_FOR: Final = timedelta(minutes=5)
_NO_CASE: Final = 0


async def confirm_opt_outs(outfit: Outfit, sender: Sender, *, limit: int = BATCH) -> int:
    """Work one batch through to settlement; returns how many requests were taken.

    Raises:
        redis.exceptions.RedisError: No throttle; the requests are back in the queue.
    """
    taken, handoffs = await _reserve(outfit, limit)
    await deliver(outfit, sender, handoffs)
    return taken


async def _reserve(outfit: Outfit, limit: int) -> tuple[int, list[Handoff]]:
    """Take requests, decide and reserve, in one transaction."""
    handoffs: list[Handoff] = []
    async with outfit.db.acquire() as conn, conn.transaction():
        requests = await take_confirmations(conn, limit=limit)
        if not requests:
            return 0, []
        persons = sorted({one.person_id for one in requests})
        await lock_persons(conn, persons)
        now = outfit.clock.business_now()
        books = await load_books(conn, outfit.vault, persons)
        live = live_lenders(outfit.considering.rulebook.lenders.values())
        ledger = await list_ledger(
            conn, persons, since=now - LEDGER_SPAN, cases=[_NO_CASE], live=live
        )
        stops = await list_stops(conn)
        reservations: list[Reservation] = []
        events: list[LogEvent] = []
        for request in requests:
            book, past = books.get(request.person_id), ledger.get(request.person_id, [])
            judged = (
                judge(outfit.considering, outfit.vault.address_hmac, request, book, past, now)
                if book is not None
                else None
            )
            if judged is None:
                continue
            if stops and (refusal := stopped(_use(judged), stops)) is not None:
                judged = replace(judged, decision=refusal)
            if judged.decision.verdict is not Verdict.ALLOW:
                events.append(decision_event(judged, None, EventKind.BLOCKED, now))
            elif (handoff := await _give_slot(outfit, request, judged, now)) is not None:
                row = handoff.reservation
                reservations.append(row)
                handoffs.append(handoff)
                events.append(decision_event(judged, row, EventKind.DECIDED, now))
        await insert_reservations(conn, reservations)
        await append_events(conn, events)
    return len(requests), handoffs


def _use(judged: Judged) -> Use:
    sender = judged.sender
    template = judged.rendered.template
    return Use(judged.lender.slug, Channel.SMS, "", template, sender.address, sender.provider)


async def _give_slot(
    outfit: Outfit, request: Confirmation, judged: Judged, now: datetime
) -> Handoff | None:
    """Give money and a slot at once; without both, silence is answer enough."""
    lender, sender, parts = judged.lender, judged.sender, judged.rendered.parts
    spend = Spend(
        lender.slug,
        local_date(now, zone(lender.timezone)),
        parts * sender.cost_micros_per_part,
        lender.daily_cap_micros,
    )
    [affordable] = await outfit.budget.take([spend])
    if not affordable:
        return None
    asked = SlotRequest(f"{sender.provider}:{sender.address}", parts, sender.per_second)
    [slot] = await outfit.throttle.take([asked])
    if not slot.granted:
        outfit.budget.untake(spend)
        return None
    wall = outfit.clock.wall_now()
    goes = wall + timedelta(seconds=slot.wait)
    book, account = judged.book, account_for(lender, sender, judged.address)
    reservation = Reservation(
        tenant_id=book.tenant_id,
        person_id=book.person_id,
        contact_id=uuid4(),
        case_id=_NO_CASE,
        step=judged.template,
        occurrence=request.ref,
        try_=1,
        debts=judged.debts,
        channel=Channel.SMS,
        purpose=judged.action.purpose,
        endpoint_id=str(judged.action.endpoint),
        address_hmac=request.address_hmac,
        provider=account,
        sender=sender.address,
        template=judged.rendered.template,
        treatment="",
        at=now,
        send_before=goes + HAND_OFF_WITHIN,
        parts=parts,
        cost_micros=spend.micros,
        mode=lender.mode,
    )
    attempt = Attempt(
        attempt_id=attempt_id(book.person_id, reservation.contact_id),
        channel=Channel.SMS,
        sender=sender.address,
        recipient=judged.address,
        body=judged.rendered.text,
        valid_for=_VALID_FOR,
        reserved_at=wall,
        template=judged.template,
        variables=judged.rendered.variables,
        locale=judged.rendered.locale,
    )
    attempt = as_handed_over(lender, account, attempt)
    return Handoff(reservation, attempt, judged.key, slot.wait, asked, spend)
