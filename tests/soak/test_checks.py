"""The soak's own checks notice what they are there for."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.soak.checks import Checks
from tests.soak.platform import NEW_YORK, Platform, Signal
from tests.soak.run import FIRST_DAY

NOON = datetime(2026, 1, 12, 12, tzinfo=NEW_YORK)
HOUR = timedelta(hours=1)


def checks() -> Checks:
    made = Checks(Platform(1, 3, FIRST_DAY))
    made.names, made.region_of = {7: "LN-0"}, {1: "US-MA"}
    return made


def a_contact(at: datetime = NOON, **told: Any) -> dict[str, Any]:
    return {
        "at": at, "channel": "sms", "outcome": "delivered", "debts": [7], "endpoint_id": "ph-1",
        "direction": "out", "purpose": "collection", "dial_mode": "", "person_id": 1,
        "treatment": "us-default@1", "step": "day-2", **told,
    }  # fmt: skip


def word(kind: str, at: datetime = NOON, **data: Any) -> Signal:
    return {"type": kind, "subject": "loan/LN-0", "time": at.isoformat(), "data": data}


def promise(kind: str) -> Signal:
    due = date(2026, 1, 14).isoformat()
    made = NOON.isoformat()
    said = {"id": "P", "due_on": due, "made_at": made, "amount": 100}
    return word(f"promise_to_pay.{kind}", promise=said)


def paid(minor: int) -> Signal:
    payment = {"id": f"P-{minor}", "amount": minor, "value_date": NOON.date().isoformat()}
    return word("payment.received", payment=payment)


def test_a_contact_about_a_loan_that_is_over_is_noticed_unless_it_was_revived() -> None:
    made = checks()
    made.note([word("loan.paid_off")], NOON)

    assert made.contacts([a_contact(NOON - HOUR)]) == []
    assert len(made.contacts([a_contact(NOON)])) == 1
    assert made.contacts([a_contact(outcome="released")]) == []
    assert made.contacts([a_contact(step="thanks")]) == []
    made.note([word("payment.reversed", NOON + HOUR)], NOON + HOUR)
    assert made.contacts([a_contact(NOON + HOUR)]) == []


def test_a_contact_while_money_is_promised_is_noticed_until_the_promise_ends() -> None:
    made = checks()
    made.note([promise("created")], NOON)

    assert made.contacts([a_contact(NOON - HOUR)]) == []
    assert len(made.contacts([a_contact(NOON + HOUR)])) == 1
    assert made.contacts([a_contact(NOON + timedelta(days=3))]) == []
    made.note([paid(99)], NOON + HOUR)
    assert len(made.contacts([a_contact(NOON + HOUR)])) == 1
    made.note([paid(1)], NOON + HOUR)
    assert made.contacts([a_contact(NOON + HOUR)]) == []
    made = checks()
    made.note([promise("created"), promise("canceled")], NOON + HOUR)
    assert made.contacts([a_contact(NOON + HOUR)]) == []


def test_a_third_text_within_a_week_in_massachusetts_and_one_at_night_are_noticed() -> None:
    days = [a_contact(NOON + timedelta(days=day)) for day in range(3)]

    assert checks().contacts(days[:2]) == []
    [cap] = checks().contacts(days)
    assert "us.ma.cap_2in7" in cap
    [night] = checks().contacts([a_contact(NOON + 11 * HOUR)])
    assert "8 to 21" in night
