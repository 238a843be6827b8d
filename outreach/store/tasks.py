"""Work for people, one list for all of it: opening, taking, closing, counting.

A task is one per (person, kind, ref): whoever opens it again changes nothing. Functions take a
connection inside the caller's transaction and never commit.
"""

from collections.abc import Collection, Iterable
from dataclasses import field
from datetime import datetime
from typing import Final, NamedTuple

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_OPEN: Final = """
    INSERT INTO tasks (tenant_id, person_id, kind, ref, opened_at, due_at, note, loan_id, case_id)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[],
                         $6::timestamptz[], $7::bytea[], $8::bigint[], $9::bigint[])
    ON CONFLICT DO NOTHING
"""
# Signals come in any order: of two words that open one, the earlier counts.
SQL_OPEN_FOLDED: Final = """
    INSERT INTO tasks AS k (tenant_id, person_id, kind, ref, opened_at, due_at, note, loan_id,
                            case_id)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[],
                         $6::timestamptz[], $7::bytea[], $8::bigint[], $9::bigint[])
    ON CONFLICT (person_id, kind, ref) DO UPDATE
       SET opened_at = excluded.opened_at,
           due_at = excluded.due_at
     WHERE excluded.opened_at < k.opened_at
"""
# A word that ends one may come before the word that opens it, which then opens nothing.
SQL_SETTLE: Final = """
    INSERT INTO tasks AS k (tenant_id, person_id, kind, ref, opened_at, state, done_at, outcome)
    SELECT t.tenant, t.person, t.kind, t.ref, t.at, 'done', t.at, t.outcome
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
        AS t (tenant, person, kind, ref, outcome, at)
    ON CONFLICT (person_id, kind, ref) DO UPDATE
       SET state = 'done', done_at = excluded.done_at, outcome = excluded.outcome
     WHERE k.done_at IS NULL
"""
SQL_SETTLE_OF_LOAN: Final = """
    UPDATE tasks AS k
       SET state = 'done', done_at = t.at, outcome = t.outcome
      FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
        AS t (person, loan, kind, outcome, at)
     WHERE k.person_id = t.person
       AND k.loan_id = t.loan
       AND k.kind = t.kind
       AND k.opened_at < t.at
       AND k.done_at IS NULL
"""
SQL_LIST: Final = """
    SELECT k.task_id, k.tenant_id, k.person_id, k.kind, k.ref, k.state, k.opened_at, k.due_at,
           k.done_at, k.assignee, k.outcome, l.ref AS loan,
           (SELECT min(r.ref) FROM external_refs AS r
             WHERE r.person_id = k.person_id AND r.kind = 'borrower') AS borrower,
           k.note, p.wrapped_key
      FROM tasks AS k
           JOIN persons AS p USING (person_id)
           LEFT JOIN loans AS l ON l.person_id = k.person_id AND l.loan_id = k.loan_id
     WHERE ($1::bigint IS NULL OR k.task_id = $1)
       AND ($2::text IS NULL OR k.tenant_id = $2)
       AND ($3::text IS NULL OR k.kind = $3)
       AND ($4 OR k.done_at IS NULL)
       AND ($5::timestamptz IS NULL OR k.due_at < $5)
  ORDER BY k.due_at NULLS LAST, k.opened_at, k.task_id
     LIMIT $6
"""
SQL_LIST_OF: Final = """
    SELECT k.task_id, k.tenant_id, k.person_id, k.kind, k.ref, k.state, k.opened_at, k.due_at,
           k.done_at, k.assignee, k.outcome, l.ref AS loan, NULL::text AS borrower,
           k.note, p.wrapped_key
      FROM tasks AS k
           JOIN persons AS p USING (person_id)
           LEFT JOIN loans AS l ON l.person_id = k.person_id AND l.loan_id = k.loan_id
     WHERE k.person_id = $1
  ORDER BY k.opened_at DESC, k.task_id DESC
     LIMIT $2
"""
SQL_TAKE: Final = """
    UPDATE tasks
       SET state = 'taken', assignee = $3
     WHERE person_id = $1
       AND task_id = $2
       AND done_at IS NULL
       AND (assignee IS NULL OR assignee = $3 OR $4)
 RETURNING assignee
"""
SQL_CLOSE: Final = """
    UPDATE tasks
       SET state = $3, done_at = $4, outcome = $5, note = $6
     WHERE person_id = $1
       AND task_id = $2
       AND done_at IS NULL
 RETURNING task_id
"""
CLOSED_TOO: Final = True
SQL_COUNT: Final = """
    SELECT kind, state, count(*) AS waiting,
           count(*) FILTER (WHERE due_at < $1) AS overdue
      FROM tasks
     WHERE done_at IS NULL
  GROUP BY kind, state
"""


@dataclass(frozen=True, slots=True)
class NewTask:
    """Work for a person. `note` is ciphertext, see `note_aad`; `due_at` None: it has no deadline.

    `ref` is the business key: the dispute's id, the reply's reference, the letter's number.
    """

    tenant_id: str
    person_id: int
    kind: str
    ref: str
    opened_at: datetime
    due_at: datetime | None = None
    note: bytes | None = field(default=None, repr=False)
    loan_id: int | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as stored; `loan` and `borrower` are the platform's references, None if unknown."""

    task_id: int
    tenant_id: str
    person_id: int
    kind: str
    ref: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    assignee: str | None
    outcome: str
    loan: str | None
    borrower: str | None
    note: bytes | None = field(repr=False)
    wrapped_key: bytes | None = field(repr=False)


class Settled(NamedTuple):
    """A word of the platform that ends a task, by its key."""

    tenant_id: str
    person_id: int
    kind: str
    ref: str
    outcome: str
    at: datetime


class SettledOfLoan(NamedTuple):
    """A word that ends every open task of a kind that was opened earlier about a loan."""

    person_id: int
    loan_id: int
    kind: str
    outcome: str
    at: datetime


class TaskCount(NamedTuple):
    """How many tasks of a kind wait, and how many of these are past their deadline."""

    kind: str
    state: str
    waiting: int
    overdue: int


def note_aad(person_id: int) -> bytes:
    """Return what ties a task's note to its person."""
    return b"tasks:%d" % person_id


def _row(task: NewTask) -> tuple[object, ...]:
    """Return a new task as the statements that open one take it."""
    return (
        task.tenant_id, task.person_id, task.kind, task.ref, task.opened_at, task.due_at,
        task.note, task.loan_id, task.case_id,
    )  # fmt: skip


async def open_tasks(conn: Connection, tasks: Collection[NewTask]) -> None:
    """Open tasks; one that exists, open or closed, stays as it is."""
    await _execute(conn, SQL_OPEN, [_row(one) for one in tasks])


async def open_folded_tasks(conn: Connection, tasks: Collection[NewTask]) -> None:
    """Open tasks that signals told of; one that exists keeps the earlier of both times."""
    first: dict[tuple[int, str, str], NewTask] = {}
    for one in sorted(tasks, key=lambda task: task.opened_at):
        first.setdefault((one.person_id, one.kind, one.ref), one)
    await _execute(conn, SQL_OPEN_FOLDED, [_row(one) for one in first.values()])


async def settle_tasks(conn: Connection, words: Collection[Settled]) -> None:
    """Close tasks by their keys; of two words for one task the later stands."""
    latest = {one[1:4]: one for one in sorted(words, key=lambda one: one.at)}
    await _execute(conn, SQL_SETTLE, latest.values())


async def settle_tasks_of_loans(conn: Connection, words: Collection[SettledOfLoan]) -> None:
    """Close what waits for an answer that a loan's new schedule is."""
    await _execute(conn, SQL_SETTLE_OF_LOAN, sorted(set(words)))


async def list_tasks(
    conn: Connection,
    *,
    tenant: str | None = None,
    kind: str | None = None,
    closed: bool = False,
    overdue_at: datetime | None = None,
    limit: int,
) -> list[TaskRow]:
    """Return tasks, the most urgent first.

    Args:
        conn: The caller's.
        tenant: Of one lender; None: of all.
        kind: Of one kind; None: of all.
        closed: Closed ones as well.
        overdue_at: Only those whose deadline was before this business time.
        limit: Most to return.
    """
    rows = await conn.fetch(SQL_LIST, None, tenant, kind, closed, overdue_at, limit)
    return [TaskRow(*row.values()) for row in rows]


async def list_tasks_of(conn: Connection, person_id: int, *, limit: int = 100) -> list[TaskRow]:
    """Return a person's tasks, closed ones as well, newest first; `borrower` is left out."""
    return [TaskRow(*row.values()) for row in await conn.fetch(SQL_LIST_OF, person_id, limit)]


async def find_task(conn: Connection, number: int) -> TaskRow | None:
    """Return one task by its number, closed or not."""
    rows = await conn.fetch(SQL_LIST, number, None, None, CLOSED_TOO, None, 1)
    return TaskRow(*rows[0].values()) if rows else None


async def take_task(conn: Connection, row: TaskRow, assignee: str, *, over: bool) -> bool:
    """Note who does it; `over` takes it from somebody else. False: it is closed, or another's."""
    taken = await conn.fetchval(SQL_TAKE, row.person_id, row.task_id, assignee, over)
    return taken is not None


async def close_task(
    conn: Connection, row: TaskRow, *, state: str, outcome: str, note: bytes, at: datetime
) -> bool:
    """Close a task; False: somebody was first."""
    done = await conn.fetchval(SQL_CLOSE, row.person_id, row.task_id, state, at, outcome, note)
    return done is not None


async def count_tasks(conn: Connection, *, now: datetime) -> list[TaskCount]:
    """Return how much waits at business time `now`, by kind and state."""
    return [TaskCount(*row.values()) for row in await conn.fetch(SQL_COUNT, now)]


async def _execute(conn: Connection, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        await conn.execute(statement, *columns)
