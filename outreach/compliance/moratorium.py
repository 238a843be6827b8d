"""`moratorium`: a protected time (bankruptcy, hardship, review …) in which outreach pauses."""

from typing import Final

from outreach.compliance.holding import LET_THROUGH_SCHEMA, LetThrough, holds_on
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.domain.decisions import epoch_of


def compile_moratorium(parameters: Parameters) -> Check:
    """Compile one rule; see `MORATORIUM.schema` for the parameters."""
    kinds = parameters.texts("kinds")
    through = LetThrough(parameters)

    def check(view: View) -> Objection | None:
        if not view.facts.holds:
            return None
        until = -1
        kind = ""
        for hold in holds_on(view, kinds):
            if through.allows(hold, view):
                continue
            if hold.ends is None:
                return block("in_force", kind=hold.kind)
            ends = epoch_of(hold.ends)
            if ends > until:
                until, kind = ends, hold.kind
        if until < 0:
            return None
        return defer("in_force", until, kind=kind)

    return check


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
        **LET_THROUGH_SCHEMA,
    },
    required=("kinds",),
    description="No contact while a hold of these kinds is in force; defers if its end is known.",
)
