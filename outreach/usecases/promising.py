"""Promises that payments keep or break: judged whenever somebody is looked at.

What a platform tells of a promise stands. Of one that it says nothing about, the payments decide:
those told later, back-dated or taken back change the answer at the next look.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from outreach.domain.loans import LoanState, past_due_minor
from outreach.domain.promises import Paid, Promise, judge_promise
from outreach.domain.signals import Signal
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import PromiseStatus
from outreach.store.books import PersonBook
from outreach.store.loans import LoanChange, load_loans, write_loans
from outreach.store.pool import Connection
from outreach.usecases.lenders import LenderPlan

CREATED: Final = "promise_to_pay.created"
CANCELED: Final = "promise_to_pay.canceled"
OWN_PROMISES: Final = ("reply-", "call-", "operator-")
"""How references of promises begin that were made to us; a later one replaces them."""
# What a later or returned payment may still change; older ones stay as they were judged.
_OPEN_FOR: Final = timedelta(days=90)


def owed_by(loan: LoanState, day: date, now: datetime) -> int:
    """Return what a loan owes by a day: all that is past due, else what falls due until then."""
    return past_due_minor(loan.installments, loan.today(now)) or sum(
        one.outstanding_minor for one in loan.installments if one.due_on <= day
    )


def promise_signal(
    source: str, ref: str, loan: LoanState, amount_minor: int, day: date, now: datetime
) -> Signal:
    """Return a promise as a platform would tell it; the same `ref` is the same promise."""
    return Signal(
        id=ref,
        source=source,
        type=CREATED,
        subject=f"loan/{loan.ref}",
        time=now,
        sequence=None,
        data={
            "loan": {"id": loan.ref, "currency": loan.currency},
            "promise": {
                "id": ref,
                "amount": amount_minor,
                "currency": loan.currency,
                "due_on": day.isoformat(),
                "made_at": now.isoformat(),
            },
        },
    )


def superseding(source: str, refs: tuple[str, ...], loan: LoanState, now: datetime) -> list[Signal]:
    """Return the words that end earlier promises of the borrower's own, which a new one replaces.

    Args:
        source: Who says so.
        refs: Beginnings of the references that such promises have.
        loan: With its promises.
        now: Business time.
    """
    today = loan.today(now)
    return [
        Signal(
            id=f"{one.ref}:superseded",
            source=source,
            type=CANCELED,
            subject=f"loan/{loan.ref}",
            time=now,
            sequence=None,
            data={
                "loan": {"id": loan.ref, "currency": loan.currency},
                "promise": {"id": one.ref, "currency": loan.currency},
            },
        )
        for one in loan.promises.values()
        if one.is_open(today) and one.ref.startswith(refs)
    ]


class Plans(Protocol):
    """The part of the rulebook that is asked for."""

    @property
    def treatments(self) -> Sequence[Treatment]:
        """Every treatment."""

    @property
    def lenders(self) -> Mapping[str, LenderPlan]:
        """Lenders by slug."""


def tolerance_in(plans: Plans, tenant: str) -> int:
    """Return how many days late a payment still keeps a promise: the lender's most lenient word."""
    lender = plans.lenders.get(tenant)
    named = lender.treatment if lender is not None else None
    return max(
        (one.promise_tolerance_days for one in plans.treatments if named in {None, one.name}),
        default=0,
    )


async def judge_promises(
    conn: Connection,
    books: Mapping[int, PersonBook],
    tolerance_of: Callable[[str], int],
    *,
    now: datetime,
) -> dict[int, PersonBook]:
    """Judge the promises of locked persons and return their books as they are then.

    Args:
        conn: Inside the transaction that holds the persons.
        books: By person.
        tolerance_of: Days that a payment may be late and still keep a promise, by lender.
        now: Business time.
    """
    judged = dict(books)
    asked = sorted(
        person
        for person, book in books.items()
        if any(_is_due(one, loan, now) for loan in book.loans.values() for one in _promises(loan))
    )
    if not asked:
        return judged
    whole = await load_loans(conn, asked, whole=True)
    changes: list[LoanChange] = []
    today: dict[tuple[int, int], date] = {}
    for person in asked:
        book = books[person]
        loans = dict(book.loans)
        for loan_id, loan in whole.get(person, {}).items():
            after = _judge(loan, tolerance_of(book.tenant_id), now)
            if after is not loan and loan_id in loans:
                changes.append(LoanChange(book.tenant_id, person, loan, after))
                today[person, loan_id] = loan.today(now)
                loans[loan_id] = replace(loans[loan_id], promises=after.promises)
        judged[person] = replace(book, loans=loans)
    await write_loans(conn, changes, today=today)
    return judged


def _promises(loan: LoanState) -> list[Promise]:
    return list(loan.promises.values())


def _is_due(one: Promise, loan: LoanState, now: datetime) -> bool:
    return one.said is PromiseStatus.OPEN and one.due_on > loan.today(now) - _OPEN_FOR


def _judge(loan: LoanState, tolerance_days: int, now: datetime) -> LoanState:
    paid = [
        Paid(one.amount_minor, one.value_on, one.paid_at)
        for one in loan.payments.values()
        if one.amount_minor is not None
        and one.value_on is not None
        and not one.is_reversed
        and not one.provisional
    ]
    today = loan.today(now)
    promises = {
        ref: judge_promise(
            one, paid, today=today, zone=loan.lender_timezone, tolerance_days=tolerance_days
        )
        if _is_due(one, loan, now)
        else one
        for ref, one in loan.promises.items()
    }
    return loan if promises == loan.promises else replace(loan, promises=promises)
