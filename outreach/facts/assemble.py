"""Stored rows of one person as the facts that decide() looks at."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from outreach.domain import decisions as d
from outreach.domain.borrowers import GRANTED, REVOKED, PersonState
from outreach.domain.cases import Case
from outreach.domain.holds import EVERY_LOAN
from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState, days_past_due
from outreach.domain.local_time import local_date
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import CaseKind, Channel, EndpointStatus, LenderRole
from outreach.facts.standings import zone
from outreach.facts.zones import zones_of_region

# Platforms say "voice" where packs say "call".
_CHANNELS: Final = {"voice": "call"}
_PHONE_MEDIUM: Final = "phone"
_NO_TEXTS: Final = frozenset({"landline", "landline_residential", "work_phone"})
SERVICING: Final = "servicing"
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
    return d.Facts(
        lender_role=lender.role,
        zones=zone_evidence(person),
        residence=profile.residence,
        lender_class=lender.lender_class,
        stage=COLLECTING if delinquent else SERVICING,
        ledger=tuple(map(_entry, past)),
        consents=tuple(_consents(person, lender.role)),
        opt_outs=tuple(_opt_outs(person, suppressed, now)),
        holds=tuple(_holds(person, now)),
        endpoints={
            one.endpoint_id: d.Endpoint(
                kind=one.kind or d.UNKNOWN, status=one.status, checked_at=one.verified_at
            )
            for one in profile.endpoints
        },
        debts={str(loan.loan_id): _debt(loan, now) for loan in loans},
        lender_zone=lender.zone,
    )


def zone_evidence(person: PersonState) -> tuple[d.ZoneEvidence, ...]:
    """Return every zone that the file suggests, and what suggests it; what was declared first."""
    profile = person.profile
    found: dict[tuple[str, str], d.ZoneEvidence] = {}
    if profile.timezone:
        found["declared", profile.timezone] = d.ZoneEvidence(profile.timezone, "declared")
    for name in zones_of_region(profile.residence):
        found["address", name] = d.ZoneEvidence(name, "address")
    for endpoint in profile.endpoints:
        if endpoint.medium == _PHONE_MEDIUM and endpoint.status is EndpointStatus.ACTIVE:
            for name in endpoint.zones:
                found["area_code", name] = d.ZoneEvidence(name, "area_code")
    return tuple(found.values())


def addresses_of(person: PersonState) -> dict[Channel, tuple[str, ...]]:
    """Return usable endpoint ids by channel, the primary first, then the latest verified."""
    phones = [
        one
        for one in person.profile.endpoints
        if one.medium == _PHONE_MEDIUM and one.status is EndpointStatus.ACTIVE
    ]
    phones.sort(
        key=lambda one: (
            not one.is_primary,
            -(one.verified_at.timestamp() if one.verified_at else 0),
            one.endpoint_id,
        )
    )
    texts = tuple(one.endpoint_id for one in phones if one.kind not in _NO_TEXTS)
    return {Channel.SMS: texts} if texts else {}


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
            )
    if person.profile.represented:
        yield d.Hold(kind="attorney", at=d.EPOCH, policy="attorney_only")


def _debt(loan: LoanState, now: datetime) -> d.Debt:
    today = local_date(now, zone(loan.lender_timezone))
    return d.Debt(dpd=days_past_due(loan.installments, today))
