"""`number_freshness`: proof, not older than so many days, that an address still is the person's."""

from typing import Final

from outreach.compliance.exceptions import age_in_days, concerns
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.decisions import epoch_of

REASSIGNED: Final = "yes"


def compile_number_freshness(parameters: Parameters) -> Check:
    """Compile one rule; see `NUMBER_FRESHNESS.schema` for the parameters."""
    max_age = parameters.number("max_age_days")
    kinds = parameters.texts("renewed_by")
    given_to = parameters.texts("given_to", ("sender",))
    accepted = parameters.texts("accepted_results", ("no",))
    needs = parameters.text("needs", "fresh check")

    def check(view: View) -> Objection | None:
        proofs = [
            c.epoch
            for c in view.facts.consents
            if c.kind in kinds and c.given_to in given_to and concerns(c, view)
        ]
        endpoint = view.facts.endpoints.get(view.action.endpoint or "")
        if endpoint is not None:
            if endpoint.last_text_at is not None:
                proofs.append(epoch_of(endpoint.last_text_at))
            if endpoint.checked_at is not None and epoch_of(endpoint.checked_at) <= view.known:
                if endpoint.checked_result == REASSIGNED:
                    return block("reassigned", needs=needs)
                if endpoint.checked_result in accepted:
                    proofs.append(epoch_of(endpoint.checked_at))
        known = [proof for proof in proofs if proof <= view.known]
        if any(
            all(age_in_days(zone, proof, view.now) <= max_age for zone in view.counting_zones)
            for proof in known
        ):
            return None
        return block("stale" if known else "unproven", needs=needs, max_age_days=max_age)

    return check


NUMBER_FRESHNESS: Final = Primitive(
    "number_freshness",
    compile_number_freshness,
    {
        "max_age_days": {
            "type": "integer",
            "minimum": 1,
            "description": "Most local dates between the newest proof and the contact.",
        },
        "renewed_by": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Kinds of consent that prove it too.",
        },
        "given_to": {
            "type": "array",
            "items": {"enum": ["sender", "creditor"]},
            "description": "To whom such a consent must have been given (default: this sender).",
        },
        "accepted_results": {
            "type": "array",
            "items": {"enum": ["no", "no_data"]},
            "description": "Results of a reassignment check that prove it (default no).",
        },
        "needs": {"type": "string", "description": "What would clear the block."},
    },
    required=("max_age_days",),
    description="Blocks unless something recent shows that the address is still the person's.",
)
