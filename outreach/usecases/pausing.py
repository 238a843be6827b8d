"""Place and lift pauses by hand: in effect with the next reservation, and kept with who and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import asyncpg
from cryptography.exceptions import InvalidTag

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.store.bodies import decode_body, encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pauses import EVERY_LENDER, Pause, SaidRow, Stops, lift, list_said, pause
from outreach.store.pool import Connection, Pool
from outreach.store.stop_effect import count_due, list_under_way
from outreach.store.today import be_quick
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import NOBODY, event_aad

PLACED: Final = "pause.placed"
LIFTED: Final = "pause.lifted"
_A_MOMENT: Final = timedelta(minutes=1)
_UNDER_WAY: Final = timedelta(hours=1)
_PATIENCE_MS: Final = 150
"""For each of two statements."""


class Outfit(Protocol):
    """What pausing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the log's rows that are about nobody."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who places or lifts, why, and when: business time, and wall time for the key's day."""

    by: str
    reason: str
    now: datetime
    wall_now: datetime


async def place(outfit: Outfit, one: Pause, said: Said) -> None:
    """Place a pause, or give one that holds a new reason; what was reserved before is released.

    One process may be between its last look and its commit: what it reserves is held back when its
    slot comes, half a second later at most.
    """
    async with outfit.db.acquire() as conn:
        key = await _key(outfit.vault, conn, one, said)
        async with conn.transaction():
            await pause(conn, {one: said.reason}, at=said.now, by=said.by)
            await log_pause(conn, key, PLACED, one, said)


async def take_off(outfit: Outfit, one: Pause, said: Said) -> int:
    """Lift a pause; whoever waited for it is looked at again. Returns how many were lifted."""
    async with outfit.db.acquire() as conn:
        key = await _key(outfit.vault, conn, one, said)
        async with conn.transaction():
            lifted = await lift(conn, [one], at=said.now, by=said.by)
            if lifted:
                await log_pause(conn, key, LIFTED, one, said)
    return lifted


async def _key(vault: Vault, conn: Connection, one: Pause, said: Said) -> PersonKey:
    return await vault.day_key(conn, one.tenant_id, said.wall_now.date())


async def log_pause(conn: Connection, key: PersonKey, what: str, one: Pause, said: Said) -> None:
    """Append an operator's word to the log; it is about nobody, and sealed like the rest.

    Args:
        conn: In the transaction that changes the pause.
        key: The lender's of the day.
        what: `PLACED` or `LIFTED`.
        one: The pause.
        said: Who and why.
    """
    body = {
        "type": what,
        "by": said.by,
        "reason": said.reason,
        "scope": one.scope,
        "subject": one.subject,
        "lender": one.tenant_id,
    }
    blob = key.encrypt(encode_body(body), event_aad(NOBODY))
    event = LogEvent(one.tenant_id, NOBODY, None, EventKind.OPERATOR, said.now, blob)
    await append_events(conn, [event])


@dataclass(frozen=True, slots=True)
class Effect:
    """What a stop placed now would do.

    Attributes:
        held: Contacts that are reserved and would be released.
        gone: Contacts that the carrier has, and that can't be called back.
        due: People who are due and would wait; counted for a whole lender alone.
    """

    held: int
    gone: int
    due: int


async def effects_of(
    outfit: Outfit,
    stops: Sequence[Pause],
    lenders: Sequence[str],
    *,
    now: datetime,
    wall_now: datetime,
) -> dict[Pause, Effect]:
    """Return what each stop would do if it were placed now; {} where counting takes too long.

    Nobody who wants to stop something waits longer than a third of a second for numbers.

    Args:
        outfit: Parts of the runtime.
        stops: That somebody may choose from.
        lenders: Those that the visitor may see.
        now: Business time, that people are due by.
        wall_now: Wall time, that contacts are under way by.
    """
    try:
        async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
            await be_quick(conn, _PATIENCE_MS)
            under_way = await list_under_way(conn, lenders, since=wall_now - _UNDER_WAY)
            due = await count_due(conn, lenders, now=now)
    except asyncpg.QueryCanceledError:
        return {}
    found = {}
    for one in stops:
        alone = Stops(frozenset({one}))
        hit = [each for each in under_way if alone.pause_of(each.use) is not None]
        waiting = 0
        if one.scope == "everything":
            waiting = sum(due.values()) if one.tenant_id == EVERY_LENDER else due.get(one[0], 0)
        found[one] = Effect(sum(e.held for e in hit), sum(e.gone for e in hit), waiting)
    return found


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an operator from the log; `body` is empty where it can't be read."""

    at: datetime
    tenant_id: str
    body: dict[str, Any]


async def history(outfit: Outfit, *, limit: int = 50) -> list[Word]:
    """Return what operators have placed and lifted, newest first, as the log kept it."""
    async with outfit.db.acquire() as conn:
        rows = await list_said(conn, limit=limit)
        return [Word(row.at, row.tenant_id, await _read(outfit.vault, conn, row)) for row in rows]


async def _read(vault: Vault, conn: Connection, row: SaidRow) -> dict[str, Any]:
    # The key is of the day on which it was said; the row is written a moment later.
    for day in (row.recorded_at.date(), (row.recorded_at - _A_MOMENT).date()):
        key = await vault.day_key(conn, row.tenant_id, day)
        try:
            return decode_body(key.decrypt(row.body, event_aad(NOBODY)))
        except InvalidTag:
            continue
    return {}
