"""Which earlier contacts a frequency rule counts, and against what it counts them.

A `pending` contact matches every outcome, since it may have become any; a `released` one was never
placed and matches nothing. What we don't know about an entry counts against us.
"""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.compliance.exceptions import concerns_entry
from outreach.compliance.view import Parameters, View
from outreach.domain.decisions import KIND_WORDS, LedgerEntry, epoch_of, words_of_kind
from outreach.domain.vocabulary import Channel, DialMode, Outcome, Purpose

PENDING: Final = "pending"
RELEASED: Final = "released"

Spared = Callable[[View, LedgerEntry], bool]
"""Whether a rule leaves an entry out although it counts such contacts."""

UNITS: Final = ("debt", "debt_group", "account", "person", "endpoint")
EXCLUSIONS: Final = ("not_connected", "endpoint_not_persons", "within_direct_consent_7d")
CONSENT_DAYS: Final = 7

COUNT_SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "description": "Which earlier contacts count; every key given must match. Direction is out "
    "unless said otherwise.",
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


class CountedKinds(dict[int, bool]):
    """Remembers, per kind of contact, whether a rule's selector counts it."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        select = parameters.part("count")
        wanted = {key: select.texts(key) for key in KIND_WORDS if select.has(key)}
        wanted.setdefault("direction", frozenset({"out"}))
        self._skip_unconnected = "not_connected" in parameters.texts("exclude")
        self._wanted = wanted

    def __missing__(self, kind: int) -> bool:
        """Judge a kind that hasn't been met yet."""
        words = dict(zip(KIND_WORDS, words_of_kind(kind), strict=True))
        counted = self[kind] = self._judge(words, words["outcome"])
        return counted

    def _judge(self, words: Mapping[str, str | None], outcome: str | None) -> bool:
        if outcome == RELEASED or (self._skip_unconnected and outcome == "not_connected"):
            return False
        return all(
            words[key] in wanted or (key == "outcome" and outcome == PENDING)
            for key, wanted in self._wanted.items()
        )


def compile_spared(parameters: Parameters) -> Spared:
    """Compile what a count leaves out beyond the kind of contact: `exclude` and `pool`."""
    exclude = parameters.texts("exclude")
    skip_strangers = "endpoint_not_persons" in exclude
    skip_consented = "within_direct_consent_7d" in exclude
    pooled = parameters.text("pool", "collector") == "principal_and_agents"

    def spared(view: View, entry: LedgerEntry) -> bool:
        return (
            entry.epoch > view.known
            or (not pooled and _is_other_sender(view, entry))
            or (skip_strangers and _is_strangers(view, entry))
            or (skip_consented and _is_consented(view, entry))
        )

    return spared


def _is_other_sender(view: View, entry: LedgerEntry) -> bool:
    ours = view.action.sender
    return ours is not None and entry.sender is not None and entry.sender != ours


def _is_strangers(view: View, entry: LedgerEntry) -> bool:
    """Tell whether the address dialed is known by now not to be the person's."""
    endpoint = view.facts.endpoints.get(entry.endpoint or "")
    if endpoint is not None and endpoint.not_persons_at is not None:
        return epoch_of(endpoint.not_persons_at) <= view.known
    return entry.excluded_reason == "endpoint_not_persons"


def _is_consented(view: View, entry: LedgerEntry) -> bool:
    """Tell whether the call was placed within 7 dates of the person's direct consent to it."""
    if entry.excluded_reason == "within_direct_consent_7d":
        return True
    return any(
        consent.kind == "direct_call_consent" and concerns_entry(consent, entry, view, CONSENT_DAYS)
        for consent in view.facts.consents
    )


Concerns = Callable[[LedgerEntry], bool]
"""Whether an entry weighs on one particular debt, group, address or person."""

Units = tuple[tuple[str, Concerns], ...]
"""What an action is counted against: a name for each, and which entries weigh on it."""


def compile_units(unit: str, *, primary_only: bool) -> Callable[[View], Units]:
    """Compile what an action is counted against."""
    if unit == "person":
        everything: Units = (("person", lambda _: True),)
        return lambda _: everything
    if unit == "endpoint":
        return _endpoint
    if unit == "debt":
        return _primary_debt if primary_only else _debts
    return _accounts if unit == "account" else _groups


def _endpoint(view: View) -> Units:
    ours = view.action.endpoint

    def same(entry: LedgerEntry) -> bool:
        return ours is None or entry.endpoint is None or entry.endpoint == ours

    return ((ours or "", same),)


def _debts(view: View) -> Units:
    return tuple((debt, lambda e, d=debt: d in e.debts) for debt in view.action.debts)


def _primary_debt(view: View) -> Units:
    return tuple((debt, lambda e, d=debt: d in e.debts[:1]) for debt in view.action.debts[:1])


def _groups(view: View) -> Units:
    """Count per account group; a debt outside any group isn't counted by such a rule."""
    known = view.facts.debts
    groups = {d: info.group for d in view.action.debts if (info := known.get(d)) and info.group}
    return _per_group(view, groups)


def _accounts(view: View) -> Units:
    """Count per account; a debt outside any group is its own account."""
    known = view.facts.debts
    groups = {d: (known[d].group if d in known else None) or d for d in view.action.debts}
    return _per_group(view, groups)


def _per_group(view: View, groups: Mapping[str, str]) -> Units:
    members: dict[str, frozenset[str]] = {}
    for debt, group in groups.items():
        same = {name for name, info in view.facts.debts.items() if info.group == group}
        members[group] = members.get(group, frozenset()) | same | {debt}
    return tuple(
        (group, lambda e, m=debts: not m.isdisjoint(e.debts))
        for group, debts in sorted(members.items())
    )
