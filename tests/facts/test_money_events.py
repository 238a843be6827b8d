"""What happened to a loan's money, and for how long it may be answered."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from outreach.domain.borrowers import PersonState
from outreach.domain.loans import LoanState
from outreach.domain.on_record import SentNotice, StatementRequest
from outreach.domain.treatment import Trigger
from outreach.domain.vocabulary import LoanStatus
from outreach.facts.money_events import ANSWER_WITHIN, money_events, was_paid_off_lately
from tests.domain.loan_words import T0, TODAY, a_loan, a_payment, an_installment, at

ZONE = ZoneInfo("America/New_York")
PERSON = PersonState()


def events(loan: LoanState, person: PersonState = PERSON, days: int = 0) -> list[Trigger]:
    found = money_events(person, loan, TODAY + timedelta(days=days), ZONE)
    return [one.trigger for one in found]


def test_a_payment_is_answered_for_three_days_if_it_is_final() -> None:
    loan = a_loan(an_installment(), payments={"p": a_payment()})
    assert events(loan) == events(loan, days=3) == [Trigger.PAID]
    assert events(loan, days=4) == []
    for changes in (
        {"provisional": True},
        {"reversal_told": (at(20),)},
        {"amount_minor": 0},
        {"paid_at": None},
    ):
        other = replace(a_payment(), **changes)
        assert events(replace(loan, payments={"p": other})) == []


def test_a_payoff_is_confirmed_and_a_write_off_is_not() -> None:
    paid = a_loan(status=LoanStatus.CLOSED, closed_on=TODAY, payments={"p": a_payment()})
    assert events(paid) == [Trigger.PAID_OFF]
    late = TODAY + ANSWER_WITHIN
    assert was_paid_off_lately(paid, late)
    assert not was_paid_off_lately(paid, late + timedelta(days=1))
    assert events(replace(paid, closed_on=None)) == []
    assert events(replace(paid, status=LoanStatus.WRITTEN_OFF)) == []


def test_a_statement_is_sent_about_the_loan_that_was_asked_about() -> None:
    notice = SentNotice("N-1")
    mine, other = StatementRequest("s", T0, loan_id=1), StatementRequest("t", T0, loan_id=2)
    person = PersonState(records={one.key: one for one in (mine, other, notice)})
    assert events(a_loan(), person) == [Trigger.STATEMENT]
    assert events(a_loan(), person, days=4) == []
