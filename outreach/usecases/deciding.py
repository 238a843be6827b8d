"""What somebody decides on a dispute, a request for relief, a complaint or a reported death.

The decision is the same signal as a platform's: it lifts or keeps the hold, and closes the task.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Protocol

from outreach.domain.records import dataclass
from outreach.domain.tasks import Deadlines
from outreach.domain.vocabulary import ContactPolicy, TaskKind
from outreach.store.people import load_people
from outreach.store.pool import Pool
from outreach.store.tasks import TaskRow
from outreach.store.vault import Vault
from outreach.usecases.protecting import About, OnRecord, Word, record

GRANTED: Final = "granted"
CONFIRMED: Final = "confirmed"
RETRACTED: Final = "retracted"
DECISIONS: Final[Mapping[TaskKind, tuple[str, ...]]] = {
    TaskKind.DISPUTE: ("verified", "rejected", "withdrawn"),
    TaskKind.HARDSHIP: (GRANTED, "denied", "ended"),
    TaskKind.COMPLAINT: ("closed",),
    TaskKind.CONFIRM_DEATH: (CONFIRMED, RETRACTED),
}
"""What may be decided on each kind of work that is decided here."""
_TYPES: Final = {
    TaskKind.DISPUTE: ("borrower.dispute", "dispute"),
    TaskKind.HARDSHIP: ("borrower.hardship", "hardship"),
    TaskKind.COMPLAINT: ("complaint.received", "complaint"),
}


class Outfit(Protocol):
    """What deciding takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: which, why, and for relief until when it holds (None: until it is ended)."""

    word: str
    why: str
    until: date | None = None


async def decide(
    outfit: Outfit,
    task: TaskRow,
    about: About,
    decided: Decided,
    *,
    by: str,
    now: datetime,
    deadlines: Deadlines,
) -> OnRecord:
    """Record a decision; the next decision on the borrower sees what it changed.

    Args:
        outfit: Pool and keys.
        task: Of one of the kinds in `DECISIONS`.
        about: Whose it is.
        decided: What was decided.
        by: Who decided; kept in the log.
        now: Business time.
        deadlines: By when work has to be done.

    Raises:
        ValueError: That can't be decided on work of this kind.
        NobodyError: There is no such person, or nobody told yet who it is.
        SignalError: The decision makes no sense.
    """
    kind = TaskKind(task.kind)
    if decided.word not in DECISIONS.get(kind, ()):
        raise ValueError(decided.word)
    if kind is TaskKind.CONFIRM_DEATH:
        told: dict[str, Any] = {decided.word: True, "reported_on": f"{task.opened_at:%Y-%m-%d}"}
        word = Word("borrower.deceased", {"deceased": told})
    else:
        policy, loans = await _as_placed(outfit, task)
        type_, name = _TYPES[kind]
        told = {
            "id": task.ref,
            "status": decided.word,
            "received_at": task.opened_at.isoformat(),
            "contact_policy": policy,
            "evidence": decided.why,
            "kind": decided.why,
            "by": by,
        }
        if kind is TaskKind.HARDSHIP and decided.word == GRANTED:
            told |= {"loans": loans, "until": decided.until.isoformat() if decided.until else None}
        if kind is not TaskKind.HARDSHIP:
            del told["kind"]
        word = Word(type_, {name: {key: value for key, value in told.items() if value}})
    return await record(outfit, about, [word], by=by, now=now, deadlines=deadlines)


async def _as_placed(outfit: Outfit, task: TaskRow) -> tuple[str, list[str]]:
    """Return what the hold of a case lets through, and the loans that it is about."""
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        people = await load_people(conn, outfit.vault, [task.person_id], profiles=())
    row = people.get(task.person_id)
    found = [one for one in row.state.holds.values() if one.case_ref == task.ref] if row else []
    policy = found[0].policy if found else ContactPolicy.PAUSE_COLLECTION.value
    loans = [task.loan] if task.loan and all(one.loan_id for one in found) else []
    return policy, loans
