"""`consent_required`: no contact without a permission that still stands."""

from typing import Final

from outreach.compliance.exceptions import NEVER, concerns, relied_on_from
from outreach.compliance.lengths import length_of, length_schema
from outreach.compliance.stopping import MARKETING, binds_address
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.domain.known import Consent

# Attribute of the sender: an exemption from consent that it claims, such as financial_alert.
CLAIMED: Final = "claimed_exemption"


def compile_consent_required(parameters: Parameters) -> Check:
    """Compile one rule; see `CONSENT_REQUIRED.schema` for the parameters."""
    kinds = parameters.texts("kinds")
    given_to = parameters.texts("given_to", ("sender",))
    if parameters.flag("transferable"):
        given_to |= {"creditor"}
    ttl = length_of(parameters, "ttl")
    needs = parameters.text("needs", "consent")
    evidence = parameters.flag("evidence_required")

    def check(view: View) -> Objection | None:
        cause, opens = _without(view), NEVER
        for consent in view.facts.consents:
            if consent.kind not in kinds or not concerns(consent, view):
                continue
            if consent.given_to not in given_to:
                cause = "given_to_other"
            elif evidence and not consent.evidence:
                cause = "unproven"
            elif _revoked(consent, view):
                cause = "revoked"
            elif (start := relied_on_from(consent, view, view.now, ttl)) == view.now:
                return None
            elif start < NEVER:
                opens = min(opens, start)
            else:
                cause = "expired"
        return block(cause, needs=needs) if opens == NEVER else defer("not_yet", opens)

    return check


def _without(view: View) -> str:
    """Name what is wrong without any consent: a claim to need none excuses no contact on a debt."""
    return "exemption_void" if view.action.sender_attributes.get(CLAIMED) else "missing"


def _revoked(consent: Consent, view: View) -> bool:
    """Tell whether the person stopped this channel after they consented, or at the same time."""
    return any(
        consent.epoch <= opt_out.epoch <= view.known
        and binds_address(opt_out.medium, opt_out.endpoint, view.action)
        and (opt_out.scope != MARKETING or consent.kind.startswith(MARKETING))
        for opt_out in view.facts.opt_outs
    )


CONSENT_REQUIRED: Final = Primitive(
    "consent_required",
    compile_consent_required,
    {
        "kinds": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "description": "Kinds of consent, any of which is enough.",
        },
        "given_to": {
            "type": "array",
            "items": {"enum": ["sender", "creditor"]},
            "description": "To whom it must have been given (default: this sender).",
        },
        "transferable": {
            "type": "boolean",
            "description": "Whether a consent given to the creditor counts for whoever acts for it "
            "(default false).",
        },
        "ttl": length_schema("How long it lasts; no limit if absent."),
        "evidence_required": {
            "type": "boolean",
            "description": "Whether a consent without recorded evidence counts as none.",
        },
        "needs": {"type": "string", "description": "What would clear the block."},
    },
    required=("kinds",),
    description="No contact without a consent of these kinds that hasn't been revoked or lapsed.",
)
