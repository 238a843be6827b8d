"""`channel_lock`: after a direct contact, no second channel in the same period."""

from typing import Final

from outreach.compliance.clock import day_at, day_start, next_period_start, period_start
from outreach.compliance.counting import (
    POOLS,
    UNITS,
    CountedKinds,
    compile_spared,
    units_of,
)
from outreach.compliance.opening import WEEKDAYS
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, defer
from outreach.domain.vocabulary import Channel, Outcome

# A voicemail is left by the telephone that the person was called on.
_SAME: Final = {"voicemail": "call"}


def compile_channel_lock(parameters: Parameters) -> Check:
    """Compile one rule; see `CHANNEL_LOCK.schema` for the parameters."""
    period = parameters.text("period", "week")
    week_start = WEEKDAYS.index(parameters.text("week_start", "mon"))
    fixed = parameters.text("zone")
    locks = CountedKinds(Parameters({"count": _locking(parameters)}))
    spared = compile_spared(parameters)
    units = units_of(parameters, "person")

    def check(view: View) -> Objection | None:
        ours = _SAME.get(view.action.channel, view.action.channel)
        others = [
            e
            for e in view.facts.ledger
            if locks[e.kind] and _SAME.get(e.channel, e.channel) != ours and not spared(view, e)
        ]
        if not others:
            return None
        latest, used = -1, frozenset[str]()
        for zone in (fixed,) if fixed else view.counting_zones:
            today = day_at(zone, view.now).ordinal
            begins = day_start(zone, period_start(today, period, week_start))
            for _, concerns in units(view):
                inside = {e.channel for e in others if e.epoch >= begins and concerns(e)}
                if inside:
                    ends = day_start(zone, next_period_start(today, period, week_start))
                    latest, used = max(latest, ends), used | inside
        if latest < 0:
            return None
        return defer("other_channel_used", latest, used=tuple(sorted(used)), period=period)

    return check


def _locking(parameters: Parameters) -> dict[str, object]:
    """Return the selector of contacts that lock the channel."""
    select: dict[str, object] = {
        "outcome": parameters.texts("after_outcome"),
        "direction": parameters.texts("directions", ("out",)),
    }
    if parameters.has("channels"):
        select["channel"] = parameters.texts("channels")
    return select


CHANNEL_LOCK: Final = Primitive(
    "channel_lock",
    compile_channel_lock,
    {
        "after_outcome": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": sorted(Outcome)},
            "description": "Outcomes that lock the channel; a pending contact always may have.",
        },
        "directions": {
            "type": "array",
            "items": {"enum": ["in", "out"]},
            "description": "Whose contact locks it: in, out (default), or both.",
        },
        "channels": {
            "type": "array",
            "items": {"enum": sorted(Channel)},
            "description": "Channels whose contacts lock; all if absent.",
        },
        "period": {"enum": ["day", "week", "month"], "description": "How long (default week)."},
        "week_start": {
            "enum": list(WEEKDAYS),
            "description": "First day of a week (default mon).",
        },
        "zone": {"type": "string", "description": "IANA zone for the dates, if the law fixes one."},
        "unit": {"enum": list(UNITS), "description": "What the lock is about (default person)."},
        "pool": {"enum": list(POOLS), "description": "This sender's (default), or everybody's."},
    },
    required=("after_outcome",),
    description="After such an outcome only the channel already used may be used again in the "
    "calendar period; defers to the next period. Call and voicemail are one channel.",
)
