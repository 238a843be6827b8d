"""What a borrower's page shows: what is due on one loan, and what they told there before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.domain.affordability import Suggestion
from outreach.domain.allocation import (
    STATED,
    Bill,
    Component,
    PaymentIn,
    Portion,
    Waterfall,
    allocate,
)
from outreach.domain.borrowers import PersonState
from outreach.domain.early_payoff import NoPayoffError, Payoff, PayoffRules, early_payoff
from outreach.domain.loans import Installment, LoanState, Quote
from outreach.domain.product_rules import LenderProducts, ProductRules
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import PromiseStatus
from outreach.store.loans import load_loans
from outreach.store.people import event_aad, load_people
from outreach.store.pool import Connection
from outreach.store.reading import find_borrower_ref
from outreach.store.selfservice import list_told
from outreach.store.vault import Vault
from outreach.usecases.reading_books import NoMeansError, means_of, suggestion_of
from outreach.usecases.selfservice_access import Visit
from outreach.usecases.selfservice_telling import REF, SHUNNED, URI

TOLD_TYPES: Final = (
    "promise_to_pay.created",
    "borrower.hardship",
    "borrower.dispute",
    "complaint.received",
    "consent.revoked",
    "preference.set",
    "preference.removed",
    "borrower.updated",
    "statement.requested",
)
"""Signals that a page sends and shows again."""

_NUMBERS: Final = range(1, 601)  # the most that a schedule has; parts are loaded by number
_MOST_EVENTS: Final = 200
_MOST_SHOWN: Final = 20
_UPCOMING: Final = 3


@dataclass(frozen=True, slots=True)
class Due:
    """One unpaid installment; `days_late` is 0 until its date has passed.

    `parts` are what it is owed for, as far as the lender told.
    """

    number: int
    due_on: date
    outstanding_minor: int
    days_late: int
    parts: Mapping[Component, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a lender settled about repayment, and the country (ISO 3166-1) it lends under."""

    products: LenderProducts = LenderProducts()
    country: str = ""


NO_TERMS: Final = Terms()


@dataclass(frozen=True, slots=True)
class ToldHere:
    """One thing that the borrower told on the page; `data` is the signal's own part."""

    at: datetime
    type: str
    data: Mapping[str, Any] = field(repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows of one loan, as of a date in the lender's calendar.

    `due` are installments whose date has come, oldest first; `upcoming` the next few,
    `later` how many come after those. `quote` is
    what pays the loan off early, while it is valid; `payoff` the same, computed, where nobody
    quoted. `portions` are how a payment of what is due would be used. `locale_version` is that of
    the profile whose language holds, for a change of it. `wishes` are the ids of what was asked
    for on the page and still holds, `hours` and `shunned` what they ask. `suggestion` is a plan or
    another due day that the borrower could keep to, None where nobody knows what they can afford.
    """

    loan: LoanState = field(repr=False)
    borrower: str | None
    today: date
    due: tuple[Due, ...]
    upcoming: tuple[Due, ...]
    later: int
    quote: Quote | None
    payoff: Payoff | None
    portions: tuple[Portion, ...]
    told: tuple[ToldHere, ...] = field(repr=False)
    promise_status: Mapping[str, PromiseStatus] = field(hash=False)
    is_paused: bool
    locale: str | None
    locale_version: int
    wishes: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None
    shunned: tuple[str, ...] = ()
    suggestion: Suggestion | None = field(default=None, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The lender's zone."""
        return ZoneInfo(self.loan.lender_timezone)

    @property
    def due_minor(self) -> int:
        """What is due by today, in minor units."""
        return sum(one.outstanding_minor for one in self.due)

    @property
    def owed_minor(self) -> int:
        """What is owed on every installment known, or in all where that was told."""
        known = sum(one.outstanding_minor for one in self.loan.installments)
        return self.loan.total_minor if self.loan.total_minor is not None else known

    @property
    def days_late(self) -> int:
        """Age of the oldest installment that is due, in days of the lender's calendar."""
        return max((one.days_late for one in self.due), default=0)


async def load_locale(conn: Connection, vault: Vault, person_id: int) -> str | None:
    """Return the language that a borrower's profile names."""
    people = await load_people(conn, vault, [person_id], profiles=(), protections=False)
    row = people.get(person_id)
    return row.state.profile.locale if row else None


async def load_overview(
    conn: Connection, vault: Vault, visit: Visit, now: datetime, terms: Terms = NO_TERMS
) -> Overview | None:
    """Return what the page shows at business time `now`; None once the person was erased."""
    _, person_id, loan_id = visit.key
    row = (await load_people(conn, vault, [person_id])).get(person_id)
    if row is None or row.key is None:
        return None
    loans = await load_loans(conn, [person_id], whole=True, numbers=_NUMBERS)
    loan = loans.get(person_id, {}).get(loan_id)
    if loan is None:
        return None
    told = []
    for event in await list_told(conn, person_id, list(TOLD_TYPES), limit=_MOST_EVENTS):
        said = json.loads(row.key.decrypt(event.body, event_aad(person_id)))
        if _is_ours(said, visit.loan.ref):
            told.append(ToldHere(datetime.fromisoformat(said["time"]), event.type, said["data"]))
    return overview(
        row.state,
        loan,
        told=tuple(told[:_MOST_SHOWN]),
        borrower=await find_borrower_ref(conn, person_id),
        terms=terms,
        now=now,
    )


def _is_ours(said: Mapping[str, Any], loan: str) -> bool:
    """Say whether something was told on the page, about this loan or about the person."""
    if said["source"] != URI:
        return False
    kind, _, ref = said["subject"].partition("/")
    return bool(kind == "borrower" or ref == loan)


def overview(
    person: PersonState,
    loan: LoanState,
    *,
    told: tuple[ToldHere, ...] = (),
    borrower: str | None = None,
    terms: Terms = NO_TERMS,
    now: datetime,
) -> Overview:
    """Put together what the page shows; see `Overview`."""
    today = loan.today(now)
    rules = terms.products.of(loan.product)
    unpaid = sorted(
        (one for one in loan.installments if one.outstanding_minor > 0 and loan.is_open),
        key=lambda one: (one.due_on, one.number),
    )
    lines = [_line(one, today) for one in unpaid]
    ahead = [one for one in lines if one.due_on > today]
    valid = [one for one in loan.quotes.values() if one.valid_until >= today and loan.is_open]
    wishes = [
        one for one in person.preferences.values() if one.ref.startswith(REF) and one.holds(now)
    ]
    hours = next(((one.start_minute, one.end_minute) for one in wishes if one.names_time), None)
    return Overview(
        loan=loan,
        borrower=borrower,
        today=today,
        due=tuple(one for one in lines if one.due_on <= today),
        upcoming=tuple(ahead[:_UPCOMING]),
        later=len(ahead[_UPCOMING:]),
        quote=max(valid, key=lambda one: one.quoted_at, default=None),
        payoff=None if valid else _payoff(loan, today, rules.payoff, terms.country),
        portions=_portions(lines, today, now, rules.waterfall),
        told=told,
        promise_status={ref: one.status for ref, one in loan.promises.items()},
        is_paused=any(hold.acts(now, loan.loan_id) for hold in person.holds.values()),
        locale=person.profile.locale,
        locale_version=person.profile.told.get("locale", (0, ""))[0],
        wishes=tuple(sorted(one.ref for one in wishes)),
        hours=hours,
        shunned=tuple(name for name in SHUNNED if name in {one.channel for one in wishes}),
        suggestion=_suggestion(person, loan, rules, now),
    )


def _suggestion(
    person: PersonState, loan: LoanState, rules: ProductRules, now: datetime
) -> Suggestion | None:
    """Return what may be asked for; None where no means are known, or nothing of that kind fits."""
    try:
        found = suggestion_of(loan, means_of(person, loan, now), loan.today(now), rules)
    except NoMeansError:
        return None
    return found if found.kind in {"due_date", "plan"} else None


def _line(one: Installment, today: date) -> Due:
    told = one.report.parts.get("outstanding") or {}
    # Parts are of the report; once something was paid since, they no longer add up.
    if told.get("total") == one.outstanding_minor:
        parts = {component: told[component] for component in STATED}
    else:
        parts = {Component.UNSTATED: one.outstanding_minor}
    late = max(0, (today - one.due_on).days)
    return Due(one.number, one.due_on, one.outstanding_minor, late, parts)


def _portions(
    lines: Sequence[Due], today: date, now: datetime, waterfall: Waterfall
) -> tuple[Portion, ...]:
    """Return how a payment today of what is due would be used."""
    due = sum(one.outstanding_minor for one in lines if one.due_on <= today)
    if not due:
        return ()
    bills = [Bill(one.number, one.due_on, one.parts) for one in lines]
    [paid] = allocate(bills, [PaymentIn("", due, today, now)], waterfall).allocations
    return paid.portions


def _payoff(loan: LoanState, today: date, rules: PayoffRules | None, country: str) -> Payoff | None:
    """Return what paying all of it today takes; None where nobody may or can say."""
    if rules is None:
        return None
    try:
        return early_payoff(loan, today, rules=rules, country=country)
    except NoPayoffError:
        return None
