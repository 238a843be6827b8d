"""The books of one loan: what was billed, what was paid, how it was divided, what is left.

They are kept beside the platform's figures, never instead of them: where the two differ, that is a
discrepancy for a person to look at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from outreach.domain.allocation import (
    STATED,
    USUAL,
    Allocated,
    Bill,
    Component,
    PaymentIn,
    Waterfall,
    allocate,
)
from outreach.domain.loans import (
    NEVER,
    Installment,
    LoanState,
    Payment,
    Report,
    contains,
    effective_outstanding,
)
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import LoanStatus

UNAPPLIED: Final = "unapplied"


class DiscrepancyKind(StrEnum):
    """Where our books and the platform's differ. Values are stored and shown: never renamed."""

    ALLOCATION = "allocation"
    """A payment is divided otherwise over fees, penalty, interest and principal."""
    SPLIT = "split"
    """A payment went to other installments."""
    PAYMENTS = "payments"
    """More is owed by the platform's schedule than after all payments that it told."""
    INSTALLMENT = "installment"
    """What is left of an installment differs."""
    TOTAL = "total"
    """The platform's total isn't what its own schedule adds up to, in any usual way."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One difference. `about` is a payment's reference or an installment's number, "" for neither.

    `ours` and `theirs` are minor units, by component or under `amount`.
    """

    kind: DiscrepancyKind
    about: str
    ours: Mapping[str, int] = field(hash=False)
    theirs: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class LoanBooks:
    """One loan's books.

    `since_start` says whether every payment that the platform's schedule shows is known to us, so
    that the books go back to the first one. Else they begin with what was left when the platform
    last told, and `before_minor` was paid before. `bills` are what payments are divided over.
    """

    bills: tuple[Bill, ...]
    allocated: Allocated
    since_start: bool
    before_minor: int = 0
    discrepancies: tuple[Discrepancy, ...] = ()


def keep_books(loan: LoanState, waterfall: Waterfall = USUAL) -> LoanBooks:
    """Divide a loan's payments, and compare with what the platform says.

    Args:
        loan: With all its payments, and installments with their parts.
        waterfall: Of its product.
    """
    whole = _from_start(loan, waterfall)
    before = 0 if whole is None else whole[1]
    since_start = whole is not None and before <= 0
    if whole is not None and since_start:
        bills, allocated = whole[0], whole[2]
    else:
        bills = _bills_left(loan)
        # A payment that every installment reflects already has nothing to be divided over.
        held = frozenset.intersection(*(bill.excludes for bill in bills)) if bills else frozenset()
        counted = [one for one in _counted(loan) if one.ref not in held]
        allocated = allocate(bills, counted, waterfall)
    found = (
        *_payments_differ(loan, allocated),
        *_schedule_differs(loan, allocated, before),
        *_total_differs(loan),
    )
    return LoanBooks(bills, allocated, since_start, max(0, before), found)


def _counted(loan: LoanState) -> list[PaymentIn]:
    """Return the payments that weren't taken back."""
    return [
        PaymentIn(one.ref, one.amount_minor, value_date(one), one.paid_at or NEVER)
        for one in loan.payments.values()
        if one.amount_minor is not None and not one.is_reversed
    ]


def _from_start(
    loan: LoanState, waterfall: Waterfall
) -> tuple[tuple[Bill, ...], int, Allocated] | None:
    """Divide everything over what was billed from the first installment on.

    Also returns how much more is paid by the platform's word than payments were told, negative
    for less. None where it isn't known what was billed, or the schedule was restructured.
    """
    if not loan.installments or loan.status is LoanStatus.RESTRUCTURED:
        return None
    bills = []
    for one in loan.installments:
        billed = _billed(one.report)
        if billed is None:
            return None
        bills.append(Bill(one.number, one.due_on, billed))
    allocated = allocate(bills, _counted(loan), waterfall)
    ours = sum(allocated.left_minor(bill.number) for bill in bills)
    owed = sum(one.outstanding_minor for one in loan.installments)
    return tuple(bills), ours - owed, allocated


def booked(loan: LoanState, books: LoanBooks) -> LoanState:
    """Return the loan with each payment's division by us; the same object if none moved."""
    payments = dict(loan.payments)
    for ref, payment in loan.payments.items():
        ours = books.allocated.of(ref)
        told = None if ours is None else division(ours.by_component(), ours.unapplied_minor)
        if told != payment.booked:
            payments[ref] = replace(payment, booked=told)
    return loan if payments == loan.payments else replace(loan, payments=payments)


def division(parts: Mapping[Component, int], unapplied: int) -> dict[str, int]:
    """Return a payment's division as it is stored: positive amounts by component's name."""
    found = {component.value: parts[component] for component in Component if parts.get(component)}
    return {**found, UNAPPLIED: unapplied} if unapplied else found


def agreed_division(payment: Payment) -> Mapping[str, int] | None:
    """Return how a payment was divided, as a borrower may be told it.

    The platform's word if it gave one that ours doesn't contradict, ours if it gave none; None
    where the two differ or nobody stated what was owed for.
    """
    ours, theirs = payment.booked, payment.allocation
    if theirs is not None:
        told = {name: minor for name, minor in theirs.items() if minor}
        return told if ours is None or _comparable(ours) is None or ours == told else None
    return None if ours is None else _comparable(ours)


def _comparable(ours: Mapping[str, int]) -> Mapping[str, int] | None:
    return None if Component.UNSTATED in ours else ours


def _billed(report: Report) -> dict[Component, int] | None:
    told = report.parts.get("billed")
    return _parts(told, told["total"]) if told else None


def _parts(told: Mapping[str, Any] | None, total: int) -> dict[Component, int]:
    """Return parts that add up to `total`; what wasn't stated is so named."""
    if told is None:
        return {Component.UNSTATED: total}
    found = {component: int(told[component]) for component in STATED if told.get(component)}
    rest = total - sum(found.values())
    return found | {Component.UNSTATED: rest} if rest > 0 else found


def _bills_left(loan: LoanState) -> tuple[Bill, ...]:
    """Return what was left of each installment when it was last told."""
    reports = {one.number: one.report for one in loan.installments}
    back = [one for one in loan.payments.values() if one.is_reversed]
    reopened = effective_outstanding(reports, back)
    return tuple(_bill_left(one, loan, reopened[one.number]) for one in loan.installments)


def _bill_left(one: Installment, loan: LoanState, owed: int) -> Bill:
    held = frozenset(
        payment.ref
        for payment in loan.payments.values()
        if payment.told and contains(one.report.position, payment.told)
    )
    return Bill(one.number, one.due_on, _parts(one.report.parts.get("outstanding"), owed), held)


def _payments_differ(loan: LoanState, allocated: Allocated) -> Iterator[Discrepancy]:
    for payment in loan.payments.values():
        ours = allocated.of(payment.ref)
        if ours is None:
            continue
        mine = division(ours.by_component(), ours.unapplied_minor)
        if payment.allocation is not None and _comparable(mine) is not None:
            theirs = {name: minor for name, minor in payment.allocation.items() if minor}
            if mine != theirs:
                yield Discrepancy(DiscrepancyKind.ALLOCATION, payment.ref, mine, theirs)
        if payment.split:
            parts = {str(number): minor for number, minor in ours.by_installment().items()}
            theirs = {str(one.number): one.amount_minor for one in payment.split}
            if parts != {number: minor for number, minor in theirs.items() if minor}:
                yield Discrepancy(DiscrepancyKind.SPLIT, payment.ref, parts, theirs)


def _schedule_differs(loan: LoanState, allocated: Allocated, before: int) -> Iterator[Discrepancy]:
    if before < 0:
        owed = sum(one.outstanding_minor for one in loan.installments)
        ours, theirs = {"amount": owed + before}, {"amount": owed}
        yield Discrepancy(DiscrepancyKind.PAYMENTS, "", ours, theirs)
        return
    for one in loan.installments:
        left = allocated.left_minor(one.number)
        if left != one.report.outstanding_minor and _knows_all(one.report, loan):
            theirs = {"amount": one.report.outstanding_minor}
            yield Discrepancy(
                DiscrepancyKind.INSTALLMENT, str(one.number), {"amount": left}, theirs
            )


def _knows_all(report: Report, loan: LoanState) -> bool:
    """Say whether a report was made after every payment and reversal."""
    return all(
        contains(report.position, told)
        for payment in loan.payments.values()
        for told in (payment.told, payment.reversal_told)
        if told
    )


def _total_differs(loan: LoanState) -> Iterator[Discrepancy]:
    """Compare a total with a schedule that is known whole: with future interest, or without it."""
    if loan.total_minor is None or not loan.fulls or loan.newest is None or not loan.is_open:
        return
    everything = sum(one.outstanding_minor for one in loan.installments)
    today = loan.today(loan.newest.at)
    interest = 0
    for one in loan.installments:
        told = one.report.parts.get("outstanding") or one.report.parts.get("billed")
        if told is None:
            return
        if one.due_on > today:
            interest += min(told["interest"], one.outstanding_minor)
    # Interest of the running period may have accrued by any part.
    if not everything - interest <= loan.total_minor <= everything:
        ours, theirs = {"amount": everything}, {"amount": loan.total_minor}
        yield Discrepancy(DiscrepancyKind.TOTAL, "", ours, theirs)


def value_date(payment: Payment) -> date:
    """Return the date that a payment counts from."""
    return payment.value_on or (payment.paid_at or NEVER).date()
