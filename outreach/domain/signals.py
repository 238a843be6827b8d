"""Signals: what a lending platform told us, and how each kind of telling is ordered.

A `Signal` is canonical (shared shape, whatever the platform); its `data` stays a plain mapping
that `statements.py` reads. The registry is open: an unknown type is kept, never refused.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import SignalClass

SEQUENCE_DIGITS: Final = 20
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead of us a platform's clock may run before its times are clamped."""


class SignalError(ValueError):
    """A signal can't take effect; `reason` is a stable code, `detail` names the member at fault.

    Neither ever carries a value out of the signal, since both are shown and logged.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Signal:
    """One canonical signal.

    `source` is the platform's URI, `subject` 'loan/<ref>' or 'borrower/<ref>', `time` (aware) when
    it became true at the lender, `sequence` rises per subject where the platform has one. Money in
    `data` is integer minor units; numbers with a fraction are Decimal, never float.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: str | None
    data: Mapping[str, Any] = field(repr=False)


class OrderBy(StrEnum):
    """What a configured source's signals are ordered by; never a mix (settings, per source)."""

    SEQUENCE = "sequence"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class SignalType:
    """How one type folds. Lane 0 is claimed first and holds back dispatch until it is folded.

    `subject` is the kind its subject must be; `needs_position` types are compared with others of
    the same loan, so a source ordered by sequence must number them.
    """

    name: str
    kind: SignalClass
    lane: int
    subject: str
    needs_position: bool


def _type(name: str, kind: SignalClass, lane: int, *, needs_position: bool = False) -> SignalType:
    subject = "borrower" if name.startswith("borrower.") else "loan"
    if name.split(".", maxsplit=1)[0] in {
        "hold",
        "complaint",
        "contact",
        "letter",
        "app",
        "preference",
        "approval",
        "consent",
        "statement",
    }:
        subject = "either"
    if name in {"risk.observed", "risk.withdrawn"}:
        subject = "either"
    return SignalType(name, kind, lane, subject, needs_position)


_SNAPSHOT, _FACT, _PROTECTIVE = SignalClass.SNAPSHOT, SignalClass.FACT, SignalClass.PROTECTIVE

SIGNAL_TYPES: Final[Mapping[str, SignalType]] = {
    known.name: known
    for known in (
        _type("installment.due_soon", _SNAPSHOT, 1, needs_position=True),
        _type("installment.due", _SNAPSHOT, 1, needs_position=True),
        _type("installment.overdue", _SNAPSHOT, 1, needs_position=True),
        _type("loan.opened", _SNAPSHOT, 1, needs_position=True),
        _type("schedule.snapshot", _SNAPSHOT, 1, needs_position=True),
        _type("loan.restructured", _SNAPSHOT, 0, needs_position=True),
        _type("risk.changed", _SNAPSHOT, 1, needs_position=True),
        _type("risk.observed", _FACT, 1),
        _type("risk.withdrawn", _FACT, 0),
        _type("borrower.updated", _SNAPSHOT, 0),
        _type("payment.received", _FACT, 0, needs_position=True),
        _type("payment.reversed", _FACT, 0, needs_position=True),
        _type("loan.paid_off", _FACT, 0, needs_position=True),
        _type("loan.sold", _FACT, 0, needs_position=True),
        _type("loan.recalled", _FACT, 1, needs_position=True),
        _type("loan.early_payoff_quoted", _FACT, 1),
        _type("promise_to_pay.created", _FACT, 0),
        _type("promise_to_pay.broken", _FACT, 1),
        _type("promise_to_pay.kept", _FACT, 1),
        _type("promise_to_pay.canceled", _FACT, 1),
        _type("autopay.scheduled", _FACT, 0),
        _type("contact.recorded", _FACT, 0),
        _type("referral.accepted", _FACT, 1),
        _type("referral.filed", _FACT, 1),
        _type("referral.judged", _FACT, 1),
        _type("referral.withdrawn", _FACT, 1),
        _type("letter.mailed", _FACT, 1),
        _type("letter.delivered", _FACT, 1),
        _type("letter.returned", _FACT, 1),
        _type("app.delivered", _FACT, 1),
        _type("app.read", _FACT, 1),
        _type("borrower.dispute", _PROTECTIVE, 0),
        _type("borrower.hardship", _PROTECTIVE, 0),
        _type("borrower.deceased", _PROTECTIVE, 0),
        _type("borrower.bankruptcy", _PROTECTIVE, 0),
        _type("hold.placed", _PROTECTIVE, 0),
        _type("hold.released", _PROTECTIVE, 0),
        _type("complaint.received", _PROTECTIVE, 0),
        _type("preference.set", _PROTECTIVE, 0),
        _type("preference.removed", _PROTECTIVE, 0),
        _type("consent.revoked", _PROTECTIVE, 0),
        _type("statement.requested", _FACT, 1),
        _type("approval.granted", _FACT, 1),
        _type("approval.revoked", _PROTECTIVE, 0),
    )
}
"""The types that take effect. Everything else is stored as unmapped."""

LANE_LAST: Final = 1


def lane_of(signal_type: str) -> int:
    """Return the inbox lane of a type; unknown types wait in the last one."""
    known = SIGNAL_TYPES.get(signal_type)
    return known.lane if known else LANE_LAST


class Position(NamedTuple):
    """Where a telling stands among the others about the same loan.

    `source` is the configured source (the slug, not the URI). `stamp` is text that compares within
    that source: the padded sequence, or the time. `at` compares across sources: `as_of`, else time.
    """

    source: str
    stamp: str
    at: datetime

    def is_before(self, other: "Position") -> bool:
        """Say whether this was told strictly before `other`."""
        if self.source == other.source:
            return self.stamp < other.stamp
        return self.at < other.at


def stamp_of(at: datetime) -> str:
    """Return an instant as text of fixed width, so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def position_of(signal: Signal, *, source: str, order: OrderBy) -> Position:
    """Place a signal among the others of its configured source.

    Raises:
        SignalError: `sequence_missing` or `sequence_malformed`, where the source is ordered by
            sequence; `malformed` for an `as_of` that is no instant.
    """
    at = signal.time
    known = SIGNAL_TYPES.get(signal.type)
    if known and known.kind is SignalClass.SNAPSHOT and "as_of" in signal.data:
        at = instant(signal.data["as_of"], "as_of")
    if order is OrderBy.TIME or known is None or not known.needs_position:
        return Position(source, stamp_of(at), at)
    if signal.sequence is None:
        raise SignalError("sequence_missing", signal.type)
    if not (signal.sequence.isascii() and signal.sequence.isdigit()):
        raise SignalError("sequence_malformed", signal.type)
    if len(signal.sequence) > SEQUENCE_DIGITS:
        raise SignalError("sequence_malformed", signal.type)
    return Position(source, signal.sequence.zfill(SEQUENCE_DIGITS), at)


def clamp(signal: Signal, now: datetime) -> Signal:
    """Return the signal with no time of it ahead of ours; the same object when none is.

    A sender's clock that runs ahead would otherwise keep everything told later from counting.

    Raises:
        SignalError: `malformed`: an `as_of` that is no instant.
    """
    latest = now + CLOCK_TOLERANCE
    if signal.time > latest:
        signal = replace(signal, time=now)
    if "as_of" in signal.data and instant(signal.data["as_of"], "as_of") > latest:
        signal = replace(signal, data={**signal.data, "as_of": now.isoformat()})
    return signal


def instant(value: object, member: str) -> datetime:
    """Read an RFC 3339 instant; `member` names it in the error.

    Raises:
        SignalError: `malformed`: not text, not a time, or without an offset.
    """
    try:
        read = datetime.fromisoformat(value)  # type: ignore[arg-type]  # the error is caught
    except (TypeError, ValueError):
        raise SignalError("malformed", member) from None
    if read.tzinfo is None:
        raise SignalError("malformed", f"{member} has no offset")
    return read.astimezone(UTC)
