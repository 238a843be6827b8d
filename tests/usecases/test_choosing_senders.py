"""Who keeps a sender, and who moves, when an account's share falls."""

from datetime import UTC, datetime
from typing import Any

from outreach.domain.ledger import PastContact
from outreach.domain.vocabulary import Channel, LenderRole, Outcome
from outreach.store.pauses import NO_STOPS, Stops
from outreach.usecases.choosing_senders import choose_sender
from outreach.usecases.lenders import LenderPlan, SenderPlan

A, B = (
    SenderPlan(name, Channel.SMS, f"account-{name}", f"+1212555010{number}", 10.0)
    for number, name in enumerate("ab")
)
LENDER = LenderPlan(
    "acme", "Acme", LenderRole.FIRST_PARTY, "US", "America/New_York", "en-US", senders=(A, B)
)
NUMBER = ("+12125550199", "")
PEOPLE = range(1, 401)


def reached(sender: SenderPlan, outcome: Outcome = Outcome.DELIVERED) -> PastContact:
    fields: dict[str, Any] = dict.fromkeys(PastContact.__dataclass_fields__, "")
    fields |= {"channel": "sms", "sender": sender.address, "outcome": outcome, "try_number": 1}
    fields |= {"person_id": 1, "case_id": 1, "debts": (), "at": datetime(2026, 11, 1, tzinfo=UTC)}
    return PastContact(**{**fields, "error_class": None})


def chosen(person: int, *past: PastContact, stops: Stops = NO_STOPS) -> str:
    found = choose_sender(LENDER, Channel.SMS, NUMBER, stops, person_id=person, past=past)
    assert found is not None
    return found.slug


def test_the_one_that_reached_them_most_often_is_kept() -> None:
    assert chosen(1, reached(A), reached(A), reached(B)) == "a"
    assert chosen(1, reached(B), reached(A)) == "b", "who heard from a substitute comes back"
    assert chosen(1, reached(B), reached(A), reached(A)) == "a"
    assert chosen(1, reached(B), reached(A, Outcome.UNDELIVERED)) == "b"


def test_a_share_says_how_many_keep_their_sender_and_how_many_are_drawn_to_it() -> None:
    quarter = Stops(shares={A.provider: 0.25})
    kept = [person for person in PEOPLE if chosen(person, reached(A), stops=quarter) == "a"]
    drawn = [person for person in PEOPLE if chosen(person, stops=quarter) == "a"]
    before = [person for person in PEOPLE if chosen(person) == "a"]

    assert 60 <= len(kept) <= 180, "a quarter, and some that are drawn to it anew"
    assert 40 <= len(drawn) <= 120, "one in five"
    assert set(drawn) <= set(before), "nobody moves towards what fares badly"
    assert all(chosen(person, reached(B), stops=quarter) == "b" for person in PEOPLE)
