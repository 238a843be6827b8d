"""`calendar_cap`: at most so many contacts in a calendar day, week or month."""

from typing import Final

from outreach.compliance.clock import DAY, day_at, day_start, next_period_start, period_start
from outreach.compliance.counting import (
    COUNTING_SCHEMA,
    CountedKinds,
    compile_since,
    compile_spared,
    units_of,
)
from outreach.compliance.exclusions import compile_exempt
from outreach.compliance.opening import WEEKDAYS
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, defer

# No local period is longer, whatever its clock changes.
_LONGEST: Final = {"day": 3 * DAY, "week": 9 * DAY, "month": 33 * DAY}


def compile_calendar_cap(parameters: Parameters) -> Check:
    """Compile one rule; see `CALENDAR_CAP.schema` for the parameters."""
    limit = parameters.number("limit")
    period = parameters.text("period", "day")
    week_start = WEEKDAYS.index(parameters.text("week_start", "mon"))
    fixed = parameters.text("zone")
    unit = parameters.text("unit", "debt")
    counted = CountedKinds(parameters)
    spared = compile_spared(parameters)
    exempt = compile_exempt(parameters)
    since = compile_since(parameters)
    units = units_of(parameters)

    def check(view: View) -> Objection | None:
        horizon = view.now - _LONGEST[period]
        recent = [e for e in view.facts.ledger if e.epoch > horizon and counted[e.kind]]
        if len(recent) < limit or exempt(view):
            return None
        recent = [e for e in recent if not spared(view, e)]
        latest, most = -1, 0
        for zone in (fixed,) if fixed else view.counting_zones:
            today = day_at(zone, view.now).ordinal
            begins = day_start(zone, period_start(today, period, week_start))
            for _, concerns in units(view):
                first = since(view, concerns)
                if first is None:
                    continue
                first = max(first, begins)
                inside = sum(1 for e in recent if e.epoch >= first and concerns(e))
                if inside >= limit:
                    clears = day_start(zone, next_period_start(today, period, week_start))
                    latest, most = max(latest, clears), max(most, inside)
        if latest < 0:
            return None
        return defer("reached", latest, limit=limit, counted=most, unit=unit, period=period)

    return check


CALENDAR_CAP: Final = Primitive(
    "calendar_cap",
    compile_calendar_cap,
    {
        "limit": {"type": "integer", "minimum": 1, "description": "Most contacts in the period."},
        "period": {"enum": ["day", "week", "month"], "description": "The calendar period."},
        "week_start": {
            "enum": list(WEEKDAYS),
            "description": "First day of a week (default mon).",
        },
        **COUNTING_SCHEMA,
    },
    required=("limit", "period"),
    description="At most `limit` contacts in a calendar period; defers to the next period.",
)
