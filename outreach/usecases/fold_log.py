"""Keep the contact log's read model up with the log: a second behind, and made anew when asked."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from outreach.domain.vocabulary import EventKind
from outreach.store import contact_log_folding as store
from outreach.store.contact_log_folding import Bounds, LogEvent, State
from outreach.store.contact_log_lines import refresh, write_lines
from outreach.store.partitions import ensure_log_months
from outreach.store.pool import Connection, Pool
from outreach.store.vault import Vault
from outreach.usecases.considering import Considering
from outreach.usecases.log_lines import VERDICTS, LineMaker

MOST_NEW: Final = 20_000
"""New rows that are folded at once; a longer backlog is walked through."""
_PART: Final = 1000


class Outfit(Protocol):
    """What folding takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where the log is."""

    @property
    def vault(self) -> Vault:
        """The borrowers' keys."""

    @property
    def considering(self) -> Considering:
        """The lenders' calendars."""


class Folding(NamedTuple):
    """What folding takes, where there is no runtime."""

    db: Pool
    vault: Vault
    considering: Considering


async def fold_log(outfit: Outfit) -> int:
    """Fold what is ripe; returns how many rows, 0 where nothing waits or another process folds.

    One step: it is called again while it returns more than 0.
    """
    lenders = outfit.considering.rulebook.lenders
    maker = LineMaker(outfit.vault, {slug: ZoneInfo(one.timezone) for slug, one in lenders.items()})
    async with outfit.db.acquire() as conn, conn.transaction():
        if not await store.lock(conn):
            return 0
        # What is open is asked for before what is there: see `outreach.store.contact_log_folding`.
        bounds = await store.find_bounds(conn)
        state = await store.find_state(conn)
        if state.is_of_elsewhere:
            await store.forget_all(conn)
            state = await store.find_state(conn)
        if state.walk_to == "0":
            await store.begin_walk(conn, bounds)
            state = await store.find_state(conn)
        if state.walk_to is not None:
            return await _walk(conn, maker, state, state.walk_to)
        return await _follow(conn, maker, state, bounds)


async def rebuild_log(outfit: Outfit) -> int:
    """Empty the read model and fold the whole log again; returns how many rows were read.

    Waits for nobody: where a worker folds at the same time, the two take turns.
    """
    async with outfit.db.acquire() as conn:
        async with conn.transaction():
            await store.forget_all(conn)
        await ensure_log_months(conn)
    total = 0
    while done := await fold_log(outfit):
        total += done
    return total


async def _follow(conn: Connection, maker: LineMaker, state: State, bounds: Bounds) -> int:
    events = await store.list_new(conn, state, bounds, list(VERDICTS), limit=MOST_NEW + 1)
    if len(events) > MOST_NEW:
        await store.begin_walk(conn, bounds)
        return len(events)
    ripe = [one for one in events if one.is_ripe]
    waiting = [one.recorded_at for one in events if not one.is_ripe]
    await _fold(conn, maker, ripe)
    await store.set_followed(
        conn,
        bounds.horizon,
        min([bounds.since, *waiting]),
        as_of=min([bounds.now, *waiting]),
    )
    return 0


async def _walk(conn: Connection, maker: LineMaker, state: State, walk_to: str) -> int:
    events, following = await store.list_blocks(conn, state, list(VERDICTS))
    if following is None:
        await store.set_followed(conn, walk_to, state.walk_since, as_of=state.walk_since)
    else:
        await _fold(conn, maker, events)
        await store.set_walked(conn, following)
    return len(events) + 1


async def _fold(conn: Connection, maker: LineMaker, events: Sequence[LogEvent]) -> None:
    listed = [one for one in events if one.body is not None]
    keys = await store.list_keys(conn, {one.person_id for one in listed})
    added = await _write(conn, maker, listed, keys)
    touched: set[tuple[int, UUID]] = {
        (one.person_id, one.contact_id) for one in events if one.contact_id is not None
    }
    if added == len(listed):  # what is new was read as it is now
        touched -= {
            (one.person_id, one.contact_id)
            for one in listed
            if one.contact_id is not None and one.kind == EventKind.DECIDED
        }
    answered = {one.person_id for one in listed if one.kind == EventKind.INBOUND}
    await refresh(conn, touched, answered)


async def _write(
    conn: Connection,
    maker: LineMaker,
    listed: Sequence[LogEvent],
    keys: Mapping[int, bytes | None],
) -> int:
    """Write lines in parts: the next part is made while the database takes in the one before."""
    added = 0
    writing: asyncio.Task[int] | None = None
    try:
        for start in range(0, len(listed), _PART):
            part = listed[start : start + _PART]
            lines = [maker.make(one, keys.get(one.person_id)) for one in part]
            added += await writing if writing is not None else 0
            writing = asyncio.create_task(write_lines(conn, lines))
            await asyncio.sleep(0)  # it is on its way now
    finally:
        if writing is not None:
            added += await writing
    return added
