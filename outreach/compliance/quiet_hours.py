"""`quiet_hours`: no contact outside the opening hours at the person's location."""

from collections.abc import Callable
from typing import Final

from outreach.compliance.clock import DAY, day_at, wall
from outreach.compliance.opening import HORIZON_DAYS, OpeningHours
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.domain.decisions import epoch_of

Opens = Callable[[View, str, int], int]

HORIZON: Final = HORIZON_DAYS * DAY
MAY_ANSWER: Final = "may_answer"
REPLIES: Final = frozenset({"reply_to_debtor", "opt_out_confirmation"})
FIXED, LENDER, AREA_CODE_PRESUMPTION = "fixed", "lender", "area_code_presumption"


def compile_quiet_hours(parameters: Parameters) -> Check:
    """Compile one rule; see `QUIET_HOURS.schema` for the parameters."""
    hours = OpeningHours(dict(parameters.part("windows").items()), parameters.number("end_guard"))
    zones_of = _zones(parameters)
    at_delivery = parameters.text("time_of", "send") == "deliver"
    exceptions = parameters.texts("exceptions")
    once = "respond_once" in exceptions
    opens = _compile_opens(hours, agreed="agreed_hours" in exceptions)
    next_open = _next_open_any if parameters.text("multi_zone") == "any" else _next_open_all
    is_surely_open = _compile_surely_open(hours)

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
        answer = _reply(view, lambda t: next_open(opens, view, zones, t)) if once else ""
        if answer == MAY_ANSWER:
            return None
        closed = tuple(zone for zone in zones if opens(view, zone, moment) != moment)
        conflict = "closed" if len(closed) == len(zones) else "zone_conflict"
        return defer(answer or conflict, opening - delay, zones=zones, closed=closed)

    return check


def _compile_opens(hours: OpeningHours, *, agreed: bool) -> Opens:
    """Compile: the first open moment in one zone from an epoch on, -1 if there is none."""

    def opens(view: View, zone: str, epoch: int) -> int:
        return hours.opens(zone, epoch, view.facts.holidays)

    def opens_or_agreed(view: View, zone: str, epoch: int) -> int:
        return _earliest(opens(view, zone, epoch), _agreed(view, zone, epoch))

    return opens_or_agreed if agreed else opens


def _compile_surely_open(hours: OpeningHours) -> Callable[[tuple[str, ...], int], bool]:
    """Compile the quick test that settles most decisions: open by the week's hours everywhere."""
    if hours.has_holidays:
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


def _next_open_any(opens: Opens, view: View, zones: tuple[str, ...], epoch: int) -> int:
    """Return the first moment that suits any of the zones, -1 if there is none."""
    found = [moment for zone in zones if (moment := opens(view, zone, epoch)) >= 0]
    return min(found, default=-1)


def _next_open_all(opens: Opens, view: View, zones: tuple[str, ...], epoch: int) -> int:
    """Return the first moment that suits all zones at once, -1 if there is none."""
    moment = epoch
    while moment < epoch + HORIZON:
        openings = [opens(view, zone, moment) for zone in zones]
        if min(openings) < 0:
            return -1
        if max(openings) == moment:
            return moment
        moment = max(openings)
    return -1


def _zones(parameters: Parameters) -> Callable[[View], tuple[str, ...]]:
    basis = parameters.texts("tz_basis")
    fixed = parameters.text("zone")
    nation = tuple(sorted(parameters.texts("national_zones")))
    if parameters.text("unknown_zone") != "all_national_zones":
        nation = ()
    if FIXED in basis:
        return lambda _: (fixed,)
    if LENDER in basis:
        return lambda view: (view.facts.lender_zone,) if view.facts.lender_zone else ()
    if AREA_CODE_PRESUMPTION in basis:
        return lambda view: _by_area_code(view) or nation
    return lambda view: view.zones or nation


def _by_area_code(view: View) -> tuple[str, ...]:
    """Presume the zones of the area codes, unless the person declared where they are."""
    if any(e.kind == "declared" for e in view.facts.zones):
        return view.zones
    codes = {e.zone for e in view.facts.zones if e.kind == "area_code"}
    return tuple(zone for zone in view.zones if zone in codes) or view.zones


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
        if agreement.kind != "contact_hours" or epoch_of(agreement.at) > view.known:
            continue
        first = day_at(zone, epoch).ordinal
        for ordinal in (first, first + 1):
            start = wall(zone, ordinal, agreement.start_minute, closing=False)
            end = wall(zone, ordinal, agreement.end_minute, closing=True)
            if epoch < end and start < end:
                best = _earliest(best, max(start, epoch))
                break
    return best


def _earliest(left: int, right: int) -> int:
    return max(left, right) if min(left, right) < 0 else min(left, right)


def _reply(view: View, next_open: Callable[[int], int]) -> str:
    """Judge an answer to somebody who wrote or called during these very closed hours.

    Returns `may_answer` for the one answer in the same medium, `already_answered` if it was given,
    and nothing where the person didn't write or the action is no answer.
    """
    channel = view.action.channel
    asked = max(
        (
            *(
                e.epoch
                for e in view.facts.ledger
                if e.direction == "in" and e.channel == channel and e.epoch <= view.known
            ),
            *(
                at
                for m in view.facts.inbound
                if m.medium == channel and (at := epoch_of(m.at)) <= view.known
            ),
            *(
                o.epoch
                for o in view.facts.opt_outs
                if o.medium == channel and o.epoch <= view.known
            ),
        ),
        default=-1,
    )
    if asked < 0 or next_open(asked) != next_open(view.now):
        return ""
    answered = any(
        e.direction == "out"
        and e.channel == channel
        and e.outcome != "released"
        and asked <= e.epoch <= view.known
        for e in view.facts.ledger
    )
    if answered:
        return "already_answered"
    return MAY_ANSWER if view.action.purpose in REPLIES else ""


QUIET_HOURS: Final = Primitive(
    "quiet_hours",
    compile_quiet_hours,
    {
        "windows": {
            "description": "Open hours by day: mon … sun, a range such as mon-fri, all, or holiday "
            "(which replaces the weekday). A day not named is closed.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {
                "pattern": "^(all|holiday|(mon|tue|wed|thu|fri|sat|sun)"
                "(-(mon|tue|wed|thu|fri|sat|sun))?)$"
            },
            "additionalProperties": {
                "type": "array",
                "description": "Half-open spans [open, close) in local time.",
                "items": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "string", "pattern": "^([01][0-9]|2[0-4]):[0-5][0-9]$"},
                },
            },
        },
        "tz_basis": {
            "description": "Evidence for the zone. A declared place overrides the rest; address "
            "and area_code stand side by side; area_code_presumption lets the area code decide; "
            "lender uses the lender's zone; fixed uses `zone`.",
            "type": ["array", "string"],
            "items": {
                "enum": [
                    "declared",
                    "address",
                    "area_code",
                    "area_code_presumption",
                    "lender",
                    "fixed",
                ]
            },
        },
        "zone": {"type": "string", "description": "IANA zone for tz_basis fixed."},
        "multi_zone": {
            "enum": ["all", "any"],
            "description": "Must be open in all plausible zones (default), or in any.",
        },
        "unknown_zone": {
            "enum": ["all_national_zones", "block"],
            "description": "When no zone is known: suit all `national_zones`, or block (default).",
        },
        "national_zones": {
            "type": "array",
            "items": {"type": "string"},
            "description": "IANA zones an unknown location must suit.",
        },
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
            "items": {"enum": ["respond_once", "agreed_hours"]},
            "description": "respond_once: one answer in the same medium to somebody who wrote in "
            "these closed hours. agreed_hours: hours the person agreed to count as open.",
        },
    },
    required=("windows", "tz_basis"),
    description="No contact outside opening hours; defers to the next opening in every zone.",
)
