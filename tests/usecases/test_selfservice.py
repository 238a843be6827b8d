"""What a borrower's page shows, from the books alone."""

from datetime import UTC, date, datetime
from typing import Final

from outreach.domain.allocation import Component, Waterfall
from outreach.domain.borrowers import PersonState
from outreach.domain.early_payoff import PayoffRules
from outreach.domain.loans import Full, LoanState
from outreach.domain.product_rules import LenderProducts, ProductRules
from outreach.usecases.selfservice import Terms, overview
from tests.domain.loan_words import a_loan, an_installment, at

NOON: Final = datetime(2026, 3, 15, 12, tzinfo=UTC)
PERSON: Final = PersonState()


def a_schedule() -> LoanState:
    """Two installments of 100 and 4 of interest: the first is late, the second is to come."""
    parts = {"principal": 10000, "interest": 400, "fees": 0, "penalty": 0, "total": 10400}
    told = {"billed": parts, "outstanding": parts}
    return a_loan(
        an_installment(1, 10400, date(2026, 3, 1), parts=told),
        an_installment(2, 10400, date(2026, 4, 1), parts=told),
        fulls={"core": Full(at(1), 1)},
    )


def terms(rules: ProductRules) -> Terms:
    return Terms(LenderProducts(rules), "US")


def test_what_is_due_comes_first_and_what_is_to_come_apart() -> None:
    shown = overview(PERSON, a_schedule(), now=NOON)

    assert [(one.number, one.days_late) for one in shown.due] == [(1, 14)]
    assert [one.number for one in shown.upcoming] == [2]
    assert (shown.due_minor, shown.owed_minor, shown.days_late) == (10400, 20800, 14)
    assert shown.payoff is None


def test_a_payment_is_used_in_the_order_that_the_product_has() -> None:
    principal_first = (
        Component.PRINCIPAL, Component.INTEREST, Component.FEES, Component.PENALTY,
    )  # fmt: skip
    rules = ProductRules(Waterfall(principal_first))

    usual = overview(PERSON, a_schedule(), now=NOON)
    other = overview(PERSON, a_schedule(), terms=terms(rules), now=NOON)

    assert [(one.component, one.minor) for one in usual.portions] == [
        (Component.INTEREST, 400), (Component.PRINCIPAL, 10000),
    ]  # fmt: skip
    assert [one.component for one in other.portions] == list(principal_first[:2])


def test_early_payoff_is_computed_only_where_the_product_has_rules() -> None:
    shown = overview(
        PERSON, a_schedule(), terms=terms(ProductRules(payoff=PayoffRules())), now=NOON
    )

    assert shown.payoff is not None
    assert 20400 < shown.payoff.amount_minor < 20800
    assert shown.payoff.valid_until == date(2026, 3, 18)
    unknown = a_loan(an_installment(1, 10400, date(2026, 3, 1)))
    known = terms(ProductRules(payoff=PayoffRules()))
    assert overview(PERSON, unknown, terms=known, now=NOON).payoff is None
