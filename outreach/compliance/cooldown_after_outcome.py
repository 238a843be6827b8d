"""`cooldown_after_outcome`: after a conversation (or the like), wait before the next contact."""

from typing import Final

from outreach.compliance.clock import day_at, day_start
from outreach.compliance.counting import (
    EXCLUSIONS,
    POOLS,
    UNITS,
    CountedKinds,
    compile_spared,
    units_of,
)
from outreach.compliance.exceptions import duration
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, defer
from outreach.domain.vocabulary import Channel, DialMode, Outcome


def compile_cooldown(parameters: Parameters) -> Check:
    """Compile one rule; see `COOLDOWN_AFTER_OUTCOME.schema` for the parameters."""
    exclude = parameters.texts("exclude")
    starts = CountedKinds(Parameters({"count": _starting(parameters), "exclude": exclude}))
    spared = compile_spared(parameters)
    amount = parameters.part("duration").number("n")
    in_days = parameters.part("duration").text("unit", "days") == "days"
    seconds = duration(amount, "days" if in_days else "hours")
    by_date = in_days and parameters.text("basis", "local_date") == "local_date"
    dates = amount + (parameters.text("day_one", "event_date") == "next_date")
    longest = seconds + duration(2, "days") if by_date else seconds
    fixed = parameters.text("zone")
    unit = parameters.text("unit", "debt")
    grouped = unit == "debt_group"
    units = units_of(parameters)

    def check(view: View) -> Objection | None:
        if grouped and not units(view):
            return None
        horizon = view.now - longest
        recent = [
            e
            for e in view.facts.ledger
            if e.epoch > horizon and starts[e.kind] and not spared(view, e)
        ]
        if not recent:
            return None
        zones = (fixed,) if fixed else view.counting_zones
        latest, since = -1, 0
        for _, concerns in units(view):
            newest = max((e.epoch for e in recent if concerns(e)), default=-1)
            if newest < 0:
                continue
            clears = (
                max(day_start(zone, day_at(zone, newest).ordinal + dates) for zone in zones)
                if by_date
                else newest + seconds
            )
            if clears > latest:
                latest, since = clears, newest
        if latest <= view.now:
            return None
        return defer("cooling_down", latest, since=since)

    return check


def _starting(parameters: Parameters) -> dict[str, object]:
    """Return the selector of contacts that start the wait."""
    select: dict[str, object] = {
        "outcome": parameters.texts("outcomes"),
        "direction": parameters.texts("directions", ("in", "out")),
    }
    for key, given in (
        ("channel", "channels"),
        ("recipient_role", "recipient_roles"),
        ("dial_mode", "dial_modes"),
    ):
        if parameters.has(given):
            select[key] = parameters.texts(given)
    return select


COOLDOWN_AFTER_OUTCOME: Final = Primitive(
    "cooldown_after_outcome",
    compile_cooldown,
    {
        "outcomes": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": sorted(Outcome)},
            "description": "Outcomes that start the wait; a pending contact always may have.",
        },
        "directions": {
            "type": "array",
            "items": {"enum": ["in", "out"]},
            "description": "Whose contact starts it: in, out, or both (default).",
        },
        "channels": {
            "type": "array",
            "items": {"enum": sorted(Channel)},
            "description": "Channels whose contacts start it; all if absent.",
        },
        "recipient_roles": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Whom it was with; anybody if absent.",
        },
        "dial_modes": {
            "type": "array",
            "items": {"enum": sorted(DialMode)},
            "description": "How the call was placed that starts it; any way if absent.",
        },
        "duration": {
            "type": "object",
            "additionalProperties": False,
            "required": ["n", "unit"],
            "properties": {
                "n": {"type": "integer", "minimum": 1, "maximum": 400},
                "unit": {"enum": ["days", "hours"]},
            },
            "description": "How long to wait.",
        },
        "day_one": {
            "enum": ["event_date", "next_date"],
            "description": "Which local date is day 1: that of the event (default) or the next.",
        },
        "basis": {
            "enum": ["local_date", "duration"],
            "description": "Count local dates (default for days), or to the second (hours).",
        },
        "zone": {"type": "string", "description": "IANA zone for the dates, if the law fixes one."},
        "unit": {"enum": list(UNITS), "description": "What the wait is about (default debt)."},
        "pool": {"enum": list(POOLS), "description": "This sender's (default), or everybody's."},
        "exclude": {
            "type": "array",
            "items": {"enum": list(EXCLUSIONS)},
            "description": "Contacts that start no wait although `outcomes` name theirs.",
        },
    },
    required=("outcomes", "duration"),
    description="Wait after an outcome such as a conversation; defers to the end of the wait.",
)
