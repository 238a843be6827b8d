"""Call off what is under way to somebody about whom something new is known: a payment, a dispute.

Nothing is ever scheduled at a vendor: a plan stays here, where a payment or an opt-out ends it.
What a vendor was handed and still holds, a call that rings or a queued text, is taken back.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from outreach.channels.provider import Provider
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import DeliveryState, EventKind
from outreach.store.agenda import lock_persons
from outreach.store.calls import list_under_way
from outreach.store.pool import Pool
from outreach.store.receipts import Cancelable, list_contacts, list_keys
from outreach.store.vault import Vault
from outreach.usecases.receipt_effects import Effects

_CANCEL_SECONDS: Final = 5.0
# Longer than any call rings, or than a vendor queues what it has a rate for.
_UNDER_WAY: Final = timedelta(minutes=15)


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
    """Cancel what hasn't reached these persons yet; returns how many contacts were canceled.

    Best effort: a call that is answered meanwhile asks what to say, and is told nothing.

    Args:
        outfit: Parts of the runtime.
        persons: About whom a payment or a protective signal was folded.
        now: Business time, of log rows.
        wall_now: Wall time.
    """
    able = {
        name for name, provider in outfit.providers.items() if provider.capabilities.supports_cancel
    }
    if not persons or not able:
        return 0
    async with outfit.db.acquire() as conn:
        found = await list_under_way(conn, persons, since=wall_now - _UNDER_WAY)
    under_way = [one for one in found if one.provider in able]
    answers = await asyncio.gather(
        *(outfit.providers[one.provider].cancel(one.ref, _CANCEL_SECONDS) for one in under_way)
    )
    canceled = [one for one, done in zip(under_way, answers, strict=True) if done]
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
