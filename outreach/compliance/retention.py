"""`retention`: records are kept so long after an event before they may be purged."""

from collections.abc import Mapping
from typing import Final

from outreach.compliance.lengths import Length, length_of, length_schema
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.domain.known import Debt, epoch_of, instant_of

PURGE: Final = "purge"
RECORDS: Final = "collection_records"
LEGAL_HOLD: Final = "legal_hold"
_NO_DEBT: Final = Debt()


def compile_retention(parameters: Parameters) -> Check:
    """Compile one rule; see `RETENTION.schema` for the parameters."""
    what = parameters.texts("what", (RECORDS,))
    length = length_of(parameters, "min") or Length(0, "days")
    events = tuple(sorted(parameters.texts("from")))
    either = "|".join(events)
    purge_after = length_of(parameters, "purge_after")
    holds = parameters.texts("legal_hold", (LEGAL_HOLD,))

    def check(view: View) -> Objection | None:
        action = view.action
        # What a purge doesn't name, it takes as well.
        if action.purpose != PURGE or (action.content and what.isdisjoint(action.content)):
            return None
        if held := _legal_hold(view, holds):
            return block("legal_hold", hold=held, what=sorted(what))
        since = max((at for e in events if (at := _event(view, e)) is not None), default=None)
        if since is None:
            return block("event_unknown", event=either, what=sorted(what), needs=either)
        kept_until = length.latest_end(view.counting_zones, since)
        if kept_until <= view.now:
            return None
        more: dict[str, object] = {"event": either, "what": sorted(what)}
        if purge_after is not None:
            purge_by = purge_after.earliest_end(view.counting_zones, since)
            more["purge_by"] = instant_of(purge_by).isoformat()
        return defer("kept", kept_until, **more)

    return check


def _legal_hold(view: View, names: frozenset[str]) -> str:
    """Return a hold or flag that forbids any purge; empty if none. An unknown one may be set."""
    for hold in view.facts.holds:
        if hold.kind in names and _covers(view, hold.debts) and epoch_of(hold.at) <= view.known:
            released = hold.released is not None and epoch_of(hold.released) <= view.known
            ended = hold.ends is not None and epoch_of(hold.ends) <= view.now
            if not released and not ended:
                return hold.kind
    flags = [view.facts.person_flags, view.facts.lender_flags]
    flags += [view.facts.debts.get(name, _NO_DEBT).flags for name in view.action.debts]
    return min((name for name in names for known in flags if known.get(name)), default="")


def _covers(view: View, debts: frozenset[str]) -> bool:
    return not debts or not view.action.debts or not debts.isdisjoint(view.action.debts)


def _event(view: View, event: str) -> int | None:
    """Return when the event was, the latest if it was more than once; None if any is unknown."""
    person = view.facts.person_dates.get(event)
    found = [view.facts.debts.get(d, _NO_DEBT).dates.get(event, person) for d in view.action.debts]
    dates = [epoch_of(at) for at in found or [person] if at is not None]
    complete = len(dates) == len(found or [person])
    return max(dates) if complete and max(dates) <= view.known else None


_TEXTS: Final[Mapping[str, object]] = {"type": ["string", "array"], "items": {"type": "string"}}
RETENTION: Final = Primitive(
    "retention",
    compile_retention,
    {
        "what": {
            **_TEXTS,
            "description": "Kinds of record that the rule is about (default collection_records). A "
            "purge names in its content what it takes; one that names nothing takes everything.",
        },
        "min": length_schema("How long they are kept at least."),
        "from": {
            **_TEXTS,
            "minItems": 1,
            "description": "Event that the time runs from (last_collection_activity, "
            "last_record_at, paid_off …), or several: the latest that is known. Until one is known "
            "nothing is purged.",
        },
        "legal_hold": {
            **_TEXTS,
            "description": "Holds or flags under which nothing is purged (default legal_hold).",
        },
        "purge_after": length_schema("When they must be gone at the latest; said with a deferral."),
    },
    required=("min", "from"),
    description="Defers a purge until records were kept long enough; blocks it under legal hold.",
)
