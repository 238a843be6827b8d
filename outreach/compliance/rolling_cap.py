"""`rolling_cap`: at most so many contacts in a window that moves with the clock."""

from typing import Final

from outreach.compliance.clock import day_at, day_start
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


def compile_rolling_cap(parameters: Parameters) -> Check:
    """Compile one rule; see `ROLLING_CAP.schema` for the parameters."""
    limit = parameters.number("limit")
    length = parameters.part("window").number("n")
    in_days = parameters.part("window").text("unit", "days") == "days"
    by_date = in_days and parameters.text("basis", "local_date") == "local_date"
    seconds = duration(length, "days" if in_days else "hours")
    # No local window of N dates is longer than N days and a few hours of clock changes.
    longest = seconds + duration(2, "days") if by_date else seconds
    fixed = parameters.text("zone")
    unit = parameters.text("unit", "debt")
    grouped = unit == "debt_group"
    counted = CountedKinds(parameters)
    spared = compile_spared(parameters)
    exempt = compile_exempt(parameters)
    since = compile_since(parameters)
    units = units_of(parameters)

    def check(view: View) -> Objection | None:
        if grouped and not units(view):
            return None
        horizon = view.now - longest
        # Few contacts of the kinds that count settle nearly every case.
        recent = [e for e in view.facts.ledger if e.epoch > horizon and counted[e.kind]]
        if len(recent) < limit or exempt(view):
            return None
        recent = [e for e in recent if not spared(view, e)]
        zones = (fixed,) if fixed else view.counting_zones
        latest = -1
        most = 0
        for _, concerns in units(view):
            begins = since(view, concerns)
            if begins is None:
                continue
            epochs = sorted(e.epoch for e in recent if e.epoch >= begins and concerns(e))
            if len(epochs) < limit:
                continue
            clears = (
                max(_clears_by_date(epochs, limit, length, zone, view.now) for zone in zones)
                if by_date
                # Contacts as old as the window, to the microsecond, are no longer among these.
                else epochs[len(epochs) - limit] + seconds
            )
            if clears > latest:
                latest, most = clears, len(epochs)
        if latest <= view.now:
            return None
        return defer("reached", latest, limit=limit, counted=most, unit=unit)

    return check


def _clears_by_date(epochs: list[int], limit: int, days: int, zone: str, now: int) -> int:
    """Return when the window of so many local dates, today included, has room again."""
    today = day_at(zone, now).ordinal
    first = day_start(zone, today - days + 1)
    inside = [epoch for epoch in epochs if epoch >= first]
    if len(inside) < limit:
        return -1
    return day_start(zone, day_at(zone, inside[len(inside) - limit]).ordinal + days)


ROLLING_CAP: Final = Primitive(
    "rolling_cap",
    compile_rolling_cap,
    {
        "limit": {"type": "integer", "minimum": 1, "description": "Most contacts in the window."},
        "window": {
            "type": "object",
            "additionalProperties": False,
            "required": ["n", "unit"],
            "description": "Length of the window; today is its last date.",
            "properties": {
                "n": {"type": "integer", "minimum": 1, "maximum": 400},
                "unit": {"enum": ["days", "hours"]},
            },
        },
        "basis": {
            "enum": ["local_date", "duration"],
            "description": "local_date (default for days): the person's calendar dates. duration "
            "(always for hours): to the second.",
        },
        **COUNTING_SCHEMA,
    },
    required=("limit", "window"),
    description="At most `limit` contacts in a rolling window; defers until there is room again.",
)
