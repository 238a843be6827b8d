"""`channel_forbidden`: whatever the rule's selectors pick is not done at all."""

from typing import Final

from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block


def compile_channel_forbidden(parameters: Parameters) -> Check:
    """Compile one rule: it has no parameters but what would clear it."""
    objection = block("forbidden", needs=parameters.text("needs"))

    def check(_: View) -> Objection | None:
        return objection

    return check


CHANNEL_FORBIDDEN: Final = Primitive(
    "channel_forbidden",
    compile_channel_forbidden,
    {"needs": {"type": "string", "description": "What would clear the block."}},
    description="Blocks every action that `applies_to` selects.",
)
