"""Loans as we hold them: what was reported, what was paid since, and what is owed today.

Nothing here counts days in storage: days past due are asked for a date in the lender's calendar.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from outreach.domain.promises import Promise
from outreach.domain.records import dataclass
from outreach.domain.signals import Position
from outreach.domain.vocabulary import LoanStatus

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""`as_of` of a loan of which no snapshot has come yet: older than any freshness limit."""
HINT_FRESH_FOR: Final = timedelta(hours=24)
"""How old a `hint` source's snapshot may be to contact on it."""
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
OPEN_STATUSES: Final = frozenset({LoanStatus.ACTIVE, LoanStatus.RESTRUCTURED})


# Reports and installments are read by the thousand: a named tuple is made in a third of the time.
class Report(NamedTuple):
    """One source's newest word on one installment. Amounts in minor units.

    `version` is the schedule version that the source named, 0 when it named none. `said` holds
    what the same signal said of the loan itself (status, total, creditor …).
    """

    position: Position
    version: int
    due_on: date
    outstanding_minor: int
    parts: Mapping[str, Any] = NOTHING
    said: Mapping[str, Any] = NOTHING

    @property
    def billed_minor(self) -> int | None:
        """What was billed in total, where the source says so."""
        billed = self.parts.get("billed")
        return billed["total"] if billed else None


class Installment(NamedTuple):
    """One installment of the current schedule. `outstanding_minor` is the effective amount.

    `report` is the newest word, `others` what other sources (or other schedule versions) said.
    Only `outstanding_minor` may be quoted in a message.
    """

    number: int
    outstanding_minor: int
    report: Report
    others: tuple[Report, ...] = ()

    @property
    def reports(self) -> tuple[Report, ...]:
        """Every source's newest word, the one that counts first."""
        return (self.report, *self.others)

    @property
    def due_on(self) -> date:
        """Due date in the lender's calendar."""
        return self.report.due_on

    @property
    def as_of(self) -> datetime:
        """When the reported amount was true."""
        return self.report.position.at


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a payment went to one installment, in minor units."""

    number: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment and its reversal, in whichever order they were told.

    `amount_minor` is None when only the reversal is known (a tombstone). `told` and `reversal_told`
    are the earliest word of each source on the payment and on its reversal. `provisional` until any
    source says it cleared. `allocation` is the platform's division of it, `booked` our own (see
    `loan_books`), both by component.
    """

    ref: str
    amount_minor: int | None = None
    value_on: date | None = None
    paid_at: datetime | None = None
    provisional: bool = False
    split: tuple[Share, ...] = ()
    allocation: Mapping[str, int] | None = None
    told: tuple[Position, ...] = ()
    reversed_at: datetime | None = None
    reversal: Mapping[str, Any] | None = None
    reversal_told: tuple[Position, ...] = ()
    booked: Mapping[str, int] | None = None

    @property
    def is_reversed(self) -> bool:
        """Whether the money went back, or never came."""
        return bool(self.reversal_told)

    @property
    def reopens(self) -> Mapping[int, int]:
        """What the reversal says is owed again by installment: a hint, used without a split."""
        told = self.reversal["reopens"] if self.reversal else ()
        return {one["number"]: one["outstanding"] for one in told}


@dataclass(frozen=True, slots=True)
class Quote:
    """An early payoff amount, valid through `valid_until` in the lender's calendar."""

    ref: str
    amount_minor: int
    valid_until: date
    requested_by: str
    quoted_at: datetime


@dataclass(frozen=True, slots=True)
class Autopay:
    """A debit that the lender will run on a day; do not dun for it before that day has ended."""

    ref: str
    amount_minor: int
    runs_on: date
    told_at: datetime
    canceled: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One source's newest word on one field of the loan."""

    position: Position
    value: Any


@dataclass(frozen=True, slots=True)
class Closing:
    """A word that ends (paid_off, sold) or revives (recalled) our business with the loan."""

    position: Position
    time: datetime
    on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Full:
    """How far a source's complete schedules reach: a report before them is superseded.

    The position's stamp and instant are each the newest of any complete schedule told.
    """

    position: Position
    version: int


@dataclass(frozen=True, slots=True)
class LoanState:
    """Everything known of one loan.

    The first block is derived from the second by `deriving.derive_loan`. `total_minor` is the
    whole debt less payments its report doesn't contain, None if never told. `source` is the
    configured source of the newest snapshot. `signs` are those that payments left, see
    `payment_signs`. `risk_tier` is what the last look made of it, "" for the lowest; folding
    leaves it as it is.
    """

    loan_id: int
    ref: str
    source: str
    currency: str
    creditor: str = ""
    product: str = ""
    account_tail: str = ""
    status: LoanStatus = LoanStatus.ACTIVE
    lender_timezone: str = "UTC"
    total_minor: int | None = None
    closed_on: date | None = None
    risk_bucket: str = ""
    signs: tuple[tuple[str, date], ...] = ()
    risk_tier: str = ""
    installments: tuple[Installment, ...] = ()
    # What was told; each part joins in any order.
    schedule_version: int = 1
    payments: Mapping[str, Payment] = field(default_factory=dict)
    promises: Mapping[str, Promise] = field(default_factory=dict)
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    autopays: Mapping[str, Autopay] = field(default_factory=dict)
    statements: Mapping[tuple[str, str], Statement] = field(default_factory=dict)
    fulls: Mapping[str, Full] = field(default_factory=dict)
    # By installment, source and schedule version: the newest word of a source that another source's
    # complete schedule has overtaken. An older word that comes late is measured by it.
    overtaken: Mapping[tuple[int, str, int], Report] = field(default_factory=dict)
    closings: Mapping[str, Closing] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether we may still speak to the borrower about it at all."""
        return self.status in OPEN_STATUSES

    @property
    def newest(self) -> Position | None:
        """Position of the newest snapshot of the loan; None if only facts are known."""
        newest: Position | None = None
        for one in self.installments:
            for report in one.reports if one.others else (one.report,):
                newest = _later(newest, report.position)
        for full in self.fulls.values():
            newest = _later(newest, full.position)
        return newest

    @property
    def as_of(self) -> datetime:
        """When the newest snapshot was true; `NEVER` without one."""
        return newest.at if (newest := self.newest) else NEVER

    def today(self, now: datetime) -> date:
        """Return the date in the lender's calendar at `now` (aware)."""
        return now.astimezone(ZoneInfo(self.lender_timezone)).date()


def _later(known: Position | None, told: Position) -> Position:
    if known is None or (told.at, told.source) > (known.at, known.source):
        return told
    return known


def contains(snapshot: Position, told: Sequence[Position]) -> bool:
    """Say whether a snapshot already holds a fact.

    Args:
        snapshot: Where the snapshot stands.
        told: The earliest word of each source on the fact; at least one.
    """
    for one in told:
        if one.source == snapshot.source:
            return one.stamp <= snapshot.stamp
    return min(one.at for one in told) <= snapshot.at


def balance_effect(snapshot: Position, payment: Payment) -> int:
    """Return by which sign a payment changes a reported balance: -1, 0 or +1.

    A payment the snapshot doesn't hold lowers it; a reversal the snapshot doesn't hold of a
    payment that it does raises it; a reversal before its payment nets to nothing.
    """
    if payment.amount_minor is None:
        return 0
    held = contains(snapshot, payment.told)
    if not payment.is_reversed:
        return 0 if held else -1
    return 1 if held and not contains(snapshot, payment.reversal_told) else 0


def effective_outstanding(
    reports: Mapping[int, Report],
    payments: Iterable[Payment],
    paid_off: Position | None = None,
    cured: tuple[Position, date] | None = None,
) -> dict[int, int]:
    """Return what is owed on each installment: its report less the payments it doesn't contain.

    Payments with a split go where they say; the others are laid on the oldest installments first
    that don't contain them. A reversed payment without a split re-opens only installments that
    the reversal names, up to what it names. Never negative, minor units.

    Args:
        reports: The report that counts, by installment number.
        payments: In any order.
        paid_off: Where the loan was told to be paid off: a report of zero for every installment
            that was reported before.
        cured: Where the loan was told to be current again, and the lender's date then: a report of
            zero for every installment that was due by that date and reported before.
    """
    payments = list(payments)
    if not payments and paid_off is None and cured is None:
        return {number: report.outstanding_minor for number, report in reports.items()}
    owed: dict[int, int] = {}
    base: dict[int, Position] = {}
    by_due_date = sorted((report.due_on, number) for number, report in reports.items())
    for _, number in by_due_date:
        report = reports[number]
        settled = _settled_by(report, paid_off, cured)
        owed[number] = 0 if settled else report.outstanding_minor
        base[number] = settled or report.position
    unsplit: list[Payment] = []
    for payment in payments:
        if not payment.split:
            unsplit.append(payment)
            continue
        for share in payment.split:
            if share.number in owed:
                effect = balance_effect(base[share.number], payment)
                owed[share.number] += effect * share.amount_minor
    for payment in sorted(unsplit, key=lambda one: (one.paid_at or NEVER, one.ref)):
        _lay_oldest_first(payment, owed, base)
    return {number: max(0, minor) for number, minor in owed.items()}


def _settled_by(
    report: Report, paid_off: Position | None, cured: tuple[Position, date] | None
) -> Position | None:
    """Return the word that says, later than a report, that nothing is owed on it any more."""
    if paid_off is not None and report.position.is_before(paid_off):
        return paid_off
    if cured is not None and report.due_on < cured[1] and report.position.is_before(cured[0]):
        return cured[0]
    return None


def _lay_oldest_first(payment: Payment, owed: dict[int, int], base: dict[int, Position]) -> None:
    left = payment.amount_minor or 0
    for number, minor in owed.items():
        effect = balance_effect(base[number], payment)
        room = max(0, minor)
        if effect > 0:
            room = max(0, payment.reopens.get(number, 0) - minor)
        moved = min(left, room) if effect else 0
        owed[number] = minor + effect * moved
        left -= moved


def oldest_unpaid(installments: Iterable[Installment]) -> Installment | None:
    """Return the unpaid installment with the earliest due date; None if nothing is owed."""
    oldest: Installment | None = None
    for one in installments:
        if one.outstanding_minor > 0 and (oldest is None or one.due_on <= oldest.due_on):
            is_twin = oldest is not None and one.due_on == oldest.due_on
            oldest = oldest if oldest and is_twin and oldest.number < one.number else one
    return oldest


def oldest_unpaid_due_on(installments: Iterable[Installment]) -> date | None:
    """Return the due date that days past due count from; None if nothing is owed."""
    oldest = oldest_unpaid(installments)
    return oldest.due_on if oldest else None


def next_due_on(installments: Iterable[Installment], after: date) -> date | None:
    """Return the earliest unpaid due date on or after a date."""
    return min(
        (one.due_on for one in installments if one.outstanding_minor > 0 and one.due_on >= after),
        default=None,
    )


def days_past_due(schedule: Iterable[Installment], as_of: date) -> int:
    """Return the age, in whole calendar days, of the oldest installment still unpaid.

    Counts from the due date itself: due 1 March, unpaid on 2 March, is 1. Grace days are a
    treatment's choice and are not subtracted.

    Args:
        schedule: Installments in any order.
        as_of: Date in the lender's calendar, not the UTC date.

    Returns:
        0 when nothing is overdue; never negative.
    """
    oldest = oldest_unpaid_due_on(schedule)
    return max(0, (as_of - oldest).days) if oldest else 0


def past_due_minor(schedule: Iterable[Installment], as_of: date) -> int:
    """Return what is owed on installments whose due date has passed (strictly before `as_of`)."""
    return sum(one.outstanding_minor for one in schedule if one.due_on < as_of)


def is_fresh(loan: LoanState, now: datetime, *, complete: bool, source_alive: bool) -> bool:
    """Say whether the state may be contacted on.

    Args:
        loan: As folded.
        now: Business time.
        complete: The source tells every change, so state stays good while it is alive. Otherwise
            what is owed must have been reported within `HINT_FRESH_FOR`.
        source_alive: Its heartbeat is within the expected interval.
    """
    if complete:
        return source_alive and bool(loan.installments or loan.fulls)
    oldest = oldest_unpaid(loan.installments)
    if oldest is None:
        return False
    last = max(loan.today(now), oldest.due_on)
    unpaid = (one for one in loan.installments if one.outstanding_minor > 0)
    return now - min(one.as_of for one in unpaid if one.due_on <= last) <= HINT_FRESH_FOR
