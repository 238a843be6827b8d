"""What choosing a step needs to know, from what is stored about one loan."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from outreach.domain.borrowers import PersonState
from outreach.domain.cases import Case
from outreach.domain.ledger import ELSEWHERE, PastContact
from outreach.domain.loans import LoanState, oldest_unpaid, past_due_minor
from outreach.domain.local_time import local_date
from outreach.domain.payment_history import history_of
from outreach.domain.records import dataclass
from outreach.domain.standing import Done, OpenQuote, Standing
from outreach.domain.vocabulary import (
    CaseKind,
    Channel,
    DeliveryState,
    ErrorClass,
    Outcome,
    PromiseStatus,
)
from outreach.facts.matters import broken_promises, freed_on, open_events, open_matters
from outreach.facts.money_events import money_events

# A promise or a debit that nobody settled stops holding work back after this long.
_FORGOTTEN_AFTER: Final = timedelta(days=30)
# What an agency or a branch says of its own contacts; any other outcome leaves them sent.
_TOLD_STATES: Final[Mapping[str, DeliveryState]] = {
    Outcome.DELIVERED: DeliveryState.DELIVERED,
    Outcome.READ: DeliveryState.READ,
    Outcome.UNDELIVERED: DeliveryState.UNDELIVERED,
}


@lru_cache(maxsize=512)
def zone(name: str) -> tzinfo:
    """Return the zone of an IANA name; names were checked when they came in."""
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """What is the same for every loan of one person.

    Attributes:
        person_id: Who.
        person: As folded.
        past: Every earlier contact with them, about any loan.
        past_cases: Delinquencies that ended by payment, on any loan.
        zones: Every zone they may be in.
        addresses: Usable endpoint ids by channel, the preferred first.
        may_be_thanked: Whether courtesies may be sent: they opted out of nothing.
        lender: Slug of whoever contacts.
        role: What that is to the debts.
        language: The borrower's, ISO 639.
    """

    person_id: int
    person: PersonState
    past: Sequence[PastContact]
    zones: tuple[tzinfo, ...]
    addresses: Mapping[Channel, tuple[str, ...]]
    past_cases: tuple[Case, ...] = ()
    may_be_thanked: bool = False
    lender: str = ""
    role: str = ""
    language: str = ""


def standing_of(
    whose: Whose,
    loan: LoanState,
    case: Case | None,
    *,
    fresh: bool,
    now: datetime,
    risk_tier: str = "",
) -> Standing:
    """Return where a loan stands at `now` (business time).

    Args:
        whose: The person.
        loan: As folded.
        case: Its open episode, if there is one.
        fresh: Whether the loan's source may be trusted now.
        now: Aware.
        risk_tier: What the scorecard makes of it.
    """
    lender_zone = zone(loan.lender_timezone)
    today = local_date(now, lender_zone)
    anchor = oldest_unpaid(loan.installments) if loan.is_open else None
    person, past = whose.person, whose.past
    history = history_of(whose.past_cases, loan.loan_id, today)
    late = case is not None and case.kind is CaseKind.DELINQUENCY
    # A late loan is followed up by its oldest unpaid installment, whichever opened the case.
    first = anchor.number if anchor else 1
    number = case.anchor_number if case and not (late and anchor) else first
    return Standing(
        person_id=whose.person_id,
        loan_id=loan.loan_id,
        lender_zone=lender_zone,
        case_id=case.case_id if case else 0,
        kind=case.kind if case else None,
        due_on=anchor.due_on if anchor else None,
        schedule_version=case.schedule_version if case else loan.schedule_version,
        anchor_number=number,
        episode=case.episode if case else 1,
        opened_on=case.opened_on if case else None,
        zones=whose.zones,
        outstanding_minor=owed_minor(loan, case, today),
        total_minor=_total_minor(loan),
        currency=loan.currency,
        creditor=loan.creditor,
        done=tuple(_done(past, loan.loan_id)),
        addresses=whose.addresses,
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
        risk_tier=risk_tier,
        events=(
            *(
                open_events(person, loan.loan_id, history, today, lender_zone)
                if whose.may_be_thanked and loan.is_open
                else ()
            ),
            *money_events(person, loan, today, lender_zone),
        ),
        history=history,
        open_matters=open_matters(person.holds.values(), loan.loan_id, now),
        freed_on=freed_on(person.holds.values(), loan.loan_id, lender_zone),
        broken_promises=broken_promises(loan, today),
        product=loan.product,
        lender=whose.lender,
        role=whose.role,
        language=whose.language,
        residence=person.profile.residence or "",
    )


def owed_minor(loan: LoanState, case: Case | None, today: date) -> int:
    """Return what a message may ask for: all that is past due, or the coming installment."""
    if case is not None and case.kind is CaseKind.DELINQUENCY:
        return past_due_minor(loan.installments, today)
    anchor = oldest_unpaid(loan.installments)
    return anchor.outstanding_minor if anchor else 0


def _total_minor(loan: LoanState) -> int:
    if loan.total_minor is not None:
        return loan.total_minor
    return sum(one.outstanding_minor for one in loan.installments)


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
                state=_state(one),
                error=ErrorClass(one.error_class) if one.error_class else None,
            )


def _state(one: PastContact) -> DeliveryState:
    """Return how far a contact came; of one made elsewhere its outcome is all that was told."""
    if one.step != ELSEWHERE:
        return DeliveryState(one.delivery_state)
    return _TOLD_STATES.get(one.outcome, DeliveryState(one.delivery_state))


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
