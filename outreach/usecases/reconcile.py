"""Find out what became of sends whose result is unknown; never send them again.

A worker that died between reservation and settlement leaves `reserved`, a provider that didn't
answer leaves `unknown`. Both count against every cap. They are looked up at the provider, less and
less often, until it knows them or has not known them for ten minutes.
"""

import asyncio
import zlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog
from cryptography.exceptions import InvalidTag

from outreach.channels.provider import (
    Attempt,
    Found,
    LookupResult,
    NotFound,
    Provider,
    StatusUpdate,
    Unsupported,
)
from outreach.domain.contacts import attempt_id
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, DeliveryState, EventKind, Outcome
from outreach.store.agenda import lock_persons
from outreach.store.bodies import decode_body
from outreach.store.people import endpoint_aad
from outreach.store.pool import Pool
from outreach.store.receipts import list_contacts, list_keys
from outreach.store.unsettled import (
    FINAL_CODE,
    Unsettled,
    claim_unsettled,
    give_up,
    list_addresses,
    list_decided,
    list_taken,
)
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import Effects, event_aad
from outreach.usecases.receipt_statuses import fold_status

log = structlog.get_logger(__name__)

# Longer than any hand-off takes to be answered and settled.
_SETTLED_BY: Final = timedelta(seconds=30)
_SHORTEST_WAIT: Final = timedelta(seconds=10)
# A provider's list may lag behind its creates; after this it doesn't any more.
_GIVE_UP_AFTER: Final = timedelta(minutes=10)
_RECENT: Final = timedelta(hours=1)
_EVER: Final = timedelta(days=8)
_DEEP_EVERY_MINUTES: Final = 10
_DEEP_SECONDS: Final = 10
_LOOKUP_SECONDS: Final = 8.0
_LOOKUPS_AT_ONCE: Final = 4
_UNREADABLE: Final = (
    InvalidTag,
    zlib.error,
    msgspec.DecodeError,
    KeyError,
    TypeError,
    ValueError,
)


class Outfit(Protocol):
    """What reconciliation takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Whom to ask."""


@dataclass(frozen=True, slots=True)
class _Query:
    """One contact with what its provider is asked by."""

    contact: Unsettled
    key: PersonKey | None
    attempt: Attempt | None
    """None: the person was erased, so nobody can say what was sent where."""
    taken: Collection[str]


async def reconcile_unknown(
    outfit: Outfit, *, now: datetime, wall_now: datetime, limit: int = 50
) -> int:
    """Look up one batch; returns how many contacts were settled, given up or found abandoned.

    The last hour is searched each time, everything that could matter every ten minutes: what a
    long outage left behind is found by the latter.

    Args:
        outfit: Parts of the runtime.
        now: Business time, of log rows.
        wall_now: Wall time; backoff and giving up are measured by it.
        limit: Most contacts per call.
    """
    queries = await _claim(outfit, now=now, wall_now=wall_now, limit=limit)
    gate = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

    async def ask(query: _Query) -> tuple[_Query, LookupResult]:
        async with gate:
            return query, await _look_up(outfit.providers, query)

    done = sum(query.contact.orphaned for query in queries)
    for asked in asyncio.as_completed([ask(query) for query in queries]):
        query, result = await asked
        done += await _settle(outfit, query, result, now=now, wall_now=wall_now)
    return done


async def _claim(outfit: Outfit, *, now: datetime, wall_now: datetime, limit: int) -> list[_Query]:
    deep = wall_now.minute % _DEEP_EVERY_MINUTES == 0 and wall_now.second < _DEEP_SECONDS
    effects = Effects(now)
    async with outfit.db.acquire() as conn, conn.transaction():
        claimed = await claim_unsettled(
            conn,
            since=wall_now - (_EVER if deep else _RECENT),
            before=wall_now - _SETTLED_BY,
            wall_now=wall_now,
            shortest_wait=_SHORTEST_WAIT,
            limit=limit,
        )
        if not claimed:
            return []
        wanted = [(one.person_id, one.contact_id) for one in claimed]
        decided = await list_decided(conn, wanted)
        addresses = await list_addresses(
            conn, [(one.person_id, one.address_hmac) for one in claimed]
        )
        taken = await list_taken(conn, {one.person_id for one in claimed})
        wrapped = await list_keys(conn, {one.person_id for one in claimed})
        queries = []
        for one in claimed:
            found = wrapped.get(one.person_id, ("", None))[1]
            key = outfit.vault.open(found) if found is not None else None
            if one.orphaned:
                body = {"why": "never settled", "send_before": one.send_before}
                effects.log(
                    key, one.tenant_id, one.person_id, one.contact_id, EventKind.UNKNOWN, body
                )
            words = decided.get((one.person_id, one.contact_id))
            address = addresses.get((one.person_id, one.address_hmac))
            attempt = _attempt(one, key, words, address)
            queries.append(_Query(one, key, attempt, taken.get(one.person_id, frozenset())))
        await effects.write(conn, wall_now=wall_now)
    return queries


def _attempt(
    one: Unsettled, key: PersonKey | None, decided: bytes | None, address: bytes | None
) -> Attempt | None:
    """Rebuild what was handed over from the decision in the log."""
    if key is None or decided is None or address is None:
        return None
    try:
        body = decode_body(key.decrypt(decided, event_aad(one.person_id)))
        return Attempt(
            attempt_id=attempt_id(one.person_id, one.contact_id),
            channel=Channel(one.channel),
            sender=one.sender,
            recipient=key.decrypt(address, endpoint_aad(one.person_id)).decode(),
            body=body["words"],
            subject=body.get("subject", ""),
            template=body.get("action", {}).get("template", ""),
            valid_for=timedelta(0),
            reserved_at=one.send_before,
            ref=one.provider_ref,
        )
    except _UNREADABLE as exc:
        log.warning("decision_unreadable", error=type(exc).__name__)
        return None


async def _look_up(providers: Mapping[str, Provider], query: _Query) -> LookupResult:
    provider = providers.get(query.contact.provider)
    if provider is None or provider.capabilities.lookup == "none":
        return Unsupported("can't be asked")
    if query.attempt is None:
        return Unsupported("nothing to ask by")
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS + 1):
            return await provider.lookup(query.attempt, _LOOKUP_SECONDS, taken=query.taken)
    except TimeoutError:
        return Unsupported("timeout")


def _never_tells(providers: Mapping[str, Provider], name: str) -> bool:
    """Say whether a provider can't be asked at all; one that isn't configured may come back."""
    provider = providers.get(name)
    return provider is not None and provider.capabilities.lookup == "none"


async def _settle(
    outfit: Outfit, query: _Query, result: LookupResult, *, now: datetime, wall_now: datetime
) -> int:
    """Write what the provider said, unless a callback or the worker itself was faster."""
    one = query.contact
    at = (one.person_id, one.contact_id)
    old = wall_now - one.send_before >= _GIVE_UP_AFTER
    # One that can't be asked is given up as well: it counts, and nothing more will be learned.
    final = old and (
        isinstance(result, NotFound)
        or (
            isinstance(result, Unsupported)
            and (query.attempt is None or _never_tells(outfit.providers, one.provider))
        )
    )
    if not isinstance(result, Found) and not final:
        return 0
    effects = Effects(now)
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [one.person_id])
        effects.contacts = await list_contacts(conn, {at})
        row = effects.contacts.get(at)
        if row is None or row.delivery_state != DeliveryState.UNKNOWN:
            return 0
        if isinstance(result, Found):
            taken = (await list_taken(conn, {one.person_id})).get(one.person_id, frozenset())
            if result.ref in taken and result.ref != row.provider_ref:
                return 0  # a contact with the same words was faster; the next look-up skips it
            update = StatusUpdate(
                attempt_id(one.person_id, one.contact_id), result.ref, result.report
            )
            raw = {"lookup": "found"}
            await fold_status(conn, effects, query.key, at, update, raw, kind=EventKind.RECONCILED)
        else:
            # Whatever it was, it may have reached somebody, so it counts as if it had.
            outcome = Outcome.PENDING if one.channel == Channel.CALL else Outcome.SENT
            await give_up(conn, one.person_id, one.contact_id, outcome)
            body = {"lookup": FINAL_CODE, "outcome": outcome}
            effects.log(
                query.key,
                one.tenant_id,
                one.person_id,
                one.contact_id,
                EventKind.RECONCILED,
                body,
            )
        await effects.write(conn, wall_now=wall_now)
    return 1
