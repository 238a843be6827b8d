"""What compliance says of the log: marks on contacts, and findings with a state."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass

LONGEST_TEXT: Final = 2_000
"""Characters of a comment, of what a finding says, and of why its state changes."""


class Mark(StrEnum):
    """What a reviewer says of one contact, or of one that wasn't made."""

    SEEN = "seen"
    """Looked at; nothing said."""
    IN_ORDER = "in_order"
    NOT_IN_ORDER = "not_in_order"


class Severity(StrEnum):
    """How much a finding matters, the least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class FindingState(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


_FOLLOWING: Final[Mapping[FindingState, frozenset[FindingState]]] = {
    FindingState.OPEN: frozenset({FindingState.IN_PROGRESS, FindingState.CLOSED}),
    FindingState.IN_PROGRESS: frozenset({FindingState.CLOSED}),
    # What comes back is the same finding: its history says that it was closed once.
    FindingState.CLOSED: frozenset({FindingState.IN_PROGRESS}),
}


class FindingError(ValueError):
    """A finding can't be changed so; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Change:
    """What a finding is to be afterwards, and why."""

    state: FindingState
    owner: str
    due_on: date | None
    note: str


def following(state: FindingState) -> tuple[FindingState, ...]:
    """Return the states that may come next, the same one first."""
    return (state, *(one for one in FindingState if one in _FOLLOWING[state]))


def check_change(state: FindingState, change: Change) -> None:
    """Say no to a change that may not be made.

    Args:
        state: Of the finding until now.
        change: What it is to be.

    Raises:
        FindingError: `state`: that doesn't follow; `note`: closing and reopening take a reason;
            `owner`: nobody works on it.
    """
    if change.state not in following(state):
        raise FindingError("state")
    moved = change.state is not state
    if moved and FindingState.CLOSED in (state, change.state) and not change.note:
        raise FindingError("note")
    if change.state is FindingState.IN_PROGRESS and not change.owner:
        raise FindingError("owner")
