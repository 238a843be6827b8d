"""Signals that change no balance: one maker for each kind, so that none is left out of the soak."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.soak.platform import Loan, Platform

Data = tuple[str, dict[str, Any]]
Maker = Callable[["Platform", "Loan", date], Data]


def _hold(kind: str) -> Maker:
    def make(platform: "Platform", loan: "Loan", today: date) -> Data:
        at = platform.now().isoformat()
        hold = {"id": f"H-{loan.ref}", "kind": "operator", "contact_policy": "pause_collection"}
        if kind == "hold.released":
            hold = {"id": f"H-{loan.ref}", "kind": "operator", "released_at": at}
        return "borrower", {"hold": hold}

    return make


def _dispute(platform: "Platform", loan: "Loan", today: date) -> Data:
    status = platform.random.choice(["opened", "withdrawn", "rejected"])
    at = platform.now().isoformat()
    return "borrower", {
        "loan": {"id": loan.ref, "currency": "USD"},
        "dispute": {
            "id": f"D-{loan.ref}", "status": status, "received_at": at,
            "contact_policy": "pause_collection",
        }
    }  # fmt: skip


def _hardship(platform: "Platform", loan: "Loan", today: date) -> Data:
    status = platform.random.choice(["requested", "granted", "denied", "ended"])
    hardship = {
        "id": f"HS-{loan.ref}", "status": status, "contact_policy": "pause_collection",
        "loans": [loan.ref],
    }  # fmt: skip
    return "borrower", {"hardship": hardship}


def _deceased(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {"deceased": {"reported_on": today.isoformat(), "confirmed": False}}


def _bankruptcy(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {"bankruptcy": {"status": "filed", "filed_on": today.isoformat()}}


def _complaint(platform: "Platform", loan: "Loan", today: date) -> Data:
    status = platform.random.choice(["opened", "closed"])
    at = platform.now().isoformat()
    return "borrower", {"complaint": {"id": f"C-{loan.ref}", "status": status, "received_at": at}}


def _risk_changed(platform: "Platform", loan: "Loan", today: date) -> Data:
    bucket = platform.random.choice(["low", "medium", "high"])
    return "loan", {"risk": {"model": "m", "bucket": bucket}}


def _risk_observed(platform: "Platform", loan: "Loan", today: date) -> Data:
    kind = platform.random.choice(["missed_salary", "utilisation", "lawsuit", "never_heard_of"])
    fact: dict[str, Any] = {"id": f"F-{loan.ref}-{kind}", "kind": kind, "value": "95"}
    if platform.random.random() < 0.5:
        fact |= {"credit_bureau": True, "purpose": "account_review"}
    return "borrower", {"fact": fact}


def _risk_withdrawn(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {"fact": {"id": f"F-{loan.ref}-missed_salary"}}


def _quote(platform: "Platform", loan: "Loan", today: date) -> Data:
    quote = {
        "id": f"Q-{platform.next_ref()}", "amount": 5_000, "currency": "USD",
        "valid_until": (today + timedelta(days=5)).isoformat(),
        "requested_by": platform.random.choice(["borrower", "lender"]),
    }  # fmt: skip
    return "loan", {"quote": quote}


def _autopay(platform: "Platform", loan: "Loan", today: date) -> Data:
    on = (today + timedelta(days=1)).isoformat()
    autopay = {
        "id": f"A-{platform.next_ref()}", "amount": 100, "currency": "USD",
        "scheduled_on": on,
    }  # fmt: skip
    return "loan", {"autopay": autopay}


def _contact(platform: "Platform", loan: "Loan", today: date) -> Data:
    contact = {
        "id": f"X-{platform.next_ref()}", "channel": "call", "at": platform.now().isoformat(),
        "outcome": platform.random.choice(["no_answer", "conversation"]), "made_by": "branch",
    }  # fmt: skip
    return "borrower", {"contact": contact}


def _receipt(platform: "Platform", loan: "Loan", today: date) -> Data:
    ref = f"L-{platform.random.randrange(5)}"
    return "borrower", {"receipt": {"contact_id": ref, "at": platform.now().isoformat()}}


def _preference_set(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {
        "preference": {
            "id": f"PR-{loan.borrower}",
            "kind": "against",
            "from": "12:00",
            "to": "13:00",
        }
    }


def _preference_removed(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {"preference": {"id": f"PR-{loan.borrower}"}}


def _approval(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {
        "approval": {"id": f"AP-{loan.ref}", "for": "visit_order", "role": "head", "by": "Li"}
    }


def _approval_revoked(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {"approval": {"id": f"AP-{loan.ref}", "by": "Li"}}


def _consent_revoked(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "borrower", {"consent": {"channel": "sms", "at": platform.now().isoformat()}}


def _updated(platform: "Platform", loan: "Loan", today: date) -> Data:
    version = platform.version_of(loan.borrower)
    return "borrower", {
        "borrower": platform.profile(loan.borrower), "changed": ["all"], "version": version,
    }  # fmt: skip


def _statement(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "loan", {"statement": {"id": f"S-{platform.next_ref()}"}}


def _referral(platform: "Platform", loan: "Loan", today: date) -> Data:
    return "loan", {"referral": {"id": f"R-{loan.ref}", "at": platform.now().isoformat()}}


OTHERS: Mapping[str, Maker] = {
    "hold.placed": _hold("hold.placed"),
    "hold.released": _hold("hold.released"),
    "borrower.dispute": _dispute,
    "borrower.hardship": _hardship,
    "borrower.deceased": _deceased,
    "borrower.bankruptcy": _bankruptcy,
    "borrower.updated": _updated,
    "complaint.received": _complaint,
    "risk.changed": _risk_changed,
    "risk.observed": _risk_observed,
    "risk.withdrawn": _risk_withdrawn,
    "loan.early_payoff_quoted": _quote,
    "autopay.scheduled": _autopay,
    "contact.recorded": _contact,
    **dict.fromkeys(
        ("letter.mailed", "letter.delivered", "letter.returned", "app.delivered", "app.read"),
        _receipt,
    ),
    "preference.set": _preference_set,
    "preference.removed": _preference_removed,
    "approval.granted": _approval,
    "approval.revoked": _approval_revoked,
    "consent.revoked": _consent_revoked,
    "statement.requested": _statement,
    **dict.fromkeys(
        ("referral.accepted", "referral.filed", "referral.judged", "referral.withdrawn"), _referral
    ),
}
"""By type; what moves money or terms is the platform's own."""
