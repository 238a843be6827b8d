"""Borrowers: a profile that is told whole, and permissions that are joined word by word."""

from collections.abc import Container, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any, Final

from outreach.domain.holds import Hold
from outreach.domain.on_record import Record, RecordKey
from outreach.domain.preferences import Preference
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EndpointStatus, HoldKind

ConsentKey = tuple[str, str, str]
"""Channel, purpose, endpoint id ('' = any endpoint)."""

GRANTED: Final = "granted"
REVOKED: Final = "revoked"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a person, as the platform's newest profile has it.

    A status other than active is lifted only by a newer profile, since nothing else replaces it.
    """

    endpoint_id: str
    medium: str
    kind: str
    address: str = field(repr=False)
    status: EndpointStatus
    is_primary: bool = False
    verified_at: datetime | None = None
    zones: tuple[str, ...] = field(default=(), compare=False)
    """Every zone that its area code allows, as found when it was stored."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One permission and the newest revocation of it. `at` is when `status` was given.

    `version` is the profile that stated it, 0 when it was recorded elsewhere (a reply): a newer
    profile that doesn't repeat a grant ends only grants that a profile stated.
    """

    channel: str
    purpose: str
    endpoint_id: str
    status: str
    at: datetime
    version: int = 0
    revoked_at: datetime | None = None
    kind: str = "express"
    given_to: str = "creditor"
    expires_at: datetime | None = None
    evidence: str = ""

    @property
    def key(self) -> ConsentKey:
        """What it is unique on for a person."""
        return self.channel, self.purpose, self.endpoint_id


Order = tuple[int, str]
"""Profile version, then time told and a hash of the content: what sections are compared by."""

SECTIONS: Final = (
    "name", "locale", "timezone", "address", "preferences", "represented_by",
    "phones", "push", "emails", "consents", "attributes",
)  # fmt: skip
"""Parts of a profile that are told whole. A full profile tells all of them."""

_SECTION_OF_MEDIUM: Final = {
    "phone": "phones",
    "push": "push",
    "email": "emails",
    "postal": "address",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a borrower, each section as its newest word has it.

    `told` orders every section that was ever told. `fields` are the sections without a column of
    their own (name, address, preferences, represented_by, attributes), and what is told of phones
    and e-mail addresses beyond their columns; kept encrypted. `residence` is ISO 3166-2 or 3166-1.
    `consents` are those of a profile being told; joined ones are in `PersonState`.
    """

    told: Mapping[str, Order] = field(default_factory=dict)
    locale: str | None = None
    timezone: str | None = None
    residence: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    endpoints: tuple[Endpoint, ...] = field(default=(), repr=False)
    consents: tuple[Consent, ...] = field(default=(), repr=False)

    @property
    def version(self) -> int:
        """The newest profile version heard of; 0 before any."""
        return max((version for version, _ in self.told.values()), default=0)

    @property
    def represented(self) -> bool:
        """Whether somebody (an attorney) speaks for the borrower."""
        return bool(self.fields.get("represented_by"))


NO_PROFILE: Final = Profile()


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a person at the lender has to look at; unique on (kind, ref).

    `note` is JSON for whoever looks at it, kept encrypted. `loan_id` is None where it is about the
    person as a whole.
    """

    kind: str
    ref: str
    opened_at: datetime
    note: str = field(default="", repr=False)
    loan_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """A word that ends the task of a kind and reference, whether or not it was opened yet.

    `outcome` is one plain word; `at` when it was said. Without a reference it ends every task of
    the kind that was opened earlier about `loan_id`.
    """

    kind: str
    ref: str
    outcome: str
    at: datetime
    loan_id: int | None = None


@dataclass(frozen=True, slots=True)
class PersonState:
    """Everything folded about one person but their loans."""

    profile: Profile = NO_PROFILE
    consents: Mapping[ConsentKey, Consent] = field(default_factory=dict)
    holds: Mapping[tuple[HoldKind, str, int], Hold] = field(default_factory=dict)
    tasks: Mapping[tuple[str, str], Task] = field(default_factory=dict)
    ended: Mapping[tuple[str, str, int | None], TaskEnd] = field(default_factory=dict)
    preferences: Mapping[str, Preference] = field(default_factory=dict)
    records: Mapping[RecordKey, Record] = field(default_factory=dict)


def merge_profile(state: PersonState, told: Profile) -> PersonState:
    """Take the sections that are newer; revocations count even from an older profile."""
    known = state.profile
    won = {
        section
        for section, order in told.told.items()
        if order > known.told.get(section, _NOTHING_TOLD)
    }
    consents = _merge_consents(state.consents, told, newer="consents" in won)
    if not won and consents == state.consents:
        return state
    profile = replace(
        known,
        told={**known.told, **{section: told.told[section] for section in won}},
        locale=told.locale if "locale" in won else known.locale,
        timezone=told.timezone if "timezone" in won else known.timezone,
        residence=told.residence if "address" in won else known.residence,
        fields={**known.fields, **{k: v for k, v in told.fields.items() if k in won}},
        endpoints=_merge_endpoints(known, told, won),
    )
    return replace(state, profile=profile, consents=consents)


_NOTHING_TOLD: Final[Order] = (0, "")


def _merge_endpoints(known: Profile, told: Profile, won: Container[str]) -> tuple[Endpoint, ...]:
    kept = [one for one in known.endpoints if _SECTION_OF_MEDIUM[one.medium] not in won]
    taken = [one for one in told.endpoints if _SECTION_OF_MEDIUM[one.medium] in won]
    return tuple(sorted((*kept, *taken), key=lambda one: one.endpoint_id))


def _merge_consents(
    known: Mapping[ConsentKey, Consent], told: Profile, *, newer: bool
) -> dict[ConsentKey, Consent]:
    merged = dict(known)
    version = told.version
    if newer:
        stated = {one.key for one in told.consents if one.status != REVOKED}
        for key, consent in known.items():
            if consent.version and consent.status != REVOKED and key not in stated:
                _withdraw(merged, consent)
    for consent in told.consents:
        if consent.status == REVOKED:
            _revoke(merged, consent)
    if newer:
        for consent in sorted(told.consents, key=lambda one: (one.at, one.status, one.evidence)):
            if consent.status != REVOKED:
                _state(merged, replace(consent, version=version))
    return merged


def _withdraw(merged: dict[ConsentKey, Consent], consent: Consent) -> None:
    if consent.revoked_at is None:
        del merged[consent.key]
    else:
        merged[consent.key] = _revoked(consent, consent.revoked_at)


def _revoked(consent: Consent, at: datetime) -> Consent:
    return Consent(*consent.key, REVOKED, at, revoked_at=at)


def _revoke(merged: dict[ConsentKey, Consent], told: Consent) -> None:
    known = merged.get(told.key)
    at = max(told.at, known.revoked_at) if known and known.revoked_at else told.at
    if known is None or known.at <= at:
        merged[told.key] = _revoked(told, at)
    else:
        merged[told.key] = replace(known, revoked_at=at)


def _state(merged: dict[ConsentKey, Consent], told: Consent) -> None:
    known = merged.get(told.key)
    revoked_at = known.revoked_at if known else None
    if revoked_at is not None and revoked_at >= told.at:
        if known and known.status != REVOKED and known.version:
            merged[told.key] = _revoked(told, revoked_at)
        return
    if known and not known.version and known.at > told.at:
        return
    merged[told.key] = replace(told, revoked_at=revoked_at)
