"""Write what providers answered: one transaction for a group of answers, consequences included."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, assert_never
from uuid import UUID

import msgspec

from outreach.channels.provider import (
    Accepted,
    Provider,
    Rejected,
    StatusUpdate,
    Unknown,
)
from outreach.domain.contacts import Report, outcome_of
from outreach.domain.vocabulary import DeliveryState, EventKind, Outcome
from outreach.store.agenda import lock_persons
from outreach.store.contacts import (
    LogEvent,
    Settlement,
    append_events,
    remember_refs,
    settle,
)
from outreach.store.pool import Connection, Pool
from outreach.store.receipts import list_contacts
from outreach.store.statements_sent import OCCURRENCE, follow_statements
from outreach.usecases.receipt_effects import Effects, event_aad
from outreach.usecases.receipt_statuses import fold_status
from outreach.usecases.sending import Answered, Released


class Outfit(Protocol):
    """What settling takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where contacts are."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """For whether their references have to be indexed."""


async def settle_answers(
    outfit: Outfit, answers: Sequence[Answered], *, now: datetime, wall_now: datetime
) -> None:
    """Settle a group of handoffs.

    A callback may have come before the answer: a state that it advanced stays. What was refused or
    released puts the person back on the agenda, unless the error says that people must look first.

    Args:
        outfit: Parts of the runtime.
        answers: One per reservation, in any order.
        now: Business time, of log rows.
        wall_now: Wall time of the settlement.
    """
    effects = Effects(now)
    settlements: list[Settlement] = []
    events: list[LogEvent] = []
    refs = []
    refused: list[tuple[Answered, Rejected]] = []
    for answer in answers:
        row = answer.handoff.reservation
        match answer.result:
            case Rejected() as rejected:
                refused.append((answer, rejected))
                continue
            case Accepted(ref=ref, state=state, parts=parts):
                outcome = outcome_of(answer.handoff.attempt.channel, state)
                settled = Settlement(
                    row.person_id, row.contact_id, state, outcome, None, None, ref, wall_now, parts
                )
                kind, said = EventKind.ACCEPTED, {"ref": ref, "state": state, "parts": parts}
                if outfit.providers[row.provider].capabilities.echo == "none":
                    refs.append((row.provider, ref, row.person_id, row.contact_id))
            case Unknown(why=why):
                settled = _settled(answer, DeliveryState.UNKNOWN, Outcome.PENDING, wall_now)
                kind, said = EventKind.UNKNOWN, {"why": why}
            case Released(why=why):
                settled = _settled(answer, DeliveryState.RELEASED, Outcome.RELEASED, wall_now)
                kind, said = EventKind.RELEASED, {"why": why}
                effects.look_again(row.person_id, now)
            case never:
                assert_never(never)
        settlements.append(settled)
        body = answer.handoff.key.encrypt(msgspec.json.encode(said), event_aad(row.person_id))
        events.append(LogEvent(row.tenant_id, row.person_id, row.contact_id, kind, now, body))
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [one.handoff.reservation.person_id for one in answers])
        await settle(conn, settlements)
        await follow_statements(conn, _statements(answers), now=now)
        await append_events(conn, events)
        await remember_refs(conn, refs)
        if refused:
            await _fold_refusals(conn, effects, refused)
        await effects.write(conn, wall_now=wall_now)


def _statements(answers: Sequence[Answered]) -> list[tuple[int, UUID]]:
    """Return the contacts that answer a request for a statement."""
    rows = [one.handoff.reservation for one in answers]
    return [
        (row.person_id, row.contact_id) for row in rows if row.occurrence.startswith(OCCURRENCE)
    ]


def _settled(
    answer: Answered, state: DeliveryState, outcome: Outcome, wall_now: datetime
) -> Settlement:
    row = answer.handoff.reservation
    return Settlement(row.person_id, row.contact_id, state, outcome, None, None, None, wall_now)


async def _fold_refusals(
    conn: Connection, effects: Effects, refused: Sequence[tuple[Answered, Rejected]]
) -> None:
    """Merge refusals as receipts are merged, with the same consequences."""
    wanted = {
        (one.handoff.reservation.person_id, one.handoff.reservation.contact_id)
        for one, _ in refused
    }
    effects.contacts = await list_contacts(conn, wanted)
    for answer, rejected in refused:
        row = answer.handoff.reservation
        at = (row.person_id, row.contact_id)
        report = Report(
            DeliveryState.FAILED,
            rejected.error,
            rejected.code,
            counted=rejected.contact_counted,
        )
        update = StatusUpdate(None, None, report, scope=rejected.scope, alert=rejected.alert)
        raw = {"answer": "rejected", "code": rejected.code}
        await fold_status(conn, effects, answer.handoff.key, at, update, raw, EventKind.REJECTED)
        if rejected.retry_after is not None:
            effects.dues[row.person_id] = max(
                effects.dues.get(row.person_id, effects.now), effects.now + rejected.retry_after
            )
