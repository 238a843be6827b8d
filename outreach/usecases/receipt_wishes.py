"""Do what answers want: record promises, hold what is disputed, open work for people, answer.

What can't be done for certain is left to a person: the words are queued for reading, and the
channel waits where it would have waited anyway.
"""

from collections.abc import Collection, Mapping
from dataclasses import field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from outreach.domain.amounts_said import AmountSaid
from outreach.domain.intents import PROTECTIVE, promised_day
from outreach.domain.loans import LoanState
from outreach.domain.money import EXPONENTS
from outreach.domain.own_words import URI, OwnWord
from outreach.domain.records import dataclass
from outreach.domain.signals import Signal
from outreach.domain.spoken import REPLY_REVIEW
from outreach.domain.vocabulary import Channel, ContactPolicy, HoldKind, Intent, TaskKind
from outreach.facts.assemble import zone_evidence
from outreach.store.confirmations import AnswerKind, Confirmation, about_aad
from outreach.store.loans import load_loans
from outreach.store.people import PersonRow, load_people
from outreach.store.pool import Connection
from outreach.store.protections import ReplyHold
from outreach.store.reading import find_borrower_ref
from outreach.store.tasks import NewTask
from outreach.store.threads import Thread
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.matters import Matter, matter_signals
from outreach.usecases.promising import OWN_PROMISES, owed_by, promise_signal, superseding
from outreach.usecases.receipt_effects import CalledPromise, Effects, Wish
from outreach.usecases.reviewing import review_note
from outreach.usecases.tasks import Work, new_task


class LenderLike(Protocol):
    """The part of a configured lender that is asked for."""

    @property
    def timezone(self) -> str:
        """Zone of its book calendar."""

    @property
    def paid_claim_hold(self) -> timedelta:
        """How long nobody is asked for money who says that it was paid."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """One wish with all that is known of whose it is."""

    wish: Wish
    person: PersonRow
    key: PersonKey
    borrower: str | None
    loans: Mapping[int, LoanState] = field(repr=False)
    lender: LenderLike | None
    now: datetime

    @property
    def zone(self) -> str:
        """Of the lender's calendar."""
        return self.lender.timezone if self.lender is not None else "UTC"

    @property
    def refs(self) -> dict[str, int]:
        """The person's loans by reference."""
        return {loan.ref: loan_id for loan_id, loan in self.loans.items()}

    def debts(self, thread: Thread | None) -> list[LoanState]:
        """Return the open loans that the words are about; empty: nobody can tell which."""
        if thread is None or not thread.is_sure:
            return []
        known = [self.loans[one] for one in thread.debts if one in self.loans]
        return [loan for loan in known if loan.is_open]


async def act_on_wishes(
    conn: Connection,
    vault: Vault,
    effects: Effects,
    lenders: Mapping[str, LenderLike],
) -> None:
    """Turn what answers want into signals, holds, tasks and answers, gathered with the rest.

    Args:
        conn: In the transaction that holds the persons' locks.
        vault: Keys.
        effects: With the wishes, and where changes are gathered.
        lenders: By slug.
    """
    persons = sorted(
        {one.person_id for one in effects.wishes} | {one.person_id for one in effects.promised}
    )
    if not persons:
        return
    people = await load_people(conn, vault, persons)
    loans = await load_loans(conn, persons, whole=True)
    for promise in effects.promised:
        _record_called(effects, promise, loans.get(promise.person_id, {}), lenders)
    for wish in effects.wishes:
        row = people.get(wish.person_id)
        if row is None or row.key is None:
            continue
        desk = _Desk(
            wish,
            row,
            row.key,
            await find_borrower_ref(conn, wish.person_id),
            loans.get(wish.person_id, {}),
            lenders.get(wish.tenant),
            effects.now,
        )
        if not _act(effects, desk):
            leave_to_people(effects, desk.key, wish)


def leave_to_people(effects: Effects, key: PersonKey | None, wish: Wish) -> None:
    """Queue the words for a person, once; the channel waits where the reading says so."""
    message, person, now = wish.message, wish.person_id, effects.now
    if wish.reply.needs_reading:
        note = review_note(key, person, message.text, wish.reply, message.channel, wish.address)
        due_at = effects.deadlines.due(wish.tenant, REPLY_REVIEW, now)
        task = NewTask(wish.tenant, person, REPLY_REVIEW, message.ref, now, due_at, note)
        effects.tasks.append(task)
    if wish.reply.holds:
        case, evidence = f"reply:{message.ref}", f"reply {message.ref}: {wish.reply.rule}"
        effects.holds.append(ReplyHold(wish.tenant, person, case, message.channel, now, evidence))
        effects.look_again(person, now)


def _act(effects: Effects, desk: _Desk) -> bool:
    """Do all that is wanted; False: something is left for a person."""
    wanted = desk.wish.wanted.intents
    if not desk.wish.wanted.is_whole:
        # Words that aren't clear were queued already; what protects is taken from them anyway.
        for intent in wanted & PROTECTIVE:
            _bring_forward(effects, desk, intent)
        return True
    done = [_DOERS[intent](effects, desk) for intent in sorted(wanted) if intent in _DOERS]
    done += [_bring_forward(effects, desk, intent) for intent in sorted(wanted & PROTECTIVE)]
    return all(done)


def _promise(effects: Effects, desk: _Desk) -> bool:
    """Record a promise whose day, loan and sum are plain, and which nothing else stands against."""
    wish = desk.wish
    day, debts = _day(desk), desk.debts(wish.thread)
    if day is None or not debts or wish.wanted.intents & PROTECTIVE:
        return False
    shares = _shares(wish.wanted.amount, debts, day, desk.now)
    if not shares:
        return False
    for loan, minor in shares:
        ref = f"reply-{wish.message.ref}-{loan.loan_id}"
        for signal in (
            *superseding(URI, OWN_PROMISES, _without(loan, ref), desk.now),
            promise_signal(URI, ref, loan, minor, day, desk.now),
        ):
            _tell(effects, desk, signal)
    first = shares[0][0]
    about = {
        "loan": first.loan_id,
        "amount": sum(minor for _, minor in shares),
        "day": day.isoformat(),
    }
    _answer(effects, desk, "promise", about)
    return True


def _without(loan: LoanState, ref: str) -> LoanState:
    """Return a loan without one promise: a second delivery of it must not end itself."""
    return replace(loan, promises={r: one for r, one in loan.promises.items() if r != ref})


def _day(desk: _Desk) -> date | None:
    """Return the day that was promised, in the borrower's calendar; of two the later."""
    if desk.wish.wanted.day is not None:
        return desk.wish.wanted.day
    zones = zone_evidence(desk.person.state)
    said = [one.zone for one in zones if one.kind == "declared"] or [one.zone for one in zones]
    todays = {desk.now.astimezone(ZoneInfo(zone)).date() for zone in said or [desk.zone]}
    days = [promised_day(desk.wish.message.text, today) for today in todays]
    return max((day for day in days if day is not None), default=None)


def _shares(
    amount: AmountSaid, debts: Collection[LoanState], day: date, now: datetime
) -> list[tuple[LoanState, int]]:
    """Divide what was promised over the loans, in their order; what is owed bounds each."""
    owed = [(loan, owed_by(loan, day, now)) for loan in debts]
    total = sum(minor for _, minor in owed)
    exponent = EXPONENTS[owed[0][0].currency]
    left, shares = amount.minor(total, exponent), []
    for loan, minor in owed:
        share = min(left, minor)
        if share:
            shares.append((loan, share))
        left -= share
    return shares


def _record_called(
    effects: Effects,
    promise: CalledPromise,
    loans: Mapping[int, LoanState],
    lenders: Mapping[str, LenderLike],
) -> None:
    """Record what was promised in a call for all that its loans owe."""
    lender = lenders.get(promise.tenant)
    refs = {loan.ref: loan_id for loan_id, loan in loans.items()}
    for loan in (loans[one] for one in promise.debts if one in loans):
        minor = owed_by(loan, promise.day, effects.now)
        if not loan.is_open or not minor:
            continue
        ref = f"call-{promise.contact_id.hex}-{loan.loan_id}"
        signal = promise_signal(URI, ref, loan, minor, promise.day, effects.now)
        zone = lender.timezone if lender is not None else "UTC"
        effects.own.append(OwnWord(promise.tenant, promise.person_id, signal, refs, zone))


def _paid(effects: Effects, desk: _Desk) -> bool:
    """Ask for no money for a few days, and have somebody look for the payment."""
    wish, lender = desk.wish, desk.lender
    if lender is None:
        return False
    debts = desk.debts(wish.thread)
    until = desk.now + lender.paid_claim_hold
    if desk.borrower is None:
        return False
    for ref in [loan.ref for loan in debts] or [""]:
        hold = {
            "id": f"paid:{wish.message.ref}",
            "kind": HoldKind.REVIEW,
            "contact_policy": ContactPolicy.PAUSE_COLLECTION,
            "until": until.isoformat(),
            "evidence": "says that it was paid",
            "loans": [ref] if ref else [],
        }
        data = {"borrower": {"id": desk.borrower}, "hold": hold}
        _tell(effects, desk, _signal(desk, "hold.placed", data, ref))
    _open(effects, desk, TaskKind.ALREADY_PAID_CHECK, debts)
    return True


def _wrong_number(effects: Effects, desk: _Desk) -> bool:
    """Take the address out for this borrower; whom it reached wasn't the borrower."""
    at = (desk.wish.person_id, desk.wish.address)
    effects.wrong_addresses.add(at)
    effects.misdirected.add(at)
    _open(effects, desk, TaskKind.WRONG_NUMBER, ())
    effects.look_again(desk.wish.person_id, desk.now)
    return True


def _language(effects: Effects, desk: _Desk) -> bool:
    """Write in another language from now on, and say so in it."""
    if desk.borrower is None:
        return False
    locale = desk.wish.wanted.language
    told = {"id": desk.borrower, "partial": True, "locale": locale}
    # Newer than all that is known, and older than the next that the platform tells.
    version = desk.person.state.profile.version + 1
    data = {"borrower": told, "changed": ["locale"], "version": version}
    _tell(effects, desk, _signal(desk, "borrower.updated", data, "language"))
    _answer(effects, desk, "language", {"locale": locale})
    return True


def _payoff(effects: Effects, desk: _Desk) -> bool:
    """Have somebody work out what pays the loan off."""
    _open(effects, desk, TaskKind.PAYOFF_QUOTE, desk.debts(desk.wish.thread))
    return True


def _bring_forward(effects: Effects, desk: _Desk, intent: Intent) -> bool:
    """Hold what is disputed, or what cannot be paid, and have somebody decide."""
    wish = desk.wish
    if desk.borrower is None:
        return False
    loans = tuple(loan.ref for loan in desk.debts(wish.thread))
    ref = f"reply:{wish.message.ref}"
    matter = Matter(intent, ref, desk.borrower, loans, wish.message.text, wish.message.channel)
    for signal in matter_signals(matter, source=URI, now=desk.now):
        _tell(effects, desk, signal)
    return True


def _open(effects: Effects, desk: _Desk, kind: TaskKind, debts: Collection[LoanState]) -> None:
    wish, message = desk.wish, desk.wish.message
    about: dict[str, Any] = {"text": message.text, "channel": message.channel}
    if wish.thread is not None:
        about["case"] = f"{wish.thread.case_id} ({wish.thread.how})"
    loan_id = next((loan.loan_id for loan in debts), None)
    case_id = (wish.thread.case_id or None) if wish.thread is not None else None
    work = Work(wish.tenant, wish.person_id, kind, message.ref, desk.now, about, loan_id, case_id)
    effects.tasks.append(new_task(desk.key, work, effects.deadlines))


def _signal(desk: _Desk, type_: str, data: Mapping[str, Any], of: str) -> Signal:
    ref = f"{desk.wish.message.ref}:{type_}:{of}"
    return Signal(ref, URI, type_, f"borrower/{desk.borrower}", desk.now, None, data)


def _tell(effects: Effects, desk: _Desk, signal: Signal) -> None:
    word = OwnWord(desk.wish.tenant, desk.wish.person_id, signal, desk.refs, desk.zone)
    effects.own.append(word)
    effects.look_again(desk.wish.person_id, desk.now)


def _answer(effects: Effects, desk: _Desk, kind: AnswerKind, about: Mapping[str, Any]) -> None:
    """Ask for one automatic answer by the same channel, where rules and words allow it."""
    wish, message = desk.wish, desk.wish.message
    if message.channel is not Channel.SMS:
        return
    blob = desk.key.encrypt(msgspec.json.encode(about), about_aad(wish.person_id))
    sender = message.to_addresses[0] if message.to_addresses else ""
    effects.confirmations.append(
        Confirmation(
            wish.tenant,
            wish.person_id,
            message.ref,
            wish.address,
            sender,
            desk.now,
            by_keyword=False,
            kind=kind,
            about=blob,
        )
    )


_DOERS: Final = {
    Intent.PROMISE: _promise,
    Intent.PAID: _paid,
    Intent.WRONG_NUMBER: _wrong_number,
    Intent.LANGUAGE: _language,
    Intent.PAYOFF: _payoff,
}
