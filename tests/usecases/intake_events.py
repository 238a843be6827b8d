"""Canonical events for intake tests: one function per kind of signal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.usecases.intake_desk import BORROWER, LOAN, NOW


def an_event(
    name: str,
    kind: str,
    data: Mapping[str, Any],
    *,
    sequence: int | None = 1,
    at: datetime = NOW,
    loan: str | None = LOAN,
    borrower: str = BORROWER,
) -> dict[str, Any]:
    """Return a canonical CloudEvent; `loan` None makes it one about the borrower."""
    about = f"borrower/{borrower}" if loan is None else f"loan/{loan}"
    whose: dict[str, Any] = {"borrower": {"id": borrower}}
    if loan is not None:
        whose["loan"] = {"id": loan, "currency": "USD"}
    event = {
        "specversion": "1.0",
        "id": name,
        "source": "urn:lender:acme:core",
        "type": kind,
        "subject": about,
        "time": at.isoformat(),
        "data": {**whose, **data},
    }
    if sequence is not None:
        event["sequence"] = f"{sequence:020}"
    return event


def overdue(
    name: str, *, number: int = 4, owed: int = 24750, at: datetime = NOW, **more: Any
) -> dict[str, Any]:
    """Return an overdue signal."""
    data = {
        "installment": {
            "number": number,
            "due_date": "2026-10-24",
            "outstanding": owed,
            "currency": "USD",
        },
        "as_of": at.isoformat(),
        "lender_timezone": "America/New_York",
        "days_past_due": 30,
    }
    return an_event(name, "installment.overdue", data, at=at, **more)


def payment(name: str, ref: str, amount: int, number: int | None, **more: Any) -> dict[str, Any]:
    """Return a payment, with a split where a number is given."""
    told: dict[str, Any] = {
        "id": ref,
        "amount": amount,
        "currency": "USD",
        "value_date": "2026-11-23",
    }
    if number is not None:
        told["installments"] = [{"number": number, "amount": amount, "remaining": 0}]
    return an_event(name, "payment.received", {"payment": told}, **more)


def hold(name: str, word: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Return a hold placed or released by an operator's system."""
    data = {"hold": {"id": "o-1", "kind": "operator", "contact_policy": "stop_all"}}
    if word == "released":
        data["hold"]["released_at"] = at.isoformat()
    return an_event(name, f"hold.{word}", data, sequence=None, at=at, **{"loan": None, **more})
