"""When a debtor counts as unreachable, which some laws ask for before anybody else is spoken to."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.compliance.clock import day_at, day_start
from outreach.compliance.exceptions import NEVER
from outreach.compliance.view import Parameters, View
from outreach.domain.known import LedgerEntry, epoch_of

Unreachable = Callable[[View], int]
"""Return the first instant, `now` or later, at which the debtor counts as such; or `NEVER`."""

INVALID_FLAG: Final = "debtor_number_invalid"
DEBTOR: Final = "debtor"
_DIALED: Final = frozenset({"call", "voicemail"})
_FAILED: Final = frozenset({"no_answer", "not_connected"})
_PHONES: Final = frozenset({"mobile", "landline_residential", "work_phone"})
_USELESS: Final = frozenset({"invalid", "reassigned", "wrong_party"})


def compile_unreachable(parameters: Parameters) -> Unreachable:
    """Compile `unreachable_when`: any of the ways that it names is enough."""
    ways: list[Unreachable] = []
    if parameters.flag("invalid_number"):
        ways.append(lambda view: view.now if _has_no_number(view) else NEVER)
    if parameters.has("failed_attempts"):
        ways.append(_attempts(parameters.part("failed_attempts")))
    if parameters.has("failed_dates"):
        ways.append(_dates(parameters.part("failed_dates")))
    return lambda view: min((way(view) for way in ways), default=NEVER)


def _has_no_number(view: View) -> bool:
    """Tell whether the debtor's number is known to be invalid, or every number on file is."""
    if view.facts.person_flags.get(INVALID_FLAG) is True:
        return True
    numbers = [
        known
        for known in view.facts.endpoints.values()
        if known.kind in _PHONES and known.owner in (None, DEBTOR)
    ]
    return bool(numbers) and all(known.status in _USELESS for known in numbers)


def _attempts(parameters: Parameters) -> Unreachable:
    needed = parameters.number("n", 1)
    next_date = parameters.text("usable", "next_date") == "next_date"

    def opens(view: View) -> int:
        failures = _failures(view)
        if len(failures) < needed:
            return NEVER
        moment = failures[needed - 1]
        if next_date:
            moment = max(_next_date(zone, moment) for zone in view.counting_zones)
        return max(view.now, moment)

    return opens


def _dates(parameters: Parameters) -> Unreachable:
    needed = parameters.number("n", 1)
    next_date = parameters.text("usable", "same_date") == "next_date"

    def opens(view: View) -> int:
        failures = _failures(view)
        moments = [_last_of_run(zone, failures, needed) for zone in view.counting_zones]
        if next_date:
            moments = [
                NEVER if moment == NEVER else _next_date(zone, moment)
                for zone, moment in zip(view.counting_zones, moments, strict=True)
            ]
        return max(view.now, *moments)

    return opens


def _last_of_run(zone: str, failures: list[int], needed: int) -> int:
    """Return the failure that first makes so many consecutive local dates with one; or `NEVER`."""
    run, latest = 0, -1
    for epoch in failures:
        ordinal = day_at(zone, epoch).ordinal
        if ordinal != latest:
            run = run + 1 if ordinal == latest + 1 else 1
            latest = ordinal
        if run >= needed:
            return epoch
    return NEVER


def _next_date(zone: str, epoch: int) -> int:
    return day_start(zone, day_at(zone, epoch).ordinal + 1)


def _failures(view: View) -> list[int]:
    """Return when dials to the debtor failed since they were last reached, earliest first."""
    known = [e for e in view.facts.ledger if e.epoch <= view.known and e.recipient_role == DEBTOR]
    reached = [e.epoch for e in known if _is_reached(e)]
    reached += [at for m in view.facts.inbound if (at := epoch_of(m.at)) <= view.known]
    since = max(reached, default=-NEVER)
    return sorted(
        e.epoch
        for e in known
        if e.epoch > since
        and e.channel in _DIALED
        and e.direction == "out"
        and e.outcome in _FAILED
    )


def _is_reached(entry: LedgerEntry) -> bool:
    """Tell whether the debtor was there; a call still pending may turn out so."""
    if entry.direction == "in":
        return True
    return entry.outcome == "conversation" or (
        entry.outcome == "pending" and entry.channel in _DIALED
    )


def _run_schema(default: str, description: str) -> Mapping[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["n"],
        "description": description,
        "properties": {
            "n": {"type": "integer", "minimum": 1},
            "usable": {
                "enum": ["same_date", "next_date"],
                "description": f"From when it may be relied on (default {default}).",
            },
        },
    }


UNREACHABLE_SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "description": "The debtor can't be reached: any of these is enough, until they are reached.",
    "properties": {
        "invalid_number": {
            "type": "boolean",
            "description": "The number is known to be invalid, or every number on file is.",
        },
        "failed_attempts": _run_schema(
            "next_date", "So many dials in a row failed since the debtor was last reached."
        ),
        "failed_dates": _run_schema(
            "same_date", "Dials failed on so many local dates in a row, none of them answered."
        ),
    },
}
