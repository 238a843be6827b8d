"""`human_approval_required`: nothing happens before somebody who may has allowed it."""

from typing import Final

from outreach.compliance.approvals import NEEDED, is_approved
from outreach.compliance.lengths import length_of, length_schema
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block


def compile_human_approval_required(parameters: Parameters) -> Check:
    """Compile one rule; see `HUMAN_APPROVAL_REQUIRED.schema` for the parameters."""
    subject = parameters.text("subject")
    roles = parameters.texts("approver_role")
    ttl = length_of(parameters, "ttl")

    def check(view: View) -> Objection | None:
        if is_approved(view, subject, roles, ttl):
            return None
        return block("needs_approval", needs=NEEDED, subject=subject, approver_role=sorted(roles))

    return check


HUMAN_APPROVAL_REQUIRED: Final = Primitive(
    "human_approval_required",
    compile_human_approval_required,
    {
        "subject": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_.]*$",
            "description": "What has to be approved; an approval names the same word.",
        },
        "approver_role": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": "Who may approve; anybody with the right to if absent.",
        },
        "ttl": length_schema("How long an approval lasts at most; no limit if absent."),
    },
    required=("subject",),
    description="Blocks until a person has approved, for as long as the approval lasts.",
)
