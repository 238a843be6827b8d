"""Stored rows of one person as the facts that decide() looks at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final, Protocol

from outreach.domain import known as d
from outreach.domain.borrowers import GRANTED, REVOKED, PersonState
from outreach.domain.cases import Case
from outreach.domain.holds import EVERY_LOAN, Hold
from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState, days_past_due
from outreach.domain.local_time import local_date
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import (
    CaseKind,
    EndpointStatus,
    LenderRole,
    PromiseStatus,
)
from outreach.facts.addresses import PHONE
from outreach.facts.attributes import (
    GROUP,
    debt_dates,
    debt_flags,
    endpoint_marks,
    endpoint_of,
    loan_attributes,
    person_dates,
    person_flags,
)
from outreach.facts.history import (
    approvals_of,
    first_communications,
    last_texts,
    notices_of,
    refusals_of,
)
from outreach.facts.holidays import holidays_of
from outreach.facts.preferences import agreements_of, preferences_of
from outreach.facts.standings import zone
from outreach.facts.zones import zones_of_region

# Platforms say "voice" where packs say "call".
_CHANNELS: Final = {"voice": "call"}
SERVICING: Final = "servicing"
# A lender's own loans are serviced until all of them is demanded. Platforms don't tell when that
# was; by this age (days past due) it is taken to have happened.
_DEMANDED_FROM: Final = 90
_OWN_LOANS: Final = frozenset(
    {LenderRole.FIRST_PARTY, LenderRole.AGENT_OF_BANK, LenderRole.PLATFORM}
)
COLLECTING: Final = "debt_collection_procedures"


class Suppressed(Protocol):
    """An opt-out that binds one of the person's addresses."""

    @property
    def endpoint_id(self) -> str:
        """Which address."""

    @property
    def medium(self) -> str:
        """What may no longer come to it: a channel, `phone`, `all`."""

    @property
    def at(self) -> datetime:
        """When it was asked for."""


@dataclass(frozen=True, slots=True)
class LenderFacts:
    """What rules ask about the contacting side; from the lender's settings."""

    role: LenderRole
    zone: str
    lender_class: str | None = None
    flags: Mapping[str, d.Flag] = field(default_factory=dict, hash=False)


def facts_of(
    person: PersonState,
    loans: Sequence[LoanState],
    cases: Mapping[int, Case],
    *,
    past: Sequence[PastContact],
    suppressed: Sequence[Suppressed],
    lender: LenderFacts,
    now: datetime,
) -> d.Facts:
    """Assemble the facts of one person as of `now` (business time).

    Args:
        person: Profile, consents and holds as folded.
        loans: All loans with this lender.
        cases: The open case by loan id.
        past: Earlier contacts, oldest first.
        suppressed: Opt-outs of the person's addresses.
        lender: The contacting side.
        now: Aware; days past due are counted to it in each lender's calendar.
    """
    profile = person.profile
    delinquent = any(case.kind is CaseKind.DELINQUENCY for case in cases.values())
    records = tuple(person.records.values())
    # Whoever lends has spoken with the borrower all along.
    first = {} if lender.role in _OWN_LOANS else first_communications(past)
    holds = tuple(person.holds.values())
    debts = {str(loan.loan_id): _debt(loan, holds, first.get(loan.loan_id), now) for loan in loans}
    return d.Facts(
        lender_role=lender.role,
        zones=zone_evidence(person),
        residence=profile.residence,
        lender_class=lender.lender_class,
        stage=_stage(lender.role, debts.values()) if delinquent else SERVICING,
        ledger=tuple(map(_entry, past)),
        consents=tuple(_consents(person, lender.role)),
        opt_outs=tuple(_opt_outs(person, suppressed, now)),
        preferences=preferences_of(person, now),
        promises=tuple(_promises(loans, now)),
        agreements=agreements_of(person, now),
        holds=tuple(_holds(person, now)),
        endpoints=_endpoints(person, past),
        debts=debts,
        person_flags=person_flags(person, now),
        person_dates=person_dates(person),
        notices=notices_of(records, past, now),
        holidays=holidays_of(profile.residence, now),
        lender_zone=lender.zone,
        refusals=refusals_of(records, now),
        approvals=approvals_of(records, now),
        lender_flags=lender.flags,
    )


def _endpoints(person: PersonState, past: Sequence[PastContact]) -> dict[str, d.Endpoint]:
    marks, written = endpoint_marks(person), last_texts(past)
    found = {}
    for one in person.profile.endpoints:
        known = d.Endpoint(
            kind=one.kind or d.UNKNOWN,
            status=one.status,
            checked_at=one.verified_at,
            last_text_at=written.get(one.endpoint_id),
        )
        own = marks.get(one.endpoint_id)
        found[one.endpoint_id] = endpoint_of(own, known) if own else known
    return found


def _stage(role: LenderRole, debts: Iterable[d.Debt]) -> str:
    """Return where overdue accounts stand: with whoever collects for others, in collection."""
    if role in _OWN_LOANS and all((debt.dpd or 0) < _DEMANDED_FROM for debt in debts):
        return SERVICING
    return COLLECTING


def zone_evidence(person: PersonState) -> tuple[d.ZoneEvidence, ...]:
    """Return every zone that the file suggests, and what suggests it; what was declared first."""
    profile = person.profile
    found: dict[tuple[str, str], d.ZoneEvidence] = {}
    if profile.timezone:
        found["declared", profile.timezone] = d.ZoneEvidence(profile.timezone, "declared")
    for name in zones_of_region(profile.residence):
        found["address", name] = d.ZoneEvidence(name, "address")
    for endpoint in profile.endpoints:
        if endpoint.medium == PHONE and endpoint.status is EndpointStatus.ACTIVE:
            for name in endpoint.zones:
                found["area_code", name] = d.ZoneEvidence(name, "area_code")
    return tuple(found.values())


def _entry(past: PastContact) -> d.LedgerEntry:
    return d.LedgerEntry(
        at=past.at,
        channel=past.channel,
        direction=past.direction,
        outcome=past.outcome,
        debts=tuple(map(str, past.debts)),
        endpoint=past.endpoint_id,
        purpose=past.purpose,
        recipient_role=past.recipient_role,
        dial_mode=past.dial_mode or None,
    )


def _consents(person: PersonState, role: LenderRole) -> Iterable[d.Consent]:
    for one in person.consents.values():
        if one.status != GRANTED:
            continue
        # To a lender that collects its own debts, "the creditor" is the sender.
        own = one.given_to == "creditor" and role is LenderRole.FIRST_PARTY
        yield d.Consent(
            kind=one.kind,
            at=one.at,
            channel=_CHANNELS.get(one.channel, one.channel),
            endpoint=one.endpoint_id or None,
            given_to="sender" if own else one.given_to,
            purpose="marketing" if one.purpose == "marketing" else None,
            expires=one.expires_at,
            evidence=one.evidence,
        )


def _opt_outs(
    person: PersonState, suppressed: Iterable[Suppressed], now: datetime
) -> Iterable[d.OptOut]:
    # Whatever protects was known when it was stored, even if the platform's clock runs ahead.
    for binding in suppressed:
        at = min(binding.at, now)
        yield d.OptOut(at=at, medium=binding.medium, endpoint=binding.endpoint_id)
    for one in person.consents.values():
        if one.status == REVOKED:
            yield d.OptOut(
                at=min(one.revoked_at or one.at, now),
                medium=_CHANNELS.get(one.channel, one.channel),
                endpoint=one.endpoint_id or None,
                scope="marketing" if one.purpose == "marketing" else "",
            )


def _holds(person: PersonState, now: datetime) -> Iterable[d.Hold]:
    for one in person.holds.values():
        if one.released_at is None:
            yield d.Hold(
                kind=one.kind,
                at=min(one.placed_at, now),
                starts=min(one.starts_at, now),
                ends=one.ends_at,
                debts=frozenset((str(one.loan_id),)) if one.loan_id != EVERY_LOAN else d.NO_TEXTS,
                channels=frozenset((one.channel,)) if one.channel else d.NO_TEXTS,
                policy=one.policy,
                allowed_purposes=frozenset(one.details.get("allowed_purposes", ())),
                allowed_recipients=frozenset(one.details.get("recipients", ())),
                attributes=_attributes(one),
            )
    if person.profile.represented:
        yield d.Hold(kind="attorney", at=d.EPOCH, policy="attorney_only")


def _attributes(hold: Hold) -> dict[str, d.Flag]:
    found: dict[str, d.Flag] = dict(hold.details.get("attributes", {}))
    if form := hold.details.get("form"):
        found["form"] = form
    return found


def _debt(loan: LoanState, holds: Iterable[Hold], first: datetime | None, now: datetime) -> d.Debt:
    today = local_date(now, zone(loan.lender_timezone))
    told = loan_attributes(loan)
    # What the platform told of its own past stands where our log begins later.
    dates = debt_dates(told)
    if first is not None:
        dates["first_communication_at"] = min(first, dates.get("first_communication_at", first))
    group = told.get(GROUP)
    return d.Debt(
        dpd=days_past_due(loan.installments, today),
        group=str(group) if group else None,
        creditor=loan.creditor or None,
        product=loan.product or None,
        flags=debt_flags(loan, told, holds, now),
        dates=dates,
    )


def _promises(loans: Iterable[LoanState], now: datetime) -> Iterable[d.PromisedDate]:
    for loan in loans:
        for one in loan.promises.values():
            if one.status is PromiseStatus.OPEN:
                debts = frozenset((str(loan.loan_id),))
                yield d.PromisedDate(at=min(one.made_at, now), on=one.due_on, debts=debts)
