"""Holds: which of a person's holds bear on an action, and what each still lets through."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from outreach.compliance.clock import day_start
from outreach.compliance.view import Parameters, View, texts_of
from outreach.domain.known import Hold, epoch_of


def holds_on(view: View, kinds: frozenset[str], *, whole_person: bool = False) -> Iterator[Hold]:
    """Yield known holds of these kinds (any if empty) that act now on this channel and debt.

    With `whole_person` a hold on some debts acts on all.
    """
    for hold in view.facts.holds:
        if kinds and hold.kind not in kinds:
            continue
        if is_acting(hold, view, whole_person=whole_person):
            yield hold


def is_acting(hold: Hold, view: View, *, whole_person: bool) -> bool:
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
    return whole_person or not hold.debts or not hold.debts.isdisjoint(action.debts)


def attribute_epoch(hold: Hold, name: str, view: View) -> int | None:
    """Return the instant of a date or time that a hold's attributes tell; None if it is no such.

    A date without a time is its first moment; in several plausible zones, the latest.
    """
    told = hold.attributes.get(name)
    if not isinstance(told, str):
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return epoch_of(moment)
    return max(day_start(zone, moment.toordinal()) for zone in view.counting_zones)


class LetThrough:
    """What a hold does not stop: purposes, by rule or by the hold's own words, or recipients."""

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
        if action.recipient_role in hold.allowed_recipients:
            return True
        purposes = self._purposes | self._policies.get(hold.policy, frozenset())
        if action.purpose not in purposes | hold.allowed_purposes:
            return False
        return not self._max_each or self._used(hold, view) < self._max_each

    def _used(self, hold: Hold, view: View) -> int:
        """Count what was already sent, perhaps for this purpose, since the hold was placed."""
        placed = epoch_of(hold.at)
        return sum(
            1
            for e in view.facts.ledger
            if e.direction == "out"
            and e.purpose in (None, view.action.purpose)
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
