"""What a due contact may say about repayments: the payment it answers, a statement, a payoff."""

from datetime import date, timedelta
from typing import Final

from outreach.domain.early_payoff import NoPayoffError, Payoff, early_payoff
from outreach.domain.loan_books import agreed_division, keep_books, value_date
from outreach.domain.loan_statements import UnreconciledError, loan_statement
from outreach.domain.loans import LoanState
from outreach.domain.standing import Due
from outreach.domain.statement_periods import since_of
from outreach.domain.vocabulary import LoanStatus
from outreach.facts.money_events import payment_event
from outreach.rendering.repayment_words import RepaymentFacts
from outreach.usecases.bookkeeping import has_parts
from outreach.usecases.lenders import LenderPlan

STATEMENT_DAYS: Final = 30
"""A statement that was asked for covers so many days up to its own."""
NOTHING: Final = RepaymentFacts()


def needs_whole(due: Due) -> bool:
    """Say whether a contact speaks of the whole schedule, so that all of it has to be loaded."""
    return due.step.offers_payoff or due.occurrence.startswith("statement:")


def repayment_facts(due: Due, loan: LoanState, lender: LenderPlan, today: date) -> RepaymentFacts:
    """Return what the words may say about repayments; nothing where the contact is about none.

    A statement whose figures don't reconcile says nothing, so its words can't be made.
    """
    about = due.occurrence.partition(":")[0]
    if about == "paid":
        return _receipt(due, loan)
    if about == "paid_off" and loan.status is LoanStatus.CLOSED:
        return RepaymentFacts(closed_on=loan.closed_on)
    if about == "statement":
        since = since_of(due.occurrence) or today - timedelta(days=STATEMENT_DAYS)
        return _statement(loan, lender, since, today)
    if due.step.offers_payoff:
        return _offer(loan, lender, today)
    return NOTHING


def payoff_of(loan: LoanState, lender: LenderPlan, today: date) -> Payoff:
    """Compute what pays a loan off by the lender's rules.

    Raises:
        NoPayoffError: `no_rules`: the lender settled none; else see `early_payoff`.
    """
    rules = lender.products.of(loan.product).payoff
    if rules is None:
        raise NoPayoffError("no_rules")
    return early_payoff(loan, today, rules=rules, country=lender.country)


def _receipt(due: Due, loan: LoanState) -> RepaymentFacts:
    for payment in loan.payments.values():
        if payment_event(loan, payment) == due.occurrence:
            return RepaymentFacts(
                paid_minor=payment.amount_minor,
                paid_on=value_date(payment),
                division=agreed_division(payment),
                left_minor=sum(one.outstanding_minor for one in loan.installments),
            )
    return NOTHING


def _statement(loan: LoanState, lender: LenderPlan, since: date, today: date) -> RepaymentFacts:
    if not has_parts(loan):
        return NOTHING
    books = keep_books(loan, lender.products.of(loan.product).waterfall)
    try:
        told = loan_statement(loan, books, since, today)
    except UnreconciledError:
        return NOTHING
    return RepaymentFacts(
        paid_minor=told.paid_minor,
        division=told.paid_for,
        left_minor=told.closing_minor,
        since=told.since,
        until=told.until,
        opening_minor=told.opening_minor,
        past_due_minor=told.past_due_minor,
        next_due_on=told.next_due_on,
        next_minor=told.next_due_minor,
    )


def _offer(loan: LoanState, lender: LenderPlan, today: date) -> RepaymentFacts:
    try:
        found = payoff_of(loan, lender, today)
    except NoPayoffError:
        return NOTHING
    if found.saved_minor <= 0:
        return NOTHING
    return RepaymentFacts(
        payoff_minor=found.amount_minor,
        payoff_until=found.valid_until,
        saved_minor=found.saved_minor,
    )
