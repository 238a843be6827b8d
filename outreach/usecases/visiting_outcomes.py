"""What came of a visit, told to ourselves as a platform would tell it: as signals.

The visit is a contact that counts towards caps; what the borrower promised, disputed or told of
hardship folds as it does from anywhere else. All of it is written in one transaction, or nothing.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from outreach.domain.hand_offs import Mark, take
from outreach.domain.loans import LoanState
from outreach.domain.reading import read_signal
from outreach.domain.records import dataclass
from outreach.domain.refs import signal_digest
from outreach.domain.signals import OrderBy, Signal, lane_of
from outreach.domain.statements import Told
from outreach.domain.visits import COUNTED, VisitOutcome, disposition_of
from outreach.store import hand_offs as store
from outreach.store.agenda import lock_persons
from outreach.store.books import load_books
from outreach.store.hand_offs import KeptHandOff
from outreach.store.inbox_claim import ClaimedRow
from outreach.store.pool import Connection
from outreach.store.reading import find_borrower_ref
from outreach.usecases.hand_off_steps import save_step
from outreach.usecases.handing_off import NotFoundError, Outfit, find
from outreach.usecases.intake_folding import fold_named
from outreach.usecases.intake_naming import name_signals
from outreach.usecases.people_steps import POSTAL

SOURCE: Final = "visits"
_URI: Final = "urn:outreach:visits"
MADE: Final = "made"


@dataclass(frozen=True, slots=True)
class VisitTold:
    """What people say came of a visit.

    `at` is when they were there; `promised` a date in the lender's calendar and an amount in minor
    units of the loan's currency. `left_alone`: somebody else asked not to be contacted.
    """

    outcome: VisitOutcome
    at: datetime
    by: str
    note: str = field(default="", repr=False)
    promised: tuple[date, int] | None = None
    disputes: bool = False
    hardship: bool = False
    left_alone: bool = False


async def record_visit(
    outfit: Outfit, ref: str, told: VisitTold, *, now: datetime, wall: datetime
) -> KeptHandOff:
    """Record what came of a visit; the next decision on the borrower sees it.

    Args:
        outfit: Parts of the runtime.
        ref: Our name of the visit.
        told: What came of it.
        now: Business time.
        wall: Wall time.

    Raises:
        NotFoundError: There is no such visit.
        HandOffError: `not_now`: it isn't ordered, or its outcome is on record.
        SignalError: What is said contradicts what is stored.
    """
    kept = await find(outfit, ref)
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [kept.person_id])
        found = await store.find_hand_off(conn, outfit.vault, kept.person_id, kept.contact_id)
        if found is None:
            raise NotFoundError(ref)
        said = {"outcome": told.outcome.value, "recorded_by": told.by}
        if told.note:
            said["note"] = told.note
        mark = Mark(MADE, told.at, told.by, said)
        after = take(found.hand_off, mark)
        book = (await load_books(conn, outfit.vault, [kept.person_id]))[kept.person_id]
        loan = book.loans[after.loan_id]
        signals = await _signals(conn, found, loan, told, now)
        await _fold(conn, outfit, found, signals, loan, now=now, wall=wall)
        contact = UUID(bytes=signal_digest(kept.tenant_id, SOURCE, _contact_ref(ref)))
        judged = disposition_of(
            told.outcome, promised=told.promised is not None, disputed=told.disputes
        )
        await store.set_disposition(conn, kept.person_id, contact, judged)
        book = (await load_books(conn, outfit.vault, [kept.person_id]))[kept.person_id]
        await save_step(conn, outfit.vault, found, after, book, mark, now)
    return await find(outfit, ref)


def _contact_ref(ref: str) -> str:
    return f"visit-{ref}"


async def _signals(
    conn: Connection, kept: KeptHandOff, loan: LoanState, told: VisitTold, now: datetime
) -> list[Signal]:
    """Return what was told, one signal for each thing."""
    ref, hand_off = kept.hand_off.ref, kept.hand_off
    counted = COUNTED[told.outcome]
    borrower = await find_borrower_ref(conn, kept.person_id)
    about_loan = {"loan": {"id": loan.ref, "currency": loan.currency}}
    contact = {
        "id": _contact_ref(ref),
        "channel": "visit",
        "purpose": hand_off.purpose,
        "at": told.at.isoformat(),
        "outcome": counted.outcome.value,
        "made_by": hand_off.to or kept.tenant_id,
        "endpoint": POSTAL,
        "recipient": counted.recipient.value,
        "refused": told.left_alone,
        "note": told.note,
    }
    found: list[tuple[str, str, Mapping[str, Any]]] = [
        ("contact.recorded", f"loan/{loan.ref}", {**about_loan, "contact": contact})
    ]
    if told.promised is not None:
        on, amount = told.promised
        promise = {
            "id": _contact_ref(ref),
            "amount": amount,
            "currency": loan.currency,
            "due_on": on.isoformat(),
            "made_at": told.at.isoformat(),
            "channel": "visit",
        }
        data = {**about_loan, "promise": promise}
        found.append(("promise_to_pay.created", f"loan/{loan.ref}", data))
    said = [("dispute", "opened")] if told.disputes else []
    said += [("hardship", "requested")] if told.hardship else []
    for kind, status in said:
        found.append(_hold(kind, status, ref, loan, borrower, told))
    return [
        Signal(f"{_contact_ref(ref)}:{type_}", _URI, type_, subject, now, None, data)
        for type_, subject, data in found
    ]


def _hold(
    kind: str, status: str, ref: str, loan: LoanState, borrower: str | None, told: VisitTold
) -> tuple[str, str, Mapping[str, Any]]:
    """Return the word that stops outreach; of somebody without a name it names the loan."""
    word: dict[str, Any] = {"id": f"{_contact_ref(ref)}:{kind}"}
    about = {"loan": {"id": loan.ref, "currency": loan.currency}}
    if borrower is None:
        hold = {**word, "kind": kind, "contact_policy": "pause_collection", "loans": [loan.ref]}
        return "hold.placed", f"loan/{loan.ref}", {**about, "hold": hold}
    word |= {"status": status, "contact_policy": "pause_collection", "form": "oral"}
    if kind == "dispute":
        word["received_at"] = told.at.isoformat()
    else:
        word["loans"] = [loan.ref]
    if told.note:
        word["note"] = told.note
    data = {**about, "borrower": {"id": borrower}, kind: word}
    return f"borrower.{kind}", f"borrower/{borrower}", data


async def _fold(
    conn: Connection,
    outfit: Outfit,
    kept: KeptHandOff,
    signals: list[Signal],
    loan: LoanState,
    *,
    now: datetime,
    wall: datetime,
) -> None:
    """Fold signals of ours as those of a platform are folded.

    Raises:
        SignalError: One contradicts what is stored.
    """
    told: list[tuple[ClaimedRow, list[Told]]] = []
    for number, one in enumerate(signals, 1):
        row = ClaimedRow(
            inbox_id=-number,
            received_at=wall,
            tenant_id=kept.tenant_id,
            source=SOURCE,
            lane=lane_of(one.type),
            signal_type=one.type,
            digest=signal_digest(kept.tenant_id, _URI, one.id),
            subjects=[],
            tries=0,
            body=b"",
        )
        read = read_signal(one, source=SOURCE, order=OrderBy.TIME, zone=loan.lender_timezone)
        told.append((row, [read]))
    naming = await name_signals(conn, outfit.vault, told, now=now)
    folded = await fold_named(conn, outfit.vault, naming, now=now, wall_now=wall)
    for _, error in (*naming.refused, *folded.refused):
        raise error
