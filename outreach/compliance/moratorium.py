"""`moratorium`: a protected time (bankruptcy, hardship, review …) in which outreach pauses."""

from typing import Final

from outreach.compliance.exceptions import NEVER
from outreach.compliance.holding import LET_THROUGH_SCHEMA, LetThrough, attribute_epoch, holds_on
from outreach.compliance.lengths import Length, length_of, length_schema
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.domain.known import Hold, epoch_of


def compile_moratorium(parameters: Parameters) -> Check:
    """Compile one rule; see `MORATORIUM.schema` for the parameters."""
    kinds = parameters.texts("kinds")
    whole_person = parameters.text("scope") == "person"
    end = _End(parameters)
    through = LetThrough(parameters)

    def check(view: View) -> Objection | None:
        if not view.facts.holds:
            return None
        until, kind = -1, ""
        for hold in holds_on(view, kinds, whole_person=whole_person):
            ends = end.of(hold, view)
            if ends <= view.now or through.allows(hold, view):
                continue
            if ends == NEVER:
                return block("in_force", kind=hold.kind)
            until, kind = max((until, kind), (ends, hold.kind))
        if until < 0:
            return None
        return defer("in_force", until, kind=kind)

    return check


class _End:
    """When a hold of such a rule ends: by its own words, by an event, or by the law's length."""

    __slots__ = ("_event", "_length", "_start", "_tail")

    def __init__(self, parameters: Parameters) -> None:
        self._start = parameters.text("start")
        self._length = length_of(parameters, "length")
        self._event = parameters.text("end_event")
        self._tail = length_of(parameters, "tail") or Length(0, "days")

    def of(self, hold: Hold, view: View) -> int:
        """Return the first instant after the hold, `NEVER` while nothing says when it ends."""
        if hold.ends is not None:
            return epoch_of(hold.ends)
        zones = view.counting_zones
        if self._event:
            happened = attribute_epoch(hold, self._event, view)
            if happened is None or happened > view.known:
                return NEVER
            # The date of the event is still protected; the tail begins on the next.
            return max(self._after(zone, happened) for zone in zones)
        if self._length is None:
            return NEVER
        noted = attribute_epoch(hold, self._start, view) if self._start else None
        begun = noted if noted is not None else epoch_of(hold.starts or hold.at)
        return self._length.latest_end(zones, begun)

    def _after(self, zone: str, happened: int) -> int:
        return self._tail.end(zone, Length(1, "days").end(zone, happened))


MORATORIUM: Final = Primitive(
    "moratorium",
    compile_moratorium,
    {
        "kinds": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "description": "Kinds of hold that this rule is about.",
        },
        "length": length_schema(
            "How long it lasts where the hold itself states no end; its first date is day 1."
        ),
        "start": {
            "type": "string",
            "description": "Attribute of the hold whose date the length runs from (default: the "
            "hold's own beginning).",
        },
        "end_event": {
            "type": "string",
            "description": "Attribute of the hold that tells when it ended (treatment_ended, "
            "decided); it is in force until that is told.",
        },
        "tail": length_schema("How long it goes on after the date of the end event."),
        "scope": {
            "enum": ["listed_debts", "person"],
            "description": "Whether it protects the debts that the hold lists (default; all if it "
            "lists none) or every debt of the person.",
        },
        **LET_THROUGH_SCHEMA,
    },
    required=("kinds",),
    description="No contact while a hold of these kinds is in force; defers if its end is known.",
)
