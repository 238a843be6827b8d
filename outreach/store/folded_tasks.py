"""Write the work that signals opened and ended, with the rest of what folding changed."""

from collections.abc import Sequence
from dataclasses import field

from outreach.domain.borrowers import PersonState, Task
from outreach.domain.records import dataclass
from outreach.domain.tasks import Deadlines
from outreach.store.pool import Connection
from outreach.store.tasks import (
    NewTask,
    Settled,
    SettledOfLoan,
    note_aad,
    open_folded_tasks,
    settle_tasks,
    settle_tasks_of_loans,
)
from outreach.store.vault import PersonKey


@dataclass(frozen=True, slots=True)
class TasksTold:
    """A person after folding; `key` encrypts the details of the work."""

    tenant_id: str
    person_id: int
    key: PersonKey
    after: PersonState = field(repr=False)


async def write_folded_tasks(
    conn: Connection, told: Sequence[TasksTold], deadlines: Deadlines
) -> None:
    """Open what was told, then close what was told to be over."""
    opened = [_new_task(task, one, deadlines) for one in told for task in one.after.tasks.values()]
    ended = [(one, end) for one in told for end in one.after.ended.values()]
    await open_folded_tasks(conn, opened)
    await settle_tasks(
        conn,
        [
            Settled(one.tenant_id, one.person_id, end.kind, end.ref, end.outcome, end.at)
            for one, end in ended
            if end.ref
        ],
    )
    await settle_tasks_of_loans(
        conn,
        [
            SettledOfLoan(one.person_id, end.loan_id, end.kind, end.outcome, end.at)
            for one, end in ended
            if not end.ref and end.loan_id
        ],
    )


def _new_task(task: Task, told: TasksTold, deadlines: Deadlines) -> NewTask:
    tenant, person = told.tenant_id, told.person_id
    note = told.key.encrypt(task.note.encode(), note_aad(person)) if task.note else None
    due_at = deadlines.due(tenant, task.kind, task.opened_at)
    return NewTask(tenant, person, task.kind, task.ref, task.opened_at, due_at, note, task.loan_id)
