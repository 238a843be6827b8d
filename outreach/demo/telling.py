"""What platforms say of a loan: canonical data, and the same as Fineract's events carry it."""

from datetime import date, datetime
from typing import Any

from outreach.demo.people import Borrower
from outreach.demo.portfolio import Installment, Loan


def loan_of(loan: Loan) -> dict[str, Any]:
    """Return the `loan` member."""
    return {
        "id": loan.ref,
        "aliases": [f"fineract:default:loan:{loan.number}"],
        "account_no": f"{loan.number:09}",
        "product": loan.product,
        "creditor": loan.book.creditor,
        "currency": loan.book.currency,
        "total_outstanding": loan.left_minor,
        "status": "active" if loan.unpaid else "closed",
    }


def frame(loan: Loan, now: datetime) -> dict[str, Any]:
    """Return what every signal about a loan begins with."""
    return {
        "loan": loan_of(loan),
        "borrower": {"id": loan.borrower.ref},
        "as_of": now.isoformat(),
        "lender_timezone": loan.book.zone.key,
    }


def _installment(loan: Loan, one: Installment) -> dict[str, Any]:
    return {
        "number": one.number,
        "due_date": one.due_on.isoformat(),
        "outstanding": one.left_minor,
        "currency": loan.book.currency,
    }


def opened(loan: Loan, now: datetime) -> dict[str, Any]:
    """Say loan.opened: the loan with what remains of its schedule."""
    installments = [_installment(loan, one) for one in loan.installments]
    return {**frame(loan, now), "schedule_version": 1, "installments": installments}


def reminder(loan: Loan, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the type and data of what the close of business says of the oldest installment."""
    oldest = loan.unpaid[0]
    days = (loan.book.today(now) - oldest.due_on).days
    data = {**frame(loan, now), "installment": _installment(loan, oldest)}
    if days > 0:
        return "installment.overdue", {**data, "days_past_due": days}
    if days < 0:
        return "installment.due_soon", {**data, "days_until_due": -days}
    return "installment.due", data


def payment(loan: Loan, now: datetime) -> dict[str, Any]:
    """Say payment.received of the payment that was just credited."""
    ref, shares = loan.last_payment
    amount = sum(share for _, share in shares)
    return {
        **frame(loan, now),
        "payment": {
            "id": ref,
            "amount": amount,
            "currency": loan.book.currency,
            "value_date": loan.book.today(now).isoformat(),
            "received_at": now.isoformat(),
            "method": "bank_transfer",
            "installments": [
                {"number": one.number, "amount": share, "remaining": one.left_minor}
                for one, share in shares
            ],
        },
    }


def reversal(loan: Loan, now: datetime) -> dict[str, Any]:
    """Say payment.reversed of the last payment, already taken back."""
    ref, shares = loan.last_payment
    return {
        **frame(loan, now),
        "reversal": {
            "payment_id": ref,
            "amount": sum(share for _, share in shares),
            "currency": loan.book.currency,
            "reversed_at": now.isoformat(),
            "reason": "insufficient_funds",
            "reopens": [{"number": one.number, "outstanding": one.left_minor} for one, _ in shares],
        },
    }


def paid_off(loan: Loan, now: datetime) -> dict[str, Any]:
    """Say loan.paid_off."""
    closed_on = loan.book.today(now).isoformat()
    return {**frame(loan, now), "closed_on": closed_on, "reason": "early_payoff", "overpaid": 0}


def quote(loan: Loan, now: datetime, valid_until: date) -> dict[str, Any]:
    """Say loan.early_payoff_quoted, asked for by the borrower."""
    return {
        **frame(loan, now),
        "quote": {
            "id": f"{loan.ref}-Q{now:%d%H%M}",
            "amount": loan.left_minor,
            "currency": loan.book.currency,
            "valid_until": valid_until.isoformat(),
            "requested_by": "borrower",
        },
    }


def promise(loan: Loan, now: datetime, ref: str, due_on: date) -> dict[str, Any]:
    """Say promise_to_pay.created over the oldest installment."""
    return {
        **frame(loan, now),
        "promise": {
            "id": ref,
            "amount": loan.unpaid[0].left_minor,
            "currency": loan.book.currency,
            "due_on": due_on.isoformat(),
            "made_at": now.isoformat(),
            "channel": "call",
        },
    }


def promise_end(
    loan: Loan, now: datetime, made: dict[str, Any], *, kept: bool
) -> tuple[str, dict[str, Any]]:
    """Return the type and data of how a promise ended; `made` is its creation's data."""
    terms = {name: made["promise"][name] for name in ("id", "amount", "currency", "due_on")}
    if kept:
        said = {**terms, "paid": terms["amount"], "kept_at": now.isoformat()}
        return "promise_to_pay.kept", {**frame(loan, now), "promise": said}
    said = {**terms, "paid": 0, "broken_at": now.isoformat()}
    return "promise_to_pay.broken", {**frame(loan, now), "promise": said}


def dispute(loan: Loan, now: datetime, *, status: str) -> dict[str, Any]:
    """Say borrower.dispute: opened, verified, rejected or withdrawn."""
    return {
        "borrower": {"id": loan.borrower.ref},
        "loan": loan_of(loan),
        "dispute": {
            "id": f"{loan.ref}-D1",
            "status": status,
            "kind": "amount",
            "received_at": now.isoformat(),
            "contact_policy": "pause_collection",
        },
    }


def hardship(loan: Loan, now: datetime, until: date) -> dict[str, Any]:
    """Say borrower.hardship: a pause was granted."""
    return {
        "borrower": {"id": loan.borrower.ref},
        "hardship": {
            "id": f"{loan.ref}-H1",
            "status": "granted",
            "kind": "job_loss",
            "from": loan.book.today(now).isoformat(),
            "until": until.isoformat(),
            "contact_policy": "pause_collection",
            "loans": [loan.ref],
        },
    }


def deceased(loan: Loan, now: datetime) -> dict[str, Any]:
    """Say borrower.deceased, unconfirmed."""
    return {
        "borrower": {"id": loan.borrower.ref},
        "deceased": {"reported_on": loan.book.today(now).isoformat(), "confirmed": False},
    }


def updated(borrower: Borrower, *changed: str) -> dict[str, Any]:
    """Say borrower.updated."""
    return {
        "borrower": borrower.told(),
        "changed": list(changed or ("all",)),
        "version": borrower.version,
    }
