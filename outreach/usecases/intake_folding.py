"""Fold a named batch: persons locked and loaded at once, folded in Python, written in batches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from outreach.domain.borrowers import PersonState
from outreach.domain.cases import Case, advance, with_closed
from outreach.domain.deriving import derive_loan
from outreach.domain.folding import (
    effect_of,
    ends_of,
    expand_hold,
    merge_loan,
    merge_person,
    task_of,
)
from outreach.domain.loans import LoanState
from outreach.domain.on_record import about_loan
from outreach.domain.product_rules import USUAL_PRODUCTS, Products
from outreach.domain.refs import signal_digest
from outreach.domain.signals import SignalError
from outreach.domain.statements import ContactTold, LoanTold, ReceiptTold, Told
from outreach.domain.tasks import STANDARD, Deadlines
from outreach.domain.vocabulary import Effect, EventKind, TaskKind
from outreach.facts.zones import zones_of_number
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook
from outreach.store.cases import load_cases, move_cases
from outreach.store.contacts import LogEvent, append_events
from outreach.store.inbox_claim import ClaimedRow
from outreach.store.loans import LoanChange, LoanKey, load_loans, write_loans
from outreach.store.people import (
    PersonChange,
    PersonRow,
    Suppression,
    event_aad,
    load_people,
    load_suppressions,
    write_people,
)
from outreach.store.person_events import PersonEvent, append_person_events
from outreach.store.pool import Connection
from outreach.store.recorded import RecordedContact, record_contacts
from outreach.store.tasks import SettledOfLoan, settle_tasks_of_loans
from outreach.store.vault import ErasedError, Vault
from outreach.usecases.app_receipts import fold_app_receipts
from outreach.usecases.bookkeeping import book_changes, write_differences
from outreach.usecases.hand_off_steps import ToldOf, fold_referrals
from outreach.usecases.intake_naming import Named, Naming
from outreach.usecases.receipt_effects import event_aad as contact_event_aad

_JSON: Final = msgspec.json.Encoder()


@dataclass(slots=True)
class FoldedBatch:
    """What folding a batch came to: persons whose state moved, rows that can't take effect.

    `books` are all that deciding needs of those persons, as far as it was asked for and loaded.
    """

    touched: set[int] = field(default_factory=set)
    refused: list[tuple[ClaimedRow, SignalError]] = field(default_factory=list)
    books: dict[int, PersonBook] = field(default_factory=dict)


@dataclass(slots=True)
class _Loan:
    tenant_id: str
    before: LoanState | None
    now: LoanState


async def fold_named(
    conn: Connection,
    vault: Vault,
    naming: Naming,
    *,
    now: datetime,
    wall_now: datetime,
    books: bool = False,
    deadlines: Deadlines = STANDARD,
    products: Products = USUAL_PRODUCTS,
) -> FoldedBatch:
    """Fold named signals and write what changed: state, history, cases, contacts.

    Naming holds the persons' locks. With `books` the touched persons' books come along, where the
    batch speaks of loans.
    """
    batch = FoldedBatch()
    if not naming.named:
        return batch
    persons = sorted({one.person_id for one in naming.named})
    books = books and any(one.loan_id for one in naming.named)
    people = await _load(conn, vault, naming, persons, whole=books)
    fold = _Fold(people, now, whole=books)
    if any(one.loan_id for one in naming.named):
        numbers = {
            number for one in naming.named if one.told.loan for number, _ in one.told.loan.reports
        }
        stored = await load_loans(conn, persons, whole=True, numbers=numbers)
        fold.loans = {
            (person, loan_id): _Loan(fold.people[person].tenant_id, loan, loan)
            for person, each in stored.items()
            for loan_id, loan in each.items()
        }
    for row, each in _by_row(naming.named):
        try:
            fold.check(each)
        except SignalError as exc:
            batch.refused.append((row, exc))
            continue
        for one in each:
            fold.fold(one)
    await fold.write(conn, vault, deadlines, products)
    await fold_app_receipts(conn, people, fold.receipts, now=now, wall_now=wall_now)
    went_on = await fold_referrals(conn, vault, fold.referrals, now=now)
    batch.touched = fold.touched | went_on
    if books:
        known = fold.books(await load_suppressions(conn, sorted(fold.touched)))
        # Whose case went on has another hold by now: dispatch reads it.
        batch.books = {person: book for person, book in known.items() if person not in went_on}
    return batch


async def _load(
    conn: Connection, vault: Vault, naming: Naming, persons: Sequence[int], *, whole: bool
) -> dict[int, PersonRow]:
    if whole:
        return await load_people(conn, vault, persons)
    about = [one for one in naming.named if one.told.is_about_person]
    return await load_people(
        conn,
        vault,
        persons,
        profiles={one.person_id for one in about if one.told.profile},
        protections=bool(about),
    )


def _by_row(named: Sequence[Named]) -> list[tuple[ClaimedRow, list[Named]]]:
    rows: dict[int, tuple[ClaimedRow, list[Named]]] = {}
    for one in named:
        rows.setdefault(one.row.inbox_id, (one.row, []))[1].append(one)
    return list(rows.values())


class _Fold:
    """The state of one batch while its signals are joined into it."""

    def __init__(self, people: dict[int, PersonRow], now: datetime, *, whole: bool) -> None:
        self.people = people
        self._whole = whole
        self.loans: dict[LoanKey, _Loan] = {}
        self.touched: set[int] = set()
        self.receipts: list[tuple[int, ReceiptTold]] = []
        self.referrals: list[ToldOf] = []
        self._now = now
        self._states: dict[int, PersonState] = {person: row.state for person, row in people.items()}
        self._changed: set[LoanKey] = set()
        self._events: list[PersonEvent] = []
        self._contacts: list[tuple[Named, ContactTold]] = []
        self._cases: dict[LoanKey, Case] = {}
        self._found: list[SettledOfLoan] = []
        self._past: dict[int, tuple[Case, ...]] = {}

    def check(self, named: Sequence[Named]) -> None:
        """Refuse signals that contradict what is stored.

        Raises:
            SignalError: `erased`: there is nobody any more; `currency_disagrees` with the loan.
        """
        for one in named:
            if self.people[one.person_id].key is None:
                raise SignalError("erased", "the person was erased")
            told = one.told.loan
            if told is None or one.loan_id is None:
                continue
            loan = self.loans.get((one.person_id, one.loan_id))
            if loan is not None and loan.now.currency != told.currency:
                raise SignalError("currency_disagrees", "loan.currency")

    def fold(self, named: Named) -> None:
        """Join one signal and note it in the person's history."""
        told = named.told
        if told.contact is not None:
            self._contacts.append((named, told.contact))
        if told.receipt is not None:
            self.receipts.append((named.person_id, told.receipt))
        if told.referral is not None and named.loan_id is not None:
            tenant = self.people[named.person_id].tenant_id
            about = ToldOf(tenant, named.person_id, named.loan_id, told.referral)
            self.referrals.append(about)
        if told.loan is not None and named.loan_id is not None:
            changed = self._fold_loan(named, told.loan, named.loan_id)
            if told.is_about_person:
                changed = self._fold_person(named) or changed
        elif told.is_about_person:
            changed = self._fold_person(named)
        else:
            self._note(named, Effect.RECORDED)
            return
        self._note(named, effect_of(told.signal.type, changed=changed))
        if changed:
            self.touched.add(named.person_id)

    def _fold_loan(self, named: Named, told: LoanTold, loan_id: int) -> bool:
        key = (named.person_id, loan_id)
        loan = self.loans.get(key)
        if loan is None:
            tenant = self.people[named.person_id].tenant_id
            fresh = LoanState(
                loan_id,
                named.told.loans[0],
                named.row.source,
                told.currency,
                lender_timezone=named.told.zone,
            )
            loan = self.loans[key] = _Loan(tenant, None, fresh)
            self._changed.add(key)
        if told.payment is not None and told.payment.told:
            at, check = told.position.at, TaskKind.ALREADY_PAID_CHECK
            self._found.append(SettledOfLoan(named.person_id, loan_id, check, "paid", at))
        merged = merge_loan(loan.now, told)
        if merged is loan.now:
            return key in self._changed and loan.before is None
        loan.now = merged
        self._changed.add(key)
        return True

    def _fold_person(self, named: Named) -> bool:
        before = self._states[named.person_id]
        told = named.told
        holds = [one for hold in told.holds for one in expand_hold(hold, named.loan_ids)]
        after = merge_person(
            before,
            profile=told.profile,
            holds=holds,
            task=task_of(told, named.loan_id),
            ended=ends_of(told, named.loan_id),
            preferences=told.preferences,
            records=[about_loan(one, named.loan_id) for one in told.records],
        )
        self._states[named.person_id] = after
        return after is not before

    def _note(self, named: Named, effect: Effect) -> None:
        row = self.people[named.person_id]
        if row.key is None:
            return
        body = row.key.encrypt(_canonical(named.told, named.row), event_aad(row.person_id))
        self._events.append(
            PersonEvent(
                row.tenant_id,
                row.person_id,
                named.told.signal.type,
                named.row.digest,
                effect,
                body,
            )
        )

    async def write(
        self, conn: Connection, vault: Vault, deadlines: Deadlines, products: Products
    ) -> None:
        """Derive what the joined words amount to, and write what differs."""
        await append_person_events(conn, self._events)
        await self._write_people(conn, vault, deadlines)
        await self._write_contacts(conn)
        await settle_tasks_of_loans(conn, self._found)
        changes: list[LoanChange] = []
        today: dict[LoanKey, date] = {}
        for key in sorted(self._changed):
            loan = self.loans[key]
            after = derive_loan(loan.now)
            changes.append(LoanChange(loan.tenant_id, key[0], loan.before, after))
            today[key] = after.today(self._now)
        if not changes and not self._whole:
            return
        kept = await book_changes(conn, changes, products)
        changes = kept.changes
        await write_loans(conn, changes, today=today)
        await write_differences(conn, kept, now=self._now)
        self._cases, self._past = await load_cases(conn, sorted(self.people))
        moves = []
        for one in changes:
            key = (one.person_id, one.after.loan_id)
            self.loans[key].now = one.after
            move = advance(one.after, self._cases.get(key), today[key])
            if move:
                moves.append((one.tenant_id, one.person_id, move))
                self._cases.pop(key, None)
                self._past[key[0]] = with_closed(self._past.get(key[0], ()), move)
        self._cases |= await move_cases(conn, moves)

    def books(self, suppressions: Mapping[int, tuple[Suppression, ...]]) -> dict[int, PersonBook]:
        """Return the books of the touched persons as they are after writing."""
        loans: dict[int, dict[int, LoanState]] = defaultdict(dict)
        for (person, loan_id), loan in self.loans.items():
            loans[person][loan_id] = loan.now
        cases: dict[int, dict[int, Case]] = defaultdict(dict)
        for (person, loan_id), case in self._cases.items():
            cases[person][loan_id] = case
        return {
            person: PersonBook(
                self.people[person].tenant_id,
                person,
                self.people[person].key,
                self._states[person],
                loans[person],
                cases[person],
                suppressions.get(person, ()),
                self._past.get(person, ()),
            )
            for person in self.touched
        }

    async def _write_contacts(self, conn: Connection) -> None:
        if not self._contacts:
            return
        found: dict[UUID, tuple[RecordedContact, PersonRow]] = {}
        for named, told in self._contacts:
            row = self.people[named.person_id]
            contact_id = UUID(bytes=signal_digest(row.tenant_id, named.row.source, told.ref))
            contact = RecordedContact(
                row.tenant_id,
                row.person_id,
                contact_id,
                named.loan_id or 0,
                told.channel,
                told.purpose,
                told.direction,
                told.endpoint_id,
                told.made_by,
                told.at,
                told.outcome,
                told.recipient_role,
            )
            found.setdefault(contact_id, (contact, row))
        new = await record_contacts(conn, [contact for contact, _ in found.values()])
        await append_events(
            conn, [_log(*found[contact_id], self._now) for contact_id in found if contact_id in new]
        )

    async def _write_people(self, conn: Connection, vault: Vault, deadlines: Deadlines) -> None:
        changes: list[PersonChange] = []
        zones: dict[str, tuple[str, ...]] = {}
        for person, after in self._states.items():
            row = self.people[person]
            if after is row.state or row.key is None:
                continue
            changes.append(PersonChange(row.tenant_id, person, row.key, row.state, after))
            for one in after.profile.endpoints:
                if one.medium == "phone":
                    zones[one.address] = zones_of_number(one.address)
        if changes:
            await write_people(conn, vault, changes, zones=zones, deadlines=deadlines)


def _log(contact: RecordedContact, row: PersonRow, now: datetime) -> LogEvent:
    if row.key is None:
        raise ErasedError
    said = {
        "state": "sent",
        "outcome": contact.outcome,
        "channel": contact.channel,
        "purpose": contact.purpose,
        "direction": contact.direction,
        "endpoint": contact.endpoint_id,
        "made_by": contact.made_by,
        "recipient_role": contact.recipient_role,
        "debts": [contact.loan_id] if contact.loan_id else [],
        "at": contact.at,
    }
    body = row.key.encrypt(encode_body(said), contact_event_aad(row.person_id))
    return LogEvent(row.tenant_id, row.person_id, contact.contact_id, EventKind.RECORDED, now, body)


def _canonical(told: Told, row: ClaimedRow) -> bytes:
    signal = told.signal
    return _JSON.encode(
        {
            "id": signal.id,
            "source": signal.source,
            "type": signal.type,
            "subject": signal.subject,
            "time": signal.time,
            "sequence": signal.sequence,
            "data": signal.data,
            "via": row.source,
        }
    )
