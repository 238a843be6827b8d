"""Call off what is ringing for somebody about whom something new is known: a payment, a dispute."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from outreach.channels.provider import Provider
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import Channel, DeliveryState, EventKind
from outreach.store.agenda import lock_persons
from outreach.store.calls import list_ringing
from outreach.store.pool import Pool
from outreach.store.receipts import Cancelable, list_contacts, list_keys
from outreach.store.vault import Vault
from outreach.usecases.receipt_effects import Effects

_CANCEL_SECONDS: Final = 5.0
# Longer than any call rings or is queued by the vendor's own rate.
_RINGS: Final = timedelta(minutes=15)


class Outfit(Protocol):
    """What calling off takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where contacts are."""

    @property
    def vault(self) -> Vault:
        """Keys."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Whom to ask."""


async def call_off(
    outfit: Outfit, persons: Collection[int], *, now: datetime, wall_now: datetime
) -> int:
    """Cancel calls that these persons haven't answered; returns how many were canceled.

    Best effort: a call that is answered meanwhile asks what to say, and is told nothing.

    Args:
        outfit: Parts of the runtime.
        persons: About whom a payment or a protective signal was folded.
        now: Business time, of log rows.
        wall_now: Wall time.
    """
    callers = {
        name
        for name, provider in outfit.providers.items()
        if Channel.CALL in provider.capabilities.channels and provider.capabilities.supports_cancel
    }
    if not persons or not callers:
        return 0
    async with outfit.db.acquire() as conn:
        ringing = await list_ringing(conn, persons, since=wall_now - _RINGS)
    ringing = [one for one in ringing if one.provider in callers]
    answers = await asyncio.gather(
        *(outfit.providers[one.provider].cancel(one.ref, _CANCEL_SECONDS) for one in ringing)
    )
    canceled = [one for one, done in zip(ringing, answers, strict=True) if done]
    for one in canceled:
        await _record(outfit, one, now=now, wall_now=wall_now)
    return len(canceled)


async def _record(outfit: Outfit, one: Cancelable, *, now: datetime, wall_now: datetime) -> None:
    effects, at = Effects(now), (one.person_id, one.contact_id)
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [one.person_id])
        effects.contacts = await list_contacts(conn, {at})
        wrapped = (await list_keys(conn, [one.person_id])).get(one.person_id, ("", None))[1]
        if at not in effects.contacts or wrapped is None:
            return
        row = effects.merge(at, Report(DeliveryState.CANCELED), one.ref)
        body = {"why": "something new is known", "state": row.delivery_state}
        key = outfit.vault.open(wrapped)
        effects.log(key, row.tenant_id, row.person_id, row.contact_id, EventKind.CANCELED, body)
        await effects.write(conn, wall_now=wall_now)
