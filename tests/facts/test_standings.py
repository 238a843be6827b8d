"""Where a loan stands: what of earlier contacts counts, and how far each came."""

from datetime import date
from uuid import UUID

from outreach.domain.borrowers import PersonState
from outreach.domain.ledger import ELSEWHERE, PastContact
from outreach.domain.vocabulary import DeliveryState, Outcome
from outreach.facts.standings import Whose, standing_of
from tests.domain.loan_words import T0, a_loan, an_installment


def a_contact(step: str, outcome: str, **more: object) -> PastContact:
    told = {
        "person_id": 1, "contact_id": UUID(int=1), "case_id": 0, "step": step, "occurrence": "1",
        "try_number": 1, "debts": (1,), "channel": "letter", "purpose": "legal_notice",
        "direction": "out", "endpoint_id": "", "recipient_role": "debtor", "dial_mode": "",
        "sender": "x", "at": T0, "delivery_state": "sent", "outcome": outcome, "error_class": None,
    }  # fmt: skip
    return PastContact(**{**told, **more})  # type: ignore[arg-type]


def states(*past: PastContact) -> list[DeliveryState]:
    whose = Whose(person_id=1, person=PersonState(), past=past, zones=(), addresses={})
    loan = a_loan(an_installment(due_on=date(2026, 8, 1)))
    return [one.state for one in standing_of(whose, loan, None, fresh=True, now=T0).done]


def test_what_others_say_of_their_own_contact_says_how_far_it_came() -> None:
    told = {
        Outcome.DELIVERED: DeliveryState.DELIVERED,
        Outcome.READ: DeliveryState.READ,
        Outcome.UNDELIVERED: DeliveryState.UNDELIVERED,
        Outcome.SENT: DeliveryState.SENT,
        Outcome.CONVERSATION: DeliveryState.SENT,
    }
    assert states(*(a_contact(ELSEWHERE, one) for one in told)) == list(told.values())


def test_a_contact_of_our_own_came_as_far_as_its_provider_said() -> None:
    assert states(a_contact("final-notice", "delivered")) == [DeliveryState.SENT]


def test_what_came_in_or_is_about_another_loan_is_no_step() -> None:
    came_in = a_contact(ELSEWHERE, "delivered", direction="in")
    assert states(came_in, a_contact(ELSEWHERE, "delivered", debts=(2,))) == []
