"""Work for people: opened by whatever needs somebody, taken and closed by people.

What the work is about is sealed under the person's key; who took and closed it, and why, stays in
the sealed log. Closing a task frees nobody: a hold is lifted by a signal or by `outreach holds`.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import msgspec

from outreach.domain.records import dataclass
from outreach.domain.tasks import STANDARD, Deadlines, check_outcome
from outreach.domain.vocabulary import EventKind, TaskKind, TaskState
from outreach.store import tasks
from outreach.store.agenda import lock_persons
from outreach.store.bodies import encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pool import Connection, Pool
from outreach.store.tasks import NewTask, TaskRow, note_aad
from outreach.store.vault import ErasedError, PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad

TAKEN: Final = "task.taken"
CLOSED: Final = "task.closed"


class Outfit(Protocol):
    """What working on tasks takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


class LenderLike(Protocol):
    """The part of a configured lender that is asked for."""

    @property
    def task_deadlines(self) -> Mapping[TaskKind, timedelta]:
        """How long work may wait, by kind."""


class LenderSettings(Protocol):
    """The part of the settings that is asked for."""

    @property
    def lenders(self) -> Mapping[str, LenderLike]:
        """Lenders by slug."""


class NoTaskError(LookupError):
    """No open task has that number."""


class TakenError(LookupError):
    """Somebody else has taken it; `args[0]` says who."""


class NeedsVerdictError(ValueError):
    """A reply is settled by saying what it was: `outreach replies resolve`."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something that a person at the lender has to do.

    Attributes:
        tenant: Slug of the lender.
        person_id: About whom.
        kind: Of work; its deadline follows from it.
        ref: Business key: opening the same again changes nothing.
        at: Business time since when it waits.
        about: What somebody needs to know, as JSON; sealed under the person's key.
        loan_id: The loan, where it is about one.
        case_id: The episode, where it arose in one.
    """

    tenant: str
    person_id: int
    kind: TaskKind
    ref: str
    at: datetime
    about: Mapping[str, Any] = field(default_factory=dict, repr=False)
    loan_id: int | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A task, readable: `about` is empty where the person was erased."""

    row: TaskRow
    about: Mapping[str, Any] = field(repr=False)


def deadlines_of(settings: LenderSettings) -> Deadlines:
    """Return the deadlines that lenders set."""
    return Deadlines({slug: one.task_deadlines for slug, one in settings.lenders.items()})


def new_task(key: PersonKey, work: Work, deadlines: Deadlines = STANDARD) -> NewTask:
    """Return work as it is stored, its deadline set and its details sealed."""
    note = key.encrypt(msgspec.json.encode(work.about), note_aad(work.person_id))
    due_at = deadlines.due(work.tenant, work.kind, work.at)
    return NewTask(
        work.tenant, work.person_id, work.kind, work.ref, work.at, due_at, note,
        work.loan_id, work.case_id,
    )  # fmt: skip


async def open_task(
    conn: Connection, key: PersonKey, work: Work, deadlines: Deadlines = STANDARD
) -> None:
    """Open a task in the caller's transaction, unless there is one of that kind and key."""
    await tasks.open_tasks(conn, [new_task(key, work, deadlines)])


async def list_items(
    outfit: Outfit,
    *,
    tenant: str | None = None,
    kind: TaskKind | None = None,
    closed: bool = False,
    overdue_at: datetime | None = None,
    limit: int,
) -> list[Item]:
    """Return tasks, the most urgent first; see `store.tasks.list_tasks`."""
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        rows = await tasks.list_tasks(
            conn, tenant=tenant, kind=kind, closed=closed, overdue_at=overdue_at, limit=limit
        )
    return [_item(outfit.vault, row) for row in rows]


async def show_item(outfit: Outfit, number: int) -> Item:
    """Return one task, closed or not.

    Raises:
        NoTaskError: There is none of that number.
    """
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        row = await tasks.find_task(conn, number)
    if row is None:
        raise NoTaskError(str(number))
    return _item(outfit.vault, row)


async def take(outfit: Outfit, number: int, *, by: str, now: datetime, over: bool = False) -> Item:
    """Note that somebody does it; again by the same one changes nothing.

    Args:
        outfit: Pool and keys.
        number: Of the task.
        by: Who does it; kept in the log.
        now: Business time.
        over: Take it from whoever has it.

    Raises:
        NoTaskError: No open task has that number.
        TakenError: Somebody else has it.
        ErasedError: The person is gone.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        row, key = await _lock(conn, outfit.vault, number)
        if row.assignee != by:
            if not await tasks.take_task(conn, row, by, over=over):
                raise TakenError(row.assignee)
            await _log(conn, key, row, {"by": by, "type": TAKEN, "said": _said(row), "at": now})
    return await show_item(outfit, number)


async def close(
    outfit: Outfit,
    number: int,
    *,
    by: str,
    outcome: str,
    now: datetime,
    why: str = "",
    canceled: bool = False,
) -> Item:
    """Close a task with what came of it.

    Args:
        outfit: Pool and keys.
        number: Of the task.
        by: Who closes it; kept in the log.
        outcome: One plain word, such as `granted`.
        now: Business time.
        why: What to remember of it; sealed.
        canceled: It needn't be done any more.

    Raises:
        NoTaskError: No open task has that number.
        NeedsVerdictError: It is a reply to read.
        ErasedError: The person is gone.
        ValueError: The outcome is no plain word.
    """
    word = check_outcome(outcome)
    async with outfit.db.acquire() as conn, conn.transaction():
        row, key = await _lock(conn, outfit.vault, number)
        if row.kind == TaskKind.REPLY_REVIEW:
            raise NeedsVerdictError(str(number))
        about = {**_item(outfit.vault, row).about, "closed": {"by": by, "why": why}}
        note = key.encrypt(msgspec.json.encode(about), note_aad(row.person_id))
        state = TaskState.CANCELED if canceled else TaskState.DONE
        await tasks.close_task(conn, row, state=state, outcome=word, note=note, at=now)
        said = {**_said(row), "outcome": word, "canceled": canceled, "why": why}
        await _log(conn, key, row, {"by": by, "type": CLOSED, "said": said, "at": now})
    return await show_item(outfit, number)


async def _lock(conn: Connection, vault: Vault, number: int) -> tuple[TaskRow, PersonKey]:
    """Return an open task and its person's key, the person locked."""
    row = await tasks.find_task(conn, number)
    if row is not None:
        await lock_persons(conn, [row.person_id])
        row = await tasks.find_task(conn, number)
    if row is None or row.done_at is not None:
        raise NoTaskError(str(number))
    if row.wrapped_key is None:
        raise ErasedError
    return row, vault.open(row.wrapped_key)


def _item(vault: Vault, row: TaskRow) -> Item:
    about: dict[str, Any] = {}
    if row.note is not None and row.wrapped_key is not None:
        plain = vault.open(row.wrapped_key).decrypt(row.note, note_aad(row.person_id))
        about = msgspec.json.decode(plain)
    return Item(row, about)


def _said(row: TaskRow) -> dict[str, Any]:
    return {"task": row.task_id, "kind": row.kind, "ref": row.ref}


async def _log(conn: Connection, key: PersonKey, row: TaskRow, said: dict[str, Any]) -> None:
    blob = key.encrypt(encode_body(said), event_aad(row.person_id))
    at = said["at"]
    event = LogEvent(row.tenant_id, row.person_id, None, EventKind.OPERATOR, at, blob)
    await append_events(conn, [event])
