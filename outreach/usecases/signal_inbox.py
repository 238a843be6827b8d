"""Signals that could not take effect: look at one, try what a replay would do, and replay."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from outreach.domain.records import dataclass
from outreach.sources.source import RawSignal, Source, inbox_aad
from outreach.store.inbox import InboxRow, find_row, replay_row
from outreach.store.operators import keep_action
from outreach.store.pool import Pool
from outreach.store.signal_list import list_reasons, take_quarantined
from outreach.store.vault import Vault
from outreach.usecases.intake import FAILED, OF_ONE_ROW, Terms, fold_rows
from outreach.usecases.intake_reading import read_rows
from outreach.usecases.receive import lane_again

MOST_AT_ONCE: Final = 50
"""Signals that are tried or replayed together."""
REPLAYED: Final = "signals replayed"
SHOWN: Final = "signal shown"
_LONGEST_SUBJECT: Final = 700


class Database(Protocol):
    """Where signals are."""

    @property
    def db(self) -> Pool:
        """The pool."""


class Outfit(Database, Protocol):
    """What the inbox takes from the runtime."""

    @property
    def vault(self) -> Vault:
        """Keys of the lenders' days."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """The configured sources by slug."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One signal as it is kept; `raw` is None where it can't be decrypted any more."""

    row: InboxRow
    raw: RawSignal | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a replay would do with one signal.

    Attributes:
        inbox_id: Its number.
        source: Whose.
        type: As it was stored.
        was: Why it had been set aside.
        outcome: `taken` (it would take effect), `read_back` (the platform would be asked first) or
            `refused` (it would be set aside again).
        states: What it would be understood as, where it would be.
        reason: Why it would be refused again.
        detail: Where, and what is wrong there; names no borrower.
    """

    inbox_id: int
    source: str
    type: str
    was: str
    outcome: str
    states: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would do: with each signal, and to how many people in all."""

    trials: tuple[Trial, ...]
    people: int

    @property
    def taken(self) -> int:
        """Signals that would take effect."""
        return sum(one.outcome == "taken" for one in self.trials)


@dataclass(frozen=True, slots=True)
class Words:
    """Who asks for something about signals, as an account, why, and when (wall time)."""

    login: str
    reason: str
    wall_now: datetime


async def find_kept(outfit: Outfit, inbox_id: int) -> Kept | None:
    """Return one signal, waiting or in quarantine, decrypted; None if there is no such row."""
    async with outfit.db.acquire() as conn:
        row = await find_row(conn, inbox_id)
        if row is None or row.day is None:
            return None
        try:
            key = await outfit.vault.day_key(conn, row.tenant, row.day)
            return Kept(row, RawSignal.unpack(key.decrypt(row.body, inbox_aad(row.tenant))))
        except (InvalidTag, InvalidUnwrap, msgspec.DecodeError):
            return Kept(row, None)


async def note_shown(outfit: Database, row: InboxRow, words: Words) -> None:
    """Record that somebody looks at a signal's personal data, and why."""
    subject = f"{row.inbox_id}: {words.reason}"[:_LONGEST_SUBJECT]
    async with outfit.db.acquire() as conn:
        await keep_action(conn, words.login, SHOWN, subject, tenant=row.tenant, at=words.wall_now)


async def try_replay(
    outfit: Outfit,
    tenant: str,
    inbox_ids: Sequence[int],
    *,
    now: datetime,
    wall_now: datetime,
    terms: Terms | None = None,
) -> Preview:
    """Return what a replay would do; it is done and taken back, so that nothing changes.

    Each signal is tried alone, in the order in which they came: what one would only state after
    another isn't seen. People it is about are locked for as long as that takes.

    Args:
        outfit: Pool, vault and sources.
        tenant: Lender; others' signals are passed over.
        inbox_ids: At most `MOST_AT_ONCE` are tried.
        now: Business time.
        wall_now: The machine's time.
        terms: What lenders settled.
    """
    trials, people = [], 0
    for inbox_id in sorted(set(inbox_ids))[:MOST_AT_ONCE]:
        trial = await _try_one(outfit, tenant, inbox_id, now=now, wall_now=wall_now, terms=terms)
        if trial is not None:
            trials.append(trial[0])
            people += trial[1]
    return Preview(tuple(trials), people)


async def _try_one(
    outfit: Outfit,
    tenant: str,
    inbox_id: int,
    *,
    now: datetime,
    wall_now: datetime,
    terms: Terms | None,
) -> tuple[Trial, int] | None:
    async with outfit.db.acquire() as conn:
        row = await find_row(conn, inbox_id)
        if row is None or row.day is None or row.tenant != tenant:
            return None
        await outfit.vault.day_key(conn, tenant, row.day)  # never made inside the trial
        transaction = conn.transaction()
        await transaction.start()
        try:
            for claimed, was in await take_quarantined(conn, tenant, [inbox_id]):
                readings, _ = await read_rows(
                    conn, outfit.vault, outfit.sources, [claimed], now=now
                )
                result = await fold_rows(
                    outfit, conn, [claimed], now=now, wall_now=wall_now, readings=readings,
                    terms=terms,
                )  # fmt: skip
                known = Trial(inbox_id, claimed.source, claimed.signal_type, was, "taken")
                again = (await list_reasons(conn, [inbox_id])).get(inbox_id)
                if again is not None:
                    return replace(known, outcome="refused", reason=again[0], detail=again[1]), 0
                if readings[0].needs is not None:
                    return replace(known, outcome="read_back"), 0
                states = tuple(one.signal.type for one in readings[0].told)
                return replace(known, states=states), len(result.touched)
        except OF_ONE_ROW as exc:
            failed = Trial(inbox_id, row.source, row.type, row.reason, "refused")
            return replace(failed, reason=FAILED, detail=type(exc).__name__), 0
        finally:
            await transaction.rollback()
    return None


async def replay(
    outfit: Database,
    inbox_ids: Sequence[int],
    *,
    wall_now: datetime,
    tenant: str | None = None,
    words: Words | None = None,
) -> list[int]:
    """Move rows out of quarantine and try them again, as if they had come just now.

    Args:
        outfit: Pool.
        inbox_ids: Their numbers, which they keep.
        wall_now: The machine's time; they are due at once.
        tenant: Only this lender's; None: anybody's.
        words: Who asks and why, kept with the others' actions; None: the command line.

    Returns:
        The numbers of those that were in quarantine.
    """
    moved = []
    async with outfit.db.acquire() as conn, conn.transaction():
        for inbox_id in inbox_ids:
            row = await find_row(conn, inbox_id)
            if row is None or not row.reason or (tenant is not None and row.tenant != tenant):
                continue
            if await replay_row(conn, inbox_id, lane=lane_again(row.type), now=wall_now):
                moved.append(inbox_id)
        if words is not None and moved and tenant is not None:
            named = f"{', '.join(map(str, moved))}: {words.reason}"[:_LONGEST_SUBJECT]
            await keep_action(conn, words.login, REPLAYED, named, tenant=tenant, at=wall_now)
    return moved
