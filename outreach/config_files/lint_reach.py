"""Rules that can never apply, or never object, however the facts are."""

from collections.abc import Iterator, Mapping
from typing import Any

from outreach.compliance.pack import Requires
from outreach.compliance.view import texts_of
from outreach.config_files.lint_dates import Found
from outreach.domain.residences import country_of, lies_in

_INBOUND = "inbound_"


def reach_of(rule: Mapping[str, Any], requires: Requires) -> Iterator[Found]:
    """Yield why one rule of a pack can never fire."""
    selector = rule.get("applies_to", {})
    yield from _outside(selector, requires)
    yield from _empty(selector)
    yield from _always_lifted(rule, selector)
    yield from _counts_nothing(rule)


def _outside(selector: Mapping[str, Any], requires: Requires) -> Iterator[Found]:
    """Compare what a rule selects with whom its pack is for."""
    for key, allowed in (("role", requires.roles), ("stage", requires.stages)):
        wanted = texts_of(selector.get(key, ()))
        if wanted and allowed and wanted.isdisjoint(allowed):
            said = f"never applies: the pack requires {key} {_list(allowed)}"
            yield ["applies_to", key], "error", said
    places = texts_of(selector.get("residence", ()))
    allowed = requires.regions or requires.countries
    for place in sorted(places):
        if allowed and not any(_meet(place, one) for one in allowed):
            said = f"never applies to {place}: the pack is for {_list(allowed)}"
            yield ["applies_to", "residence"], "error", said


def _meet(left: str, right: str) -> bool:
    return lies_in(left, right) is not False or lies_in(right, left) is not False


def _empty(selector: Mapping[str, Any]) -> Iterator[Found]:
    bounds = selector.get("dpd", {})
    low, high = bounds.get("min"), bounds.get("max")
    if low is not None and high is not None and high < low:
        yield ["applies_to", "dpd"], "error", f"never applies: no number is from {low} to {high}"


def _always_lifted(rule: Mapping[str, Any], selector: Mapping[str, Any]) -> Iterator[Found]:
    """Find an exception that holds whenever the rule applies."""
    for number, item in enumerate(rule.get("unless", ())):
        if all(key in selector and _holds(selector[key], value) for key, value in item.items()):
            said = "never stops anything: this exception holds wherever the rule applies"
            yield ["unless", number], "error", said


def _holds(selected: object, excepted: object) -> bool:
    """Tell whether whatever a selector selects, an exception excepts."""
    if isinstance(selected, Mapping) or isinstance(excepted, Mapping):
        return selected == excepted
    return texts_of(selected) <= texts_of(excepted)


def _counts_nothing(rule: Mapping[str, Any]) -> Iterator[Found]:
    """Find a count whose outcomes no contact of its direction has, or that leaves all of them out.

    `pending` contacts aside, which every count includes.
    """
    count = rule.get("count")
    if not isinstance(count, Mapping):
        return
    outcomes = texts_of(count.get("outcome", ()))
    if not outcomes:
        return
    directions = texts_of(count.get("direction", ("out",)))
    possible = {
        one for one in outcomes if ("in" if one.startswith(_INBOUND) else "out") in directions
    }
    if not possible:
        said = f"counts nothing: no contact of direction {_list(directions)} has such an outcome"
        yield ["count", "outcome"], "error", said
    elif possible <= texts_of(rule.get("exclude", ())):
        yield ["exclude"], "error", "counts nothing: every outcome it counts is left out"


def countries_of(requires: Requires) -> frozenset[str]:
    """Return every country that a pack names, by itself or by a region of it."""
    return requires.countries | frozenset(map(country_of, requires.regions))


def _list(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
