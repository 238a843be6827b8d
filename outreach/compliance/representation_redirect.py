"""`representation_redirect`: who has a lawyer is contacted through the lawyer."""

from collections.abc import Mapping
from typing import Final

from outreach.compliance.approvals import NEEDED, is_approved
from outreach.compliance.holding import LET_THROUGH_SCHEMA, LetThrough, attribute_epoch, holds_on
from outreach.compliance.lengths import Length, length_of, length_schema
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.known import Hold, epoch_of

ATTORNEY: Final = "attorney"
SILENT: Final = "representative_silent"
_ANSWERS: Final = frozenset({"conversation", "inbound_conversation", "inbound_message"})


def compile_representation_redirect(parameters: Parameters) -> Check:
    """Compile one rule; see `REPRESENTATION_REDIRECT.schema` for the parameters."""
    kinds = parameters.texts("kinds", (ATTORNEY,))
    recipients = parameters.texts("allowed_recipients", (ATTORNEY,))
    fallback = parameters.part("fallback")
    after = length_of(fallback, "after")
    approvers = fallback.texts("approver_role")
    ttl = length_of(fallback, "ttl")
    through = LetThrough(parameters)

    def check(view: View) -> Objection | None:
        if not view.facts.holds or view.action.recipient_role in recipients:
            return None
        for hold in holds_on(view, kinds):
            if through.allows(hold, view):
                continue
            if after is None or not _is_silent(hold, view, recipients, after):
                return block("represented", needs=ATTORNEY, recipients=sorted(recipients))
            if not is_approved(view, SILENT, approvers, ttl):
                return block("silent", needs=NEEDED, subject=SILENT)
        return None

    return check


def _is_silent(hold: Hold, view: View, recipients: frozenset[str], after: Length) -> bool:
    """Tell whether the representative was written to long enough ago and hasn't answered since."""
    asked = [
        e.epoch
        for e in view.facts.ledger
        if e.recipient_role in recipients and e.direction == "out" and e.outcome != "released"
    ]
    if (noted := attribute_epoch(hold, "last_contacted_at", view)) is not None:
        asked.append(noted)
    answered = [
        e.epoch
        for e in view.facts.ledger
        if e.recipient_role in recipients and (e.direction == "in" or e.outcome in _ANSWERS)
    ]
    since = max(answered, default=epoch_of(hold.at) - 1)
    waiting = [epoch for epoch in asked if since < epoch <= view.known]
    return bool(waiting) and after.latest_end(view.counting_zones, min(waiting)) <= view.now


_TEXTS: Final[Mapping[str, object]] = {"type": ["string", "array"], "items": {"type": "string"}}
REPRESENTATION_REDIRECT: Final = Primitive(
    "representation_redirect",
    compile_representation_redirect,
    {
        "kinds": {**_TEXTS, "description": "Kinds of hold that tell of one (default attorney)."},
        "allowed_recipients": {
            **_TEXTS,
            "description": "Roles that may be contacted instead (default attorney).",
        },
        "fallback": {
            "type": "object",
            "additionalProperties": False,
            "required": ["after", "requires"],
            "description": "What a representative's silence opens; nothing if absent.",
            "properties": {
                "after": length_schema("How long an unanswered contact waits."),
                "requires": {"const": "human_approval"},
                "approver_role": {**_TEXTS, "description": "Who may approve; anybody if absent."},
                "ttl": length_schema("How long an approval lasts at most."),
            },
        },
        **LET_THROUGH_SCHEMA,
    },
    description="Blocks contact with a represented person; their representative may be contacted.",
)
