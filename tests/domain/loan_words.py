"""Builders of loans and what is told of them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from outreach.domain.loans import Installment, LoanState, Payment, Report, Share
from outreach.domain.signals import OrderBy, Position, Signal

T0: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY: Final = date(2026, 11, 23)


def at(sequence: int, source: str = "core", hours: float = 0) -> Position:
    """Return a position; `hours` after T0."""
    return Position(source, f"{sequence:020}", T0 + timedelta(hours=hours))


def an_installment(
    number: int = 4,
    owed: int = 100,
    due_on: date = date(2026, 10, 24),
    position: Position | None = None,
    parts: Mapping[str, Any] | None = None,
) -> Installment:
    """Return an installment that one source reported."""
    report = Report(position or at(1), 0, due_on, owed, parts or {})
    return Installment(number, owed, report)


def a_loan(*installments: Installment, **more: Any) -> LoanState:
    """Return an active loan in New York."""
    more.setdefault("lender_timezone", "America/New_York")
    return LoanState(1, "LN-1", "core", "USD", installments=installments, **more)


def a_payment(
    ref: str = "p",
    amount: int = 60,
    split: Mapping[int, int] | None = None,
    told: Position | None = None,
    **more: Any,
) -> Payment:
    """Return a payment told at position 10 unless said otherwise."""
    shares = tuple(Share(number, minor) for number, minor in (split or {}).items())
    return Payment(ref, amount, paid_at=T0, split=shares, told=(told or at(10),), **more)


def a_signal(
    kind: str,
    data: Mapping[str, Any],
    *,
    subject: str | None = None,
    sequence: int | None = 1,
    time: datetime = T0,
) -> Signal:
    """Return a signal about LN-1 of BR-1."""
    about = subject or ("borrower/BR-1" if kind.startswith("borrower.") else "loan/LN-1")
    whose: dict[str, Any] = {"borrower": {"id": "BR-1"}}
    if about.startswith("loan/"):
        whose["loan"] = {"id": "LN-1", "currency": "USD"}
    return Signal(
        "id",
        "urn:x",
        kind,
        about,
        time,
        None if sequence is None else f"{sequence:020}",
        {**whose, **data},
    )


SEQUENCE: Final = OrderBy.SEQUENCE
