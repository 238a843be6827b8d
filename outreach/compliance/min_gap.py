"""`min_gap`: contacts lie at least so far apart."""

from typing import Final

from outreach.compliance.clock import MINUTE, day_at, day_start
from outreach.compliance.counting import (
    COUNTING_SCHEMA,
    CountedKinds,
    compile_since,
    compile_spared,
    units_of,
)
from outreach.compliance.exceptions import duration
from outreach.compliance.exclusions import compile_exempt
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, defer


def compile_min_gap(parameters: Parameters) -> Check:
    """Compile one rule; see `MIN_GAP.schema` for the parameters."""
    amount = parameters.part("gap").number("n")
    measure = parameters.part("gap").text("unit", "days")
    by_date = measure == "days" and parameters.text("basis", "local_date") == "local_date"
    gap = amount * MINUTE if measure == "minutes" else duration(amount, measure)
    # No gap of N local dates is longer than N days and a few hours of clock changes.
    longest = gap + duration(2, "days") if by_date else gap
    fixed = parameters.text("zone")
    counted = CountedKinds(parameters)
    spared = compile_spared(parameters)
    exempt = compile_exempt(parameters)
    since = compile_since(parameters)
    units = units_of(parameters)

    def check(view: View) -> Objection | None:
        horizon = view.now - longest
        recent = [e for e in view.facts.ledger if e.epoch > horizon and counted[e.kind]]
        if not recent or exempt(view):
            return None
        recent = [e for e in recent if not spared(view, e)]
        newest = max(
            (
                e.epoch
                for _, concerns in units(view)
                if (first := since(view, concerns)) is not None
                for e in recent
                if e.epoch >= first and concerns(e)
            ),
            default=None,
        )
        if newest is None:
            return None
        zones = (fixed,) if fixed else view.counting_zones
        clears = (
            max(day_start(zone, day_at(zone, newest).ordinal + amount) for zone in zones)
            if by_date
            else newest + gap
        )
        if clears <= view.now:
            return None
        return defer("too_soon", clears, n=amount, measure=measure, since=newest)

    return check


MIN_GAP: Final = Primitive(
    "min_gap",
    compile_min_gap,
    {
        "gap": {
            "type": "object",
            "additionalProperties": False,
            "required": ["n", "unit"],
            "description": "How far apart. 2 days by local date: one on the 6th, the next on the "
            "8th.",
            "properties": {
                "n": {"type": "integer", "minimum": 1, "maximum": 10_000},
                "unit": {"enum": ["days", "hours", "minutes"]},
            },
        },
        "basis": {
            "enum": ["local_date", "duration"],
            "description": "local_date (default for days): the person's calendar dates. duration "
            "(always for hours and minutes): to the second.",
        },
        **COUNTING_SCHEMA,
    },
    required=("gap",),
    description="Contacts lie at least so far apart; defers to the end of the gap.",
)
