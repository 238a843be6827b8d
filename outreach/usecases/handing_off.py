"""Take the steps of a hand-off: ask for one, approve it, tell how it went on.

Whoever takes a step holds the person's lock and decides on what is known then, as dispatch does: a
payment or a dispute that came after somebody asked for a visit stops its approval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from outreach.domain.contacts import parse_attempt_id
from outreach.domain.decisions import Verdict
from outreach.domain.folding import merge_person
from outreach.domain.hand_offs import (
    COURSES,
    HandOff,
    HandOffError,
    HandOffKind,
    Mark,
    is_open,
    state_of,
    take,
)
from outreach.domain.on_record import Approval
from outreach.domain.record_words import check_approval
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.domain.vocabulary import Channel
from outreach.facts.addresses import addresses_of
from outreach.facts.assemble import facts_of
from outreach.store import hand_offs as store
from outreach.store.agenda import lock_persons, wake
from outreach.store.aliases import find_aliases
from outreach.store.books import PersonBook, load_books
from outreach.store.contacts import list_ledger
from outreach.store.hand_offs import KeptHandOff
from outreach.store.pauses import Use, list_stops
from outreach.store.people import PersonChange, write_people
from outreach.store.pool import Connection, Pool
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.by_hand import by_hand, log_refusal
from outreach.usecases.considering import Considering, lender_facts
from outreach.usecases.hand_off_steps import save_step
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.modes import live_lenders
from outreach.usecases.people_steps import ACTIONS, Proposal, is_owed, propose
from outreach.usecases.planning import LEDGER_SPAN
from outreach.usecases.proposing import write_proposed
from outreach.usecases.trying import explained, stopped


class Outfit(Protocol):
    """What taking steps takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Packs, treatments, lenders."""


class NotFoundError(LookupError):
    """There is no such loan or hand-off, or its person was erased."""


class RefusedError(Exception):
    """Rules stop it; `reasons` are as the log keeps them."""

    def __init__(self, reasons: Sequence[Mapping[str, Any]], until: datetime | None) -> None:
        super().__init__(", ".join(str(one["rule"]) for one in reasons))
        self.reasons = tuple(reasons)
        self.until = until


@dataclass(frozen=True, slots=True)
class Approver:
    """Who approves, what they are to the lender, and what it rests on."""

    by: str
    role: str
    evidence: str = ""


async def open_by_hand(
    outfit: Outfit,
    tenant: str,
    loan_ref: str,
    kind: HandOffKind,
    *,
    by: str,
    to: str = "",
    now: datetime,
    wall: datetime,
) -> KeptHandOff:
    """Ask people to do something about a loan, if the rules let it be asked.

    Args:
        outfit: Parts of the runtime.
        tenant: Slug of the lender.
        loan_ref: The platform's name of the loan.
        kind: What they are to do.
        by: Who asks.
        to: Slug of the agency, or who takes the case.
        now: Business time.
        wall: Wall time.

    Raises:
        NotFoundError: The lender has no such loan.
        RefusedError: The rules stop it; that is in the log.
        HandOffError: `exists`: one of this kind is open for the loan; `nothing_owed`;
            `no_address`: nobody knows where the borrower lives.
    """
    refusal, ref = None, ""
    async with outfit.db.acquire() as conn, conn.transaction():
        digest = ref_digest(tenant, "loan", loan_ref)
        alias = (await find_aliases(conn, [digest])).get(digest)
        if alias is None or alias.loan_id is None:
            raise NotFoundError(loan_ref)
        book, key = await _lock(conn, outfit, alias.person_id)
        lender = outfit.considering.rulebook.lenders[tenant]
        known = await store.load_of_persons(conn, outfit.vault, [book.person_id])
        for one in known:
            same = (one.hand_off.kind, one.hand_off.loan_id) == (kind, alias.loan_id)
            if same and is_open(one.hand_off):
                raise HandOffError("exists", f"{one.hand_off.ref} is {state_of(one.hand_off)}")
        _check_owed(book, alias.loan_id)
        if kind is HandOffKind.VISIT and Channel.VISIT not in addresses_of(book.person):
            raise HandOffError("no_address", "nobody told where the borrower lives")
        proposal = await judge(
            conn, outfit, book, lender, ACTIONS[kind], alias.loan_id, to=to, now=now
        )
        if proposal.may_be_made:
            proposed = by_hand(book, key, proposal, lender, by, now, wall)
            ref = (await write_proposed(conn, outfit.vault, proposed)).ref
            await wake(conn, [book.person_id], now=now)
        else:
            await log_refusal(conn, book, key, proposal, now)
            refusal = _refused(proposal)
    if refusal is not None:
        raise refusal
    return await find(outfit, ref)


async def approve(
    outfit: Outfit,
    ref: str,
    approver: Approver,
    *,
    now: datetime,
    terms: dict[str, Any],
    kind: HandOffKind | None = None,
) -> KeptHandOff:
    """Approve a hand-off, which lets people loose, if the rules still allow it.

    Args:
        outfit: Parts of the runtime.
        ref: Our name of it.
        approver: Who approves; never who asked for it.
        now: Business time.
        terms: What is settled with it, such as who goes.
        kind: What it must be; any if None.

    Raises:
        NotFoundError: There is none, or it is of another kind.
        HandOffError: It isn't waiting for approval, or by the one who asked for it;
            `nothing_owed`: not any more.
        RefusedError: The rules stop it by now; nothing was approved.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        kept, book, key = await _locked(conn, outfit, ref)
        hand_off = kept.hand_off
        if kind is not None and hand_off.kind is not kind:
            raise NotFoundError(ref)
        _check_owed(book, hand_off.loan_id)
        opening = COURSES[hand_off.kind].opening
        told = {"evidence": approver.evidence} if approver.evidence else {}
        after = take(hand_off, Mark(opening, now, approver.by, told))
        approvals = [_approval(hand_off, subject, approver, now) for subject in hand_off.needs]
        for one in approvals:
            check_approval(one)
        person = merge_person(book.person, records=approvals)
        if person is not book.person:
            change = PersonChange(book.tenant_id, book.person_id, key, book.person, person)
            await write_people(conn, outfit.vault, [change], zones={})
            book = replace(book, person=person)
        lender = outfit.considering.rulebook.lenders[kept.tenant_id]
        action = (hand_off.channel, hand_off.purpose)
        proposal = await judge(
            conn, outfit, book, lender, action, hand_off.loan_id, to=hand_off.to, now=now
        )
        if proposal.decision.verdict is not Verdict.ALLOW:
            raise _refused(proposal)
        used = Use(kept.tenant_id, hand_off.channel, "", "", "", "")
        if (paused := stopped(used, await list_stops(conn))) is not None:
            raise RefusedError([explained(one) for one in paused.reasons], None)
        duties = list(proposal.duties)
        after = replace(after, terms={**after.terms, "duties": duties, **terms})
        await save_step(conn, outfit.vault, kept, after, book, after.marks[opening], now)
    return await find(outfit, ref)


async def take_step(
    outfit: Outfit,
    ref: str,
    step: str,
    *,
    by: str,
    told: Mapping[str, str],
    now: datetime,
    kind: HandOffKind | None = None,
) -> KeptHandOff:
    """Record the next step of a hand-off, as somebody here tells of it.

    Args:
        outfit: Parts of the runtime.
        ref: Our name of it.
        step: Which; the opening step is `approve`'s.
        by: Who says so.
        told: What there is to say: court, case number, reason.
        now: Business time of the step.
        kind: What it must be; any if None.

    Raises:
        NotFoundError: There is none, or it is of another kind.
        HandOffError: The step can't be taken now.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        kept, book, _ = await _locked(conn, outfit, ref)
        if kind is not None and kept.hand_off.kind is not kind:
            raise NotFoundError(ref)
        if step == COURSES[kept.hand_off.kind].opening:
            raise HandOffError("not_now", "somebody has to approve it")
        mark = Mark(step, now, by, told)
        await save_step(conn, outfit.vault, kept, take(kept.hand_off, mark), book, mark, now)
    return await find(outfit, ref)


async def find(outfit: Outfit, ref: str) -> KeptHandOff:
    """Return one hand-off.

    Raises:
        NotFoundError: There is none, or its person was erased.
    """
    person, contact = _named(ref)
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        kept = await store.find_hand_off(conn, outfit.vault, person, contact)
    if kept is None:
        raise NotFoundError(ref)
    return kept


async def judge(
    conn: Connection,
    outfit: Outfit,
    book: PersonBook,
    lender: LenderPlan,
    action: tuple[str, str],
    loan_id: int,
    *,
    to: str = "",
    now: datetime,
) -> Proposal:
    """Judge a step of people about a loan on what is known at business time `now`."""
    cases = [case.case_id for case in book.cases.values()]
    rulebook = outfit.considering.rulebook
    ledger = await list_ledger(
        conn,
        [book.person_id],
        since=now - LEDGER_SPAN,
        cases=[0, *cases],
        live=live_lenders(rulebook.lenders.values()),
    )
    facts = facts_of(
        book.person,
        tuple(book.loans.values()),
        book.cases,
        past=ledger.get(book.person_id, []),
        suppressed=book.suppressions,
        lender=lender_facts(lender),
        now=now,
    )
    judgment = rulebook.judgment(lender, facts)
    return propose(action, loan_id, lender=lender, facts=facts, judgment=judgment, now=now, to=to)


def _named(ref: str) -> tuple[int, UUID]:
    named = parse_attempt_id(ref)
    if named is None:
        raise NotFoundError(ref)
    return named.person_id, UUID(hex=named.contact_id)


async def _locked(
    conn: Connection, outfit: Outfit, ref: str
) -> tuple[KeptHandOff, PersonBook, PersonKey]:
    person, contact = _named(ref)
    await lock_persons(conn, [person])
    kept = await store.find_hand_off(conn, outfit.vault, person, contact)
    if kept is None:
        raise NotFoundError(ref)
    book = (await load_books(conn, outfit.vault, [person]))[person]
    return kept, book, kept.key


async def _lock(conn: Connection, outfit: Outfit, person: int) -> tuple[PersonBook, PersonKey]:
    await lock_persons(conn, [person])
    book = (await load_books(conn, outfit.vault, [person])).get(person)
    if book is None or book.key is None:
        raise NotFoundError(person)
    return book, book.key


def _check_owed(book: PersonBook, loan_id: int) -> None:
    if not is_owed(book.loans.get(loan_id)):
        raise HandOffError("nothing_owed", "the loan is paid, closed or sold")


def _approval(hand_off: HandOff, subject: str, approver: Approver, now: datetime) -> Approval:
    return Approval(
        f"{hand_off.ref}:{subject}",
        now,
        subject=subject,
        role=approver.role,
        by=approver.by,
        requested_by=hand_off.opened_by,
        loan_id=hand_off.loan_id,
        channel=hand_off.channel,
        purpose=hand_off.purpose,
        evidence=approver.evidence,
    )


def _refused(proposal: Proposal) -> RefusedError:
    reasons = [explained(one) for one in proposal.decision.reasons]
    return RefusedError(reasons, proposal.decision.until)
