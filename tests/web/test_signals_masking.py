"""What is shown of a payload before anybody has said why they need to see more."""

import json

from outreach.web.console.signals_masking import MASK, masked_payload, whole_payload

PAYLOAD = {
    "type": "installment.overdue",
    "subject": "loan/LN-1",
    "time": "2026-11-23T17:00:00.000Z",
    "data": {
        "borrower": {
            "id": "BR-1",
            "name": {"given": "Ada"},
            "phones": [{"number": "+12125550143"}],
        },
        "installment": {"due_date": "1990-05-17", "outstanding": 24750, "currency": "USD"},
        "status": "call me at +12125550143",
        "kind": "12125550143",
        "total": "1242.50",
        "due_on": "2026-11-20",
        "is_member": True,
        "nothing": None,
    },
}


def test_only_what_names_nobody_is_left() -> None:
    shown = json.loads(masked_payload(json.dumps(PAYLOAD).encode()) or "")

    assert shown == {
        "type": "installment.overdue",
        "subject": MASK,
        "time": "2026-11-23T17:00:00.000Z",
        "data": {
            "borrower": {"id": MASK, "name": {"given": MASK}, "phones": [{"number": MASK}]},
            "installment": {"due_date": MASK, "outstanding": 24750, "currency": "USD"},
            "status": MASK,
            "kind": MASK,
            "total": "1242.50",
            "due_on": "2026-11-20",
            "is_member": True,
            "nothing": None,
        },
    }


def test_what_cannot_be_told_apart_is_not_shown_at_all() -> None:
    for body in (b"Ada Sample, +12125550143", b"", b"\xff\xfe", b"[" * 100_000):
        assert masked_payload(body) is None, body[:20]


def test_very_deep_payloads_are_masked_from_somewhere_on() -> None:
    body = b'{"a":' * 60 + b'{"type":"x"}' + b"}" * 60

    assert '"x"' not in (masked_payload(body) or "")


def test_the_whole_is_what_came() -> None:
    assert json.loads(whole_payload(json.dumps(PAYLOAD).encode())) == PAYLOAD
    assert whole_payload(b"not \xff json") == "not \\xff json"
