"""What a signal states, read out of its data once: typed, checked, and ready to be joined.

Reading is where a signal fails; folding what was read can't.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from json import dumps
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.domain.attributes import read_attributes
from outreach.domain.borrowers import Profile, Task, TaskEnd
from outreach.domain.contacts import AttemptRef, parse_attempt_id
from outreach.domain.holds import Hold
from outreach.domain.loans import Autopay, Closing, Full, Payment, Quote, Report
from outreach.domain.members import (
    Json,
    block,
    day,
    items,
    minor,
    moment_or,
    ordinal,
    text,
    text_or,
    texts,
)
from outreach.domain.money import EXPONENTS
from outreach.domain.on_record import Record
from outreach.domain.preferences import Preference
from outreach.domain.promises import Promise
from outreach.domain.records import dataclass
from outreach.domain.referrals import ReferralTold
from outreach.domain.signals import Position, Signal, SignalError
from outreach.domain.vocabulary import (
    Channel,
    DeliveryState,
    LoanStatus,
    Outcome,
    Purpose,
    RecipientRole,
)

_TAIL = 4
PURPOSES: Final = {"account_servicing": Purpose.SERVICING_REMINDER.value}
"""Platforms' words for a purpose, as ours."""


@dataclass(frozen=True, slots=True)
class LoanTold:
    """What one signal states of its loan. Empty members state nothing.

    `said` are fields of the loan itself: status, total, creditor, product, tail, zone, risk, and
    its attributes as JSON.
    """

    position: Position
    currency: str
    reports: tuple[tuple[int, Report], ...] = ()
    full: Full | None = None
    version: int = 0
    said: Mapping[str, Any] = field(default_factory=dict)
    payment: Payment | None = None
    promise: Promise | None = None
    quote: Quote | None = None
    autopay: Autopay | None = None
    closing: tuple[str, Closing] | None = None


@dataclass(frozen=True, slots=True)
class HoldTold:
    """A word on a hold, for loans by the platform's references (none: every loan)."""

    hold: Hold
    loans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactTold:
    """A contact that somebody else made (agency, branch); it counts towards caps.

    `recipient_role` is who was contacted: the borrower, unless it was told otherwise.
    """

    ref: str
    channel: str
    at: datetime
    outcome: str
    direction: str
    purpose: str
    made_by: str
    endpoint_id: str
    recipient_role: str = RecipientRole.DEBTOR.value


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """What the lender says became of a notification or a letter of ours.

    `attempt` is the id that the notification brought or the letter has in its manifest, `at` when
    it happened.
    """

    attempt: AttemptRef
    state: DeliveryState
    at: datetime
    of_letter: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One signal, read.

    `loans` and `borrowers` are aliases, the signal's own first. `zone` is the source's, for a
    loan that names none.
    """

    signal: Signal
    position: Position
    loans: tuple[str, ...]
    borrowers: tuple[str, ...]
    zone: str = "UTC"
    loan: LoanTold | None = None
    profile: Profile | None = None
    holds: tuple[HoldTold, ...] = ()
    task: Task | None = None
    contact: ContactTold | None = None
    preferences: tuple[Preference, ...] = ()
    receipt: ReceiptTold | None = None
    records: tuple[Record, ...] = ()
    ended: tuple[TaskEnd, ...] = ()
    referral: ReferralTold | None = None

    @property
    def is_about_person(self) -> bool:
        """Whether it states something of the person: profile, holds, work, wishes, records."""
        return bool(
            self.profile
            or self.holds
            or self.task
            or self.ended
            or self.preferences
            or self.records
        )


def aliases(data: Json, name: str, subject: str) -> tuple[str, ...]:
    """Return the references of the signal's loan or borrower, the subject's first.

    Raises:
        SignalError: `subject_disagrees`: the subject is of this kind and names another one.
    """
    kind, _, ref = subject.partition("/")
    found: list[str] = [ref] if kind == name and ref else []
    if name in data:
        told = block(data, name)
        own = [text(told, "id"), *texts(told, "aliases")]
        if found and found[0] not in own:
            raise SignalError("subject_disagrees", name)
        found = own
    return tuple(dict.fromkeys(found))


def read_loan_block(signal: Signal) -> tuple[str, dict[str, Any]]:
    """Return the currency of the signal's loan and what its block says of it.

    Raises:
        SignalError: `currency_unknown`, or `malformed` with the member's name.
    """
    told = block(signal.data, "loan")
    currency = text(told, "currency")
    if currency not in EXPONENTS:
        raise SignalError("currency_unknown", "loan.currency")
    said: dict[str, Any] = {
        name: text(told, name) for name in ("creditor", "product") if told.get(name)
    }
    if attributes := read_attributes(told):
        # Text, so that two words of one instant can be ordered.
        said["attributes"] = dumps(attributes, sort_keys=True)
    if told.get("account_no"):
        said["tail"] = text(told, "account_no")[-_TAIL:]
    if told.get("status"):
        said["status"] = _status(told)
    if "total_outstanding" in told:
        said["total"] = minor(told, "total_outstanding")
    if signal.data.get("lender_timezone"):
        said["zone"] = zone(text(signal.data, "lender_timezone"))
    return currency, said


def _status(told: Json) -> str:
    try:
        return LoanStatus(text(told, "status")).value
    except ValueError:
        raise SignalError("malformed", "loan.status") from None


def zone(name: str) -> str:
    """Return the name of a zone that exists.

    Raises:
        SignalError: `zone_unknown`.
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; a path is a ValueError
        raise SignalError("zone_unknown", "lender_timezone") from None
    except KeyError:
        raise SignalError("zone_unknown", "lender_timezone") from None
    return name


def same_currency(told: Json, currency: str, member: str) -> None:
    """Refuse an amount in another currency than its loan's.

    Raises:
        SignalError: `currency_disagrees`.
    """
    if text_or(told, "currency", currency) != currency:
        raise SignalError("currency_disagrees", member)


def read_report(
    told: Json, position: Position, currency: str, version: int, said: Mapping[str, Any]
) -> tuple[int, Report]:
    """Return an installment's number and what was reported of it."""
    same_currency(told, currency, "installment.currency")
    parts = {
        kept: read_parts(block(told, name))
        for kept, name in (("billed", "amounts"), ("outstanding", "outstanding_parts"))
        if told.get(name) is not None
    }
    report = Report(
        position,
        ordinal(told, "schedule_version") if "schedule_version" in told else version,
        day(told, "due_date"),
        minor(told, "outstanding"),
        parts,
        said,
    )
    return ordinal(told, "number"), report


def read_parts(told: Json) -> dict[str, int]:
    """Return principal, interest, fees, penalty and total.

    Raises:
        SignalError: `sums_disagree`: the total isn't the sum of the four.
    """
    parts = {name: minor(told, name) for name in ("principal", "interest", "fees", "penalty")}
    total = minor(told, "total")
    if total != sum(parts.values()):
        raise SignalError("sums_disagree", "parts")
    return {**parts, "total": total}


def read_autopay(signal: Signal, currency: str) -> Autopay:
    """Return a debit that is scheduled."""
    told = block(signal.data, "autopay")
    same_currency(told, currency, "autopay.currency")
    return Autopay(
        text(told, "id"),
        minor(told, "amount"),
        day(told, "scheduled_on" if "scheduled_on" in told else "on"),
        signal.time,
        canceled=text_or(told, "status") == "canceled",
    )


def read_quote(signal: Signal, currency: str) -> Quote:
    """Return an early payoff quote."""
    told = block(signal.data, "quote")
    same_currency(told, currency, "quote.currency")
    return Quote(
        text(told, "id"),
        minor(told, "amount"),
        day(told, "valid_until"),
        text_or(told, "requested_by", "lender"),
        signal.time,
    )


def read_contact(signal: Signal) -> ContactTold:
    """Return a contact that was made elsewhere."""
    told = block(signal.data, "contact")
    purpose = text_or(told, "purpose", Purpose.COLLECTION)
    try:
        return ContactTold(
            text(told, "id"),
            Channel(text(told, "channel")),
            moment_or(told, "at", signal.time),
            Outcome(text(told, "outcome")),
            "in" if text_or(told, "direction") == "in" else "out",
            Purpose(PURPOSES.get(purpose, purpose)),
            text_or(told, "made_by", "elsewhere"),
            text_or(told, "endpoint"),
            RecipientRole(text_or(told, "recipient", RecipientRole.DEBTOR)),
        )
    except ValueError as exc:
        raise exc if isinstance(exc, SignalError) else SignalError("malformed", "contact") from None


_RECEIPT_STATES: Final = {
    "app.delivered": DeliveryState.DELIVERED,
    "app.read": DeliveryState.READ,
    "letter.mailed": DeliveryState.SENT,
    "letter.delivered": DeliveryState.DELIVERED,
    "letter.returned": DeliveryState.UNDELIVERED,
}


def read_receipt(signal: Signal) -> ReceiptTold | None:
    """Return what an app, or the post, says of a contact of ours; None of others' contacts."""
    state = _RECEIPT_STATES.get(signal.type)
    if state is None or "receipt" not in signal.data:
        return None
    told = block(signal.data, "receipt")
    attempt = parse_attempt_id(text_or(told, "contact_id"))
    if attempt is None:
        return None
    of_letter = signal.type.startswith("letter.")
    return ReceiptTold(attempt, state, moment_or(told, "at", signal.time), of_letter)


def listed_loans(told: Json) -> tuple[str, ...]:
    """Return the loans that a hold names."""
    return tuple(dict.fromkeys(texts(told, "loans")))


def schedule(signal: Signal) -> list[Json]:
    """Return the installments of a whole schedule, each at most once.

    Raises:
        SignalError: `malformed`: a number comes twice.
    """
    told = items(signal.data, "installments")
    numbers = [ordinal(one, "number") for one in told]
    if len(set(numbers)) != len(numbers):
        raise SignalError("malformed", "installments.number")
    return told
