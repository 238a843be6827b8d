"""Note that a planned contact isn't made any more, since what it was about was paid or settled.

Nothing planned is stored anywhere but in a word of the agenda: what a person waits for. A plan that
moves on with the days isn't dropped; one that ends because its delinquency ended is.
"""

from collections.abc import Iterable
from typing import Final

from outreach.domain.standing import Wait, WaitReason
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import CaseKind
from outreach.store.books import PersonBook
from outreach.usecases.trying import Looked

_NEXT: Final = f"{WaitReason.NEXT_STEP}:"
_OVER: Final = frozenset({WaitReason.NO_CASE, WaitReason.NOTHING_OWED, WaitReason.BEFORE_HORIZON})


def dropped_step(
    reason: str, book: PersonBook, looked: Looked, treatments: Iterable[Treatment]
) -> str:
    """Return the key of the step that a person waited for and that nothing calls for now, or "".

    Args:
        reason: What the agenda said before this look.
        book: As it is now.
        looked: What the look came to.
        treatments: Every treatment in force.
    """
    key = _step_of(reason)
    if not key or any(case.kind is CaseKind.DELINQUENCY for case in book.cases.values()):
        return ""
    days = {one.day for treatment in treatments for one in treatment.timeline if one.key == key}
    if not days:
        return ""  # an answer, or a step of a treatment that is gone
    if min(days) > 0:
        return key  # a delinquency ends by money or a word, never by time
    over = isinstance(looked.answer, Wait) and looked.answer.why in _OVER
    return key if over and not book.cases else ""


def _step_of(reason: str) -> str:
    """Return the step that a word of the agenda names: one that comes next, or is put off."""
    if reason.startswith(_NEXT):
        return reason.removeprefix(_NEXT)
    key, bar, _ = reason.partition("|")
    return key if bar else ""
