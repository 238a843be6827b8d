"""Answers to somebody who wrote or called at a closed hour: one, in the same medium."""

from collections.abc import Callable
from typing import Final

from outreach.compliance.view import View
from outreach.domain.known import epoch_of

MAY_ANSWER: Final = "may_answer"
REPLIES: Final = frozenset({"reply_to_debtor", "opt_out_confirmation"})


def answer_to_person(view: View, next_open: Callable[[int], int]) -> str:
    """Judge an answer to somebody who wrote or called during these very closed hours.

    Args:
        view: The action and the facts.
        next_open: The next opening from an epoch on; two moments with the same one lie in the same
            closed hours.

    Returns:
        `may_answer` for the one answer in the same medium, `already_answered` if it was given, and
        nothing where the person didn't write or the action is no answer.
    """
    channel = view.action.channel
    asked = max(
        (
            *(
                e.epoch
                for e in view.facts.ledger
                if e.direction == "in" and e.channel == channel and e.epoch <= view.known
            ),
            *(
                at
                for m in view.facts.inbound
                if m.medium == channel and (at := epoch_of(m.at)) <= view.known
            ),
            *(
                o.epoch
                for o in view.facts.opt_outs
                if o.medium == channel and o.epoch <= view.known
            ),
        ),
        default=-1,
    )
    if asked < 0 or next_open(asked) != next_open(view.now):
        return ""
    answered = any(
        e.direction == "out"
        and e.channel == channel
        and e.outcome != "released"
        and asked <= e.epoch <= view.known
        for e in view.facts.ledger
    )
    if answered:
        return "already_answered"
    return MAY_ANSWER if view.action.purpose in REPLIES else ""
