"""Which zones a rule looks at, and the first moment that suits all or any of them."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.compliance.clock import DAY, is_zone
from outreach.compliance.opening import HORIZON_DAYS
from outreach.compliance.view import Parameters, View

ZonesOf = Callable[[View], tuple[str, ...]]
Opens = Callable[[View, str, int], int]
"""The first open moment in one zone from an epoch on, -1 if there is none."""
NextOpen = Callable[[Opens, View, tuple[str, ...], int], int]

HORIZON: Final = HORIZON_DAYS * DAY
DECLARED, ADDRESS, AREA_CODE = "declared", "address", "area_code"
AREA_CODE_PRESUMPTION, LENDER, FIXED = "area_code_presumption", "lender", "fixed"
_EVIDENCE: Final = frozenset({DECLARED, ADDRESS, AREA_CODE})


def compile_zones(parameters: Parameters) -> ZonesOf:
    """Compile the zones a rule looks at; none where the location is unknown."""
    fixed = parameters.text("zone")
    basis = parameters.texts("tz_basis", {FIXED} if fixed else _EVIDENCE)
    nation = tuple(sorted(parameters.texts("national_zones")))
    if parameters.text("unknown_zone") != "all_national_zones":
        nation = ()
    if FIXED in basis:
        return lambda _: (fixed,)
    if LENDER in basis:
        return lambda view: _lenders(view) or nation
    if AREA_CODE_PRESUMPTION in basis:
        return lambda view: _by_kind(view, frozenset({AREA_CODE})) or nation
    kinds = basis & _EVIDENCE
    if {ADDRESS, AREA_CODE} <= kinds or not kinds:
        return lambda view: view.zones or nation
    return lambda view: _by_kind(view, kinds) or nation


def _lenders(view: View) -> tuple[str, ...]:
    zone = view.facts.lender_zone
    return (zone,) if zone and is_zone(zone) else ()


def _by_kind(view: View, kinds: frozenset[str]) -> tuple[str, ...]:
    """Return the zones that evidence of these kinds suggests, all plausible ones if there is none.

    What the person declared always stands; `view.zones` holds nothing else then.
    """
    suggested = {e.zone for e in view.facts.zones if e.kind in kinds}
    return tuple(zone for zone in view.zones if zone in suggested) or view.zones


def compile_next_open(parameters: Parameters) -> NextOpen:
    """Compile `multi_zone`: the first moment that suits all zones (default), or any."""
    return _next_open_any if parameters.text("multi_zone") == "any" else _next_open_all


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


ZONING_SCHEMA: Final[Mapping[str, object]] = {
    "tz_basis": {
        "description": "Evidence for the zone. A declared place overrides the rest; address and "
        "area_code stand side by side where both are listed, and all evidence counts where there "
        "is none of the kind listed; area_code_presumption lets the area code decide; lender uses "
        "the lender's zone; fixed uses `zone`.",
        "type": ["array", "string"],
        "items": {
            "enum": [DECLARED, ADDRESS, AREA_CODE, AREA_CODE_PRESUMPTION, LENDER, FIXED],
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
}
