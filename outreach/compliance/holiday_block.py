"""`holiday_block`: no contact, or shorter hours, on holidays and other kinds of days."""

from typing import Final

from outreach.compliance.opening import DAY_PATTERN, HOLIDAY, WINDOW_LIST_SCHEMA, OpeningHours
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.compliance.zoning import ZONING_SCHEMA, compile_next_open, compile_zones

_ALL_DAY: Final = {"all": [["00:00", "24:00"]]}


def compile_holiday_block(parameters: Parameters) -> Check:
    """Compile one rule; see `HOLIDAY_BLOCK.schema` for the parameters."""
    kinds = parameters.texts("day_types", (HOLIDAY,))
    instead = dict(parameters.items()).get("replace_windows", ())
    hours = OpeningHours({**_ALL_DAY, **dict.fromkeys(sorted(kinds), instead)})
    zones_of = compile_zones(parameters)
    next_open = compile_next_open(parameters)

    def opens(view: View, zone: str, epoch: int) -> int:
        return hours.opens(zone, epoch, view.facts.holidays)

    def check(view: View) -> Objection | None:
        zones = zones_of(view)
        if not zones:
            return block("zone_unknown", needs="location", missing="zone")
        opening = next_open(opens, view, zones, view.now)
        if opening == view.now:
            return None
        if opening >= 0:
            return defer("closed_day", opening, zones=zones, day_types=tuple(sorted(kinds)))
        if hours.has_holidays and view.facts.holidays is None:
            return block("calendar_unknown", needs="holiday_calendar", missing="holidays")
        return block("never_open", zones=zones)

    return check


HOLIDAY_BLOCK: Final = Primitive(
    "holiday_block",
    compile_holiday_block,
    {
        "calendar": {
            "enum": ["residence"],
            "description": "Whose holidays: those where the person lives (default). The version of "
            "the calendar is kept with each decision.",
        },
        "day_types": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": DAY_PATTERN},
            "description": "Closed days: holiday (default), weekend, sun …",
        },
        "replace_windows": {
            **WINDOW_LIST_SCHEMA,
            "description": "Open hours [open, close) on such days, instead of a ban.",
        },
        **ZONING_SCHEMA,
    },
    description="No contact on such days, or only in shorter hours; defers to the next opening. "
    "With no calendar of holidays every day may be one.",
)
