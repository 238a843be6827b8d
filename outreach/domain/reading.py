"""From a canonical signal to what it states: one reader for each type that takes effect."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from outreach.domain.case_ends import read_ends, read_new_schedule
from outreach.domain.loans import NEVER, Closing, Full, Payment, Share
from outreach.domain.members import (
    block,
    day,
    day_or_none,
    flag,
    items,
    minor,
    moment,
    moment_or,
    ordinal,
    text,
    text_or,
)
from outreach.domain.people import read_person
from outreach.domain.preference_words import read_preference
from outreach.domain.promises import Promise
from outreach.domain.record_words import (
    read_approval,
    read_contact_records,
    read_letter,
    read_statement_request,
)
from outreach.domain.records import dataclass
from outreach.domain.referrals import read_referral
from outreach.domain.risk_words import OBSERVED, WITHDRAWN, read_risk_fact
from outreach.domain.signals import (
    SIGNAL_TYPES,
    OrderBy,
    Position,
    Signal,
    SignalError,
    position_of,
)
from outreach.domain.spoken import read_spoken
from outreach.domain.statements import (
    LoanTold,
    Told,
    aliases,
    read_autopay,
    read_contact,
    read_loan_block,
    read_quote,
    read_receipt,
    read_report,
    same_currency,
    schedule,
)
from outreach.domain.vocabulary import LoanStatus, PromiseStatus, SignalClass


def read_signal(signal: Signal, *, source: str, order: OrderBy, zone: str) -> Told:
    """Read what a signal states.

    Args:
        signal: Canonical; its `time` already clamped.
        source: Slug of the configured source.
        order: What that source is ordered by.
        zone: The source's business zone, for dates that end in a day.

    Raises:
        SignalError: It can't take effect: `unknown_type`, `subject_disagrees`, `malformed`,
            `sequence_missing`, `currency_unknown`, `currency_disagrees`, `sums_disagree`,
            `zone_unknown`.
    """
    known = SIGNAL_TYPES.get(signal.type)
    if known is None:
        raise SignalError("unknown_type", "no reader for this type")
    kind = signal.subject.partition("/")[0]
    if kind not in {"loan", "borrower"} or known.subject not in {kind, "either"}:
        raise SignalError("subject_disagrees", "subject")
    position = position_of(signal, source=source, order=order)
    loans = aliases(signal.data, "loan", signal.subject)
    borrowers = aliases(signal.data, "borrower", signal.subject)
    if not loans and not borrowers:
        raise SignalError("malformed", "subject")
    person = read_person(signal, zone)
    if person is not None:
        profile, holds, task = person
        return Told(
            signal, position, loans, borrowers, zone, None, profile, holds, task,
            ended=read_ends(signal), records=read_statement_request(signal),
        )  # fmt: skip
    if signal.type == "contact.recorded":
        contact = read_contact(signal)
        said = read_spoken(signal, block(signal.data, "contact"), contact)
        return Told(
            signal, position, loans, borrowers, zone, None, said.profile, said.holds, said.task,
            contact,
            records=read_contact_records(block(signal.data, "contact"), contact),
        )  # fmt: skip
    plain = Told(signal, position, loans, borrowers, zone)
    recorded = _on_record(plain)
    if recorded is not None:
        return recorded
    return _with_answer(replace(plain, loan=_read_loan(signal, position, known.kind)))


def _on_record(plain: Told) -> Told | None:
    """Return what a signal puts on record of a person; None if it is about their loan."""
    signal, zone = plain.signal, plain.zone
    match signal.type.partition(".")[0]:
        case "preference":
            return replace(plain, preferences=(read_preference(signal, zone),))
        case "approval":
            return replace(plain, records=(read_approval(signal, zone),))
        case "letter":
            return replace(plain, records=read_letter(signal), receipt=read_receipt(signal))
        case "referral":
            return replace(plain, referral=read_referral(signal))
        case "app":
            return replace(plain, receipt=read_receipt(signal))
        case _ if signal.type in {OBSERVED, WITHDRAWN}:
            return replace(plain, records=(read_risk_fact(signal, zone),))
        case _:
            return None


def _with_answer(told: Told) -> Told:
    """Note that a new schedule answers who asked for relief."""
    if told.signal.type != "loan.restructured":
        return told
    answered = read_new_schedule(told.signal, told.loans[0])
    return replace(told, holds=answered, ended=read_ends(told.signal))


def _read_loan(signal: Signal, position: Position, kind: SignalClass) -> LoanTold:
    currency, said = read_loan_block(signal)
    if kind is not SignalClass.SNAPSHOT:
        said = {}  # a loan inside a fact is no snapshot
    stated = _READERS[signal.type](_Read(signal, position, currency, said))
    return LoanTold(position=position, currency=currency, **stated)


@dataclass(frozen=True, slots=True)
class _Read:
    signal: Signal
    position: Position
    currency: str
    said: Mapping[str, Any]


_Stated = dict[str, Any]
_Reader = Callable[[_Read], _Stated]


def _installment(read: _Read) -> _Stated:
    report = read_report(
        block(read.signal.data, "installment"), read.position, read.currency, 0, read.said
    )
    return {"reports": (report,), "version": report[1].version}


def _schedule(read: _Read) -> _Stated:
    told = schedule(read.signal)
    if not told and read.signal.type == "loan.opened":
        return {"said": read.said}
    # A platform without versions tells the schedule that holds when it tells it.
    versioned = "schedule_version" in read.signal.data
    version = ordinal(read.signal.data, "schedule_version") if versioned else 0
    reports = tuple(read_report(one, read.position, read.currency, version, {}) for one in told)
    return {
        "said": read.said,
        "reports": reports,
        "version": version,
        "full": Full(read.position, version),
    }


def _restructured(read: _Read) -> _Stated:
    told = block(read.signal.data, "restructure")
    version = ordinal(told, "schedule_version")
    plan = replace(read.signal, data=told)
    reports = tuple(
        read_report(one, read.position, read.currency, version, {}) for one in schedule(plan)
    )
    return {
        "said": {"status": LoanStatus.RESTRUCTURED.value, **read.said},
        "reports": reports,
        "version": version,
        "full": Full(read.position, version),
    }


def _risk(read: _Read) -> _Stated:
    stated: _Stated = {
        "said": {**read.said, "risk": text(block(read.signal.data, "risk"), "bucket")}
    }
    if flag(read.signal.data, "cured"):
        stated["closing"] = ("cured", Closing(read.position, read.signal.time, None, "cured"))
    return stated


def _payment(read: _Read) -> _Stated:
    told = block(read.signal.data, "payment")
    same_currency(told, read.currency, "payment.currency")
    amount = minor(told, "amount")
    split = tuple(
        Share(ordinal(one, "number"), minor(one, "amount")) for one in items(told, "installments")
    )
    allocation = None
    unapplied = 0
    if told.get("allocation") is not None:
        parts = block(told, "allocation")
        allocation = {name: minor(parts, name) for name in parts}
        unapplied = allocation.get("unapplied", 0)
        if sum(allocation.values()) != amount:
            raise SignalError("sums_disagree", "payment.allocation")
    if split and sum(share.amount_minor for share in split) + unapplied != amount:
        raise SignalError("sums_disagree", "payment.installments")
    payment = Payment(
        text(told, "id"),
        amount,
        day(told, "value_date"),
        moment_or(told, "received_at", read.signal.time),
        provisional=flag(told, "provisional"),
        split=split,
        allocation=allocation,
        told=(read.position,),
    )
    return {"payment": payment}


def _reversal(read: _Read) -> _Stated:
    told = block(read.signal.data, "reversal")
    same_currency(told, read.currency, "reversal.currency")
    reopens = [
        {"number": ordinal(one, "number"), "outstanding": minor(one, "outstanding")}
        for one in items(told, "reopens")
    ]
    payment = Payment(
        text(told, "payment_id"),
        reversed_at=moment(told, "reversed_at"),
        reversal={
            "amount": minor(told, "amount"),
            "reason": text_or(told, "reason", "other"),
            "reopens": reopens,
        },
        reversal_told=(read.position,),
    )
    return {"payment": payment}


def _paid_off(read: _Read) -> _Stated:
    on, reason = day(read.signal.data, "closed_on"), text_or(read.signal.data, "reason", "other")
    return {"closing": ("paid_off", Closing(read.position, read.signal.time, on, reason))}


def _sold(read: _Read) -> _Stated:
    on = day_or_none(read.signal.data, "sold_on")
    return {"closing": ("sold", Closing(read.position, read.signal.time, on, "sold"))}


def _recalled(read: _Read) -> _Stated:
    on = day_or_none(read.signal.data, "recalled_on")
    return {"closing": ("recalled", Closing(read.position, read.signal.time, on, "recalled"))}


def _quote(read: _Read) -> _Stated:
    return {"quote": read_quote(read.signal, read.currency)}


def _autopay(read: _Read) -> _Stated:
    return {"autopay": read_autopay(read.signal, read.currency)}


def _promise(read: _Read) -> _Stated:
    told = block(read.signal.data, "promise")
    same_currency(told, read.currency, "promise.currency")
    status = _PROMISED[read.signal.type]
    made_at: datetime = moment_or(told, "made_at", NEVER)
    if status is PromiseStatus.BROKEN and "paid" in told and minor(told, "paid") > 0:
        status = PromiseStatus.PARTLY_KEPT
    # A cancellation may name the promise alone: its terms are those told with it, if ever.
    named_alone = status is PromiseStatus.CANCELED and "due_on" not in told
    promise = Promise(
        text(told, "id"),
        minor(told, "amount") if "amount" in told or not named_alone else 0,
        date.min if named_alone else day(told, "due_on"),
        made_at,
        status,
    )
    return {"promise": promise}


_PROMISED: Final[Mapping[str, PromiseStatus]] = {
    "promise_to_pay.created": PromiseStatus.OPEN,
    "promise_to_pay.broken": PromiseStatus.BROKEN,
    "promise_to_pay.kept": PromiseStatus.KEPT,
    "promise_to_pay.canceled": PromiseStatus.CANCELED,
}

_READERS: Final[Mapping[str, _Reader]] = {
    "installment.due_soon": _installment,
    "installment.due": _installment,
    "installment.overdue": _installment,
    "loan.opened": _schedule,
    "schedule.snapshot": _schedule,
    "loan.restructured": _restructured,
    "risk.changed": _risk,
    "payment.received": _payment,
    "payment.reversed": _reversal,
    "loan.paid_off": _paid_off,
    "loan.sold": _sold,
    "loan.recalled": _recalled,
    "loan.early_payoff_quoted": _quote,
    "autopay.scheduled": _autopay,
    **dict.fromkeys(_PROMISED, _promise),
}
