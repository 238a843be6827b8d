"""What choosing a step needs to know, from what is stored about one loan."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from outreach.domain.cases import Case
from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState, oldest_unpaid, past_due_minor
from outreach.domain.local_time import local_date
from outreach.domain.standing import Done, OpenQuote, Standing
from outreach.domain.vocabulary import (
    CaseKind,
    Channel,
    DeliveryState,
    ErrorClass,
    PromiseStatus,
)

# A promise or a debit that nobody settled stops holding work back after this long.
_FORGOTTEN_AFTER: Final = timedelta(days=30)


@lru_cache(maxsize=512)
def zone(name: str) -> tzinfo:
    """Return the zone of an IANA name; names were checked when they came in."""
    return ZoneInfo(name)


def standing_of(
    person_id: int,
    loan: LoanState,
    case: Case | None,
    *,
    past: Sequence[PastContact],
    zones: tuple[tzinfo, ...],
    addresses: Mapping[Channel, tuple[str, ...]],
    fresh: bool,
    now: datetime,
) -> Standing:
    """Return where a loan stands at `now` (business time).

    Args:
        person_id: Whose loan.
        loan: As folded.
        case: Its open episode, if there is one.
        past: Every earlier contact with the person, about any loan.
        zones: Every zone the person may be in.
        addresses: Usable endpoint ids by channel, the preferred first.
        fresh: Whether the loan's source may be trusted now.
        now: Aware.
    """
    lender_zone = zone(loan.lender_timezone)
    today = local_date(now, lender_zone)
    anchor = oldest_unpaid(loan.installments) if loan.is_open else None
    return Standing(
        person_id=person_id,
        loan_id=loan.loan_id,
        lender_zone=lender_zone,
        case_id=case.case_id if case else 0,
        kind=case.kind if case else None,
        due_on=anchor.due_on if anchor else None,
        schedule_version=case.schedule_version if case else loan.schedule_version,
        anchor_number=case.anchor_number if case else (anchor.number if anchor else 1),
        episode=case.episode if case else 1,
        opened_on=case.opened_on if case else None,
        zones=zones,
        outstanding_minor=owed_minor(loan, case, today),
        currency=loan.currency,
        creditor=loan.creditor,
        done=tuple(_done(past, loan.loan_id)),
        addresses=addresses,
        promise_due_on=_promised_until(loan, today),
        quotes=tuple(
            OpenQuote(
                quote_id=quote.ref,
                valid_until=quote.valid_until,
                asked=quote.requested_by == "borrower",
            )
            for quote in loan.quotes.values()
            if loan.is_open and quote.valid_until >= today
        ),
        fresh=fresh,
        last_contact_at=max(
            (one.at for one in past if one.direction == "out" and one.outcome != "released"),
            default=None,
        ),
        risk_bucket=loan.risk_bucket,
    )


def owed_minor(loan: LoanState, case: Case | None, today: date) -> int:
    """Return what a message may ask for: all that is past due, or the coming installment."""
    if case is not None and case.kind is CaseKind.DELINQUENCY:
        return past_due_minor(loan.installments, today)
    anchor = oldest_unpaid(loan.installments)
    return anchor.outstanding_minor if anchor else 0


def _done(past: Iterable[PastContact], loan_id: int) -> Iterable[Done]:
    for one in past:
        if one.direction == "out" and loan_id in one.debts:
            yield Done(
                case_id=one.case_id,
                step=one.step,
                occurrence=one.occurrence,
                try_number=one.try_number,
                at=one.at,
                channel=Channel(one.channel),
                endpoint_id=one.endpoint_id,
                state=DeliveryState(one.delivery_state),
                error=ErrorClass(one.error_class) if one.error_class else None,
            )


def _promised_until(loan: LoanState, today: date) -> date | None:
    """Return the last day for which money is promised or a debit is set up."""
    days = [
        promise.due_on for promise in loan.promises.values() if promise.status is PromiseStatus.OPEN
    ]
    days += [
        autopay.runs_on
        for autopay in loan.autopays.values()
        if autopay.runs_on >= today and not autopay.canceled
    ]
    return max((day for day in days if day > today - _FORGOTTEN_AFTER), default=None)
