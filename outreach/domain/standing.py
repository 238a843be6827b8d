"""Where one loan's episode stands: all that choosing a step may look at, and the answers."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Final

from outreach.domain.payment_history import NO_HISTORY, History
from outreach.domain.records import dataclass
from outreach.domain.steps import OpenMatter, Step
from outreach.domain.treatment import Trigger
from outreach.domain.vocabulary import (
    CaseKind,
    Channel,
    DeliveryState,
    ErrorClass,
    HoldKind,
    Stage,
)

UNSETTLED: Final = frozenset({DeliveryState.RESERVED, DeliveryState.UNKNOWN})
"""Nobody knows yet what came of it, so nothing may follow on it."""

FAILED: Final = frozenset(
    {DeliveryState.FAILED, DeliveryState.UNDELIVERED, DeliveryState.EXPIRED},
)
"""It certainly didn't reach the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One earlier outbound contact that named this loan, under this case or another.

    `at` is the business time of its reservation; `error` is None unless the provider gave one.
    """

    case_id: int
    step: str
    occurrence: str
    try_number: int
    at: datetime
    channel: Channel
    endpoint_id: str
    state: DeliveryState
    error: ErrorClass | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuote:
    """An early-payoff quote; `asked` is whether the borrower requested it."""

    quote_id: str
    valid_until: date
    asked: bool


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """Something that happened and may still be answered; `ref` is unique for the person."""

    trigger: Trigger
    ref: str
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One loan of one person, in its open episode if there is one.

    Attributes:
        person_id: Also spreads early-morning work.
        loan_id: The debt.
        case_id: The open case, 0 when there is none.
        kind: The open case's kind; None: no case, so only quotes can lead to a contact.
        due_on: Date that days past due count from: the oldest unpaid installment's in a
            delinquency, the coming one's before; None when nothing is scheduled.
        schedule_version: Of the schedule that the case was opened on.
        anchor_number: The installment that the case is about.
        episode: Which time this installment leads to a case of this kind.
        opened_on: Lender's date on which the case opened; steps of earlier days weren't missed.
        lender_zone: The lender's calendar.
        zones: Every zone the borrower may be in. Empty (unknown) uses the lender's here; the
            compliance decision then refuses.
        outstanding_minor: What a message would quote, in minor units of `currency`.
        total_minor: The whole debt.
        creditor: To whom it is owed; only debts to one creditor share a message.
        done: Earlier contacts that named this loan, in any order.
        addresses: Ids of usable addresses by channel, the preferred first.
        promise_due_on: Date of the promise that is still open.
        quotes: Early-payoff quotes on record.
        provisional: A payment that isn't final yet would cover what is due.
        fresh: Whether the state may be trusted now.
        held: A hold that stops planning altogether; holds that a rule judges are left to rules.
        last_contact_at: Latest contact with the person about any loan.
        risk_bucket: The platform's risk word.
        risk_tier: Of the scorecard, "" if there is none.
        events: What happened and may still be answered.
        history: How the person paid until now.
        open_matters: What keeps stages closed.
        freed_on: Lender's date on which the last of such matters ended; None: none did.
        broken_promises: On this loan, in the past year.
        product: The platform's name of it.
        lender: Slug of whoever contacts.
        role: What they are to the debt.
        language: The borrower's, ISO 639.
        residence: The borrower's, ISO 3166-2 or 3166-1, "" if unknown.
    """

    person_id: int
    loan_id: int
    lender_zone: tzinfo
    case_id: int = 0
    kind: CaseKind | None = None
    due_on: date | None = None
    schedule_version: int = 1
    anchor_number: int = 1
    episode: int = 1
    opened_on: date | None = None
    zones: tuple[tzinfo, ...] = ()
    outstanding_minor: int = 0
    total_minor: int = 0
    currency: str = ""
    creditor: str = ""
    done: tuple[Done, ...] = ()
    addresses: Mapping[Channel, tuple[str, ...]] = field(default_factory=dict)
    promise_due_on: date | None = None
    quotes: tuple[OpenQuote, ...] = ()
    provisional: bool = False
    fresh: bool = True
    held: HoldKind | None = None
    last_contact_at: datetime | None = None
    risk_bucket: str = ""
    risk_tier: str = ""
    events: tuple[OpenEvent, ...] = ()
    history: History = NO_HISTORY
    open_matters: frozenset[OpenMatter] = frozenset()
    freed_on: date | None = None
    broken_promises: int = 0
    product: str = ""
    lender: str = ""
    role: str = ""
    language: str = ""
    residence: str = ""

    @property
    def occurrence(self) -> str:
        """`schedule version:anchor installment:episode`, part of what makes a contact unique."""
        return f"{self.schedule_version}:{self.anchor_number}:{self.episode}"


@dataclass(frozen=True, slots=True)
class Option:
    """One way to make a due contact, to be judged by the rules."""

    channel: Channel
    endpoint_id: str
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A contact to make now, if the rules allow it.

    (person, `standing.case_id`, `step_key`, `occurrence`, `try_number`) is unique for ever.

    Attributes:
        standing: The primary case's.
        step: As planned; purpose, window and spacing are there.
        step_key: Tells repetitions apart; what is stored.
        stage: Where the treatment stands.
        day: Days past due today.
        occurrence: Of the case, or the quote's id.
        try_number: 1 for the first.
        options: Ways to make it, the preferred first; take the first that is allowed.
        closes_at: When the step's window ends, in the earliest of the zones.
        skipped: Keys of steps whose days passed unused since the last contact.
        merged: Standings of other loans that this contact also covers.
        arm: Arm of the treatment's experiment that the person is in, "" without one.
    """

    standing: Standing
    step: Step
    step_key: str
    stage: Stage
    day: int
    occurrence: str
    try_number: int
    options: tuple[Option, ...]
    closes_at: datetime
    skipped: tuple[str, ...] = ()
    merged: tuple[Standing, ...] = ()
    arm: str = ""

    @property
    def debts(self) -> tuple[int, ...]:
        """Loan ids that the contact is about, the primary first."""
        return (self.standing.loan_id, *(other.loan_id for other in self.merged))


class WaitReason(StrEnum):
    """Why nothing is to be done now. Values are stored and shown: never renamed."""

    NEXT_STEP = "treatment.next_step"
    NO_STEP_LEFT = "treatment.no_step_left"
    BEFORE_HORIZON = "treatment.before_horizon"
    AFTER_LAST_STAGE = "treatment.after_last_stage"
    NO_CASE = "treatment.no_case"
    NOT_ROLLED = "treatment.not_rolled"
    NOTHING_OWED = "treatment.nothing_owed"
    HELD = "treatment.held"
    STALE = "treatment.stale"
    PROMISE_OPEN = "treatment.promise_open"
    PENDING = "treatment.pending"
    RETRY_LATER = "treatment.retry_later"
    SPACING = "treatment.spacing"
    WINDOW_CLOSED = "treatment.window_closed"
    NO_ADDRESS = "treatment.no_address"
    UNPROVEN = "treatment.unproven"
    """The next stage isn't open: nothing proves what must precede it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to do now.

    Attributes:
        until: When to look again, always later than `now`; None: not before something changes.
        why: What is waited for.
        step_key: The step waited for, "" if none.
        skipped: As in `Due`.
    """

    until: datetime | None
    why: WaitReason
    step_key: str = ""
    skipped: tuple[str, ...] = ()
