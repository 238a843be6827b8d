"""`quiet_hours`: no contact outside the opening hours at the person's location."""

from collections.abc import Callable
from typing import Final

from outreach.compliance.answering import MAY_ANSWER, answer_to_person
from outreach.compliance.clock import DAY, day_at, wall
from outreach.compliance.opening import DAY_PATTERN, WINDOW_LIST_SCHEMA, OpeningHours
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.compliance.zoning import ZONING_SCHEMA, Opens, compile_next_open, compile_zones
from outreach.domain.known import Agreement, epoch_of

AGREED: Final = "agreed_hours"
ONLY_AGREED: Final = "only_agreed_hours"
_WEEK: Final = 7


def compile_quiet_hours(parameters: Parameters) -> Check:
    """Compile one rule; see `QUIET_HOURS.schema` for the parameters."""
    hours = OpeningHours(dict(parameters.part("windows").items()), parameters.number("end_guard"))
    zones_of = compile_zones(parameters)
    at_delivery = parameters.text("time_of", "send") == "deliver"
    exceptions = parameters.texts("exceptions")
    once = "respond_once" in exceptions
    opens = _compile_opens(hours, exceptions)
    next_open = compile_next_open(parameters)
    is_surely_open = _compile_surely_open(hours, exceptions)

    def check(view: View) -> Objection | None:
        zones = zones_of(view)
        if not zones:
            return block("zone_unknown", needs="location", missing="zone")
        delay = _delay(view) if at_delivery else 0
        moment = view.now + delay
        if is_surely_open(zones, moment):
            return None
        opening = next_open(opens, view, zones, moment)
        if opening == moment:
            return None
        if opening < 0:
            return block("never_open", zones=zones)
        answer = answer_to_person(view, lambda t: next_open(opens, view, zones, t)) if once else ""
        if answer == MAY_ANSWER:
            return None
        closed = tuple(zone for zone in zones if opens(view, zone, moment) != moment)
        conflict = "closed" if len(closed) == len(zones) else "zone_conflict"
        return defer(answer or conflict, opening - delay, zones=zones, closed=closed)

    return check


def _compile_opens(hours: OpeningHours, exceptions: frozenset[str]) -> Opens:
    def opens(view: View, zone: str, epoch: int) -> int:
        return hours.opens(zone, epoch, view.facts.holidays)

    def opens_or_agreed(view: View, zone: str, epoch: int) -> int:
        return _earliest(opens(view, zone, epoch), _agreed(view, zone, epoch))

    def opens_where_agreed(view: View, zone: str, epoch: int) -> int:
        first = moment = opens(view, zone, epoch)
        # Agreed hours come round every week: what they share with the windows comes within two.
        while 0 <= moment < epoch + 2 * _WEEK * DAY:
            agreed = _agreed(view, zone, moment)
            if agreed == moment:
                return moment
            if agreed < 0:
                break
            moment = opens(view, zone, agreed)
        return first

    if ONLY_AGREED in exceptions:
        return opens_where_agreed
    return opens_or_agreed if AGREED in exceptions else opens


def _compile_surely_open(
    hours: OpeningHours, exceptions: frozenset[str]
) -> Callable[[tuple[str, ...], int], bool]:
    """Compile the quick test that settles most decisions: open by the week's hours everywhere."""
    if hours.has_holidays or ONLY_AGREED in exceptions:
        return lambda _zones, _epoch: False
    # The span each zone was last found open in. One short entry per zone ever asked about.
    latest: dict[str, tuple[int, int]] = {}

    def is_surely_open(zones: tuple[str, ...], epoch: int) -> bool:
        for zone in zones:
            span = latest.get(zone)
            if span is None or not span[0] <= epoch < span[1]:
                span = _span_at(hours, zone, epoch)
                if span is None:
                    return False
                latest[zone] = span
        return True

    return is_surely_open


def _span_at(hours: OpeningHours, zone: str, epoch: int) -> tuple[int, int] | None:
    for span in hours.spans(zone, day_at(zone, epoch).ordinal, None):
        if span[0] <= epoch < span[1]:
            return span
    return None


def _delay(view: View) -> int:
    """Return how long after hand-off the message is expected to arrive."""
    expected = view.action.expected_delivery
    return max(0, epoch_of(expected) - view.known) if expected else 0


def _agreed(view: View, zone: str, epoch: int) -> int:
    """Return the next moment inside hours that the person agreed to, -1 if there are none."""
    best = -1
    for agreement in view.facts.agreements:
        if agreement.kind == "contact_hours" and epoch_of(agreement.at) <= view.known:
            best = _earliest(best, _next_agreed(agreement, zone, epoch))
    return best


def _next_agreed(agreement: Agreement, zone: str, epoch: int) -> int:
    """Return the next moment inside one agreement's hours; -1 if they are empty.

    Hours that end at or before they begin run into the next day.
    """
    opens, closes = agreement.start_minute, agreement.end_minute
    today = day_at(zone, epoch).ordinal
    for ordinal in range(today - 1, today + _WEEK + 2):
        if (ordinal - 1) % _WEEK not in agreement.days:
            continue
        start = wall(zone, ordinal, opens, closing=False)
        end = wall(zone, ordinal + (closes < opens), closes, closing=True)
        if epoch < end and start < end:
            return max(start, epoch)
    return -1


def _earliest(left: int, right: int) -> int:
    return max(left, right) if min(left, right) < 0 else min(left, right)


QUIET_HOURS: Final = Primitive(
    "quiet_hours",
    compile_quiet_hours,
    {
        "windows": {
            "description": "Open hours by day: mon … sun, a range such as mon-fri, weekday, "
            "weekend, all, or holiday (which replaces the weekday). The narrowest name counts; a "
            "day not named is closed.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": DAY_PATTERN},
            "additionalProperties": WINDOW_LIST_SCHEMA,
        },
        **ZONING_SCHEMA,
        "time_of": {
            "enum": ["send", "deliver"],
            "description": "Which instant counts: hand-off (default) or expected delivery.",
        },
        "end_guard": {
            "type": "integer",
            "minimum": 0,
            "maximum": 720,
            "description": "Minutes before each closing in which nothing more is sent.",
        },
        "exceptions": {
            "type": "array",
            "items": {"enum": ["respond_once", AGREED, ONLY_AGREED]},
            "description": "respond_once: one answer in the same medium to somebody who wrote in "
            "these closed hours. agreed_hours: hours the person agreed to count as open. "
            "only_agreed_hours: of the open hours only those the person agreed to, if they agreed "
            "to any of them.",
        },
    },
    required=("windows", "tz_basis"),
    description="No contact outside opening hours; defers to the next opening in every zone.",
)
