"""`place_block`: where a person may not be contacted, and which place comes first."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.compliance.exceptions import concerns
from outreach.compliance.places import HOME, OTHER, WORK, may_be_among, place_of_action
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.known import Endpoint, Missing

# How often a place was tried, where the file says no more than the number.
_TRIES: Final = {HOME: "residence_attempts", WORK: "work_attempts"}
_PHONES: Final = frozenset({"mobile", "landline_residential", "work_phone"})
_NOT_FOUND: Final = frozenset({"no_answer", "not_connected", "wrong_party", "third_party_spoken"})
_NOTHING: Final = Endpoint()

Fact = Callable[[View], bool]


def compile_place_block(parameters: Parameters) -> Check:
    """Compile one rule; see `PLACE_BLOCK.schema` for the parameters."""
    places = parameters.texts("places")
    condition = parameters.part("condition")
    kinds = condition.texts("consent")
    only_if = tuple(_CONDITIONS[name] for name in sorted(condition.texts("only_if")))
    unless = tuple(_CONDITIONS[name] for name in sorted(condition.texts("unless")))
    listed = dict(parameters.items()).get("order", ())
    order = tuple(map(str, listed)) if isinstance(listed, (list, tuple)) else ()

    def check(view: View) -> Objection | None:
        place = place_of_action(view)
        name = "unknown" if isinstance(place, Missing) else place or ""
        if may_be_among(place, places) and not _is_excused(view, only_if, unless, kinds):
            return block("barred", place=name)
        return _out_of_turn(view, order, name) if order else None

    return check


def _endpoint(view: View) -> Endpoint:
    return view.facts.endpoints.get(view.action.endpoint or "", _NOTHING)


def _is_excused(
    view: View, only_if: tuple[Fact, ...], unless: tuple[Fact, ...], kinds: frozenset[str]
) -> bool:
    if only_if and not any(holds(view) for holds in only_if):
        return True
    if any(holds(view) for holds in unless):
        return True
    return any(c.kind in kinds and concerns(c, view) for c in view.facts.consents)


def _employer_prohibits(view: View) -> bool:
    """Tell whether the employer forbids it; where that is unknown it may."""
    return bool(
        _endpoint(view).flags.get("employer_prohibits")
        or view.facts.person_flags.get("employer_prohibits")
    )


def _is_sole_number(view: View) -> bool:
    """Tell whether the debtor gave no other number that can be used."""
    if view.action.endpoint not in view.facts.endpoints:
        return False
    return not any(
        known.kind in _PHONES and known.status == "active" and known.owner in (None, "debtor")
        for name, known in view.facts.endpoints.items()
        if name != view.action.endpoint
    )


def _is_given_by_debtor(view: View) -> bool:
    return _endpoint(view).flags.get("given_by_debtor") is True


_CONDITIONS: Final[Mapping[str, Fact]] = {
    "employer_prohibits": _employer_prohibits,
    "sole_number": _is_sole_number,
    "given_by_debtor": _is_given_by_debtor,
}


def _out_of_turn(view: View, order: tuple[str, ...], place: str) -> Objection | None:
    """Object unless it is the place the person chose, or they weren't found at those before it."""
    chosen = view.facts.person_flags.get("chosen_place")
    if isinstance(chosen, str):
        return None if place == chosen else block("not_chosen", place=place, chosen=chosen)
    if place not in order:
        return block("not_in_order", place=place, order=list(order))
    for earlier in order[: order.index(place)]:
        if not _was_tried(view, earlier):
            return block("out_of_turn", place=place, first=earlier)
    return None


def _was_tried(view: View, place: str) -> bool:
    told = view.facts.person_flags.get(_TRIES.get(place, ""))
    if isinstance(told, int) and told > 0:
        return True
    return any(
        e.direction == "out"
        and e.channel == "visit"
        and e.place == place
        and e.outcome in _NOT_FOUND
        and e.epoch <= view.known
        for e in view.facts.ledger
    )


_TEXTS: Final[Mapping[str, object]] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_PLACES: Final[Mapping[str, object]] = {
    "type": "array",
    "items": {"enum": [HOME, WORK, "school", "hospital", "public", OTHER]},
    "minItems": 1,
}
_NAMES: Final[Mapping[str, object]] = {
    "type": "array",
    "items": {"enum": sorted(_CONDITIONS)},
    "minItems": 1,
}
PLACE_BLOCK: Final = Primitive(
    "place_block",
    compile_place_block,
    {
        "places": {
            **_PLACES,
            "description": "Barred places. A work phone or work e-mail is at `work`, a residential "
            "line at `home`; otherwise the action names its place.",
        },
        "condition": {
            "type": "object",
            "additionalProperties": False,
            "description": "When the bar bites.",
            "properties": {
                "only_if": {**_NAMES, "description": "Barred only if one of these is so."},
                "unless": {**_NAMES, "description": "Not barred if one of these is so."},
                "consent": {**_TEXTS, "description": "Kinds of consent that lift the bar."},
            },
        },
        "order": {
            **_PLACES,
            "description": "The place that the person chose, or else these, each only after the "
            "person wasn't found at those before it.",
        },
    },
    description="No contact at these places, or not before others were tried.",
)
