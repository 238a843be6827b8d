"""People: aliases, keys, profiles, addresses, permissions and holds. One ciphertext per row.

Functions take a connection inside the caller's transaction and never commit. Whoever writes holds
the persons' agenda rows.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any, Final

import msgspec

from outreach.domain.borrowers import Consent, Endpoint, PersonState, Profile
from outreach.domain.holds import Hold
from outreach.domain.on_record import Record, RecordKey
from outreach.domain.preferences import Preference
from outreach.domain.records import dataclass
from outreach.domain.tasks import STANDARD, Deadlines
from outreach.domain.vocabulary import ContactPolicy, EndpointStatus, HoldKind
from outreach.store.folded_tasks import TasksTold, write_folded_tasks
from outreach.store.pool import Connection
from outreach.store.preferences import load_preferences, preference_row, write_preferences
from outreach.store.records import load_records, record_row, write_records
from outreach.store.vault import PersonKey, Vault

SQL_PERSONS: Final = """
    SELECT tenant_id, person_id, wrapped_key, profile, locale, declared_zone, residence
      FROM persons
     WHERE person_id = ANY($1::bigint[])
"""
SQL_ENDPOINTS: Final = """
    SELECT person_id, endpoint_id, medium, kind, address, status, is_primary, verified_at, zones
      FROM endpoints
     WHERE person_id = ANY($1::bigint[])
"""
SQL_CONSENTS: Final = """
    SELECT person_id, channel, purpose, endpoint_id, status, at, version, revoked_at, kind,
           given_to, expires_at, evidence
      FROM consents
     WHERE person_id = ANY($1::bigint[])
"""
SQL_HOLDS: Final = """
    SELECT person_id, kind, case_ref, loan_id, policy, channel, placed_at, starts_at, ends_at,
           version_at, word, freed_at, released_at, origin, evidence, detail
      FROM holds
     WHERE person_id = ANY($1::bigint[])
"""
SQL_SUPPRESSED: Final = """
    SELECT e.person_id, e.endpoint_id, s.medium, s.at, s.sender_scope
      FROM endpoints AS e
           JOIN suppressions AS s
             ON s.tenant_id = e.tenant_id
            AND s.address_hmac = e.address_hmac
     WHERE e.person_id = ANY($1::bigint[])
"""
SQL_WRITE_PROFILES: Final = """
    UPDATE persons AS p
       SET profile = t.profile, profile_version = t.version, locale = t.locale,
           declared_zone = t.zone, residence = t.residence, represented = t.represented
      FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                  $7::boolean[])
        AS t (person, profile, version, locale, zone, residence, represented)
     WHERE p.person_id = t.person
"""
SQL_WRITE_ENDPOINTS: Final = """
    INSERT INTO endpoints (tenant_id, person_id, endpoint_id, medium, kind, address_hmac, address,
                           status, is_primary, zones, verified_at)
    SELECT t.tenant, t.person, t.endpoint, t.medium, t.kind, t.hmac, t.address, t.status,
           t.is_primary, string_to_array(t.zones, ' '), t.verified_at
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[],
                  $7::bytea[], $8::text[], $9::boolean[], $10::text[], $11::timestamptz[])
        AS t (tenant, person, endpoint, medium, kind, hmac, address, status, is_primary, zones,
              verified_at)
    ON CONFLICT (person_id, endpoint_id) DO UPDATE
       SET medium = excluded.medium, kind = excluded.kind, address_hmac = excluded.address_hmac,
           address = excluded.address, status = excluded.status,
           is_primary = excluded.is_primary, zones = excluded.zones,
           verified_at = excluded.verified_at
"""
SQL_DROP_ENDPOINTS: Final = """
    DELETE FROM endpoints AS e
     USING unnest($1::bigint[], $2::text[]) AS t (person, endpoint)
     WHERE e.person_id = t.person
       AND e.endpoint_id = t.endpoint
"""
SQL_WRITE_CONSENTS: Final = """
    INSERT INTO consents (tenant_id, person_id, channel, purpose, endpoint_id, status, at, version,
                          revoked_at, kind, given_to, expires_at, evidence)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::timestamptz[], $8::bigint[], $9::timestamptz[], $10::text[],
                         $11::text[], $12::timestamptz[], $13::text[])
    ON CONFLICT (person_id, channel, purpose, endpoint_id) DO UPDATE
       SET status = excluded.status, at = excluded.at, version = excluded.version,
           revoked_at = excluded.revoked_at, kind = excluded.kind, given_to = excluded.given_to,
           expires_at = excluded.expires_at, evidence = excluded.evidence
"""
SQL_DROP_CONSENTS: Final = """
    DELETE FROM consents AS c
     USING unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
        AS t (person, channel, purpose, endpoint)
     WHERE c.person_id = t.person
       AND c.channel = t.channel
       AND c.purpose = t.purpose
       AND c.endpoint_id = t.endpoint
"""
SQL_WRITE_HOLDS: Final = """
    INSERT INTO holds (tenant_id, person_id, kind, case_ref, loan_id, policy, channel, placed_at,
                       starts_at, ends_at, version_at, word, freed_at, released_at, origin,
                       evidence, detail)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],
                         $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
                         $10::timestamptz[], $11::timestamptz[], $12::text[], $13::timestamptz[],
                         $14::timestamptz[], $15::text[], $16::text[], $17::bytea[])
    ON CONFLICT (person_id, kind, case_ref, loan_id) DO UPDATE
       SET policy = excluded.policy, channel = excluded.channel, placed_at = excluded.placed_at,
           starts_at = excluded.starts_at, ends_at = excluded.ends_at,
           version_at = excluded.version_at, word = excluded.word, freed_at = excluded.freed_at,
           released_at = excluded.released_at, origin = excluded.origin,
           evidence = excluded.evidence, detail = excluded.detail
"""

_JSON: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Suppression:
    """An opt-out that binds one of the person's addresses; `sender_scope` '*' is every sender."""

    endpoint_id: str
    medium: str
    at: datetime
    sender_scope: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person as stored. `key` is None once they were erased: nothing of theirs is readable."""

    tenant_id: str
    person_id: int
    key: PersonKey | None
    state: PersonState = field(repr=False)


async def load_people(
    conn: Connection,
    vault: Vault,
    persons: Sequence[int],
    *,
    profiles: Container[int] | None = None,
    protections: bool = True,
) -> dict[int, PersonRow]:
    """Return persons with profile, permissions, holds, wishes and records; six statements at most.

    Args:
        conn: The caller's.
        vault: Opens each person's key.
        persons: Whose.
        profiles: Decrypt profile and addresses of these alone; None: of everybody.
        protections: False leaves all but the profile out, for signals that touch nothing else:
            one statement.
    """
    rows = await conn.fetch(SQL_PERSONS, persons)
    keys = {
        row["person_id"]: vault.open(row["wrapped_key"]) if row["wrapped_key"] else None
        for row in rows
    }
    endpoints: dict[int, list[Endpoint]] = defaultdict(list)
    consents: dict[int, dict[tuple[str, str, str], Consent]] = defaultdict(dict)
    holds: dict[int, dict[tuple[HoldKind, str, int], Hold]] = defaultdict(dict)
    preferences: dict[int, dict[str, Preference]] = {}
    records: dict[int, dict[RecordKey, Record]] = {}
    if protections:
        for row in await conn.fetch(SQL_ENDPOINTS, persons):
            key = keys.get(row["person_id"])
            if key and (profiles is None or row["person_id"] in profiles):
                endpoints[row["person_id"]].append(_endpoint_of(row, key))
        for row in await conn.fetch(SQL_CONSENTS, persons):
            consent = Consent(*list(row.values())[1:])
            consents[row["person_id"]][consent.key] = consent
        for row in await conn.fetch(SQL_HOLDS, persons):
            hold = _hold_of(row, keys.get(row["person_id"]))
            holds[row["person_id"]][hold.key] = hold
        preferences = await load_preferences(conn, keys)
        records = await load_records(conn, keys)
    found = {}
    for row in rows:
        person = row["person_id"]
        key = keys[person]
        readable = key is not None and (profiles is None or person in profiles)
        profile = _profile_of(row, key if readable else None, endpoints.get(person, []))
        state = PersonState(
            profile,
            consents.get(person, {}),
            holds.get(person, {}),
            preferences=preferences.get(person, {}),
            records=records.get(person, {}),
        )
        found[person] = PersonRow(row["tenant_id"], person, key, state)
    return found


async def load_suppressions(
    conn: Connection, persons: Sequence[int]
) -> dict[int, tuple[Suppression, ...]]:
    """Return the opt-outs that bind the addresses of persons."""
    found: dict[int, list[Suppression]] = defaultdict(list)
    for row in await conn.fetch(SQL_SUPPRESSED, persons):
        found[row["person_id"]].append(Suppression(*list(row.values())[1:]))
    return {person: tuple(each) for person, each in found.items()}


def _endpoint_of(row: Any, key: PersonKey) -> Endpoint:
    return Endpoint(
        row["endpoint_id"],
        row["medium"],
        row["kind"],
        key.decrypt(row["address"], endpoint_aad(row["person_id"])).decode(),
        EndpointStatus(row["status"]),
        row["is_primary"],
        row["verified_at"],
        tuple(row["zones"]),
    )


def _hold_of(row: Any, key: PersonKey | None) -> Hold:
    details: dict[str, Any] = {}
    if row["detail"] is not None and key is not None:
        details = msgspec.json.decode(key.decrypt(row["detail"], hold_aad(row["person_id"])))
    evidence = details.pop("evidence", row["evidence"])
    plain = Hold(
        HoldKind(row["kind"]),
        row["case_ref"],
        row["loan_id"],
        ContactPolicy(row["policy"]),
        *list(row.values())[5:14],
    )
    return replace(plain, evidence=evidence, details=details)


def _profile_of(row: Any, key: PersonKey | None, endpoints: list[Endpoint]) -> Profile:
    kept: dict[str, Any] = {}
    if key is not None and row["profile"] is not None:
        kept = msgspec.json.decode(key.decrypt(row["profile"], profile_aad(row["person_id"])))
    told = {section: (one[0], one[1]) for section, one in kept.pop("told", {}).items()}
    return Profile(
        told=told,
        locale=row["locale"],
        timezone=row["declared_zone"],
        residence=row["residence"],
        fields=kept,
        endpoints=tuple(sorted(endpoints, key=lambda one: one.endpoint_id)),
    )


def profile_aad(person_id: int) -> bytes:
    """Return what ties a profile's ciphertext to its row."""
    return b"persons:%d" % person_id


def endpoint_aad(person_id: int) -> bytes:
    """Return what ties an address's ciphertext to its person."""
    return b"endpoints:%d" % person_id


def hold_aad(person_id: int) -> bytes:
    """Return what ties a hold's ciphertext to its person."""
    return b"holds:%d" % person_id


def event_aad(person_id: int) -> bytes:
    """Return what ties an applied signal's ciphertext to its person."""
    return b"person_events:%d" % person_id


@dataclass(frozen=True, slots=True)
class PersonChange:
    """A person before and after folding. `key` encrypts what changed."""

    tenant_id: str
    person_id: int
    key: PersonKey
    before: PersonState
    after: PersonState


async def write_people(
    conn: Connection,
    vault: Vault,
    changes: Collection[PersonChange],
    *,
    zones: Mapping[str, tuple[str, ...]],
    deadlines: Deadlines = STANDARD,
) -> None:
    """Write what folding changed, table by table; rows that stayed the same are left alone.

    Args:
        conn: Inside the caller's transaction, the persons locked.
        vault: Hashes addresses for look-up.
        changes: One per person.
        zones: Every zone that a phone number allows, by number.
        deadlines: By when work for people has to be done.
    """
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    preferences: list[tuple[Any, ...]] = []
    records: list[tuple[Any, ...]] = []
    for change in changes:
        person, before, after = change.person_id, change.before, change.after
        own = (change.tenant_id, person)
        if after.profile is not before.profile:
            rows[SQL_WRITE_PROFILES].append(_profile_row(change))
            known = {one.endpoint_id: one for one in before.profile.endpoints}
            for one in after.profile.endpoints:
                if known.pop(one.endpoint_id, None) != one:
                    where = zones.get(one.address, ())
                    row = _endpoint_row(one, change.key, person, vault, where)
                    rows[SQL_WRITE_ENDPOINTS].append((*own, *row))
            rows[SQL_DROP_ENDPOINTS] += [(person, gone) for gone in known]
        for key, consent in after.consents.items():
            if before.consents.get(key) != consent:
                rows[SQL_WRITE_CONSENTS].append((*own, *_consent_row(consent)))
        rows[SQL_DROP_CONSENTS] += [
            (person, *key) for key in before.consents if key not in after.consents
        ]
        for case, hold in after.holds.items():
            if before.holds.get(case) != hold:
                rows[SQL_WRITE_HOLDS].append((*own, *_hold_row(hold, change.key, person)))
        preferences += [
            (*own, *preference_row(said, change.key, person))
            for ref, said in after.preferences.items()
            if before.preferences.get(ref) != said
        ]
        records += [
            (*own, *record_row(one, change.key, person))
            for each, one in after.records.items()
            if before.records.get(each) != one
        ]
    for statement, each in rows.items():
        if each:
            await conn.execute(statement, *[list(column) for column in zip(*each, strict=True)])
    await write_preferences(conn, preferences)
    await write_records(conn, records)
    work = [TasksTold(one.tenant_id, one.person_id, one.key, one.after) for one in changes]
    await write_folded_tasks(conn, work, deadlines)


def _profile_row(change: PersonChange) -> tuple[Any, ...]:
    profile = change.after.profile
    kept = {**profile.fields, "told": profile.told}
    sealed = change.key.encrypt(_JSON.encode(kept), profile_aad(change.person_id))
    return (
        change.person_id, sealed, profile.version, profile.locale, profile.timezone,
        profile.residence, profile.represented,
    )  # fmt: skip


def _endpoint_row(
    one: Endpoint, key: PersonKey, person_id: int, vault: Vault, zones: tuple[str, ...]
) -> tuple[Any, ...]:
    return (
        one.endpoint_id, one.medium, one.kind, vault.address_hmac(one.address),
        key.encrypt(one.address.encode(), endpoint_aad(person_id)), one.status, one.is_primary,
        " ".join(zones), one.verified_at,
    )  # fmt: skip


def _consent_row(one: Consent) -> tuple[Any, ...]:
    return (
        *one.key, one.status, one.at, one.version, one.revoked_at, one.kind, one.given_to,
        one.expires_at, one.evidence,
    )  # fmt: skip


def _hold_row(one: Hold, key: PersonKey, person_id: int) -> tuple[Any, ...]:
    # What somebody wrote about a person is in the ciphertext alone.
    kept = {**one.details, "evidence": one.evidence} if one.evidence else dict(one.details)
    detail = key.encrypt(_JSON.encode(kept), hold_aad(person_id)) if kept else None
    return (
        one.kind, one.case_ref, one.loan_id, one.policy, one.channel, one.placed_at,
        one.starts_at, one.ends_at, one.version_at, one.word, one.freed_at, one.released_at,
        one.origin, "", detail,
    )  # fmt: skip
