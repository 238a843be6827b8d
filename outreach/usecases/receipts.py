"""Fold provider callbacks and replies into contacts, opt-outs, holds and the log.

Callbacks come twice, late, in any order, and before the create call returned; the contact exists
since its reservation, so none comes too early. Each is taken out of the queue in the transaction
that folds it, under the locks of the persons it is about.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import asyncpg
import msgspec
import structlog
from cryptography.exceptions import InvalidTag

from outreach.channels.provider import Ignored, InboundMessage, Provider, StatusUpdate
from outreach.domain.contacts import TESTER, Report, parse_attempt_id
from outreach.domain.ratings import QUESTION
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import DeliveryState, EventKind
from outreach.store.agenda import lock_persons
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.pool import Connection, Pool
from outreach.store.receipts import (
    Cancelable,
    KeptCallback,
    claim_callbacks,
    find_by_ref,
    keep_callbacks,
    list_cancelable,
    list_contacts,
    list_holders,
    list_keys,
    park_callback,
)
from outreach.store.threads import find_asked, find_threads
from outreach.store.vault import PersonKey, Vault
from outreach.usecases import receipt_wishes, senders, tasks
from outreach.usecases.own_words import fold_own_words
from outreach.usecases.receipt_answers import fold_answer
from outreach.usecases.receipt_effects import NOBODY, Effects
from outreach.usecases.receipt_opt_outs import fold_opt_out
from outreach.usecases.receipt_replies import Writer, fold_reply
from outreach.usecases.receipt_statuses import fold_status
from outreach.usecases.receipt_wishes import act_on_wishes
from outreach.usecases.take_callback import Kept, callback_aad, unpack

log = structlog.get_logger(__name__)

BATCH: Final = 200
# A callback whose contact can't be found: a reference may be indexed after it. Then it is parked.
_RETRIES: Final = (
    timedelta(seconds=2),
    timedelta(seconds=15),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
_CANCEL_SECONDS: Final = 5.0
# A bare digit after that is an answer to something else.
_ANSWERED_WITHIN: Final = timedelta(days=14)
_UNREADABLE: Final = (
    InvalidTag,
    msgspec.DecodeError,
    msgspec.ValidationError,
    KeyError,
    ValueError,
)


class LenderLike(senders.LenderLike, tasks.LenderLike, receipt_wishes.LenderLike, Protocol):
    """The part of a configured lender that is asked for."""


class LenderSettings(Protocol):
    """The part of the settings that is asked for."""

    @property
    def lenders(self) -> Mapping[str, LenderLike]:
        """Lenders by slug."""


class Outfit(Protocol):
    """What folding takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys and address hashes."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """For taking back what is in flight to somebody who opted out."""

    @property
    def settings(self) -> LenderSettings:
        """Whose senders are whose, and how long work may wait."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """One claimed callback, read, with the contact it is about."""

    row: KeptCallback
    kept: Kept
    key: PersonKey
    at: tuple[int, UUID] | None


async def fold_receipts(
    outfit: Outfit, *, now: datetime, wall_now: datetime, limit: int = BATCH
) -> int:
    """Fold one batch; returns how many callbacks were taken from the queue.

    Args:
        outfit: Parts of the runtime.
        now: Business time: of log rows, opt-outs, holds.
        wall_now: Wall time: of settlements and of the queue.
        limit: Callbacks per transaction. If a batch fails, its callbacks are folded one by one,
            so that none can hold up the others, and one that fails alone is put off or parked.
    """
    try:
        return await _fold_batch(outfit, now=now, wall_now=wall_now, limit=limit)
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
        raise  # the database is away; everything is back in the queue
    except Exception as exc:  # noqa: BLE001 - whatever it is, the others' callbacks must go on
        log.warning("receipts_batch_failed", error=type(exc).__name__)
    taken = 0
    for _ in range(limit):
        try:
            one = await _fold_batch(outfit, now=now, wall_now=wall_now, limit=1)
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
            raise
        except Exception as exc:  # noqa: BLE001 - same
            log.warning("receipt_failed", error=type(exc).__name__)
            one = await _put_off_first(outfit.db, wall_now=wall_now)
        if not one:
            break
        taken += one
    return taken


async def _fold_batch(outfit: Outfit, *, now: datetime, wall_now: datetime, limit: int) -> int:
    effects = Effects(now, tasks.deadlines_of(outfit.settings))
    async with outfit.db.acquire() as conn, conn.transaction():
        rows = await claim_callbacks(conn, wall_now=wall_now, limit=limit)
        if not rows:
            return 0
        taken = await _read(outfit.vault, conn, rows, effects, wall_now)
        await _fold(outfit, conn, taken, effects, wall_now)
        await act_on_wishes(conn, outfit.vault, effects, outfit.settings.lenders)
        await effects.write(conn, wall_now=wall_now)
        await fold_own_words(
            conn,
            outfit.vault,
            effects.own,
            now=now,
            wall_now=wall_now,
            deadlines=effects.deadlines,
        )
        cancelable = await list_cancelable(
            conn,
            {person for person, _ in effects.opted_out},
            {address for _, address in effects.opted_out},
        )
    await _take_back(outfit, cancelable, now=now, wall_now=wall_now)
    return len(rows)


async def _read(
    vault: Vault,
    conn: Connection,
    rows: Sequence[KeptCallback],
    effects: Effects,
    wall_now: datetime,
) -> list[_Taken]:
    """Decrypt, and find the contact by our id or else by the provider's reference."""
    read: list[tuple[KeptCallback, Kept, PersonKey]] = []
    for row in rows:
        try:
            key = await vault.day_key(conn, row.tenant_id, row.received_at.date())
            kept = unpack(key.decrypt(row.body, callback_aad(row.tenant_id)))
        except _UNREADABLE as exc:
            log.warning("callback_unreadable", error=type(exc).__name__)
            await _park(conn, row, effects, "callback_unreadable")
            continue
        read.append((row, kept, key))
    refs = {
        (row.provider, kept.event.ref)
        for row, kept, _ in read
        if isinstance(kept.event, StatusUpdate)
        and kept.event.ref
        and parse_attempt_id(kept.event.attempt_id) is None
    }
    by_ref = await find_by_ref(conn, refs)
    taken = []
    for row, kept, key in read:
        at = None
        if isinstance(kept.event, StatusUpdate | Ignored):
            attempt = parse_attempt_id(kept.event.attempt_id)
            if attempt is not None:
                at = (attempt.person_id, UUID(attempt.contact_id))
            elif isinstance(kept.event, StatusUpdate):
                at = by_ref.get((row.provider, kept.event.ref or ""))
            if at is None:
                await _unmatched(conn, row, kept, effects, wall_now)
                continue
        taken.append(_Taken(row, kept, key, at))
    return taken


async def _fold(
    outfit: Outfit,
    conn: Connection,
    taken: Sequence[_Taken],
    effects: Effects,
    wall_now: datetime,
) -> None:
    """Lock whom it is about, read what is known, fold in the order of arrival."""
    book = senders.SenderBook(outfit.settings)
    addresses = {
        one.kept.event.ref: outfit.vault.address_hmac(one.kept.event.from_address)
        for one in taken
        if isinstance(one.kept.event, InboundMessage)
    }
    holders = await list_holders(conn, set(addresses.values()))
    persons = {one.at[0] for one in taken if one.at is not None}
    persons |= {person for known in holders.values() for _, person in known}
    await lock_persons(conn, sorted(persons))
    effects.contacts = await list_contacts(conn, {one.at for one in taken if one.at is not None})
    keys = {
        person: outfit.vault.open(wrapped) if wrapped is not None else None
        for person, (_, wrapped) in (await list_keys(conn, persons)).items()
    }
    known_people = {person for known in holders.values() for _, person in known}
    threads = await find_threads(conn, known_people, set(addresses.values()))
    questions = await find_asked(
        conn,
        known_people,
        set(addresses.values()),
        template=QUESTION,
        since=effects.now - _ANSWERED_WITHIN,
    )
    for one in taken:
        event = one.kept.event
        if isinstance(event, InboundMessage):
            address = addresses[event.ref]
            lenders = book.lenders_at(one.row.provider, event.to_addresses) or tuple(
                sorted({tenant for tenant, _ in holders.get(address, ())})
            )
            known = [
                (tenant, person)
                for tenant, person in holders.get(address, ())
                if tenant in lenders and person in keys
            ]
            nobody = (one.row.tenant_id, one.key)
            cases = {
                person: threads[person, address]
                for _, person in known
                if (person, address) in threads
            }
            asked = {
                person: questions[person, address]
                for _, person in known
                if (person, address) in questions
            }
            writer = Writer(address, known, keys, lenders, nobody, cases, asked)
            fold_reply(effects, event, writer, one.kept.raw)
        elif one.at not in effects.contacts or one.at is None:
            if _is_of_test(one.row):
                _log_test(effects, one)
                continue
            await _unmatched(conn, one.row, one.kept, effects, wall_now)
        elif isinstance(event, StatusUpdate):
            await fold_status(conn, effects, keys.get(one.at[0]), one.at, event, one.kept.raw)
            if event.said is not None:
                await fold_answer(conn, effects, keys, one.at, event, one.kept.raw)
            if event.opted_out is not None:
                fold_opt_out(effects, keys, one.at, event.opted_out)
        else:
            row = effects.contacts[one.at]
            body = {"ignored": event.why, "raw": one.kept.raw}
            effects.log(
                keys.get(row.person_id),
                row.tenant_id,
                row.person_id,
                row.contact_id,
                EventKind.RECEIPT,
                body,
            )


def _is_of_test(row: KeptCallback) -> bool:
    named = parse_attempt_id(row.attempt)
    return named is not None and named.person_id == TESTER


def _log_test(effects: Effects, one: _Taken) -> None:
    """Keep what came of an operator's test; it is no contact of anybody."""
    event = one.kept.event
    state = event.report.state if isinstance(event, StatusUpdate) else None
    body = {
        "type": "sender.test_report",
        "by": one.row.provider,
        "reason": state or "no state told",
        "scope": "sender",
        "subject": "",
        "lender": one.row.tenant_id,
        "test": (one.row.attempt or "").partition("-")[2],
        "raw": one.kept.raw,
    }
    effects.log(one.key, one.row.tenant_id, NOBODY, None, EventKind.OPERATOR, body)


async def _unmatched(
    conn: Connection, row: KeptCallback, kept: Kept, effects: Effects, wall_now: datetime
) -> None:
    """Put a callback without a contact off; it is kept for people once it came too often."""
    if isinstance(kept.event, Ignored) or row.tries >= len(_RETRIES):
        kind = "callback_ignored" if isinstance(kept.event, Ignored) else "callback_unmatched"
        await _park(conn, row, effects, kind)
        return
    await _put_off(conn, row, wall_now)


async def _put_off(conn: Connection, row: KeptCallback, wall_now: datetime) -> None:
    again = KeptCallback(
        row.received_at,
        row.tenant_id,
        row.provider,
        row.kind,
        row.attempt,
        row.tries + 1,
        row.body,
    )
    wait = _RETRIES[min(row.tries, len(_RETRIES) - 1)]
    await keep_callbacks(conn, [again], not_before=wall_now + wait)


async def _park(conn: Connection, row: KeptCallback, effects: Effects, kind: str) -> None:
    await park_callback(conn, row)
    effects.alerts.append(Alert(row.tenant_id, kind, f"{row.provider}:{row.kind}"))


async def _put_off_first(pool: Pool, *, wall_now: datetime) -> int:
    """Put the callback off that just failed alone; returns 1, or 0 if it is gone."""
    async with pool.acquire() as conn, conn.transaction():
        for row in await claim_callbacks(conn, wall_now=wall_now, limit=1):
            if row.tries < len(_RETRIES):
                await _put_off(conn, row, wall_now)
            else:
                await park_callback(conn, row)
                alert = Alert(row.tenant_id, "callback_failed", f"{row.provider}:{row.kind}")
                await raise_alerts(conn, [alert], at=wall_now)
            return 1
    return 0


async def _take_back(
    outfit: Outfit, cancelable: Sequence[Cancelable], *, now: datetime, wall_now: datetime
) -> None:
    """Ask providers to cancel what is in flight to somebody who just opted out.

    Best effort, after the commit: the opt-out stands whatever they answer.
    """
    for one in cancelable:
        provider = outfit.providers.get(one.provider)
        if provider is None or not provider.capabilities.supports_cancel:
            continue
        if await provider.cancel(one.ref, _CANCEL_SECONDS):
            await _record_cancel(outfit, one, now=now, wall_now=wall_now)


async def _record_cancel(
    outfit: Outfit, one: Cancelable, *, now: datetime, wall_now: datetime
) -> None:
    effects = Effects(now)
    at = (one.person_id, one.contact_id)
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [one.person_id])
        effects.contacts = await list_contacts(conn, {at})
        found = (await list_keys(conn, [one.person_id])).get(one.person_id)
        if at not in effects.contacts or found is None or one.person_id == NOBODY:
            return
        row = effects.merge(at, Report(DeliveryState.CANCELED), one.ref)
        key = outfit.vault.open(found[1]) if found[1] is not None else None
        body = {"why": "opted out while in flight", "state": row.delivery_state}
        effects.log(key, row.tenant_id, row.person_id, row.contact_id, EventKind.CANCELED, body)
        await effects.write(conn, wall_now=wall_now)
