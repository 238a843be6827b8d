"""A contact's public id, how provider reports merge, what they count for, and what may follow.

Everything here is order-insensitive: reports come twice, late, and before the create call
returned, and any permutation of the same reports ends in the same projection.
"""

import re
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass, Outcome

_ATTEMPT: Final = re.compile(r"([1-9a-f][0-9a-f]{0,15})-([0-9a-f]{32})", re.ASCII)
_MAX_PERSON_ID: Final = 2**63 - 1
TESTER: Final = _MAX_PERSON_ID
"""Person id in the attempt ids of operators' tests; persons' ids begin at 1 and never get there."""


class HexId(Protocol):
    """Anything with 32 lower-case hexadecimal digits: a `uuid.UUID`."""

    @property
    def hex(self) -> str:
        """The digits, without hyphens."""


class AttemptRef(NamedTuple):
    """Where an attempt lives: the person's shard and the contact in it."""

    person_id: int
    contact_id: str
    """32 hexadecimal digits; PostgreSQL and `uuid.UUID` both read them."""


def attempt_id(person_id: int, contact_id: HexId) -> str:
    """Return the id of a contact that may be shown to providers.

    It names the person's shard, so that a callback finds its partition without a lookup, and is
    unguessable through the contact's id. It carries no personal data.

    Raises:
        ValueError: `person_id` is not positive; 0 is nobody.
    """
    if person_id <= 0:
        msg = "an attempt belongs to a person; person ids start at 1"
        raise ValueError(msg)
    return f"{person_id:x}-{contact_id.hex}"


def parse_attempt_id(text: str | None) -> AttemptRef | None:
    """Return what `attempt_id` encoded; None for anything else: strangers choose this text."""
    match = _ATTEMPT.fullmatch(text) if text else None
    if match is None:
        return None
    person_id = int(match[1], 16)
    return AttemptRef(person_id, match[2]) if person_id <= _MAX_PERSON_ID else None


# Providers' reports only ever move a contact upward. The order within the terminal states decides
# conflicts: delivered wins, and of the others the one that more probably reached somebody, because
# a contact that may have been made must count against the caps.
_RANK: Final = {
    DeliveryState.RELEASED: 0,
    DeliveryState.RESERVED: 1,
    DeliveryState.UNKNOWN: 2,
    DeliveryState.ACCEPTED: 10,
    DeliveryState.QUEUED: 20,
    DeliveryState.SENDING: 30,
    DeliveryState.SENT: 40,
    DeliveryState.CANCELED: 50,
    DeliveryState.EXPIRED: 51,
    DeliveryState.FAILED: 52,
    DeliveryState.UNDELIVERED: 53,
    DeliveryState.DELIVERED: 54,
    DeliveryState.READ: 60,
}
_FIRST_TERMINAL: Final = _RANK[DeliveryState.CANCELED]


def rank(state: DeliveryState) -> int:
    """Return the place of a state in the merge; a higher one replaces a lower one."""
    return _RANK[state]


def is_terminal(state: DeliveryState) -> bool:
    """Tell whether the provider has nothing more to decide (`read` may still follow)."""
    return _RANK[state] >= _FIRST_TERMINAL


@dataclass(frozen=True, slots=True)
class Report:
    """What one provider callback, or one lookup, says of a contact."""

    state: DeliveryState | None
    """None: the report is about something else than delivery (answering machine, key pressed)."""
    error_class: ErrorClass | None = None
    error_code: str | None = None
    counted: bool = True
    """False: the provider says that nothing was placed, so caps must not count it."""
    outcome: Outcome | None = None
    """Given where the state alone doesn't tell it: calls."""
    presumed: bool = False
    """The outcome is the cautious guess; one that was told stands."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The part of a contact that providers' reports change."""

    state: DeliveryState
    outcome: Outcome
    error_class: ErrorClass | None = None
    error_code: str | None = None

    def merged(self, report: Report, channel: Channel) -> "Delivery":
        """Return the delivery after one more report; equal to `self` when it adds nothing.

        Only upward by rank. Of two reports of one state, the one with an error code says more.
        Who was spoken to in a call is told by their own answers (`READ`), and stands over what a
        machine took them for. A call that was picked up and told nothing stays abandoned.
        """
        step = -1 if report.state is None else rank(report.state) - rank(self.state)
        says_more = report.error_code is not None and report.error_code < (self.error_code or "~")
        if report.state is not None and (step > 0 or (step == 0 and says_more)):
            outcome = outcome_of(channel, report.state, counted=report.counted)
            new = Delivery(report.state, outcome, report.error_class, report.error_code)
        else:
            new = self
        if channel is Channel.CALL and Outcome.ABANDONED in {self.outcome, report.outcome}:
            return replace(new, outcome=Outcome.ABANDONED)
        if channel is Channel.CALL and self.state is DeliveryState.READ:
            spoke = report.state is DeliveryState.READ and report.outcome is Outcome.CONVERSATION
            return replace(new, outcome=Outcome.CONVERSATION if spoke else self.outcome)
        if report.outcome is None:
            # A call whose outcome was told keeps it when its state rises.
            kept = channel is Channel.CALL and self.outcome not in _UNSETTLED
            return replace(new, outcome=self.outcome) if kept else new
        if report.presumed and self.outcome not in _UNSETTLED:
            return replace(new, outcome=self.outcome)
        return replace(new, outcome=report.outcome)


_UNSETTLED: Final = frozenset({Outcome.PENDING, Outcome.RELEASED})
_HANDED_OVER: Final = frozenset(
    {DeliveryState.ACCEPTED, DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT}
)


def outcome_of(channel: Channel, state: DeliveryState, *, counted: bool = True) -> Outcome:
    """Return what caps count for a state, where no more is known.

    * Reserved and unknown stay `pending`, which matches every selector.
    * A message that a provider took is `sent` at once: no receipt may ever follow. A call that it
      took is `pending` until its end is told.
    * `released` only on proof that nothing was placed: it expired or was canceled in the
      provider's queue, or it failed for a reason that never reaches a person (`counted` False:
      throttled, sender or account not allowed, opted out at the carrier). Any other failure
      counts, since something may have rung or shown.

    Args:
        channel: How the person was addressed.
        state: What the provider said last, after the merge.
        counted: The provider's error class says that the attempt counts toward legal caps.
    """
    if state in _HANDED_OVER:
        return Outcome.PENDING if channel is Channel.CALL else Outcome.SENT
    if state in {DeliveryState.RESERVED, DeliveryState.UNKNOWN}:
        return Outcome.PENDING
    if state is DeliveryState.DELIVERED:
        # A finished call of which nothing else is known may have been a conversation.
        return Outcome.CONVERSATION if channel is Channel.CALL else Outcome.DELIVERED
    if state is DeliveryState.READ:
        return Outcome.CONVERSATION if channel is Channel.CALL else Outcome.READ
    if state is DeliveryState.CANCELED and channel is Channel.CALL:
        return Outcome.NO_ANSWER  # canceling works while it rings, so it may have rung
    if state in _NEVER_PLACED or not counted:
        return Outcome.RELEASED
    return Outcome.NOT_CONNECTED if channel is Channel.CALL else Outcome.UNDELIVERED


_NEVER_PLACED: Final = frozenset(
    {DeliveryState.RELEASED, DeliveryState.EXPIRED, DeliveryState.CANCELED}
)


class NextMove(StrEnum):
    """What a failure permits for the step that it ended."""

    AGAIN = "again"
    """Nothing was placed: decide the same step anew, from scratch."""
    LATER = "later"
    """One more try on the same channel, not before `LATER_AFTER`; then another channel."""
    OTHER = "other"
    """Not again on this channel and address; the step's other channels may be decided."""
    STOP = "stop"
    """No automatic try: somebody must look at the template, the sender or the request first."""


LATER_AFTER: Final = timedelta(hours=1)
"""Unreachable handsets and unnamed carrier errors: never in the same minute."""

_MOVES: Final = {
    ErrorClass.OPT_OUT: NextMove.OTHER,
    ErrorClass.INVALID_ADDRESS: NextMove.OTHER,
    ErrorClass.UNREACHABLE_RETRY: NextMove.LATER,
    ErrorClass.THROTTLED: NextMove.AGAIN,
    ErrorClass.UNAVAILABLE: NextMove.AGAIN,
    ErrorClass.EXPIRED: NextMove.AGAIN,
    ErrorClass.QUIET_HOURS: NextMove.AGAIN,
    ErrorClass.REPUTATION: NextMove.STOP,
    ErrorClass.SENDER_CONFIG: NextMove.OTHER,
    ErrorClass.ACCOUNT: NextMove.OTHER,
    ErrorClass.REQUEST_BUG: NextMove.STOP,
    ErrorClass.UNKNOWN: NextMove.LATER,
}


def next_move(error: ErrorClass, tries: int) -> NextMove:
    """Return what may follow a settled failure; every move is decided by the packs again.

    Args:
        error: The class of the last failure.
        tries: How many tries of this step on this channel are settled, the last one included.
            A second failure of the `LATER` kind leaves only other channels.
    """
    move = _MOVES[error]
    return NextMove.OTHER if move is NextMove.LATER and tries > 1 else move
