"""`calendar_cap`: at most so many contacts in a calendar day, week or month."""

from typing import Final

from outreach.compliance.clock import day_at, day_start, next_period_start, period_start
from outreach.compliance.counting import (
    COUNT_SCHEMA,
    EXCLUSIONS,
    UNITS,
    CountedKinds,
    compile_spared,
    compile_units,
)
from outreach.compliance.opening import WEEKDAYS
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, defer


def compile_calendar_cap(parameters: Parameters) -> Check:
    """Compile one rule; see `CALENDAR_CAP.schema` for the parameters."""
    limit = parameters.number("limit")
    period = parameters.text("period", "day")
    week_start = WEEKDAYS.index(parameters.text("week_start", "mon"))
    fixed = parameters.text("zone")
    unit = parameters.text("unit", "debt")
    counted = CountedKinds(parameters)
    spared = compile_spared(parameters)
    units = compile_units(unit, primary_only=parameters.text("multi_debt", "each") == "primary")

    def check(view: View) -> Objection | None:
        recent = [e for e in view.facts.ledger if counted[e.kind]]
        if len(recent) < limit:
            return None
        recent = [e for e in recent if not spared(view, e)]
        latest, most = -1, 0
        for zone in (fixed,) if fixed else view.counting_zones:
            today = day_at(zone, view.now).ordinal
            begins = day_start(zone, period_start(today, period, week_start))
            for _, concerns in units(view):
                inside = sum(1 for e in recent if e.epoch >= begins and concerns(e))
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
        "zone": {"type": "string", "description": "IANA zone for the dates, if the law fixes one."},
        "unit": {"enum": list(UNITS), "description": "What is counted against (default debt)."},
        "pool": {
            "enum": ["collector", "principal_and_agents"],
            "description": "Count this sender's contacts (default), or everybody's.",
        },
        "count": COUNT_SCHEMA,
        "exclude": {"type": "array", "items": {"enum": list(EXCLUSIONS)}},
        "multi_debt": {
            "enum": ["each", "primary"],
            "description": "A contact on several debts counts for each (default) or for the first.",
        },
    },
    required=("limit", "period"),
    description="At most `limit` contacts in a calendar period; defers to the next period.",
)
