"""What would be decided about one borrower at another time or with other facts; nothing is sent.

The borrower's book is read as dispatch reads it, changed in memory, and looked at by the code that
dispatch decides with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from outreach.compliance import examine
from outreach.domain.asked import ANY_PURPOSE
from outreach.domain.borrowers import GRANTED, REVOKED, Consent, PersonState
from outreach.domain.holds import EVERY_LOAN, Hold
from outreach.domain.ledger import ELSEWHERE, PastContact
from outreach.domain.loans import LoanState, days_past_due
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.domain.vocabulary import Channel, ContactPolicy, DeliveryState, HoldKind, Purpose
from outreach.facts.addresses import addresses_of
from outreach.facts.money_events import PAYMENTS_SINCE
from outreach.store.books import PersonBook, load_books
from outreach.store.contacts import list_ledger
from outreach.store.heartbeats import list_heartbeats
from outreach.store.pauses import Stops, list_stops
from outreach.store.pool import Pool, reading_as
from outreach.store.reading import KnownLoan, find_loans
from outreach.store.vault import Vault
from outreach.usecases.as_if_due import step_keys
from outreach.usecases.considering import Considering
from outreach.usecases.explain import RuleVerdict, rolled
from outreach.usecases.modes import live_lenders
from outreach.usecases.planning import LEDGER_SPAN
from outreach.usecases.reporting import may_treat
from outreach.usecases.trying import Looked

UNKNOWN: Final = "unknown"
MOST_CONTACTS: Final = 50
FURTHEST_DAYS: Final = 400
_SUPPOSED: Final = "supposed"
_SENT: Final = "sent"
_NO_ANSWER: Final = "no_answer"
OptOuts = Literal["", "none", "sms", "email", "push", "phone", "all"]


class Outfit(Protocol):
    """What supposing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Packs, treatments, templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """What is taken to be otherwise; an empty value leaves a fact as it is.

    Attributes:
        at: Business time to look at.
        step: Key of a step that is taken to be due.
        channel: The one to try, with a step.
        zone: IANA zone that the borrower states; `unknown`: nobody knows where they are.
        residence: ISO 3166-1 or 3166-2; `unknown`: nobody knows.
        opt_outs: What the borrower asked to stop; `none`: nothing.
        consent: A channel that the borrower agreed to; `none`: no consent at all.
        hold: A hold that is in force, beside those there are; `none`: none is.
        days_past_due: Of every open loan; negative is before its due date.
        contacts: How many more contacts there were in the `span_days` before.
        contacts_channel: Through what.
    """

    at: datetime
    step: str = ""
    channel: Channel | None = None
    zone: str = ""
    residence: str = ""
    opt_outs: OptOuts = ""
    consent: str = ""
    hold: str = ""
    days_past_due: int | None = None
    contacts: int = 0
    contacts_channel: Channel = Channel.SMS
    span_days: int = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: what dispatch would conclude, and every rule's verdict on the first way."""

    at: datetime
    looked: Looked
    rules: tuple[RuleVerdict, ...]
    zone: str
    days_past_due: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The look at what is, and the one at what is supposed; `steps` could be taken to be due."""

    loan: KnownLoan
    now: Seen
    then: Seen
    steps: tuple[str, ...]


async def compare(
    outfit: Outfit, tenant: str, ref: str, supposed: Supposed, *, now: datetime
) -> Comparison | None:
    """Look at a loan's borrower as they are now, and as supposed; None if there is no such loan.

    Args:
        outfit: Parts of the runtime.
        tenant: The lender.
        ref: The platform's loan id.
        supposed: What is taken to be otherwise.
        now: Business time.
    """
    async with reading_as(outfit.db, tenant) as conn:
        found = await find_loans(conn, [ref_digest(tenant, "loan", ref)])
        loan = next(iter(found), None)
        if loan is None or loan.tenant_id != tenant:
            return None
        since = min(now, supposed.at)
        books = await load_books(conn, outfit.vault, [loan.person_id], since=since - PAYMENTS_SINCE)
        book = books.get(loan.person_id)
        if book is None or book.key is None:
            return None
        cases = [case.case_id for case in book.cases.values()]
        live = live_lenders(outfit.considering.rulebook.lenders.values())
        ledger = await list_ledger(
            conn, [loan.person_id], since=since - LEDGER_SPAN, cases=[0, *cases], live=live
        )
    async with outfit.db.acquire() as conn:  # stops of every lender are no lender's rows
        heartbeats, stops = await list_heartbeats(conn), await list_stops(conn)
    past = ledger.get(loan.person_id, [])
    considering = outfit.considering
    asked = (supposed.step, supposed.channel)
    is_now = _see(considering, loan, book, past, heartbeats, stops, now, ("", None))
    beats = {one: beat + max(supposed.at - now, timedelta(0)) for one, beat in heartbeats.items()}
    changed = change_book(book, supposed)
    more = [one for one in past if one.at <= supposed.at] + contacts_before(changed, supposed)
    more.sort(key=lambda one: one.at)
    then = _see(considering, loan, changed, more, beats, stops, supposed.at, asked)
    lender = considering.rulebook.lenders[tenant]
    treatments = [one for one in considering.rulebook.treatments if may_treat(lender, one)]
    followed = [one for one in (is_now.looked.treatment, then.looked.treatment) if one]
    return Comparison(loan, is_now, then, tuple(step_keys(followed or treatments)))


def change_book(book: PersonBook, supposed: Supposed) -> PersonBook:
    """Return a book with what is supposed in it, its cases as they would stand."""
    loans, cases = dict(book.loans), dict(book.cases)
    if supposed.days_past_due is not None:
        loans = {key: _late(one, supposed) for key, one in book.loans.items()}
        cases = {}
    keeps_opt_outs = supposed.opt_outs in {"", "all", "sms", "email", "push", "phone"}
    changed = replace(
        book,
        person=_change_person(book.person, supposed),
        loans=loans,
        cases=cases,
        suppressions=book.suppressions if keeps_opt_outs else (),
    )
    return rolled(changed, supposed.at)


def contacts_before(book: PersonBook, supposed: Supposed) -> list[PastContact]:
    """Return the contacts that are supposed, evenly over the days before."""
    channel, many = supposed.contacts_channel, supposed.contacts
    ids = addresses_of(book.person).get(channel, ())
    by_voice = channel in {Channel.CALL, Channel.VOICEMAIL}
    return [
        PastContact(
            person_id=book.person_id,
            contact_id=None,
            case_id=0,
            step=ELSEWHERE,
            occurrence=f"{_SUPPOSED}:{number}",
            try_number=1,
            debts=tuple(one.loan_id for one in book.loans.values() if one.is_open),
            channel=channel,
            purpose=Purpose.COLLECTION,
            direction="out",
            endpoint_id=ids[0] if ids else "",
            recipient_role="debtor",
            dial_mode="",
            sender="",
            at=supposed.at - timedelta(days=supposed.span_days) * ((number + 0.5) / many),
            delivery_state=DeliveryState.DELIVERED,
            outcome=_NO_ANSWER if by_voice else _SENT,
            error_class=None,
        )
        for number in range(many)
    ]


def _late(loan: LoanState, supposed: Supposed) -> LoanState:
    """Return a loan so many days past due at the supposed time: its schedule moves as a whole."""
    unpaid = [one.due_on for one in loan.installments if one.outstanding_minor > 0]
    if not loan.is_open or not unpaid or supposed.days_past_due is None:
        return loan
    wanted = loan.today(supposed.at) - timedelta(days=supposed.days_past_due)
    by = wanted - min(unpaid)
    moved = [
        one._replace(report=one.report._replace(due_on=one.due_on + by))
        for one in loan.installments
    ]
    return replace(loan, installments=tuple(moved))


def _change_person(person: PersonState, supposed: Supposed) -> PersonState:
    profile, at = person.profile, supposed.at
    if supposed.zone == UNKNOWN:
        endpoints = tuple(replace(one, zones=()) for one in profile.endpoints)
        profile = replace(profile, timezone=None, endpoints=endpoints)
        if not supposed.residence:
            profile = replace(profile, residence=None)
    elif supposed.zone:
        profile = replace(profile, timezone=supposed.zone)
    if supposed.residence:
        known = None if supposed.residence == UNKNOWN else supposed.residence
        profile = replace(profile, residence=known)
    consents = dict(person.consents)
    if supposed.opt_outs == "none":
        consents = {key: one for key, one in consents.items() if one.status != REVOKED}
    elif supposed.opt_outs:
        revoked = Consent(supposed.opt_outs, ANY_PURPOSE, "", REVOKED, at, revoked_at=at)
        consents = {key: one for key, one in consents.items() if key != revoked.key}
        consents[revoked.key] = revoked
    if supposed.consent == "none":
        consents = {key: one for key, one in consents.items() if one.status != GRANTED}
    elif supposed.consent:
        granted = Consent(supposed.consent, ANY_PURPOSE, _SUPPOSED, GRANTED, at, evidence=_SUPPOSED)
        consents[granted.key] = replace(granted, endpoint_id="")
    holds = dict(person.holds)
    if supposed.hold == "none":
        holds = {}
        profile = replace(
            profile,
            fields={key: one for key, one in profile.fields.items() if key != "represented_by"},
        )
    elif supposed.hold:
        hold = Hold(
            HoldKind(supposed.hold), _SUPPOSED, EVERY_LOAN, ContactPolicy.STOP_ALL, "",
            placed_at=at, starts_at=at, ends_at=None, version_at=at, word="placed",
        )  # fmt: skip
        holds[hold.key] = hold
    return replace(person, profile=profile, consents=consents, holds=holds)


def _see(
    considering: Considering,
    loan: KnownLoan,
    book: PersonBook,
    past: Sequence[PastContact],
    heartbeats: Mapping[tuple[str, str], datetime],
    stops: Stops,
    at: datetime,
    asked: tuple[str, Channel | None],
) -> Seen:
    """Look at a book at an instant: as dispatch does, or at a step that is taken to be due."""
    looked = None
    if asked[0]:
        looked = considering.suppose(book, past, heartbeats, at, asked, stops=stops)
    if looked is None:
        looked = considering.look(book, past, heartbeats, at, stops=stops)
    state = book.loans.get(loan.loan_id)
    lender = considering.rulebook.lenders[loan.tenant_id]
    facts = looked.facts
    return Seen(
        at,
        looked,
        _rules(looked),
        facts.zones[0].zone if facts is not None and facts.zones else lender.timezone,
        None if state is None else days_past_due(state.installments, state.today(at)),
    )


def _rules(looked: Looked) -> tuple[RuleVerdict, ...]:
    if not looked.trials or looked.facts is None or looked.judgment is None:
        return ()
    trial = looked.trials[-1]
    facts = trial.proposal.facts if trial.proposal else looked.facts
    found = examine(trial.action, facts, looked.judgment.compiled)
    return tuple(RuleVerdict(rule, pack, reason) for rule, pack, reason in found)
