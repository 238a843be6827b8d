"""Words that end what waits for people: a decided request, a settled dispute, a proven death."""

from typing import Final

from outreach.domain.borrowers import TaskEnd
from outreach.domain.holds import EVERY_LOAN, LIFTING, NEW_SCHEDULE, RELEASE_ONLY, Hold
from outreach.domain.members import block, flag, text, text_or
from outreach.domain.signals import Signal
from outreach.domain.statements import HoldTold
from outreach.domain.vocabulary import ContactPolicy, HoldKind, TaskKind

RESTRUCTURED: Final = "restructured"

_DECIDED: Final = {
    "borrower.dispute": ("dispute", TaskKind.DISPUTE, LIFTING[HoldKind.DISPUTE]),
    "borrower.hardship": (
        "hardship",
        TaskKind.HARDSHIP,
        LIFTING[HoldKind.HARDSHIP] | {"granted"},
    ),
    "complaint.received": ("complaint", TaskKind.COMPLAINT, LIFTING[HoldKind.COMPLAINT]),
}
_OF_HOLDS: Final = {
    HoldKind.DISPUTE: TaskKind.DISPUTE,
    HoldKind.HARDSHIP: TaskKind.HARDSHIP,
    HoldKind.COMPLAINT: TaskKind.COMPLAINT,
}


def read_ends(signal: Signal) -> tuple[TaskEnd, ...]:
    """Return what a signal settles; its type was checked, and its members were read before."""
    at = signal.time
    if signal.type in _DECIDED:
        name, kind, words = _DECIDED[signal.type]
        told = block(signal.data, name)
        word = text_or(told, "status")
        return (TaskEnd(kind, text(told, "id"), word, at),) if word in words else ()
    if signal.type == "borrower.deceased":
        told = block(signal.data, "deceased")
        for word in ("retracted", "confirmed"):
            if flag(told, word):
                return (TaskEnd(TaskKind.CONFIRM_DEATH, "deceased", word, at),)
    if signal.type == "hold.released":
        told = block(signal.data, "hold")
        task = _OF_HOLDS.get(HoldKind(text_or(told, "kind", HoldKind.OPERATOR)))
        return (TaskEnd(task, text(told, "id"), "released", at),) if task else ()
    if signal.type == "loan.restructured":
        return (TaskEnd(TaskKind.HARDSHIP, "", RESTRUCTURED, at),)
    return ()


def read_new_schedule(signal: Signal, loan: str) -> tuple[HoldTold, ...]:
    """Return the answer to every earlier request for relief that a new schedule of a loan is."""
    hold = Hold(
        kind=HoldKind.HARDSHIP,
        case_ref=NEW_SCHEDULE,
        loan_id=EVERY_LOAN,
        policy=ContactPolicy.PAUSE_COLLECTION,
        channel="",
        placed_at=signal.time,
        starts_at=signal.time,
        ends_at=None,
        version_at=signal.time,
        word=RELEASE_ONLY,
        freed_at=signal.time,
    )
    return (HoldTold(hold, (loan,)),)
