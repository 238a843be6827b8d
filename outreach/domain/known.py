"""What is known of one person when a contact is judged: the `Facts` that rules look at.

Nothing here reads a clock. Instants are aware datetimes; beside some of them stands their `epoch`,
whole microseconds since 1970-01-01 UTC, so that rules compare integers.

A fact is known, unknown or absent. Absent: the field is empty or the key is not in the map, and we
know that there is nothing. Unknown: the value is `UNKNOWN` (or `None` where the field says so);
rules then assume the stricter case and name the missing fact. A record whose `at` lies after the
action's `at` was not known yet, and no rule sees it.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import count
from typing import Final, Literal

from outreach.domain.records import dataclass

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NO_TEXTS: Final[frozenset[str]] = frozenset()
EVERY_DAY: Final = frozenset(range(7))
_SET = object.__setattr__


class Missing(Enum):
    """Marks a fact that exists but that nobody has told us."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Missing.UNKNOWN

Flag = bool | int | str | Missing
"""A debt or person flag: true, a value to compare, or `UNKNOWN`."""


def epoch_of(at: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC; `at` must be aware (else `TypeError`)."""
    return (at - EPOCH) // MICROSECOND


def instant_of(epoch: int) -> datetime:
    """Return the aware UTC datetime of an epoch in microseconds."""
    return EPOCH + epoch * MICROSECOND


KIND_WORDS: Final = (
    "channel",
    "direction",
    "outcome",
    "purpose",
    "recipient_role",
    "dial_mode",
    "place",
)
_kinds: Final[dict[tuple[str | None, ...], int]] = {}
_words: Final[dict[int, tuple[str | None, ...]]] = {}
_next_kind: Final = count()


def kind_of(words: tuple[str | None, ...]) -> int:
    """Return a small number for a combination of `KIND_WORDS`, the same for as long as we run.

    Counting rules remember per number whether they count such contacts. All seven are words of a
    vocabulary, so there are few combinations. Never store the number.
    """
    kind = _kinds.get(words)
    if kind is None:
        number = next(_next_kind)
        _words[number] = words
        kind = _kinds.setdefault(words, number)
    return kind


def words_of_kind(kind: int) -> tuple[str | None, ...]:
    """Return the combination that a number stands for, in the order of `KIND_WORDS`."""
    return _words[kind]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One earlier contact, in either direction, as frequency rules count it.

    `outcome` is one of `vocabulary.Outcome`: `pending` matches every outcome selector, `released`
    none. `excluded_reason` is set when a count must skip the entry (`endpoint_not_persons`,
    `within_direct_consent_7d`). `sender` names who contacted, for counts per collector.
    """

    at: datetime
    channel: str
    direction: str
    outcome: str
    debts: tuple[str, ...]
    endpoint: str | None = None
    purpose: str | None = None
    recipient_role: str = "debtor"
    dial_mode: str | None = None
    place: str | None = None
    sender: str | None = None
    excluded_reason: str | None = None
    key: str | None = None
    epoch: int = field(init=False, compare=False)
    kind: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compute the integers that rules compare."""
        _SET(self, "epoch", epoch_of(self.at))
        _SET(
            self,
            "kind",
            kind_of(
                (
                    self.channel,
                    self.direction,
                    self.outcome,
                    self.purpose,
                    self.recipient_role,
                    self.dial_mode,
                    self.place,
                )
            ),
        )


@dataclass(frozen=True, slots=True)
class ZoneEvidence:
    """One zone the person may be in (IANA name), and what suggests it."""

    zone: str
    kind: Literal["declared", "address", "area_code"]


@dataclass(frozen=True, slots=True)
class Consent:
    """A permission. Empty `channel`, `endpoint`, `purpose` or `debts` mean any.

    `starts` and `expires` bound when it may be relied on, half-open. A re-opt-in (START) is a
    consent of kind `opt_in`; a text that the person sent on their own is one of kind
    `consumer_text`. A consent given before an opt-out of the same medium no longer stands.
    """

    kind: str
    at: datetime
    channel: str | None = None
    endpoint: str | None = None
    given_to: str = "sender"
    form: str = ""
    purpose: str | None = None
    debts: frozenset[str] = NO_TEXTS
    starts: datetime | None = None
    expires: datetime | None = None
    evidence: str = ""
    epoch: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Compute the integer that rules compare."""
        _SET(self, "epoch", epoch_of(self.at))


@dataclass(frozen=True, slots=True)
class OptOut:
    """A request to stop. `medium`: a channel, `phone` (call, voicemail and text) or `all`.

    `endpoint` None binds every address of that medium. `scope` `marketing` binds marketing only;
    `topic` (a debt) narrows it where a rule lets topics narrow. `source` is how it was told
    (`keyword`, `free_text`, `voice`, `agent_note`, `inbound_email`), empty if that wasn't kept.
    """

    at: datetime
    medium: str
    endpoint: str | None = None
    scope: str = ""
    topic: str | None = None
    source: str = ""
    epoch: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Compute the integer that rules compare."""
        _SET(self, "epoch", epoch_of(self.at))


@dataclass(frozen=True, slots=True)
class Preference:
    """A time, place, channel or address that the person asked not to be contacted at.

    A time is [start, end) in local minutes on `days` (Monday 0). `place`, `channel` or `endpoint`
    bar that place, channel or address; with a time they bar it then only. `form` is `oral` or
    `written`; `confirmed_at` is when an oral request was put in writing. `expires` ends it; None:
    until it is withdrawn.
    """

    at: datetime
    start_minute: int = 0
    end_minute: int = 0
    days: frozenset[int] = EVERY_DAY
    place: str | None = None
    form: str = ""
    source: str = ""
    channel: str | None = None
    endpoint: str | None = None
    expires: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PromisedDate:
    """A date the person named for paying or being in touch; empty `debts` mean all.

    `ended_at` is when it became moot: kept, broken or canceled.
    """

    at: datetime
    on: date
    debts: frozenset[str] = NO_TEXTS
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Something agreed with the person, such as `contact_hours` [start, end) in local minutes.

    `days` are the weekdays (Monday 0) on which agreed hours begin.
    """

    kind: str
    at: datetime
    start_minute: int = 0
    end_minute: int = 0
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason to pause outreach.

    `debts` and `channels` empty mean all. It acts in [`starts`, `ends`); `ends` None is until
    lifted. `released` is when it was lifted, if it was. `policy` is a `ContactPolicy`;
    `allowed_purposes` are let through besides, and `allowed_recipients` may be spoken to all the
    same (an executor after a death). `attributes` are what one kind knows more
    (`in_validation_period`, `form`, `verification_sent` …).
    """

    kind: str
    at: datetime
    starts: datetime | None = None
    ends: datetime | None = None
    debts: frozenset[str] = NO_TEXTS
    channels: frozenset[str] = NO_TEXTS
    policy: str = "stop_all"
    allowed_purposes: frozenset[str] = NO_TEXTS
    released: datetime | None = None
    attributes: Mapping[str, Flag] = field(default_factory=dict)
    allowed_recipients: frozenset[str] = NO_TEXTS


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of the person, by id: its kind, whose it is, and what shows that it still is.

    `checked_at` and `checked_result` (`yes` = reassigned, `no`, `no_data`) are the newest check
    against a reassigned-numbers database; `last_text_at` the newest message the person sent from
    it. `not_persons_at` is when it was learned to be somebody else's.
    """

    kind: str | Missing | None = None
    owner: str | None = None
    status: str = "active"
    checked_at: datetime | None = None
    checked_result: str | None = None
    last_text_at: datetime | None = None
    not_persons_at: datetime | None = None
    flags: Mapping[str, Flag] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Debt:
    """One debt at `at`: days past due (None: unknown), its account group and its open flag map.

    `creditor` None is the one creditor of all debts that name none. `product` is the platform's
    name of its kind, None if unknown.
    """

    dpd: int | None = None
    group: str | None = None
    creditor: str | None = None
    product: str | None = None
    flags: Mapping[str, Flag] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter or notice that was sent, such as `assignment_notice`; empty `debts` mean all."""

    kind: str
    at: datetime
    undeliverable: bool = False
    debts: frozenset[str] = NO_TEXTS


@dataclass(frozen=True, slots=True)
class Approval:
    """Leave given by a person of the lender for what a rule stops until then.

    `subject` is the word that the rule asks for. Empty `channel`, `purpose`, `endpoint` or `debts`
    mean any. `expires` ends it, half-open; a rule may end it sooner.
    """

    subject: str
    at: datetime
    approver_role: str
    approver: str = ""
    channel: str | None = None
    purpose: str | None = None
    endpoint: str | None = None
    debts: frozenset[str] = NO_TEXTS
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message from the person; `opt_out` is what the classifier made of its text."""

    at: datetime
    medium: str
    opt_out: bool = False
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything rules may look at about one person, whatever the instant asked about.

    `holidays` None means that no calendar is loaded (unknown), an empty set that no date is one.
    `stage`, `residence` and `lender_class` None are unknown. `refusals` are third parties (by id)
    who asked not to be contacted, and when.
    """

    lender_role: str
    zones: tuple[ZoneEvidence, ...] = ()
    residence: str | None = None
    lender_class: str | None = None
    stage: str | None = None
    ledger: tuple[LedgerEntry, ...] = ()
    consents: tuple[Consent, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    preferences: tuple[Preference, ...] = ()
    promises: tuple[PromisedDate, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    holds: tuple[Hold, ...] = ()
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    debts: Mapping[str, Debt] = field(default_factory=dict)
    person_flags: Mapping[str, Flag] = field(default_factory=dict)
    person_dates: Mapping[str, datetime] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    inbound: tuple[InboundMessage, ...] = ()
    holidays: frozenset[date] | None = frozenset()
    lender_zone: str | None = None
    refusals: tuple[tuple[str, datetime], ...] = ()
    approvals: tuple[Approval, ...] = ()
    lender_flags: Mapping[str, Flag] = field(default_factory=dict)
