"""`dispute_hold`: a disputed debt isn't collected until the dispute is answered."""

from typing import Final

from outreach.compliance.holding import LET_THROUGH_SCHEMA, LetThrough, holds_on
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block

KINDS: Final = frozenset({"dispute"})


def compile_dispute_hold(parameters: Parameters) -> Check:
    """Compile one rule; see `DISPUTE_HOLD.schema` for the parameters."""
    written_only = parameters.text("form", "any") == "written"
    in_period = parameters.flag("in_validation_period")
    needs = parameters.text("release_event")
    through = LetThrough(parameters)

    def check(view: View) -> Objection | None:
        if not view.facts.holds:
            return None
        for hold in holds_on(view, KINDS):
            known = hold.attributes
            # What wasn't recorded about a dispute is read in the person's favor.
            if written_only and known.get("form", "written") == "oral":
                continue
            if in_period and not known.get("in_validation_period", True):
                continue
            if not through.allows(hold, view):
                return block("open", needs=needs)
        return None

    return check


DISPUTE_HOLD: Final = Primitive(
    "dispute_hold",
    compile_dispute_hold,
    {
        "form": {
            "enum": ["written", "any"],
            "description": "Which disputes bind: written ones, or any (default).",
        },
        "in_validation_period": {
            "type": "boolean",
            "description": "Only disputes received in the validation period bind.",
        },
        "release_event": {
            "type": "string",
            "description": "What ends the hold; shown as what the contact needs.",
        },
        **LET_THROUGH_SCHEMA,
    },
    description="No collection of a disputed debt until the dispute is answered.",
)
