"""What a contact says about repayments: nothing that isn't certain."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from outreach.domain.early_payoff import NoPayoffError, PayoffRules
from outreach.domain.loan_books import booked, keep_books
from outreach.domain.loans import Full, LoanState
from outreach.domain.product_rules import LenderProducts, ProductRules
from outreach.domain.standing import Due
from outreach.domain.vocabulary import LenderRole, LoanStatus, Stage
from outreach.facts.money_events import payment_event
from outreach.rendering.repayment_words import RepaymentFacts, repayment_context
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.telling_repayment import (
    NOTHING,
    needs_whole,
    payoff_of,
    repayment_facts,
)
from tests.domain.loan_words import TODAY, a_loan, a_payment, an_installment, at
from tests.domain.plans import a_standing, a_step
from tests.domain.plans import at as on_day

RULES = LenderProducts(ProductRules(payoff=PayoffRules(fee_percent=Decimal(1))))
LENDER = LenderPlan(
    "acme", "Acme", LenderRole.FIRST_PARTY, "US", "America/New_York", "en-US", products=RULES
)


def due(occurrence: str, *, offers: bool = False) -> Due:
    return Due(
        standing=a_standing(-1),
        step=a_step("x", 0, offers_payoff=offers),
        step_key="x",
        stage=Stage.PRE_DUE,
        day=-1,
        occurrence=occurrence,
        try_number=1,
        options=(),
        closes_at=on_day(0),
    )


def schedule() -> LoanState:
    parts = {"principal": 10000, "interest": 300, "fees": 0, "penalty": 0, "total": 10300}
    lines = [
        an_installment(n, 10300, TODAY + timedelta(days=30 * n - 30), parts={"billed": parts})
        for n in (1, 2)
    ]
    return a_loan(*lines, fulls={"core": Full(at(1), 1)})


def test_an_offer_says_what_is_saved_and_only_where_something_is() -> None:
    offer = repayment_facts(due("1:1:1", offers=True), schedule(), LENDER, TODAY)
    assert (offer.payoff_minor, offer.saved_minor) == (20400, 200)
    plain = replace(LENDER, products=LenderProducts())
    costly = replace(
        LENDER, products=LenderProducts(ProductRules(payoff=PayoffRules(fee_percent=Decimal(9))))
    )
    for lender in (plain, costly):
        assert repayment_facts(due("1:1:1", offers=True), schedule(), lender, TODAY) == NOTHING
    assert repayment_facts(due("1:1:1"), schedule(), LENDER, TODAY) == NOTHING
    with pytest.raises(NoPayoffError, match="no_rules"):
        payoff_of(schedule(), plain, TODAY)


def test_a_receipt_is_about_its_own_payment() -> None:
    payment = a_payment(amount=400)
    loan = replace(schedule(), payments={"p": payment})
    loan = booked(loan, keep_books(loan))
    facts = repayment_facts(due(payment_event(loan, payment)), loan, LENDER, TODAY)
    assert (facts.paid_minor, facts.division) == (400, {"interest": 300, "principal": 100})
    assert repayment_facts(due("paid:1:other"), loan, LENDER, TODAY) == NOTHING


def test_a_payoff_is_confirmed_for_a_closed_loan_alone() -> None:
    closed = a_loan(status=LoanStatus.CLOSED, closed_on=TODAY)
    assert repayment_facts(due("paid_off:1:x"), closed, LENDER, TODAY).closed_on == TODAY
    assert repayment_facts(due("paid_off:1:x"), a_loan(), LENDER, TODAY) == NOTHING


def test_a_statement_whose_figures_disagree_says_nothing() -> None:
    told = repayment_facts(due("statement:x"), schedule(), LENDER, TODAY)
    assert (told.opening_minor, told.paid_minor, told.left_minor) == (20600, 0, 20600)
    assert told.next_due_on == TODAY
    paid = replace(schedule(), payments={"p": a_payment(amount=400, told=at(1))})
    assert repayment_facts(due("statement:x"), paid, LENDER, TODAY) == NOTHING


def test_only_what_speaks_of_the_whole_schedule_needs_all_of_it() -> None:
    wanted = {
        "1:1:1": needs_whole(due("1:1:1")),
        "offer": needs_whole(due("1:1:1", offers=True)),
        "statement": needs_whole(due("statement:x")),
        "paid": needs_whole(due("paid:x")),
    }
    assert wanted == {"1:1:1": False, "offer": True, "statement": True, "paid": False}


def test_words_leave_out_what_is_nothing() -> None:
    assert repayment_context(RepaymentFacts(), "USD", "en-US") == {"divided": False}
    facts = RepaymentFacts(paid_minor=0, division={"principal": 5}, left_minor=0, paid_on=TODAY)
    assert repayment_context(facts, "USD", "en-US") == {
        "divided": True,
        "payment_amount": "$0.00",
        "to_principal": "$0.05",
        "payment_date": "Nov 23, 2026",
    }


def test_a_statement_by_period_begins_with_it_and_one_that_was_asked_for_covers_thirty_days() -> (
    None
):
    since = TODAY - timedelta(days=70)
    asked = repayment_facts(due("statement:0123456789abcdef"), schedule(), LENDER, TODAY)
    told = repayment_facts(due(f"statement:{since}:{TODAY}:170"), schedule(), LENDER, TODAY)

    assert (asked.since, asked.until) == (TODAY - timedelta(days=30), TODAY)
    assert (told.since, told.until) == (since, TODAY)
    assert told.left_minor == asked.left_minor == 20600
    assert needs_whole(due(f"statement:{since}:{TODAY}:170"))
