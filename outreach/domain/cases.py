"""Cases: one pre-due or delinquency episode of one loan. Pure: loan and date in, changes out."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from outreach.domain.loans import LoanState, days_past_due, oldest_unpaid
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import CaseEnd, CaseKind, LoanStatus

PRE_DUE_DAYS: Final = 35
"""How long before its due date an unpaid installment opens a pre-due case."""


@dataclass(frozen=True, slots=True)
class Case:
    """One episode. `case_id` 0 and `episode` 0 are given when it is stored.

    `anchor_number` is the installment that opened it; with `schedule_version` and `episode` it
    names the occurrence that contacts are unique on. Dates are in the lender's calendar.
    """

    case_id: int
    loan_id: int
    kind: CaseKind
    anchor_number: int
    anchor_due_on: date
    schedule_version: int
    episode: int
    opened_on: date
    closed_on: date | None = None
    end_reason: CaseEnd | None = None

    @property
    def occurrence(self) -> str:
        """Schedule version, anchor installment and episode, as contacts store it."""
        return f"{self.schedule_version}:{self.anchor_number}:{self.episode}"


@dataclass(frozen=True, slots=True)
class CaseMove:
    """What becomes of a loan's cases: the one that ends and the one that starts, if any."""

    closed: Case | None = None
    opened: Case | None = None

    def __bool__(self) -> bool:
        return self.closed is not None or self.opened is not None


def advance(loan: LoanState, open_case: Case | None, today: date) -> CaseMove:
    """Say how a loan's open case moves on `today`, the lender's date.

    A delinquency lasts while anything is past due, whichever installment that is; it keeps the
    anchor it opened on. A pre-due case is about one installment. Nothing in between opens for a
    day that was missed: the answer depends on the state alone.
    """
    wanted = _wanted(loan, today)
    if open_case is None:
        return CaseMove(opened=wanted)
    if wanted is not None and _is_same_episode(open_case, wanted):
        return CaseMove()
    ended = replace(open_case, closed_on=today, end_reason=_end(loan, open_case, wanted))
    return CaseMove(closed=ended, opened=wanted)


_BY_PAYMENT: Final = frozenset({CaseEnd.CURED, CaseEnd.PAID})


def with_closed(past: tuple[Case, ...], move: CaseMove) -> tuple[Case, ...]:
    """Return the delinquencies that ended by payment, with the one that a move closed."""
    closed = move.closed
    if closed is None or closed.kind is not CaseKind.DELINQUENCY:
        return past
    return (*past, closed) if closed.end_reason in _BY_PAYMENT else past


def next_episode(earlier: list[Case], opened: Case) -> int:
    """Return which episode this is: one more than the earlier ones on the same anchor."""
    key = (opened.loan_id, opened.kind, opened.schedule_version, opened.anchor_number)
    return 1 + max(
        (
            one.episode
            for one in earlier
            if (one.loan_id, one.kind, one.schedule_version, one.anchor_number) == key
        ),
        default=0,
    )


def _wanted(loan: LoanState, today: date) -> Case | None:
    anchor = oldest_unpaid(loan.installments) if loan.is_open else None
    if anchor is None or anchor.due_on > today + timedelta(days=PRE_DUE_DAYS):
        return None
    late = days_past_due(loan.installments, today) > 0
    kind = CaseKind.DELINQUENCY if late else CaseKind.PRE_DUE
    return Case(
        0, loan.loan_id, kind, anchor.number, anchor.due_on, loan.schedule_version, 0, today
    )


def _is_same_episode(case: Case, wanted: Case) -> bool:
    if (case.kind, case.schedule_version) != (wanted.kind, wanted.schedule_version):
        return False
    if case.kind is CaseKind.DELINQUENCY:
        return True
    return (case.anchor_number, case.anchor_due_on) == (wanted.anchor_number, wanted.anchor_due_on)


def _end(loan: LoanState, case: Case, wanted: Case | None) -> CaseEnd:
    if loan.status is LoanStatus.SOLD:
        return CaseEnd.SOLD
    if not loan.is_open:
        return CaseEnd.PAID if loan.status is LoanStatus.CLOSED else CaseEnd.CLOSED
    if case.schedule_version != loan.schedule_version:
        return CaseEnd.RESCHEDULED
    if case.kind is CaseKind.DELINQUENCY:
        return CaseEnd.CURED
    if wanted is not None and wanted.kind is CaseKind.DELINQUENCY:
        return CaseEnd.ROLLED
    anchor = next((one for one in loan.installments if one.number == case.anchor_number), None)
    # Missing: the schedule dropped it, or only unpaid installments were loaded.
    return CaseEnd.RESCHEDULED if anchor and anchor.outstanding_minor > 0 else CaseEnd.PAID
