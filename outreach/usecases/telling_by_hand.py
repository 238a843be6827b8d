"""What somebody at the lender tells of a borrower: a call they made or took, and what was said.

A call made by people is a contact that counts towards caps as any other; what was promised or
disputed in it folds as it does from anywhere else. All of it is written at once, or nothing.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from outreach.domain.loans import LoanState
from outreach.domain.manual_calls import COUNTED, CallResult, disposition_of
from outreach.domain.own_words import OwnWord
from outreach.domain.records import dataclass
from outreach.domain.refs import signal_digest
from outreach.domain.signals import Signal
from outreach.domain.tasks import Deadlines
from outreach.domain.vocabulary import EventKind, Intent, Purpose, TaskKind
from outreach.store.agenda import lock_persons, wake
from outreach.store.bodies import encode_body
from outreach.store.calls import mark_wrong_party, set_dispositions
from outreach.store.contacts import LogEvent, append_events
from outreach.store.loans import load_loans
from outreach.store.people import PersonRow, load_people
from outreach.store.pool import Connection, Pool
from outreach.store.reading import find_borrower_ref
from outreach.store.vault import ErasedError, PersonKey, Vault
from outreach.usecases.matters import Matter, matter_signals
from outreach.usecases.own_words import fold_own_words
from outreach.usecases.promising import OWN_PROMISES, owed_by, promise_signal, superseding
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.tasks import Work, open_task

SOURCE: Final = "operators"
URI: Final = "urn:outreach:operator"
FURTHEST_PROMISE: Final = timedelta(days=366)
LONGEST_NOTE: Final = 2000
CALL: Final = "call.recorded"
PROMISED: Final = "promise_to_pay.created"
_AHEAD: Final = timedelta(minutes=5)
_OLDEST_CALL: Final = timedelta(days=31)


class Outfit(Protocol):
    """What telling takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


class NotToldError(ValueError):
    """It can't have been so; `code` is stable and says what to mend.

    Codes: `loan` (not a loan of theirs, or closed), `day` (not between today and a year from now),
    `amount` (nothing, or more than is owed by that day), `at` (ahead of now, or too long ago),
    `said` (only who was spoken to can have said something), `endpoint` (no number of theirs),
    `borrower` (nobody told yet whose loan it is), `folded` (it contradicts what is stored).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PromiseTold:
    """A promise: which loan, how much in its minor units, by when in the lender's calendar."""

    loan_id: int
    amount_minor: int
    day: date


@dataclass(frozen=True, slots=True)
class CallTold:
    """A call, as whoever made or took it tells of it.

    Attributes:
        result: What came of it.
        at: When.
        loan_id: What it was about.
        endpoint_id: Which of the borrower's numbers; "" if it isn't known.
        said: What the borrower said: `promise`, `refused`, `dispute`, `hardship`, `complaint`, or
            "" for nothing of the kind.
        promise: With `promise`.
        note: In whose own words; read as any agent's note is.
    """

    result: CallResult
    at: datetime
    loan_id: int
    endpoint_id: str = ""
    said: str = ""
    promise: PromiseTold | None = None
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Whose it is, locked, with all that is known of their loans."""

    row: PersonRow
    key: PersonKey
    loans: Mapping[int, LoanState]
    borrower: str | None
    by: str
    now: datetime

    def loan(self, loan_id: int) -> LoanState:
        loan = self.loans.get(loan_id)
        if loan is None or not loan.is_open:
            raise NotToldError("loan")
        return loan

    def word(self, signal: Signal) -> OwnWord:
        refs = {loan.ref: loan_id for loan_id, loan in self.loans.items()}
        zone = next(iter(self.loans.values())).lender_timezone
        return OwnWord(self.row.tenant_id, self.row.person_id, signal, refs, zone, SOURCE)

    def log(self, type_: str, said: Mapping[str, Any]) -> LogEvent:
        body = encode_body({"by": self.by, "type": type_, "said": said, "at": self.now})
        blob = self.key.encrypt(body, event_aad(self.row.person_id))
        row = self.row
        return LogEvent(row.tenant_id, row.person_id, None, EventKind.OPERATOR, self.now, blob)


async def record_promise(
    outfit: Outfit,
    person_id: int,
    told: PromiseTold,
    *,
    by: str,
    now: datetime,
    wall: datetime,
    deadlines: Deadlines,
) -> str:
    """Record a promise that somebody was given; returns its reference. Contacts pause for it.

    Args:
        outfit: Pool and keys.
        person_id: Whose.
        told: What was promised.
        by: Who was told; kept in the log.
        now: Business time.
        wall: Wall time.
        deadlines: By when work has to be done.

    Raises:
        ErasedError: There is nobody any more.
        NotToldError: It can't have been so.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        desk = await _open(conn, outfit.vault, person_id, by, now)
        ref, words = _promise(desk, told)
        said = {"loan": told.loan_id, "amount": told.amount_minor, "day": told.day.isoformat()}
        await _fold(conn, outfit.vault, words, now=now, wall=wall, deadlines=deadlines)
        await append_events(conn, [desk.log(PROMISED, said)])
        await wake(conn, [person_id], now=now)
    return ref


async def record_call(
    outfit: Outfit,
    person_id: int,
    told: CallTold,
    *,
    by: str,
    now: datetime,
    wall: datetime,
    deadlines: Deadlines,
) -> UUID:
    """Record a call that people made or took; returns the contact's id. Caps count it.

    Args and errors as of `record_promise`.
    """
    if told.at > now + _AHEAD or told.at < now - _OLDEST_CALL:
        raise NotToldError("at")
    counted = COUNTED[told.result]
    if (told.said or told.promise) and not counted.is_of_borrower:
        raise NotToldError("said")
    async with outfit.db.acquire() as conn, conn.transaction():
        desk = await _open(conn, outfit.vault, person_id, by, now)
        ref = f"operator-{uuid4().hex}"
        words = [desk.word(_contact(desk, told, ref))]
        if told.promise is not None:
            words += _promise(desk, told.promise)[1]
        if told.said in {Intent.DISPUTE, Intent.HARDSHIP, Intent.COMPLAINT}:
            words += _matter(desk, told, ref)
        await _fold(conn, outfit.vault, words, now=now, wall=wall, deadlines=deadlines)
        contact = UUID(bytes=signal_digest(desk.row.tenant_id, SOURCE, ref))
        judged = disposition_of(told.result, told.said)
        if judged is not None:
            await set_dispositions(conn, {(person_id, contact): judged})
        if told.result is CallResult.WRONG_NUMBER:
            await _give_up_number(conn, outfit.vault, desk, told, ref, deadlines)
        said = {"result": told.result, "said": told.said, "contact": contact.hex}
        await append_events(conn, [desk.log(CALL, said)])
        await wake(conn, [person_id], now=now)
    return contact


async def _open(conn: Connection, vault: Vault, person_id: int, by: str, now: datetime) -> _Desk:
    await lock_persons(conn, [person_id])
    row = (await load_people(conn, vault, [person_id])).get(person_id)
    if row is None or row.key is None:
        raise ErasedError
    loans = (await load_loans(conn, [person_id], whole=True)).get(person_id, {})
    if not loans:
        raise NotToldError("loan")
    return _Desk(row, row.key, loans, await find_borrower_ref(conn, person_id), by, now)


def _contact(desk: _Desk, told: CallTold, ref: str) -> Signal:
    loan, counted = desk.loan(told.loan_id), COUNTED[told.result]
    numbers = {one.endpoint_id for one in desk.row.state.profile.endpoints if one.medium == "phone"}
    if told.endpoint_id and told.endpoint_id not in numbers:
        raise NotToldError("endpoint")
    late = any(
        one.outstanding_minor > 0 and one.due_on < loan.today(desk.now) for one in loan.installments
    )
    contact = {
        "id": ref,
        "channel": "call",
        "purpose": Purpose.COLLECTION if late else Purpose.SERVICING_REMINDER,
        "at": told.at.isoformat(),
        "outcome": counted.outcome,
        "direction": counted.direction,
        "made_by": desk.row.tenant_id,
        "endpoint": told.endpoint_id,
        "recipient": counted.recipient,
        "note": told.note[:LONGEST_NOTE],
    }
    data = {"loan": {"id": loan.ref, "currency": loan.currency}, "contact": contact}
    return Signal(ref, URI, "contact.recorded", f"loan/{loan.ref}", desk.now, None, data)


def _promise(desk: _Desk, told: PromiseTold) -> tuple[str, list[OwnWord]]:
    loan, today = desk.loan(told.loan_id), desk.loan(told.loan_id).today(desk.now)
    if not today <= told.day <= today + FURTHEST_PROMISE:
        raise NotToldError("day")
    if not 0 < told.amount_minor <= owed_by(loan, told.day, desk.now):
        raise NotToldError("amount")
    ref = f"operator-{uuid4().hex}-{loan.loan_id}"
    signals = [
        *superseding(URI, OWN_PROMISES, loan, desk.now),
        promise_signal(URI, ref, loan, told.amount_minor, told.day, desk.now),
    ]
    return ref, [desk.word(one) for one in signals]


def _matter(desk: _Desk, told: CallTold, ref: str) -> list[OwnWord]:
    if desk.borrower is None:
        raise NotToldError("borrower")
    loans = (desk.loan(told.loan_id).ref,)
    matter = Matter(Intent(told.said), ref, desk.borrower, loans, told.note, "call")
    return [desk.word(one) for one in matter_signals(matter, source=URI, now=desk.now)]


async def _give_up_number(
    conn: Connection,
    vault: Vault,
    desk: _Desk,
    told: CallTold,
    ref: str,
    deadlines: Deadlines,
) -> None:
    """Seek the borrower there no more, and have somebody find another number."""
    person = desk.row.person_id
    for one in desk.row.state.profile.endpoints:
        if one.endpoint_id == told.endpoint_id:
            await mark_wrong_party(conn, [(person, vault.address_hmac(one.address))])
    about = {"channel": "call", "text": told.note, "by": desk.by}
    work = Work(
        desk.row.tenant_id, person, TaskKind.WRONG_NUMBER, ref, desk.now, about, told.loan_id
    )
    await open_task(conn, desk.key, work, deadlines)


async def _fold(
    conn: Connection,
    vault: Vault,
    words: list[OwnWord],
    *,
    now: datetime,
    wall: datetime,
    deadlines: Deadlines,
) -> None:
    refused = await fold_own_words(conn, vault, words, now=now, wall_now=wall, deadlines=deadlines)
    if refused:
        raise NotToldError("folded") from refused[0]
