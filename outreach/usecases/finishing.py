"""Ask vendors what messages cost once they know it, and have them forget the words where wanted.

Twilio tells no price when it takes a message and none in its callbacks; it is there a while later.
A bounded number of messages is asked for at a time, each a few times, with longer and longer waits.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from outreach.channels.provider import Finished, Finishing, Provider, StatusUpdate, Unsupported
from outreach.domain.contacts import Report, attempt_id
from outreach.domain.vocabulary import EventKind
from outreach.store.agenda import lock_persons
from outreach.store.alerts import Alert
from outreach.store.finishing import Unfinished, claim_unfinished, mark_finished
from outreach.store.pool import Pool
from outreach.store.receipts import list_contacts, list_keys
from outreach.store.vault import Vault
from outreach.usecases.receipt_effects import Effects
from outreach.usecases.receipt_statuses import fold_status

log = structlog.get_logger(__name__)

NOT_REDACTED: Final = "words_not_redacted"
BATCH: Final = 100
WAITS: Final = (
    timedelta(minutes=2),
    timedelta(minutes=30),
    timedelta(hours=4),
    timedelta(hours=24),
    timedelta(hours=48),
)
_RECENT: Final = timedelta(hours=2)
_EVER: Final = WAITS[-1] + timedelta(hours=24)
_DEEP_EVERY_MINUTES: Final = 10
_DEEP_SECONDS: Final = 15
_SECONDS: Final = 8.0
_AT_ONCE: Final = 8


class Outfit(Protocol):
    """What finishing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where contacts are."""

    @property
    def vault(self) -> Vault:
        """Keys of the log."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Whom to ask."""


async def finish_messages(
    outfit: Outfit, *, now: datetime, wall_now: datetime, limit: int = BATCH
) -> int:
    """Ask about one batch; returns how many messages were asked about.

    The last two hours are searched each time, three days every ten minutes.

    Args:
        outfit: Parts of the runtime.
        now: Business time, of log rows.
        wall_now: Wall time, by which waits are measured.
        limit: Most messages.
    """
    asked = {name: one for name, one in outfit.providers.items() if isinstance(one, Finishing)}
    if not asked:
        return 0
    deep = wall_now.minute % _DEEP_EVERY_MINUTES == 0 and wall_now.second < _DEEP_SECONDS
    async with outfit.db.acquire() as conn, conn.transaction():
        claimed = await claim_unfinished(
            conn,
            asked,
            _redacting(outfit),
            since=wall_now - (_EVER if deep else _RECENT),
            wall_now=wall_now,
            waits=WAITS,
            limit=limit,
        )
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(one: Unfinished) -> tuple[Unfinished, Finished | Unsupported]:
        async with gate:
            return one, await asked[one.account].finish(one.ref, _SECONDS)

    for answer in asyncio.as_completed([ask(one) for one in claimed]):
        one, told = await answer
        await _keep(outfit, one, told, now=now, wall_now=wall_now)
    return len(claimed)


def _redacting(outfit: Outfit) -> frozenset[str]:
    """Return the accounts whose vendor is to forget the words."""
    return frozenset(
        name for name, one in outfit.providers.items() if isinstance(one, Finishing) and one.redacts
    )


async def _keep(
    outfit: Outfit,
    one: Unfinished,
    told: Finished | Unsupported,
    *,
    now: datetime,
    wall_now: datetime,
) -> None:
    """Write what the vendor told; alert where it still has the words after the last question."""
    at, last = (one.person_id, one.contact_id), one.times >= len(WAITS)
    is_priced = isinstance(told, Finished) and told.price_micros is not None
    leaves_words = not isinstance(told, Finished) or not told.redacted
    if not is_priced and not last:
        return
    effects = Effects(now)
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [one.person_id])
        effects.contacts = await list_contacts(conn, {at})
        if at not in effects.contacts:
            return
        if isinstance(told, Finished):
            wrapped = (await list_keys(conn, [one.person_id])).get(one.person_id, ("", None))[1]
            key = outfit.vault.open(wrapped) if wrapped is not None else None
            update = StatusUpdate(
                attempt_id(*at),
                one.ref,
                Report(None),
                parts=told.parts,
                price_micros=told.price_micros,
                price_currency=told.price_currency,
            )
            raw = {"lookup": "price", "redacted": told.redacted}
            await fold_status(conn, effects, key, at, update, raw, EventKind.RECONCILED)
            if is_priced and not leaves_words:
                await mark_finished(conn, *at)
        if last and leaves_words and one.account in _redacting(outfit):
            effects.alerts.append(Alert(one.tenant_id, NOT_REDACTED, one.account))
        await effects.write(conn, wall_now=wall_now)
