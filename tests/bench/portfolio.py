"""The bench's borrowers and what their lender's platform posts about them, signed.

Borrower `i` has loan `i` and a phone number of its own, so that the stub's log names whom each
message went to. All live where it is office hours at `NOON`.
"""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Any, Final

SECRET: Final = "whsec_" + base64.b64encode(sha256(b"bench").digest()).decode()
SENDER: Final = "+12025550100"
NOON: Final = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
"""A Tuesday: 12:30 in New York, 9:30 in Los Angeles, and no holiday."""
DAYS_PAST_DUE: Final = 3

_KEY: Final = base64.b64decode(SECRET.removeprefix("whsec_"))
_BATCH: Final = 50
# Area codes with one zone each, and where they are.
_AREAS: Final = (
    ("212", "US-NY", "America/New_York"),
    ("312", "US-IL", "America/Chicago"),
    ("303", "US-CO", "America/Denver"),
    ("415", "US-CA", "America/Los_Angeles"),
)
_ISSUED: Final = 9_000  # numbers used per area code and exchange


def phone_of(borrower: int) -> str:
    """Return the borrower's number in E.164, different for each."""
    area = _AREAS[borrower % len(_AREAS)][0]
    exchange, line = divmod(borrower // len(_AREAS), _ISSUED)
    return f"+1{area}{234 + exchange}{1000 + line}"


def overdue(borrower: int, at: datetime) -> dict[str, Any]:
    """Return the signal that makes exactly one contact: an installment is three days late."""
    return _signal(
        "installment.overdue",
        f"loan/{_loan_ref(borrower)}",
        at,
        sequence=3,
        data={
            "loan": _loan(borrower, DAYS_PAST_DUE),
            "borrower": {"id": _borrower_ref(borrower)},
            "installment": _installment(4, (at - timedelta(days=DAYS_PAST_DUE)).date(), 24_750),
            "days_past_due": DAYS_PAST_DUE,
            "bucket": "1-29",
            "past_due": {
                "principal": 21035,
                "interest": 3215,
                "fees": 0,
                "penalty": 500,
                "total": 24750,
            },
            "as_of": _text(at),
            "lender_timezone": "America/New_York",
        },
    )


def opened(borrower: int, at: datetime) -> dict[str, Any]:
    """Return a loan whose fourth installment is overdue, as it was two days ago.

    The bench's source only hints: what it told is good for a day, so nobody is contacted on this.
    The overdue signal then repeats it freshly, and that makes the contact: the usual case with
    platforms that post a balance and no schedule.
    """
    told = at - timedelta(days=2)
    due_on = (at - timedelta(days=DAYS_PAST_DUE)).date()
    return _signal(
        "loan.opened",
        f"loan/{_loan_ref(borrower)}",
        at,
        sequence=2,
        data={
            "loan": _loan(borrower, 0),
            "borrower": {"id": _borrower_ref(borrower)},
            "installments": [
                _installment(4, due_on, 24_750),
                _installment(5, due_on + timedelta(days=30), 24_750),
            ],
            "schedule_version": 1,
            "as_of": _text(told),
            "lender_timezone": "America/New_York",
        },
    )


def introduced(borrower: int, at: datetime) -> dict[str, Any]:
    """Return who the borrower is, where, and that they agreed to texts."""
    _, region, zone = _AREAS[borrower % len(_AREAS)]
    consent = {
        "status": "granted",
        "address_id": "ph-1",
        "at": _text(at - timedelta(days=30)),
        "source": "app",
    }
    purposes = ("account_servicing", "servicing_reminder", "collection")
    return _signal(
        "borrower.updated",
        f"borrower/{_borrower_ref(borrower)}",
        at,
        sequence=1,
        data={
            "borrower": {
                "id": _borrower_ref(borrower),
                "name": {
                    "given": "Ada",
                    "family": f"Sample{borrower}",
                    "display": f"Ada Sample{borrower}",
                },
                "locale": "en-US",
                "timezone": zone,
                "address": {
                    "lines": ["1 Example St"],
                    "city": "Anytown",
                    "region": region,
                    "country": "US",
                },
                "phones": [
                    {
                        "id": "ph-1",
                        "e164": phone_of(borrower),
                        "type": "mobile",
                        "primary": True,
                        "verified_at": _text(at - timedelta(days=4)),
                        "status": "active",
                    }
                ],
                "push": [],
                "consents": [
                    {"channel": "sms", "purpose": purpose, **consent} for purpose in purposes
                ],
                "preferences": {},
                "represented_by": None,
            },
            "changed": ["phones", "consents", "timezone"],
            "version": 1,
        },
    )


def post(
    path: str, message_id: str, payload: dict[str, Any] | list[dict[str, Any]], *, at: datetime
) -> bytes:
    """Return a whole HTTP request with `payload`, signed as Standard Webhooks at time `at`."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    stamp = int(at.timestamp())
    signature = base64.b64encode(
        digest(_KEY, b"%b.%d.%b" % (message_id.encode(), stamp, body), "sha256")
    )
    return (
        b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"webhook-id: %b\r\nwebhook-timestamp: %d\r\nwebhook-signature: v1,%b\r\n"
        b"Content-Length: %d\r\n\r\n%b"
        % (path.encode(), message_id.encode(), stamp, signature, len(body), body)
    )


def overdue_posts(path: str, borrowers: range, *, at: datetime, run: str = "") -> list[bytes]:
    """Return one signed request per borrower; `run` makes the ids of a repetition differ."""
    return [
        post(path, f"evt-overdue-{run}{i}", _renamed(overdue(i, at), run), at=at) for i in borrowers
    ]


def preload_posts(path: str, borrowers: range, *, at: datetime) -> list[bytes]:
    """Return batches of introductions and loans, as of an hour before `at`, signed at `at`."""
    before = at - timedelta(hours=1)
    requests = []
    for kind, build in (("who", introduced), ("loan", opened)):
        for start in range(borrowers.start, borrowers.stop, _BATCH):
            batch = [build(i, before) for i in range(start, min(start + _BATCH, borrowers.stop))]
            requests.append(post(path, f"batch-{kind}-{start}", batch, at=at))
    return requests


def _renamed(signal: dict[str, Any], run: str) -> dict[str, Any]:
    return {**signal, "id": signal["id"] + run}


def _signal(
    kind: str, subject: str, at: datetime, *, sequence: int, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"evt-{kind}-{subject}",
        "source": "urn:lender:bench:core",
        "type": kind,
        "subject": subject,
        "time": _text(at),
        "datacontenttype": "application/json",
        "sequence": f"{sequence:020}",
        "data": data,
    }


def _loan(borrower: int, days_past_due: int) -> dict[str, Any]:
    return {
        "id": _loan_ref(borrower),
        "account_no": f"{borrower:09}",
        "product": "personal_installment",
        "creditor": "Bench Lending LLC",
        "currency": "USD",
        "total_outstanding": 148_010,
        "days_past_due": days_past_due,
        "status": "active",
    }


def _installment(number: int, due_on: date, outstanding: int) -> dict[str, Any]:
    return {
        "number": number,
        "of": 12,
        "due_date": due_on.isoformat(),
        "outstanding": outstanding,
        "currency": "USD",
    }


def _loan_ref(borrower: int) -> str:
    return f"LN-BENCH-{borrower:06}"


def _borrower_ref(borrower: int) -> str:
    return f"BR-BENCH-{borrower:06}"


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
