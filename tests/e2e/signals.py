"""Canonical signals of borrowers in New York, numbered in the order they were made."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from itertools import count
from typing import Any


class Signals(ABC):
    """Makes signals told at `now`; each is a little later than the one before."""

    def __init__(self) -> None:
        self._ids = count(1)

    @property
    @abstractmethod
    def now(self) -> datetime:
        """Business time."""

    def signal(self, kind: str, subject: str, **data: Any) -> dict[str, Any]:
        """Return a canonical signal told now."""
        number = next(self._ids)
        at = self.now + timedelta(milliseconds=number)
        return {
            "specversion": "1.0",
            "id": f"evt-{number}",
            "source": "urn:lender:acme:core",
            "type": kind,
            "subject": subject,
            "time": at.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }

    def borrower(self, ref: str = "BR-1", **changes: Any) -> dict[str, Any]:
        """Return a borrower.updated of somebody in New York with one phone."""
        told = {
            "id": ref,
            "name": {"given": "Ada", "family": "Sample", "display": "Ada Sample"},
            "locale": "en-US",
            "timezone": "America/New_York",
            "address": {"country": "US", "region": "US-NY"},
            "phones": [a_phone("ph-1", "+12125550143", primary=True)],
            "consents": [a_consent(self.now)],
            **changes,
        }
        return self.signal(
            "borrower.updated",
            f"borrower/{ref}",
            borrower=told,
            changed=["all"],
            version=next(self._ids),
        )

    def overdue(
        self, days: int = 3, *, loan: str = "LN-1", borrower: str = "BR-1", minor: int = 24750
    ) -> dict[str, Any]:
        """Return an installment.overdue of so many days in New York's calendar."""
        due = (self.now - timedelta(hours=5)).date() - timedelta(days=days)
        return self.signal(
            "installment.overdue",
            f"loan/{loan}",
            loan={"id": loan, "currency": "USD", "account_no": "000001007", "status": "active"},
            borrower={"id": borrower},
            installment={
                "number": 4,
                "due_date": due.isoformat(),
                "outstanding": minor,
                "currency": "USD",
            },
            days_past_due=days,
            as_of=self.now.isoformat(),
            lender_timezone="America/New_York",
        )

    def payment(
        self, minor: int = 24750, *, loan: str = "LN-1", borrower: str = "BR-1", ref: str = "pay-1"
    ) -> dict[str, Any]:
        """Return a payment.received."""
        return self.signal(
            "payment.received",
            f"loan/{loan}",
            loan={"id": loan, "currency": "USD"},
            borrower={"id": borrower},
            payment={
                "id": ref,
                "amount": minor,
                "currency": "USD",
                "value_date": self.now.date().isoformat(),
                "received_at": self.now.isoformat(),
            },
        )


def a_phone(ref: str, number: str, **more: Any) -> dict[str, Any]:
    """Return one active mobile phone."""
    return {"id": ref, "e164": number, "type": "mobile", "status": "active", **more}


def a_consent(at: datetime, **more: Any) -> dict[str, Any]:
    """Return a consent to text messages about the account."""
    return {
        "channel": "sms",
        "purpose": "account_servicing",
        "status": "granted",
        "at": (at - timedelta(days=30)).isoformat(),
        **more,
    }


def a_dispute(service: Signals, status: str = "opened") -> dict[str, Any]:
    """Return a dispute of BR-1 about LN-1."""
    return service.signal(
        "borrower.dispute",
        "borrower/BR-1",
        loan={"id": "LN-1", "currency": "USD"},
        borrower={"id": "BR-1"},
        dispute={
            "id": "D-1",
            "status": status,
            "received_at": "2026-11-23T17:00:00+00:00",
            "contact_policy": "pause_collection",
            "statement": "I paid this in October",
        },
    )
