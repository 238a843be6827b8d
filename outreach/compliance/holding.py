"""Holds: which of a person's holds bear on an action, and what each still lets through."""

from collections.abc import Iterator, Mapping
from typing import Final

from outreach.compliance.view import Parameters, View, texts_of
from outreach.domain.decisions import Hold, epoch_of


def holds_on(view: View, kinds: frozenset[str]) -> Iterator[Hold]:
    """Yield known holds of these kinds (any if empty) that act now on this channel and debt."""
    for hold in view.facts.holds:
        if kinds and hold.kind not in kinds:
            continue
        if is_acting(hold, view):
            yield hold


def is_acting(hold: Hold, view: View) -> bool:
    """Tell whether a hold is in force at `now` for the action's channel and some of its debts."""
    if epoch_of(hold.at) > view.known:
        return False
    if hold.released is not None and epoch_of(hold.released) <= view.known:
        return False
    if hold.starts is not None and epoch_of(hold.starts) > view.now:
        return False
    if hold.ends is not None and epoch_of(hold.ends) <= view.now:
        return False
    action = view.action
    if hold.channels and action.channel not in hold.channels:
        return False
    return not hold.debts or not hold.debts.isdisjoint(action.debts)


class LetThrough:
    """What a hold does not stop: purposes, by rule or by the hold's own policy, or recipients."""

    __slots__ = ("_max_each", "_policies", "_purposes")

    def __init__(self, parameters: Parameters) -> None:
        self._purposes = parameters.texts("allowed_purposes")
        self._policies = {
            policy: texts_of(purposes)
            for policy, purposes in parameters.part("allowed_by_policy").items()
        }
        self._max_each = parameters.number("max_each")

    def allows(self, hold: Hold, view: View) -> bool:
        """Tell whether the action may go ahead in spite of the hold."""
        action = view.action
        if hold.policy == "attorney_only" and action.recipient_role == "attorney":
            return True
        purposes = self._purposes | self._policies.get(hold.policy, frozenset())
        if action.purpose not in purposes | hold.allowed_purposes:
            return False
        return not self._max_each or self._used(hold, view) < self._max_each

    def _used(self, hold: Hold, view: View) -> int:
        """Count what was already sent for this purpose since the hold was placed."""
        placed = epoch_of(hold.at)
        return sum(
            1
            for e in view.facts.ledger
            if e.direction == "out"
            and e.purpose == view.action.purpose
            and e.outcome != "released"
            and placed <= e.epoch <= view.known
            and not set(e.debts).isdisjoint(view.action.debts)
        )


_TEXTS: Final[Mapping[str, object]] = {"type": "array", "items": {"type": "string"}}
LET_THROUGH_SCHEMA: Final[Mapping[str, object]] = {
    "allowed_purposes": {**_TEXTS, "description": "Purposes that the hold does not stop."},
    "allowed_by_policy": {
        "type": "object",
        "additionalProperties": _TEXTS,
        "description": "Further purposes let through, by the hold's own contact policy.",
    },
    "max_each": {
        "type": "integer",
        "minimum": 1,
        "description": "How often each allowed purpose may be used after the hold began; no limit "
        "if absent.",
    },
}
