"""What is on record about a person beside preferences: approvals, notices, refusals, risk facts.

Each is joined from words in any order, as holds are: the same words in any order, some of them
repeated, come to the same record.
"""

from dataclasses import field, replace
from datetime import datetime
from typing import ClassVar, Final, TypeAlias

from outreach.domain.holds import EVERY_LOAN
from outreach.domain.records import dataclass

RecordKey: TypeAlias = tuple[str, str]
"""What kind of record, and its reference; unique for a person."""

LETTER: Final = "letter"
"""Kind of a notice of which only a receipt is known."""


@dataclass(frozen=True, slots=True)
class Approval:
    """The newest word on leave that somebody at the lender gave for what a rule stops.

    `subject` is the word that the rule asks for, `role` what the approver is to the lender, `by`
    who gave it or took it back, `requested_by` who asked for it, if that was told. It is about one
    loan, or every loan (`loan_id` 0), one channel, purpose or address, or any. It stands from `at`
    until `expires_at`, if that is set, or until it is `revoked`.
    """

    kind: ClassVar[str] = "approval"

    ref: str
    at: datetime
    subject: str = ""
    role: str = ""
    by: str = ""
    requested_by: str = ""
    loan_id: int = EVERY_LOAN
    channel: str | None = None
    purpose: str | None = None
    endpoint_id: str | None = None
    expires_at: datetime | None = None
    revoked: bool = False
    evidence: str = field(default="", repr=False)

    @property
    def key(self) -> RecordKey:
        """What it is unique on for a person."""
        return self.kind, self.ref

    @property
    def is_by_requester(self) -> bool:
        """Whether who asked approved it themselves: two people have to look."""
        asked = self.requested_by.strip().casefold()
        return bool(asked) and asked == self.by.strip().casefold() and not self.revoked


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A notice or letter that somebody sent; `about` is its kind, "" while only a receipt is known.

    Each time is the earliest that was told, None if none was. What came back wasn't delivered,
    whatever else was told of it.
    """

    kind: ClassVar[str] = "notice"

    ref: str
    about: str = ""
    loan_id: int = EVERY_LOAN
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    returned_at: datetime | None = None

    @property
    def key(self) -> RecordKey:
        """What it is unique on for a person."""
        return self.kind, self.ref


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody else than the borrower, at an address, asked not to be contacted about the debt."""

    kind: ClassVar[str] = "refusal"

    ref: str
    endpoint_id: str
    at: datetime

    @property
    def key(self) -> RecordKey:
        """What it is unique on for a person."""
        return self.kind, self.ref


@dataclass(frozen=True, slots=True)
class RiskFact:
    """One fact about a person's means or conduct that the lender told; see `domain.risk`.

    `fact` is its kind (an open list), `at` when it was true, `value` a decimal number as text or
    "", `word` a word that goes with it. Of one out of a credit report (`bureau`) it is recorded for
    what and on what basis it was asked; without those it is kept, and counts for nothing. Taken
    back once, it stays so.
    """

    kind: ClassVar[str] = "risk"

    ref: str
    fact: str
    at: datetime
    value: str = field(default="", repr=False)
    word: str = field(default="", repr=False)
    loan_id: int = EVERY_LOAN
    bureau: bool = False
    purpose: str = ""
    legal_basis: str = ""
    expires_at: datetime | None = None
    withdrawn: bool = False

    @property
    def key(self) -> RecordKey:
        """What it is unique on for a person."""
        return self.kind, self.ref


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """Somebody asked for a statement of a loan; of two words the earlier counts."""

    kind: ClassVar[str] = "statement"

    ref: str
    at: datetime
    loan_id: int = EVERY_LOAN

    @property
    def key(self) -> RecordKey:
        """What it is unique on for a person."""
        return self.kind, self.ref


Record: TypeAlias = Approval | SentNotice | Refusal | RiskFact | StatementRequest


def merge_record(known: Record | None, told: Record) -> Record:
    """Join two words on one record; of two at one instant the one that protects stands."""
    match known, told:
        case Approval(), Approval():
            return max(known, told, key=_precedence)
        case SentNotice(), SentNotice():
            return _merge_notice(known, told)
        case Refusal(), Refusal():
            return min(known, told, key=lambda one: (one.at, one.endpoint_id))
        case RiskFact(), RiskFact():
            last = max(known, told, key=_told_of_risk)
            return replace(last, withdrawn=known.withdrawn or told.withdrawn)
        case StatementRequest(), StatementRequest():
            return min(known, told, key=lambda one: (one.at, one.loan_id))
        case _:
            return told


def about_loan(record: Record, loan_id: int | None) -> Record:
    """Return the record as one about a loan; a refusal is about all of a person's loans."""
    if isinstance(record, Refusal) or not loan_id:
        return record
    return replace(record, loan_id=loan_id)


def _precedence(said: Approval) -> tuple[datetime, bool, str, tuple[str, ...]]:
    # Of two ends the earlier one: sorted from the last to the first.
    ends = "" if said.expires_at is None else said.expires_at.isoformat()
    earlier = "".join(chr(0x10000 - ord(character)) for character in ends)
    rest = (
        said.subject, said.role, said.by, said.requested_by, str(said.loan_id), said.channel or "",
        said.purpose or "", said.endpoint_id or "", said.evidence,
    )  # fmt: skip
    return said.at, said.revoked, earlier, rest


def _told_of_risk(one: RiskFact) -> tuple[bool, datetime, str]:
    # What only takes it back says nothing of the fact itself.
    rest = [one.fact, one.value, one.word, one.loan_id, one.bureau, one.purpose, one.legal_basis]
    return bool(one.fact), one.at, repr([*rest, one.expires_at])


def _merge_notice(known: SentNotice, told: SentNotice) -> SentNotice:
    return SentNotice(
        known.ref,
        max(known.about, told.about),
        max(known.loan_id, told.loan_id),
        _earliest(known.sent_at, told.sent_at),
        _earliest(known.delivered_at, told.delivered_at),
        _earliest(known.returned_at, told.returned_at),
    )


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
