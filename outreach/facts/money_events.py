"""What happened to a loan's money that may be answered: a payment, the payoff, a request."""

from collections.abc import Iterator
from datetime import date, timedelta, tzinfo
from hashlib import sha256
from typing import Final

from outreach.domain.borrowers import PersonState
from outreach.domain.loans import LoanState, Payment
from outreach.domain.local_time import local_date
from outreach.domain.on_record import StatementRequest
from outreach.domain.standing import OpenEvent
from outreach.domain.treatment import Trigger
from outreach.domain.vocabulary import LoanStatus

ANSWER_WITHIN: Final = timedelta(days=3)
"""A receipt, a confirmation or a statement that comes later than this isn't sent any more."""
PAYMENTS_SINCE: Final = ANSWER_WITHIN + timedelta(days=2)
"""How far back payments have to be loaded: a date can begin a day before it does in UTC."""


def money_events(
    person: PersonState, loan: LoanState, today: date, lender_zone: tzinfo
) -> tuple[OpenEvent, ...]:
    """Return what may be answered on `today`, the lender's date."""
    if not loan.is_open:
        return tuple(_paid_off(loan, today))
    return (*_paid(loan, today, lender_zone), *_asked(person, loan, today, lender_zone))


def was_paid_off_lately(loan: LoanState, today: date) -> bool:
    """Say whether a closed loan's payoff may still be confirmed."""
    return any(_paid_off(loan, today))


def payment_event(loan: LoanState, payment: Payment) -> str:
    """Return a payment's name as an event: the platform's own may say anything."""
    return f"paid:{loan.loan_id}:{sha256(payment.ref.encode()).hexdigest()[:16]}"


def _paid(loan: LoanState, today: date, lender_zone: tzinfo) -> Iterator[OpenEvent]:
    for payment in loan.payments.values():
        if not payment.amount_minor or payment.is_reversed or payment.provisional:
            continue
        if payment.paid_at is None:
            continue
        until = local_date(payment.paid_at, lender_zone) + ANSWER_WITHIN
        if today <= until:
            yield OpenEvent(Trigger.PAID, payment_event(loan, payment), until)


def _paid_off(loan: LoanState, today: date) -> Iterator[OpenEvent]:
    if loan.status is LoanStatus.CLOSED and loan.closed_on is not None:
        until = loan.closed_on + ANSWER_WITHIN
        if today <= until:
            yield OpenEvent(Trigger.PAID_OFF, f"paid_off:{loan.loan_id}:{loan.closed_on}", until)


def _asked(
    person: PersonState, loan: LoanState, today: date, lender_zone: tzinfo
) -> Iterator[OpenEvent]:
    for one in person.records.values():
        if isinstance(one, StatementRequest) and one.loan_id == loan.loan_id:
            until = local_date(one.at, lender_zone) + ANSWER_WITHIN
            if today <= until:
                name = sha256(one.ref.encode()).hexdigest()[:16]
                yield OpenEvent(Trigger.STATEMENT, f"statement:{name}", until)
