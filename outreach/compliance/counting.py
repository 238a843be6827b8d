"""Which earlier contacts a frequency rule counts.

A `pending` contact matches every outcome, since it may have become any; a `released` one was never
placed and matches nothing. What we don't know about an entry counts against us.
"""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.compliance.exclusions import EXCLUSIONS, Spared, compile_spared
from outreach.compliance.units import UNITS, Concerns, units_of
from outreach.compliance.view import Parameters, View
from outreach.domain.known import KIND_WORDS, words_of_kind
from outreach.domain.vocabulary import Channel, DialMode, Outcome, Purpose

PENDING: Final = "pending"
RELEASED: Final = "released"
POOLS: Final = ("collector", "principal_and_agents")
_NO_MESSAGE: Final = frozenset({"no_answer", "not_connected", "undelivered"})
# Where a contact reached the person hangs on their addresses, not on its kind alone.
_KEYS: Final = tuple(word for word in KIND_WORDS if word != "place")

COUNT_SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "description": "Which earlier contacts count; every key given must match. Direction is out "
    "unless said otherwise. A place is also read off the address (work_phone: work).",
    "properties": {
        **{
            key: {"type": ["array", "string"], "items": {"enum": sorted(words)}}
            for key, words in (
                ("channel", Channel),
                ("direction", ("in", "out")),
                ("outcome", Outcome),
                ("purpose", Purpose),
                ("dial_mode", DialMode),
            )
        },
        "recipient_role": {"type": ["array", "string"], "items": {"type": "string"}},
        "place": {"type": ["array", "string"], "items": {"type": "string"}},
    },
}
COUNTING_SCHEMA: Final[Mapping[str, object]] = {
    "zone": {"type": "string", "description": "IANA zone for the dates, if the law fixes one."},
    "unit": {
        "enum": list(UNITS),
        "description": "What is counted against (default debt). debt_group: only debts of a group; "
        "account: the group, or the debt alone; household: the debt, with whoever is at home; "
        "creditor_person: all debts of one creditor; place: the debt, at the action's place.",
    },
    "pool": {
        "enum": list(POOLS),
        "description": "Count this sender's contacts (default), or everybody's.",
    },
    "count": COUNT_SCHEMA,
    "exclude": {
        "type": "array",
        "items": {"enum": list(EXCLUSIONS)},
        "description": "Contacts left out though `count` selects them. An action that would be "
        "left out itself (a statutory notice, a reply, what the debtor asked for) is let through.",
    },
    "multi_debt": {
        "enum": ["each", "primary"],
        "description": "A contact on several debts counts for each (default) or for the first.",
    },
    "after_outcome": {
        "type": "array",
        "minItems": 1,
        "items": {"enum": sorted(Outcome)},
        "description": "Count only from the first contact of such an outcome on, that one "
        "included; all if absent.",
    },
}


class CountedKinds(dict[int, bool]):
    """Remembers, per kind of contact, whether a rule's selector counts it."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        select = parameters.part("count")
        exclude = parameters.texts("exclude")
        self._wanted = {key: select.texts(key) for key in _KEYS if select.has(key)}
        self._wanted.setdefault("direction", frozenset({"out"}))
        self._skipped = frozenset[str]({RELEASED})
        if "not_connected" in exclude:
            self._skipped |= {"not_connected"}
        if "unreached_no_message" in exclude:
            self._skipped |= _NO_MESSAGE

    def __missing__(self, kind: int) -> bool:
        """Judge a kind that hasn't been met yet."""
        words = dict(zip(KIND_WORDS, words_of_kind(kind), strict=True))
        counted = self[kind] = self._judge(words, words["outcome"])
        return counted

    def _judge(self, words: Mapping[str, str | None], outcome: str | None) -> bool:
        if outcome in self._skipped:
            return False
        return all(
            words[key] in wanted or (key == "outcome" and outcome == PENDING)
            for key, wanted in self._wanted.items()
        )


def compile_since(parameters: Parameters) -> Callable[[View, Concerns], int | None]:
    """Compile `after_outcome`: the instant from which a unit's contacts count, None if none do."""
    if not parameters.has("after_outcome"):
        return lambda _view, _concerns: 0
    starts = CountedKinds(
        Parameters(
            {"count": {"outcome": parameters.texts("after_outcome"), "direction": ("in", "out")}}
        )
    )

    def since(view: View, concerns: Concerns) -> int | None:
        known = view.known
        return min(
            (
                e.epoch
                for e in view.facts.ledger
                if e.epoch <= known and starts[e.kind] and concerns(e)
            ),
            default=None,
        )

    return since


__all__ = [
    "COUNTING_SCHEMA",
    "EXCLUSIONS",
    "POOLS",
    "UNITS",
    "CountedKinds",
    "Spared",
    "compile_since",
    "compile_spared",
    "units_of",
]
