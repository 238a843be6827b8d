"""From everything told of a loan to what it is: pure, and blind to the order of telling."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from json import dumps
from typing import Any, Final

from outreach.domain.loans import (
    Closing,
    Installment,
    LoanState,
    Report,
    Statement,
    balance_effect,
    contains,
    effective_outstanding,
)
from outreach.domain.payment_signs import payment_signs
from outreach.domain.signals import Position
from outreach.domain.vocabulary import LoanStatus

_WRITTEN_OFF: Final = "written_off"


def derive_loan(loan: LoanState) -> LoanState:
    """Return the loan with its derived fields as everything told has them."""
    reports = {
        one.number: counting(one.reports) if one.others else one.report for one in loan.installments
    }
    paid_off = loan.closings.get("paid_off")
    closed_at = paid_off.position if paid_off else None
    cure = loan.closings.get("cured")
    cured = (cure.position, loan.today(cure.position.at)) if cure else None
    owed = effective_outstanding(reports, loan.payments.values(), closed_at, cured)
    installments = [
        one
        if one.report is reports[one.number] and one.outstanding_minor == owed[one.number]
        else _installment(one.number, owed[one.number], reports[one.number], one.reports)
        for one in loan.installments
    ]
    installments.sort(key=lambda one: (one.due_on, one.number))
    said = newest_statements(loan)
    status, closed_on = _standing(loan, said)
    newest = loan.newest
    text: dict[str, Any] = {
        column: said[name].value for name, column in _COLUMNS.items() if name in said
    }
    return replace(
        loan,
        installments=tuple(installments),
        status=status,
        closed_on=closed_on,
        total_minor=_total(loan, said.get("total"), closed_at),
        source=newest.source if newest else loan.source,
        signs=payment_signs(loan.payments, installments) if loan.payments else loan.signs,
        **text,
    )


_COLUMNS: Final = {
    "creditor": "creditor",
    "product": "product",
    "tail": "account_tail",
    "zone": "lender_timezone",
    "risk": "risk_bucket",
}


def _installment(number: int, owed: int, report: Report, reports: Iterable[Report]) -> Installment:
    others = tuple(one for one in reports if one is not report)
    return Installment(number, owed, report, others)


def is_newer(told: Report, known: Report) -> bool:
    """Say whether one source's report replaces another; of equals the lower amount is newer."""
    one, other = told.position, known.position
    if one.stamp != other.stamp:
        return one.stamp > other.stamp
    return _counts_before(told, known)


def _counts_before(told: Report, known: Report) -> bool:
    if told.position.at != known.position.at:
        return told.position.at > known.position.at
    if told.outstanding_minor != known.outstanding_minor:
        return told.outstanding_minor < known.outstanding_minor
    return _content(told) > _content(known)


def counting(reports: tuple[Report, ...]) -> Report:
    """Return the report that counts: the newest of each source, then the newest of those."""
    if len(reports) == 1:
        return reports[0]
    newest: dict[str, Report] = {}
    for one in reports:
        known = newest.get(one.position.source)
        if known is None or is_newer(one, known):
            newest[one.position.source] = one
    best, *others = newest.values()
    for one in others:
        if _counts_before(one, best):
            best = one
    return best


def _content(report: Report) -> str:
    told = [report.version, report.due_on.isoformat(), dict(report.parts), report.position.source]
    return dumps(told, sort_keys=True)


def newest_statements(loan: LoanState) -> dict[str, Statement]:
    """Return what counts of each field of the loan: newest per source, then newest of those."""
    per_source = dict(loan.statements)
    for installment in loan.installments:
        for report in installment.reports if installment.others else (installment.report,):
            if report.said:
                for name, value in report.said.items():
                    join_statement(per_source, name, Statement(report.position, value))
    newest: dict[str, Statement] = {}
    for (_, name), told in per_source.items():
        known = newest.get(name)
        if known is None or _across(told) > _across(known):
            newest[name] = told
    return newest


def join_statement(
    statements: dict[tuple[str, str], Statement], name: str, told: Statement
) -> None:
    """Keep the newer of two words of one source on one field."""
    key = (told.position.source, name)
    known = statements.get(key)
    if known is None or _within(told) > _within(known):
        statements[key] = told


def _within(told: Statement) -> tuple[Any, ...]:
    return told.position.stamp, told.position.at, _lower_first(told.value)


def _across(told: Statement) -> tuple[Any, ...]:
    return told.position.at, _lower_first(told.value), told.position.source


def _lower_first(value: Any) -> Any:
    return -value if isinstance(value, int) else value


def _standing(loan: LoanState, said: Mapping[str, Statement]) -> tuple[LoanStatus, date | None]:
    sold, paid_off, recalled = (
        loan.closings.get(name) for name in ("sold", "paid_off", "recalled")
    )
    if sold is not None and not _is_before(sold.position, recalled):
        return LoanStatus.SOLD, sold.on
    if paid_off is not None and not _is_before(paid_off.position, recalled):
        reopened = any(
            not contains(paid_off.position, payment.reversal_told)
            for payment in loan.payments.values()
            if payment.is_reversed
        )
        if not reopened:
            written_off = paid_off.reason == _WRITTEN_OFF
            return (LoanStatus.WRITTEN_OFF if written_off else LoanStatus.CLOSED), paid_off.on
    stated = said.get("status")
    if stated is None:
        return LoanStatus.ACTIVE, None
    if stated.value == LoanStatus.SOLD and _is_before(stated.position, recalled):
        return LoanStatus.ACTIVE, None
    return LoanStatus(stated.value), None


def _is_before(position: Position, later: Closing | None) -> bool:
    return later is not None and position.is_before(later.position)


def _total(loan: LoanState, told: Statement | None, paid_off: Position | None) -> int | None:
    if told is None:
        return None
    settled = paid_off is not None and told.position.is_before(paid_off)
    base = paid_off if settled and paid_off else told.position
    total: int = 0 if settled else told.value
    for payment in loan.payments.values():
        total += balance_effect(base, payment) * (payment.amount_minor or 0)
    return max(0, total)
