"""A borrower's whole history on one page: loans, payments, stages, contacts, promises, holds."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from cryptography.exceptions import InvalidTag

from outreach.domain.borrowers import PersonState
from outreach.domain.cases import Case
from outreach.domain.loans import LoanState, days_past_due, past_due_minor
from outreach.domain.money import Money
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import CaseKind, EventKind
from outreach.facts.standings import zone
from outreach.store.bodies import decode_body
from outreach.store.cases import list_cases_of
from outreach.store.extracts import list_debts_of_contacts, list_rows_of
from outreach.store.loans import load_loans
from outreach.store.people import load_people
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad

EVERY_LOAN: Final = ""
_TOLD: Final = frozenset(
    {
        EventKind.DECIDED,
        EventKind.BLOCKED,
        EventKind.INBOUND,
        EventKind.RECORDED,
        EventKind.CANCELED,
    }
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened; `loan` is the platform's reference, "" where it is about all."""

    at: datetime
    kind: str
    loan: str
    text: str


@dataclass(frozen=True, slots=True)
class LoanNow:
    """Where one loan stands; amounts as text with their currency."""

    ref: str
    status: str
    product: str
    past_due: str
    days_past_due: int


@dataclass(frozen=True, slots=True)
class Story:
    """A person's loans, and all that happened, oldest first."""

    loans: tuple[LoanNow, ...]
    moments: tuple[Moment, ...]
    late_before: int


async def tell_story(
    conn: Connection, vault: Vault, person_id: int, *, now: datetime
) -> Story | None:
    """Return the story of a person at business time `now`; None of an erased one.

    Args:
        conn: The caller's; all is read in one transaction, so that it fits together.
        vault: Unwraps the person's key.
        person_id: Whose.
        now: Aware; loans are shown as they stand at it.
    """
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        row = (await load_people(conn, vault, [person_id])).get(person_id)
        if row is None or row.key is None:
            return None
        loans = (await load_loans(conn, [person_id], whole=True)).get(person_id, {})
        cases = await list_cases_of(conn, person_id)
        debts = await list_debts_of_contacts(conn, person_id)
        rows = await list_rows_of(conn, person_id)
    moments = [
        *_of_loans(loans.values()),
        *_of_cases(cases, loans),
        *_of_person(row.state, loans),
    ]
    for one in rows:
        if one.kind in _TOLD:
            body = _read(row.key, one.body, person_id)
            moments.append(_of_log(one.kind, one.at, body, debts.get(one.contact_id, ()), loans))
    moments.sort(key=lambda moment: moment.at)
    late = [case for case in cases if case.kind is CaseKind.DELINQUENCY and case.closed_on]
    return Story(tuple(_now(loan, now) for loan in loans.values()), tuple(moments), len(late))


def _now(loan: LoanState, now: datetime) -> LoanNow:
    today = loan.today(now)
    return LoanNow(
        loan.ref,
        loan.status,
        loan.product,
        _money(past_due_minor(loan.installments, today), loan),
        days_past_due(loan.installments, today),
    )


def _money(minor: int | None, loan: LoanState) -> str:
    if minor is None:
        return f"? {loan.currency}"
    return f"{Money(minor, loan.currency).decimal} {loan.currency}"


def _on(day: date, loan: LoanState) -> datetime:
    """Return the beginning of a day in the lender's calendar."""
    return datetime.combine(day, time.min, zone(loan.lender_timezone)).astimezone(UTC)


def _of_loans(loans: Iterable[LoanState]) -> Iterator[Moment]:
    for loan in loans:
        for payment in loan.payments.values():
            at = payment.paid_at or (_on(payment.value_on, loan) if payment.value_on else None)
            if at is not None:
                said = " (not final yet)" if payment.provisional else ""
                amount = _money(payment.amount_minor, loan)
                yield Moment(at, "payment", loan.ref, f"{amount} paid{said}")
            if payment.reversed_at is not None:
                amount = _money(payment.amount_minor, loan)
                yield Moment(payment.reversed_at, "payment", loan.ref, f"{amount} went back")
        for promise in loan.promises.values():
            amount = _money(promise.amount_minor, loan)
            text = f"{amount} promised for {promise.due_on}: {promise.status}"
            yield Moment(promise.made_at, "promise", loan.ref, text)
        for quote in loan.quotes.values():
            text = f"early payoff for {_money(quote.amount_minor, loan)}, to {quote.valid_until}"
            yield Moment(quote.quoted_at, "quote", loan.ref, text)


def _of_cases(cases: Iterable[Case], loans: Mapping[int, LoanState]) -> Iterator[Moment]:
    for case in cases:
        loan = loans.get(case.loan_id)
        if loan is None:
            continue
        what = "late" if case.kind is CaseKind.DELINQUENCY else "coming due"
        text = f"{what}: installment {case.anchor_number}, due {case.anchor_due_on}"
        yield Moment(_on(case.opened_on, loan), "case", loan.ref, text)
        if case.closed_on is not None:
            yield Moment(_on(case.closed_on, loan), "case", loan.ref, f"over: {case.end_reason}")


def _of_person(person: PersonState, loans: Mapping[int, LoanState]) -> Iterator[Moment]:
    for hold in person.holds.values():
        loan = loans[hold.loan_id].ref if hold.loan_id in loans else EVERY_LOAN
        ends = f", until {hold.ends_at:%Y-%m-%d}" if hold.ends_at else ""
        yield Moment(hold.placed_at, "hold", loan, f"{hold.kind}: {hold.policy}{ends}")
        if hold.released_at is not None:
            yield Moment(hold.released_at, "hold", loan, f"{hold.kind} is over: {hold.word}")
    for said in person.preferences.values():
        where = said.channel or said.place or said.about
        text = f"{said.kind}: {where}{' (taken back)' if said.removed else ''}"
        yield Moment(said.at, "preference", EVERY_LOAN, text)
    for consent in person.consents.values():
        text = f"consent {consent.status}: {consent.channel} {consent.purpose}".rstrip()
        yield Moment(consent.at, "preference", EVERY_LOAN, text)


def _of_log(
    kind: str,
    at: datetime,
    body: Mapping[str, Any],
    debts: tuple[int, ...],
    loans: Mapping[int, LoanState],
) -> Moment:
    named = [loans[one].ref for one in debts or body.get("debts", ()) if one in loans]
    action = body.get("action", {})
    parts = [
        str(action.get("channel") or body.get("channel") or ""),
        str(body.get("step", "")),
        f"stage {body['stage']}" if body.get("stage") else "",
        f"arm {body['arm']}" if body.get("arm") else "",
        str(body.get("refusal", "")),
    ]
    if kind == EventKind.BLOCKED:
        parts.append(", ".join(sorted(_rules(body))))
    words = "contact" if kind == EventKind.DECIDED else kind
    return Moment(at, words, ", ".join(named), " · ".join(part for part in parts if part))


def _rules(body: Mapping[str, Any]) -> set[str]:
    return {reason["rule"] for one in body.get("tried", ()) for reason in one.get("reasons", ())}


def _read(key: PersonKey, body: bytes, person_id: int) -> Mapping[str, Any]:
    try:
        return decode_body(key.decrypt(body, event_aad(person_id)))
    except InvalidTag:
        return {"refusal": "unreadable: it was kept under another key"}
