"""One loan's books beside the platform's figures; differences are found and never mended."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.affordability import Means, suggest
from outreach.domain.allocation import Component, Waterfall
from outreach.domain.choosing import choose_step
from outreach.domain.deriving import derive_loan
from outreach.domain.early_payoff import PayoffRules
from outreach.domain.loan_books import (
    Discrepancy,
    DiscrepancyKind,
    LoanBooks,
    agreed_division,
    booked,
    keep_books,
    value_date,
)
from outreach.domain.loan_statements import UnreconciledError, loan_statement
from outreach.domain.loans import NEVER, Full, Installment, LoanState, Payment
from outreach.domain.on_record import StatementRequest, about_loan, merge_record
from outreach.domain.product_rules import LenderProducts, ProductRules, Products
from outreach.domain.reading import read_signal
from outreach.domain.standing import Due, OpenEvent
from outreach.domain.treatment import Trigger
from outreach.domain.vocabulary import LoanStatus
from tests.domain.loan_words import (
    SEQUENCE,
    T0,
    TODAY,
    a_loan,
    a_payment,
    a_signal,
    an_installment,
    at,
)
from tests.domain.plans import DUE_ON, a_standing, a_step, a_treatment
from tests.domain.plans import at as on_day

LATE: Final = date(2026, 11, 20)


def parts(principal: int, interest: int = 0, fees: int = 0) -> dict[str, int]:
    total = principal + interest + fees
    return {
        "principal": principal, "interest": interest, "fees": fees, "penalty": 0, "total": total
    }  # fmt: skip


def line(
    number: int, billed: dict[str, int], left: int | None = None, told: int = 1
) -> Installment:
    owed = billed["total"] if left is None else left
    due_on = LATE + timedelta(days=30 * (number - 1))
    return an_installment(number, owed, due_on, at(told), {"billed": billed})


def the_loan(*payments: Payment, left: tuple[int, int] | None = None, **more: Any) -> LoanState:
    bills = [parts(1000, 100, 50), parts(1000, 50)]
    owed = left or (None, None)
    lines = [line(n, bill, owed[n - 1], more.get("told", 1)) for n, bill in enumerate(bills, 1)]
    more.pop("told", None)
    paid = {one.ref: one for one in payments}
    return derive_loan(a_loan(*lines, payments=paid, fulls={"core": Full(at(1), 1)}, **more))


def kinds(books: LoanBooks) -> list[tuple[str, str]]:
    return [(one.kind.value, one.about) for one in books.discrepancies]


def test_books_go_back_to_the_first_payment_where_all_are_known() -> None:
    books = keep_books(the_loan(a_payment("p", 120)))
    assert (books.since_start, books.before_minor, kinds(books)) == (True, 0, [])
    assert books.allocated.allocations[0].by_component() == {
        Component.FEES: 50, Component.INTEREST: 70
    }  # fmt: skip
    assert books.allocated.left_minor(1) == 1030


def test_what_was_paid_before_our_records_is_no_difference() -> None:
    loan = the_loan(a_payment("p", 100), left=(400, 1050))
    books = keep_books(loan)
    assert (books.since_start, books.before_minor, kinds(books)) == (False, 750, [])
    assert books.allocated.left_minor(1) == 300
    assert books.allocated.allocations[0].by_component() == {Component.UNSTATED: 100}
    told = replace(loan, payments={})
    stated = [
        one._replace(report=one.report._replace(parts={"outstanding": parts(350, 50)}))
        for one in told.installments[:1]
    ]
    loan = derive_loan(a_loan(*stated, payments=loan.payments))
    assert keep_books(loan).allocated.allocations[0].by_component() == {
        Component.INTEREST: 50, Component.PRINCIPAL: 50
    }  # fmt: skip


def test_a_payment_that_the_schedule_holds_isnt_taken_off_again() -> None:
    held = a_payment("old", 100, told=at(1))
    books = keep_books(the_loan(held, a_payment("new", 30), left=(400, 1050), told=5))
    assert books.allocated.of("old") is None or books.allocated.left_minor(1) == 370


def test_the_platform_shows_less_paid_than_it_told() -> None:
    loan = the_loan(a_payment("p", 300, told=at(1)), told=5)
    books = keep_books(loan)
    assert kinds(books) == [("payments", "")]
    assert books.discrepancies[0] == Discrepancy(
        DiscrepancyKind.PAYMENTS, "", {"amount": 1900}, {"amount": 2200}
    )


def test_an_installment_that_is_left_with_something_else() -> None:
    loan = the_loan(a_payment("p", 300, told=at(1)), left=(1150, 750), told=5)
    assert kinds(keep_books(loan)) == [("installment", "1"), ("installment", "2")]


def test_divisions_and_splits_that_differ() -> None:
    odd = a_payment("odd", 200, {2: 200}, allocation={"interest": 200, "fees": 0})
    right = a_payment(
        "right", 150, {1: 150}, allocation={"fees": 50, "interest": 100}, value_on=LATE
    )
    books = keep_books(the_loan(odd, right))
    assert kinds(books) == [("allocation", "odd"), ("split", "odd")]
    bare = derive_loan(
        a_loan(
            an_installment(1, 500), payments={"p": a_payment("p", 200, allocation={"fees": 200})}
        )
    )
    assert kinds(keep_books(bare)) == []  # nobody said what is owed for


def test_a_total_that_no_usual_way_comes_to() -> None:
    found = {}
    for total in (2200, 2150, 2149, 2201):
        loan = replace(the_loan(), total_minor=total)
        found[total] = kinds(keep_books(loan))
    assert found == {2200: [], 2150: [], 2149: [("total", "")], 2201: [("total", "")]}
    bare = a_loan(an_installment(1, 5), fulls={"core": Full(at(1), 1)}, total_minor=7)
    assert kinds(keep_books(bare)) == []
    assert kinds(keep_books(a_loan(total_minor=7))) == []


def test_a_restructured_loan_begins_anew() -> None:
    loan = the_loan(a_payment("p", 300, told=at(1)), told=5)
    again = replace(loan, status=LoanStatus.RESTRUCTURED)
    books = keep_books(again)
    assert (books.since_start, kinds(books)) == (False, [])
    assert [one.ref for one in books.allocated.allocations] == []


def test_reversed_payments_and_tombstones_count_for_nothing() -> None:
    back = a_payment("back", 60, reversal_told=(at(20),), reversal={"reopens": []})
    only = Payment("only", reversal_told=(at(20),), reversal={"reopens": []})
    loan = the_loan(back, only, a_payment("p", 60))
    books = keep_books(loan)
    after = booked(loan, books)
    assert {ref: one.booked for ref, one in after.payments.items()} == {
        "back": None, "only": None, "p": {"fees": 50, "interest": 10}
    }  # fmt: skip
    assert booked(after, books) is after
    assert value_date(only) == NEVER.date()


def test_what_a_borrower_may_be_told_of_a_division() -> None:
    ours = {"fees": 50, "interest": 10}
    cases = [
        (ours, None, ours),
        (ours, {"fees": 50, "interest": 10, "penalty": 0}, ours),
        (ours, {"fees": 60}, None),
        ({"unstated": 60}, {"fees": 60}, {"fees": 60}),
        ({"unstated": 60}, None, None),
        (None, {"fees": 60}, {"fees": 60}),
        (None, None, None),
    ]
    for mine, theirs, told in cases:
        assert agreed_division(a_payment(booked=mine, allocation=theirs)) == told


PAYMENTS = st.lists(
    st.tuples(st.integers(1, 900), st.integers(-40, 10), st.booleans()), max_size=6
).map(
    lambda found: [
        a_payment(
            f"p{number}",
            minor,
            value_on=TODAY + timedelta(days=day),
            reversal_told=(at(30),) if back else (),
            reversal={"reopens": []} if back else None,
        )
        for number, (minor, day, back) in enumerate(found)
    ]
)


@given(PAYMENTS, st.randoms(use_true_random=False))
def test_books_balance_whatever_the_order_of_arrival(payments: list[Payment], random: Any) -> None:
    loan = the_loan(*payments)
    mixed = list(payments)
    random.shuffle(mixed)
    books, again = keep_books(loan), keep_books(the_loan(*mixed))
    assert booked(loan, books).payments == booked(the_loan(*mixed), again).payments
    assert not books.discrepancies
    left = sum(books.allocated.left_minor(bill.number) for bill in books.bills)
    assert left == sum(one.outstanding_minor for one in loan.installments)
    gone = [one for one in payments if not one.is_reversed]
    assert keep_books(the_loan(*gone)).allocated == books.allocated


def test_a_statement_adds_up() -> None:
    payments = [
        a_payment("p", 150, value_on=LATE),
        a_payment("long ago", 50, value_on=date(2026, 1, 1)),
        a_payment("too much", 2100, value_on=TODAY),
    ]
    loan = the_loan(*payments)
    loan = booked(loan, keep_books(loan))
    told = loan_statement(loan, keep_books(loan), date(2026, 11, 1), TODAY)
    assert told.opening_minor - told.paid_minor + told.unapplied_minor == told.closing_minor
    assert (told.paid_minor, told.unapplied_minor, told.closing_minor) == (2250, 100, 0)
    assert told.paid_for == {"interest": 150, "principal": 2000, "unapplied": 100}
    assert (told.next_due_on, told.next_due_minor, told.past_due_minor) == (None, 0, 0)
    fresh = the_loan()
    told = loan_statement(fresh, keep_books(fresh), LATE, TODAY)
    assert (told.past_due_minor, told.next_due_minor) == (1150, 1050)
    assert told.next_due_on == LATE + timedelta(days=30)


def test_a_statement_isnt_given_on_figures_that_disagree() -> None:
    loan = the_loan(a_payment("p", 300, told=at(1)), told=5)
    with pytest.raises(UnreconciledError, match="differs"):
        loan_statement(loan, keep_books(loan), LATE, TODAY)
    fresh = the_loan()
    books = replace(keep_books(fresh), bills=keep_books(fresh).bills[:1])
    with pytest.raises(UnreconciledError, match="add up"):
        loan_statement(fresh, books, LATE, TODAY)
    odd = the_loan(a_payment("p", 60, value_on=TODAY))
    assert loan_statement(odd, keep_books(odd), LATE, TODAY).paid_for == {}


def test_suggestions_with_their_arithmetic() -> None:
    means = Means(3000_00, 1000_00, 1200_00, income_day=25)
    plan = suggest(means, installment_minor=250_00, past_due_minor=400_00, due_day=10)
    assert (plan.kind, plan.due_day, plan.parts) == (
        "plan", 27, (150_00, 150_00, 100_00)
    )  # fmt: skip
    assert [(one.key, one.result) for one in plan.sums] == [
        ("free", 800_00), ("usable", 400_00), ("rest", 150_00), ("months", 3)
    ]  # fmt: skip
    cases = [
        ("keep", None, Means(3000_00), 100_00, 0, 10),
        ("keep", None, Means(3000_00, income_day=5), 100_00, 0, 10),
        ("due_date", 28, Means(3000_00, income_day=29), 100_00, 0, 20),
        ("relief", None, Means(100_00), 100_00, 0, 10),
        ("relief", None, Means(100_00, 200_00), 100_00, 50_00, 10),
        ("relief", None, Means(200_00), 100_00, 50_00, 10),  # nothing beside the installment
        ("relief", None, Means(202_00), 100_00, 50_00, 10),  # 50 months
    ]
    for kind, day, one, installment, late, due_day in cases:
        found = suggest(one, installment_minor=installment, past_due_minor=late, due_day=due_day)
        assert (found.kind, found.due_day, found.parts) == (kind, day, ())


def test_a_suggestion_refuses_what_makes_no_sense() -> None:
    for share, late in ((0, 0), (101, 0), (50, -1)):
        with pytest.raises(ValueError, match="negative"):
            suggest(Means(1), installment_minor=1, past_due_minor=late, due_day=1, share=share)


@given(st.integers(0, 9999), st.integers(0, 999), st.integers(0, 9999))
def test_a_plan_asks_for_all_that_is_late_and_never_for_more_than_there_is(
    income: int, installment: int, late: int
) -> None:
    found = suggest(Means(income), installment_minor=installment, past_due_minor=late, due_day=1)
    if found.kind == "plan":
        assert sum(found.parts) == late
        assert max(found.parts) + installment <= income // 2


def test_rules_are_a_products_own_else_the_lenders_else_the_usual_ones() -> None:
    order = (Component.PRINCIPAL, Component.INTEREST, Component.FEES, Component.PENALTY)
    own, others = ProductRules(Waterfall(order)), ProductRules(payoff=PayoffRules())
    found = Products({"acme": LenderProducts(others, {"car": own})})
    assert found.of("acme", "car") is own
    assert found.of("acme", "home") is others
    assert found.of("harbor", "car") == ProductRules()


def test_a_receipt_takes_the_place_of_thanks() -> None:
    thanks, receipt = a_step("thanks", 0), a_step("receipt", 0)
    events = {Trigger.CURED: thanks, Trigger.PAID: receipt}
    until = DUE_ON + timedelta(days=9)
    cured = a_standing(-5, events=(OpenEvent(Trigger.CURED, "cure:1", until),))
    for told, key in ((events, None), ({Trigger.CURED: thanks}, "thanks")):
        answer = choose_step(a_treatment(events=told), cured, on_day(-5))
        assert (isinstance(answer, Due) and answer.step_key == "thanks") == (key is not None)


def test_of_two_requests_for_a_statement_the_earlier_counts() -> None:
    one = StatementRequest("s", T0)
    later = StatementRequest("s", T0 + timedelta(hours=1))
    assert merge_record(later, one) == merge_record(one, later) == one
    assert about_loan(one, 7) == StatementRequest("s", T0, 7)


def test_a_request_for_a_statement_is_put_on_record() -> None:
    signal = a_signal("statement.requested", {"statement": {"id": "s"}})
    told = read_signal(signal, source="core", order=SEQUENCE, zone="UTC")
    assert told.records == (StatementRequest("s", T0),)
