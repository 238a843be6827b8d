"""What may come of a call that somebody at the lender made, and what caps count it as."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Disposition, Outcome, RecipientRole


class CallResult(StrEnum):
    """What came of a call, as whoever made it, or took it, says."""

    SPOKE = "spoke"
    """With the borrower."""
    CALLED_US = "called_us"
    """The borrower called, and was spoken to."""
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"
    SOMEBODY_ELSE = "somebody_else"
    """Another person picked up; the number may be right."""
    WRONG_NUMBER = "wrong_number"
    """The borrower isn't reached there."""
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, slots=True)
class CallCount:
    """How a call stands in the log: what it came to, whom it reached, who judged so how.

    `is_of_borrower` is whether the borrower was spoken to, so that something may have been said.
    """

    outcome: Outcome
    recipient: RecipientRole
    disposition: Disposition | None
    direction: str = "out"
    is_of_borrower: bool = False


_TO, _ELSE = RecipientRole.DEBTOR, RecipientRole.UNKNOWN
COUNTED: Final[Mapping[CallResult, CallCount]] = {
    CallResult.SPOKE: CallCount(Outcome.CONVERSATION, _TO, None, is_of_borrower=True),
    CallResult.CALLED_US: CallCount(
        Outcome.INBOUND_CONVERSATION, _TO, None, "in", is_of_borrower=True
    ),
    CallResult.NO_ANSWER: CallCount(Outcome.NO_ANSWER, _TO, Disposition.NO_CONTACT),
    CallResult.LEFT_MESSAGE: CallCount(Outcome.VOICEMAIL_OTHER, _TO, Disposition.LEFT_MESSAGE),
    CallResult.SOMEBODY_ELSE: CallCount(Outcome.THIRD_PARTY_SPOKEN, _ELSE, Disposition.NO_CONTACT),
    CallResult.WRONG_NUMBER: CallCount(Outcome.WRONG_PARTY, _ELSE, Disposition.WRONG_NUMBER),
    CallResult.NOT_CONNECTED: CallCount(Outcome.NOT_CONNECTED, _TO, Disposition.NO_CONTACT),
}
SAID: Final[Mapping[str, Disposition]] = {
    "promise": Disposition.RPC_PROMISE,
    "refused": Disposition.RPC_REFUSED,
    "dispute": Disposition.RPC_DISPUTE,
}
"""What the borrower said in a call, as a person's judgment keeps it."""


def disposition_of(result: CallResult, said: str = "") -> Disposition | None:
    """Return a person's judgment of a call; what the borrower said counts where they were reached.

    Args:
        result: What came of it.
        said: One of `SAID`, or anything else for nothing of the kind.
    """
    counted = COUNTED[result]
    return SAID.get(said) if counted.is_of_borrower else counted.disposition
