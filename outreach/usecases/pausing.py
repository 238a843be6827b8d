"""Place and lift pauses by hand: in effect with the next reservation, and kept with who and why."""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.store.bodies import decode_body, encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pauses import Pause, SaidRow, lift, list_said, pause
from outreach.store.pool import Connection, Pool
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import NOBODY, event_aad

PLACED: Final = "pause.placed"
LIFTED: Final = "pause.lifted"
_A_MOMENT: Final = timedelta(minutes=1)


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
