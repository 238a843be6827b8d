"""What changed between two versions of packs, rule by rule."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Literal

from outreach.compliance.pack import Pack, Requires, Rule
from outreach.domain.records import dataclass

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One rule, or one fact about a pack (`rule` empty), that isn't as it was.

    `details` are (key, before, after); what wasn't there, or isn't any more, is None.
    """

    pack: str
    rule: str
    kind: Kind
    details: tuple[tuple[str, object, object], ...] = ()


def changes(old: Iterable[Pack], new: Iterable[Pack]) -> tuple[Change, ...]:
    """Compare packs by their ids, and rules by id, primitive and order among those of one id."""
    before = {pack.id: pack for pack in old}
    after = {pack.id: pack for pack in new}
    return tuple(
        change
        for name in sorted(before.keys() | after.keys())
        for change in _of_pack(name, before.get(name), after.get(name))
    )


def _of_pack(name: str, old: Pack | None, new: Pack | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(name, "", "added" if old is None else "removed")
        old, new = old or _without_rules(new), new or _without_rules(old)
    elif details := tuple(_differences(_head(old), _head(new))):
        yield Change(name, "", "changed", details)
    before, after = _rules(old), _rules(new)
    for key in (*before, *(key for key in after if key not in before)):
        if key not in after:
            yield Change(name, key[0], "removed")
        elif key not in before:
            yield Change(name, key[0], "added")
        elif details := tuple(_differences(_said(before[key]), _said(after[key]))):
            yield Change(name, key[0], "changed", details)


def _without_rules(pack: Pack | None) -> Pack:
    return Pack(pack.id if pack else "", "", ())


def _rules(pack: Pack) -> dict[tuple[str, str, int], Rule]:
    found: dict[tuple[str, str, int], Rule] = {}
    for rule in pack.rules:
        number = sum(key[:2] == (rule.id, rule.primitive) for key in found)
        found[rule.id, rule.primitive, number] = rule
    return found


def _head(pack: Pack) -> Mapping[str, object]:
    """Return what a pack says of itself, except its version: that changes with every edit."""
    requires = {
        f"requires.{one.name}": sorted(getattr(pack.requires, one.name)) for one in fields(Requires)
    }
    return {
        **requires,
        "draft": pack.draft,
        "opt_in": pack.opt_in,
        "sufficient": pack.sufficient,
        "scopes": sorted(pack.scopes),
        "waiting": dict(pack.waiting),
        "governance": dict(pack.governance),
    }


def _said(rule: Rule) -> Mapping[str, object]:
    """Return all that a rule says, its parameters beside the rest."""
    own = {one.name: getattr(rule, one.name) for one in fields(Rule) if one.name != "parameters"}
    effective = own.pop("effective")
    dates = {f"effective.{one.name}": getattr(effective, one.name) for one in fields(effective)}
    return {**own, **dates, **rule.parameters}


def _differences(
    old: Mapping[str, object], new: Mapping[str, object]
) -> Iterator[tuple[str, object, object]]:
    for key in (*old, *(key for key in new if key not in old)):
        if old.get(key) != new.get(key):
            yield key, old.get(key), new.get(key)
