"""Between rows and the loan types: what each column holds, both ways. No SQL, no IO.

Members of a state that no query filters by are kept as JSON: other sources' reports beside the
installment's own columns, the loan's statements and closings in `loans.flags`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

import asyncpg

from outreach.domain.cases import Case
from outreach.domain.loans import (
    NEVER,
    Autopay,
    Closing,
    Full,
    Installment,
    LoanState,
    Payment,
    Quote,
    Report,
    Share,
    Statement,
)
from outreach.domain.promises import Promise
from outreach.domain.signals import Position
from outreach.domain.vocabulary import CaseEnd, CaseKind, LoanStatus, PromiseStatus

Json = Any

NOT_LOADED: Final[Mapping[str, Json]] = MappingProxyType({})
"""`Report.parts` of an installment that was loaded without them."""


def installment_of(row: asyncpg.Record) -> Installment:
    """Return one installment from `loans.SQL_INSTALLMENTS`, whose columns are in this order."""
    _, _, number, version, due_on, told_minor, owed, source, stamp, as_of, parts = row
    position = Position(source, stamp, as_of)
    if parts is None:
        report = Report(position, version, due_on, told_minor, NOT_LOADED)
        return Installment(number, owed, report)
    said = parts.pop("said", {})
    others = tuple([_report_of(one) for one in parts.pop("others", ())])
    report = Report(position, version, due_on, told_minor, parts, said)
    return Installment(number, owed, report, others)


def installment_parts(installment: Installment) -> dict[str, Json] | None:
    """Return what goes into `installments.parts`; None: what is there stays."""
    report = installment.report
    if report.parts is NOT_LOADED:
        return None
    parts: dict[str, Json] = dict(report.parts)
    if report.said:
        parts["said"] = report.said
    if installment.others:
        parts["others"] = [_report_json(one) for one in installment.others]
    return parts


def _report_of(told: Mapping[str, Json]) -> Report:
    return Report(
        _position_of(told["position"]),
        told["version"],
        date.fromisoformat(told["due_on"]),
        told["outstanding_minor"],
        told["parts"],
        told["said"],
    )


def _report_json(report: Report) -> Json:
    return {
        "position": _position_json(report.position),
        "version": report.version,
        "due_on": report.due_on,
        "outstanding_minor": report.outstanding_minor,
        "parts": dict(report.parts),
        "said": dict(report.said),
    }


def _position_of(told: list[str]) -> Position:
    return Position(told[0], told[1], _instant(told[2]))


def _position_json(position: Position) -> list[str]:
    return [position.source, position.stamp, position.at.isoformat()]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def payment_of(row: asyncpg.Record) -> Payment:
    """Return one payment with its reversal."""
    told = row["told"]
    paid = tuple(map(_position_of, told.get("paid", ())))
    if not paid and row["amount_minor"] is not None:
        at = row["paid_at"] or NEVER
        paid = (Position(row["source"], row["stamp"], at),)
    return Payment(
        row["payment_ref"],
        row["amount_minor"],
        row["value_date"],
        row["paid_at"],
        row["provisional"],
        tuple(Share(one["number"], one["amount"]) for one in row["split"]),
        row["allocation"],
        paid,
        row["reversed_at"],
        row["reversal"],
        tuple(map(_position_of, told.get("back", ()))),
        row["booked"],
    )


def payment_told(payment: Payment) -> Json:
    """Return what goes into `payments.told`."""
    return {
        "paid": [_position_json(one) for one in payment.told],
        "back": [_position_json(one) for one in payment.reversal_told],
    }


def payment_split(payment: Payment) -> Json:
    """Return what goes into `payments.split`."""
    return [{"number": one.number, "amount": one.amount_minor} for one in payment.split]


def promise_of(row: asyncpg.Record) -> Promise:
    """Return one promise from the joined row of promises and quotes."""
    status, told = PromiseStatus(row["word"]), PromiseStatus(row["told"])
    return Promise(
        row["ref"],
        row["amount_minor"],
        row["until"],
        row["at"],
        status,
        told if told is not status else None,
    )


def quote_of(row: asyncpg.Record) -> Quote:
    """Return one quote from the joined row of promises and quotes."""
    return Quote(row["ref"], row["amount_minor"], row["until"], row["word"], row["at"])


def case_of(row: asyncpg.Record) -> Case:
    """Return one case."""
    return Case(
        row["case_id"],
        row["loan_id"],
        CaseKind(row["kind"]),
        row["anchor_number"],
        row["anchor_due_on"],
        row["schedule_version"],
        row["episode"],
        row["opened_on"],
        row["closed_on"],
        CaseEnd(row["end_reason"]) if row["end_reason"] else None,
    )


def loan_of(
    row: asyncpg.Record,
    installments: Iterable[Installment],
    payments: Mapping[str, Payment],
    promises: Mapping[str, Promise],
    quotes: Mapping[str, Quote],
) -> LoanState:
    """Return one loan with what belongs to it."""
    flags = row["flags"]
    # What one signal said of a loan stands at one position.
    positions: dict[str, Position] = {}
    statements: dict[tuple[str, str], Statement] = {}
    for name, told in flags.get("said", {}).items():
        for at, value in told:
            key = " ".join(at)
            position = positions.get(key)
            if position is None:
                position = positions[key] = _position_of(at)
            statements[position.source, name] = Statement(position, value)
    return LoanState(
        loan_id=row["loan_id"],
        ref=row["ref"],
        source=row["source"],
        currency=row["currency"],
        creditor=row["creditor"],
        product=row["product"],
        account_tail=row["account_tail"],
        status=LoanStatus(row["status"]),
        lender_timezone=row["lender_timezone"],
        total_minor=row["total_minor"],
        closed_on=row["closed_on"],
        risk_bucket=row["risk_bucket"],
        risk_tier=row["risk_tier"],
        signs=tuple((kind, date.fromisoformat(on)) for kind, on in flags.get("signs", ())),
        installments=tuple(sorted(installments, key=lambda one: (one.due_on, one.number))),
        schedule_version=row["schedule_version"],
        payments=payments,
        promises=promises,
        quotes=quotes,
        autopays={
            ref: Autopay(ref, one[0], date.fromisoformat(one[1]), _instant(one[2]), one[3])
            for ref, one in flags.get("autopays", {}).items()
        },
        statements=statements,
        fulls={one[0][0]: Full(_position_of(one[0]), one[1]) for one in flags.get("fulls", ())},
        overtaken={
            (one[0], one[1][0], one[2]): Report(
                _position_of(one[1]), one[2], date.fromisoformat(one[3]), one[4]
            )
            for one in flags.get("overtaken", ())
        },
        closings={
            name: Closing(
                _position_of(one[0]),
                _instant(one[1]),
                date.fromisoformat(one[2]) if one[2] else None,
                one[3],
            )
            for name, one in flags.get("closings", {}).items()
        },
    )


def loan_flags(loan: LoanState) -> dict[str, Json]:
    """Return what goes into `loans.flags`; members that are empty are left out."""
    said: dict[str, list[Json]] = {}
    for (_, name), one in sorted(loan.statements.items()):
        said.setdefault(name, []).append([_position_json(one.position), one.value])
    flags: dict[str, Json] = {
        "said": said,
        "signs": [[kind, on.isoformat()] for kind, on in loan.signs],
        "fulls": [[_position_json(one.position), one.version] for one in loan.fulls.values()],
        "overtaken": [
            [
                number,
                _position_json(one.position),
                one.version,
                one.due_on.isoformat(),
                one.outstanding_minor,
            ]
            for (number, _, _), one in loan.overtaken.items()
        ],
        "autopays": {
            ref: [one.amount_minor, one.runs_on.isoformat(), one.told_at.isoformat(), one.canceled]
            for ref, one in loan.autopays.items()
        },
        "closings": {
            name: [
                _position_json(one.position),
                one.time.isoformat(),
                one.on.isoformat() if one.on else None,
                one.reason,
            ]
            for name, one in loan.closings.items()
        },
    }
    return {name: value for name, value in flags.items() if value}
