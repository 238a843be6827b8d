"""Write down what people are asked to do: the hand-off, its place in the log, work for somebody."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from outreach.domain.contacts import attempt_id
from outreach.domain.folding import merge_person
from outreach.domain.hand_offs import (
    COURSES,
    PROPOSED,
    SERVICE,
    HandOff,
    HandOffKind,
    Mark,
    hold_of,
)
from outreach.domain.records import dataclass
from outreach.domain.standing import Due
from outreach.domain.tasks import STANDARD, Deadlines
from outreach.domain.vocabulary import EventKind, TaskKind
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook
from outreach.store.contacts import LogEvent, append_events
from outreach.store.hand_offs import HandOffContact, insert_contact, write_hand_off
from outreach.store.people import PersonChange, write_people
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.people_steps import Proposal, waits_for_approval
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.recording import decided_body
from outreach.usecases.tasks import Work, open_task
from outreach.usecases.trying import Looked, Trial

TASKS: Final = {
    HandOffKind.REFERRAL: TaskKind.REFERRAL,
    HandOffKind.VISIT: TaskKind.FIELD_VISIT,
    HandOffKind.PLACEMENT: TaskKind.AGENCY_PLACEMENT,
}
"""Work that a hand-off is to somebody at the lender."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One hand-off that is about to be written, by whom it was asked for and why.

    `wall` is wall time; `step`, `occurrence`, `try_` and `case_id` name the step of a treatment. By
    `deadlines` the work has to be done that it is to somebody.
    """

    book: PersonBook
    key: PersonKey
    proposal: Proposal
    by: str
    at: datetime
    wall: datetime
    mode: str
    body: dict[str, Any]
    step: str
    occurrence: str
    try_: int = 1
    case_id: int = 0
    treatment: str = ""
    deadlines: Deadlines = STANDARD


def proposed_by(looked: Looked) -> Trial | None:
    """Return the way by people that is taken now: one that is allowed, or waits for approval."""
    trial = looked.allowed
    if trial is not None:
        return trial if trial.proposal is not None else None
    waiting = (
        one
        for one in looked.trials
        if one.proposal is not None and waits_for_approval(one.decision)
    )
    return next(waiting, None)


def from_treatment(
    book: PersonBook, key: PersonKey, looked: Looked, now: datetime, wall: datetime
) -> Proposed | None:
    """Return what a treatment has people do now; None where that is nothing."""
    trial = proposed_by(looked)
    due, lender, treatment = looked.answer, looked.lender, looked.treatment
    if trial is None or trial.proposal is None or lender is None or treatment is None:
        return None
    if not isinstance(due, Due):
        return None
    looked = replace(looked, facts=trial.proposal.facts)
    return Proposed(
        book=book,
        key=key,
        proposal=trial.proposal,
        by=SERVICE,
        at=now,
        wall=wall,
        mode=lender.mode,
        body=decided_body(looked, due, trial) | {"debts": [due.standing.loan_id]},
        step=due.step_key,
        occurrence=due.occurrence,
        try_=due.try_number,
        case_id=due.standing.case_id,
        treatment=treatment.ref,
        deadlines=Deadlines({lender.slug: lender.task_deadlines}),
    )


async def write_proposed(conn: Connection, vault: Vault, one: Proposed) -> HandOff:
    """Write a hand-off; where nobody has to approve it, people are let loose at once.

    Raises:
        asyncpg.UniqueViolationError: The same try of the same step exists.
    """
    contact = uuid4()
    hand_off = _hand_off(one, contact)
    book, person = one.book, one.book.person_id
    owner = (book.tenant_id, person, contact)
    await insert_contact(
        conn,
        HandOffContact(
            tenant_id=book.tenant_id,
            person_id=person,
            contact_id=contact,
            case_id=one.case_id,
            step=one.step,
            occurrence=one.occurrence or hand_off.ref,
            try_=one.try_,
            debts=(hand_off.loan_id,),
            channel=hand_off.channel,
            purpose=hand_off.purpose,
            endpoint_id=one.proposal.action.endpoint or "",
            given_to=hand_off.to,
            treatment=one.treatment,
            at=one.at,
            wall=one.wall,
            mode=one.mode,
        ),
    )
    await write_hand_off(conn, owner, one.key, hand_off, one.at)
    body = one.body | {"hand_off": _said(hand_off)}
    blob = one.key.encrypt(encode_body(body), event_aad(person))
    event = LogEvent(book.tenant_id, person, contact, EventKind.DECIDED, one.at, blob)
    await append_events(conn, [event])
    await place_hold(conn, vault, book, one.key, hand_off)
    if (kind := TASKS.get(hand_off.kind)) is not None:
        work = Work(
            book.tenant_id,
            person,
            kind,
            hand_off.ref,
            one.at,
            {"hand_off": hand_off.ref, "needs": list(hand_off.needs)},
            loan_id=hand_off.loan_id,
            case_id=one.case_id or None,
        )
        await open_task(conn, one.key, work, one.deadlines)
    return hand_off


async def place_hold(
    conn: Connection, vault: Vault, book: PersonBook, key: PersonKey, hand_off: HandOff
) -> None:
    """Hold back our own outreach about the loan, or let it go on, as the hand-off has it."""
    hold = hold_of(hand_off)
    after = book.person if hold is None else merge_person(book.person, holds=[hold])
    if after is not book.person:
        change = PersonChange(book.tenant_id, book.person_id, key, book.person, after)
        await write_people(conn, vault, [change], zones={})


def _hand_off(one: Proposed, contact: UUID) -> HandOff:
    proposal = one.proposal
    steps = [PROPOSED] if proposal.needs else [PROPOSED, COURSES[proposal.kind].opening]
    return HandOff(
        ref=attempt_id(one.book.person_id, contact),
        kind=proposal.kind,
        loan_id=int(proposal.action.debts[0]),
        channel=proposal.action.channel,
        purpose=proposal.action.purpose,
        opened_by=one.by,
        marks={step: Mark(step, one.at, one.by) for step in steps},
        needs=proposal.needs,
        policy=proposal.policy,
        to=proposal.to,
        terms={"duties": list(proposal.duties)},
    )


def _said(hand_off: HandOff) -> dict[str, Any]:
    return {
        "ref": hand_off.ref,
        "kind": hand_off.kind,
        "to": hand_off.to,
        "needs": list(hand_off.needs),
        "steps": list(hand_off.marks),
    }
