"""What pays a loan off early: what is owed, less interest not earned yet, plus an agreed fee.

From the schedule alone: what each installment bills as interest is what the contract earns in its
period. Amounts are minor units; each interest figure is rounded once, half up.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass

RULE_OF_78_MONTHS: Final = 61
"""Longest term for which the rule of 78 may be used in the United States (15 USC 1615(b))."""
_MONTH_DAYS: Final = Decimal("30.4375")


class Rebate(StrEnum):
    """How interest that isn't earned yet is found. Values are settings: never renamed."""

    ACTUARIAL = "actuarial"
    """Each period earns what its installment bills; the running one by its actual days."""
    STRAIGHT_LINE = "straight_line"
    """All interest is earned evenly over the days of the term."""
    RULE_OF_78 = "rule_of_78"
    """By the sum of the periods' digits, which earns more early on. Unlawful in most places."""


class NoPayoffError(ValueError):
    """No figure can be given; `reason` is a stable word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PayoffRules:
    """A product's rules.

    Attributes:
        rebate: How unearned interest is found.
        fee_percent: Agreed charge on principal that is paid before its date, in percent.
        fee_most_minor: Most that it may be; None: no cap but this: it never exceeds the rebate.
        valid_days: Days after today for which a figure holds; never past the next due date.
    """

    rebate: Rebate = Rebate.ACTUARIAL
    fee_percent: Decimal = Decimal(0)
    fee_most_minor: int | None = None
    valid_days: int = 3


@dataclass(frozen=True, slots=True)
class Payoff:
    """An early-payoff figure, and what it is made of; all minor units.

    `amount_minor` is `principal_minor` + `interest_minor` + `charges_minor` + `fee_minor`.
    `rebate_minor` is interest that the schedule would still have asked for; what is saved is that
    less the fee.
    """

    amount_minor: int
    principal_minor: int
    interest_minor: int
    charges_minor: int
    fee_minor: int
    rebate_minor: int
    as_of: date
    valid_until: date

    @property
    def saved_minor(self) -> int:
        """What paying off now saves against paying by the schedule."""
        return self.rebate_minor - self.fee_minor


@dataclass(frozen=True, slots=True)
class _Line:
    due_on: date
    interest: int  # as billed
    principal_left: int
    interest_left: int
    charges_left: int


def early_payoff(
    loan: LoanState,
    on: date,
    *,
    rules: PayoffRules = PayoffRules(),  # noqa: B008 - immutable
    country: str,
    opened_on: date | None = None,
) -> Payoff:
    """Compute what pays a loan off on a date in the lender's calendar.

    Args:
        loan: Open, with its whole schedule and the parts of each installment.
        on: When it would be paid.
        rules: Of its product.
        country: ISO 3166-1, whose law it is lent under.
        opened_on: When interest began; without it, one period before the first due date.

    Raises:
        NoPayoffError: `closed`, `nothing_owed`, `schedule_unknown`: not the whole schedule or not
            its parts are known; `rebate_unlawful`.
    """
    if not loan.is_open:
        raise NoPayoffError("closed")
    lines = _lines(loan)
    if not any(one.principal_left + one.interest_left + one.charges_left for one in lines):
        raise NoPayoffError("nothing_owed")
    dates = [_begin(lines, opened_on), *(one.due_on for one in lines)]
    _check_lawful(rules.rebate, country, dates)
    ahead = sum(one.interest_left for one in lines if one.due_on > on)
    rebate = min(ahead, _unearned(rules.rebate, lines, dates, on))
    principal = sum(one.principal_left for one in lines)
    early = sum(one.principal_left for one in lines if one.due_on > on)
    fee = min(_fee(rules, early), rebate)
    interest = sum(one.interest_left for one in lines) - rebate
    charges = sum(one.charges_left for one in lines)
    coming = min((one.due_on for one in lines if one.due_on > on), default=None)
    until = on + timedelta(days=rules.valid_days)
    return Payoff(
        principal + interest + charges + fee,
        principal,
        interest,
        charges,
        fee,
        rebate,
        on,
        min(until, coming - timedelta(days=1)) if coming else until,
    )


def _lines(loan: LoanState) -> list[_Line]:
    """Return the schedule, once it is known whole: numbers 1 … n, each with its parts.

    What was paid since a report takes the parts in the usual order: charges, interest, principal.
    """
    lines = []
    ordered = sorted(loan.installments, key=lambda one: one.number)
    if not loan.fulls or [one.number for one in ordered] != list(range(1, len(ordered) + 1)):
        raise NoPayoffError("schedule_unknown")
    for one in ordered:
        parts = one.report.parts
        billed, left = parts.get("billed"), parts.get("outstanding")
        told = left or billed
        if told is None:
            raise NoPayoffError("schedule_unknown")
        owed = one.outstanding_minor
        if told["total"] < owed:
            raise NoPayoffError("schedule_unknown")
        principal = min(owed, told["principal"])
        interest = min(owed - principal, told["interest"])
        earns = (billed or told)["interest"]
        lines.append(_Line(one.due_on, earns, principal, interest, owed - principal - interest))
    return lines


def _begin(lines: Sequence[_Line], opened_on: date | None) -> date:
    first = lines[0].due_on
    if opened_on is not None and opened_on < first:
        return opened_on
    if len(lines) == 1:
        raise NoPayoffError("schedule_unknown")
    return first - (lines[1].due_on - first)


def _check_lawful(rebate: Rebate, country: str, dates: Sequence[date]) -> None:
    if rebate is not Rebate.RULE_OF_78:
        return
    months = Decimal((dates[-1] - dates[0]).days) / _MONTH_DAYS
    if country != "US" or months > RULE_OF_78_MONTHS:
        raise NoPayoffError("rebate_unlawful")


def _unearned(rebate: Rebate, lines: Sequence[_Line], dates: Sequence[date], on: date) -> int:
    total = sum(one.interest for one in lines)
    if rebate is Rebate.RULE_OF_78:
        count = len(lines)
        left = sum(begins >= on for begins in dates[:-1])
        return _rounded(Decimal(total * left * (left + 1)) / (count * (count + 1)))
    if rebate is Rebate.STRAIGHT_LINE:
        return total - _rounded(total * _elapsed(dates[0], dates[-1], on))
    periods = zip(dates, lines, strict=False)
    earned = (one.interest * _elapsed(begins, one.due_on, on) for begins, one in periods)
    return total - _rounded(sum(earned, Decimal(0)))


def _elapsed(begins: date, ends: date, on: date) -> Decimal:
    """Return which part of the days of a span has passed, 0 to 1; a span without days has."""
    days = (ends - begins).days
    past = min(max((on - begins).days, 0), days)
    return Decimal(past) / days if days else Decimal(1)


def _fee(rules: PayoffRules, principal: int) -> int:
    fee = _rounded(principal * rules.fee_percent / 100)
    return fee if rules.fee_most_minor is None else min(fee, rules.fee_most_minor)


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
