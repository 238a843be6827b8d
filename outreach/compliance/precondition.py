"""`precondition`: something must have happened first, and perhaps long enough ago."""

from typing import Final

from outreach.compliance.events import EVENT_SCHEMA, SINCE_EVER, Event
from outreach.compliance.exceptions import NEVER
from outreach.compliance.terms import TERM_SCHEMA, UNKNOWN_CALENDAR, Term
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer


def compile_precondition(parameters: Parameters) -> Check:
    """Compile one rule; see `PRECONDITION.schema` for the parameters."""
    condition = _Condition(parameters)

    def check(view: View) -> Objection | None:
        latest = view.now
        for debt in view.action.debts or ("",):
            opens = condition.opens(view, debt)
            if isinstance(opens, Objection):
                return opens
            latest = max(latest, opens)
        if latest == view.now:
            return None
        return defer("too_early", latest, event=condition.event.name)

    return check


class _Condition:
    """What must have happened for one debt."""

    def __init__(self, parameters: Parameters) -> None:
        self.event = Event(parameters.part("event"))
        self._met_by = Event(parameters.part("met_by"))
        self._elapsed = Term(parameters, "min_elapsed")
        self._max_age = Term(parameters, "max_age")
        self._first = Event(parameters.part("grace").part("after"))
        self._grace = Term(parameters.part("grace"), "within")
        self._needs = parameters.text("needs") or self.event.name

    def opens(self, view: View, debt: str) -> int | Objection:
        """Return the first moment, now or later, at which it happened as the rule says."""
        if self._met_by.epochs(view, debt):
            return view.now
        happened = self.event.epochs(view, debt)
        if happened:
            return self._old_enough(view, happened)
        if self._first and self._may_still_come(view, debt):
            return view.now
        lost = self.event.is_undeliverable(view)
        return self._block("undeliverable" if lost else "missing")

    def _may_still_come(self, view: View, debt: str) -> bool:
        """Tell whether what starts the clock was recent, or hasn't happened yet."""
        return all(view.now < self._grace.ends(view, at) for at in self._first.epochs(view, debt))

    def _old_enough(self, view: View, happened: list[int]) -> int | Objection:
        """Return when some occurrence is old enough and not yet too old."""
        best = NEVER
        for at in happened:
            start, end = view.now, NEVER
            if at > SINCE_EVER:
                start = self._elapsed.ends(view, at) if self._elapsed else start
                end = self._max_age.earliest_end(view, at) if self._max_age else end
            if UNKNOWN_CALENDAR in (start, end):
                return block("calendar_unknown", needs="holiday_calendar", missing="holidays")
            start = max(start, view.now)
            if start < end:
                best = min(best, start)
        return best if best < NEVER else self._block("expired")

    def _block(self, cause: str) -> Objection:
        return block(cause, needs=self._needs, event=self.event.name)


PRECONDITION: Final = Primitive(
    "precondition",
    compile_precondition,
    {
        "event": {
            **EVENT_SCHEMA,
            "description": "What must have happened, for each debt of the action; any one thing "
            "named is enough.",
        },
        "met_by": {**EVENT_SCHEMA, "description": "What meets the rule at once instead."},
        "min_elapsed": {**TERM_SCHEMA, "description": "How long ago it must have happened."},
        "max_age": {**TERM_SCHEMA, "description": "How long it stands, at most."},
        "day_kind": {
            "enum": ["calendar", "business"],
            "description": "Which days count: all (default), or those that are neither weekend nor "
            "holiday where the person lives.",
        },
        "day_one": {
            "enum": ["event_date", "next_date"],
            "description": "Which local date is day 1: that of the event (default) or the next.",
        },
        "weekend": {
            "type": "array",
            "items": {"enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
            "description": "Days that are no business days (default sat and sun).",
        },
        "zone": {"type": "string", "description": "IANA zone for the dates, if the law fixes one."},
        "grace": {
            "type": "object",
            "additionalProperties": False,
            "required": ["after", "within"],
            "description": "The event may still come within so long after another one; until that "
            "has happened nothing is missing.",
            "properties": {
                "after": EVENT_SCHEMA,
                "within": TERM_SCHEMA,
                "day_kind": {"enum": ["calendar", "business"]},
                "day_one": {"enum": ["event_date", "next_date"]},
                "zone": {"type": "string"},
            },
        },
        "needs": {"type": "string", "description": "What would clear a block."},
    },
    required=("event",),
    description="Something must have happened first; defers while it is too recent, blocks if it "
    "hasn't happened, could not be delivered, or is too old.",
    content=lambda parameters: parameters.part("event").texts("content"),
    sender=lambda parameters: dict.fromkeys(
        parameters.part("event").texts("sender_attribute"), True
    ),
)
