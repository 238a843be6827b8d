"""`cease`: the person refused to pay or asked for all contact to stop."""

from typing import Final

from outreach.compliance.holding import LET_THROUGH_SCHEMA, LetThrough, holds_on
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block

KINDS: Final = frozenset({"cease"})


def compile_cease(parameters: Parameters) -> Check:
    """Compile one rule; see `CEASE.schema` for the parameters."""
    written_only = parameters.text("form", "any") == "written"
    whole_person = parameters.text("scope") == "person"
    through = LetThrough(parameters)

    def check(view: View) -> Objection | None:
        if not view.facts.holds:
            return None
        for hold in holds_on(view, KINDS, whole_person=whole_person):
            # A request whose form nobody recorded may have been written.
            if written_only and hold.attributes.get("form", "written") == "oral":
                continue
            if not through.allows(hold, view):
                return block("requested")
        return None

    return check


CEASE: Final = Primitive(
    "cease",
    compile_cease,
    {
        "form": {
            "enum": ["written", "any"],
            "description": "Which requests bind: written ones, or any (default).",
        },
        "scope": {
            "enum": ["debt", "person"],
            "description": "Whether a request about some debts is about those (default) or about "
            "every debt.",
        },
        **LET_THROUGH_SCHEMA,
    },
    description="No contact after a request to stop, save for the purposes named.",
)
