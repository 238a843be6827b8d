"""`dispute_hold`: a disputed debt isn't collected, or not passed on, until it is answered."""

from collections.abc import Iterator, Mapping
from typing import Final

from outreach.compliance.holding import LET_THROUGH_SCHEMA, LetThrough, holds_on
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.known import EPOCH, Debt, Flag, Hold

DISPUTE: Final = "dispute"
# Content of a message that asks for the undisputed part alone.
UNDISPUTED: Final = "undisputed_part_only"
_HANDOFF_CHANNELS: Final = frozenset({"agency_handoff"})
_HANDOFF_PURPOSES: Final = frozenset({"assign"})
_NO_DEBT: Final = Debt()


def compile_dispute_hold(parameters: Parameters) -> Check:
    """Compile one rule; see `DISPUTE_HOLD.schema` for the parameters."""
    triggers = parameters.texts("trigger", (DISPUTE,))
    scope = parameters.text("scope", "debt")
    written_only = parameters.text("form", "any") == "written"
    in_period = parameters.flag("in_validation_period")
    on_grounds = parameters.flag("arguable")
    needs = parameters.text("release_event")
    through = LetThrough(parameters)

    def binds(known: Mapping[str, Flag], view: View) -> bool:
        # What wasn't recorded about a dispute is read in the person's favor.
        if written_only and known.get("form", "written") == "oral":
            return False
        if in_period and not known.get("in_validation_period", True):
            return False
        if on_grounds and not known.get("arguable", True):
            return False
        return not (
            scope == "disputed_part"
            and known.get("part") is True
            and UNDISPUTED in view.action.content
        )

    def check(view: View) -> Objection | None:
        if scope == "agent_handoff" and not _is_handoff(view):
            return None
        for hold in holds_on(view, triggers):
            if binds(hold.attributes, view) and not through.allows(hold, view):
                return block("open", needs=needs, trigger=hold.kind)
        for flag in _flags(view, triggers):
            if not through.allows(Hold(flag, EPOCH), view):
                return block("open", needs=needs, trigger=flag)
        return None

    return check


def _is_handoff(view: View) -> bool:
    return view.action.channel in _HANDOFF_CHANNELS or view.action.purpose in _HANDOFF_PURPOSES


def _flags(view: View, triggers: frozenset[str]) -> Iterator[str]:
    """Yield triggers that a flag of one of the debts sets; an unknown one may be set."""
    for name in view.action.debts:
        flags = view.facts.debts.get(name, _NO_DEBT).flags
        yield from sorted(trigger for trigger in triggers if flags.get(trigger))


DISPUTE_HOLD: Final = Primitive(
    "dispute_hold",
    compile_dispute_hold,
    {
        "trigger": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": "Kinds of hold, or flags of a debt, that open it (default dispute).",
        },
        "scope": {
            "enum": ["debt", "disputed_part", "agent_handoff"],
            "description": "debt (default): all contact about it; disputed_part: where only a part "
            "is disputed (attribute `part` of the hold), words that ask for the undisputed part "
            "alone go through; agent_handoff: only passing the case to somebody else.",
        },
        "form": {
            "enum": ["written", "any"],
            "description": "Which disputes bind: written ones, or any (default).",
        },
        "in_validation_period": {
            "type": "boolean",
            "description": "Only disputes received in the validation period bind.",
        },
        "arguable": {
            "type": "boolean",
            "description": "Only disputes on valid or arguable grounds bind; they are arguable "
            "until somebody recorded that they aren't.",
        },
        "release_event": {
            "type": "string",
            "description": "What ends the hold; shown as what the contact needs.",
        },
        **LET_THROUGH_SCHEMA,
    },
    description="No collection of a disputed debt until the dispute is answered.",
)
