"""`number_freshness`: proof, not older than so much, that an address still is the person's."""

from collections.abc import Mapping
from typing import Final

from outreach.compliance.approvals import NEEDED, is_approved
from outreach.compliance.exceptions import concerns
from outreach.compliance.lengths import length_of, length_schema
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.known import Endpoint, epoch_of

REASSIGNED: Final = "yes"
APPROVAL: Final = "number_freshness"
# What the newest answer of a reassigned-numbers database does: proves the address, proves nothing,
# blocks, or blocks until somebody approves.
_USUAL: Final[Mapping[str, str]] = {"yes": "block", "no": "ok", "no_data": "ignore"}
_NOTHING: Final = Endpoint()


def compile_number_freshness(parameters: Parameters) -> Check:
    """Compile one rule; see `NUMBER_FRESHNESS.schema` for the parameters."""
    max_age = length_of(parameters, "max_age")
    kinds = parameters.texts("renewed_by")
    given_to = parameters.texts("given_to", ("sender",))
    needs = parameters.text("needs", "fresh check")
    given = parameters.part("result_policy")
    policy = {result: given.text(result, usual) for result, usual in _USUAL.items()}

    def check(view: View) -> Objection | None:
        endpoint = view.facts.endpoints.get(view.action.endpoint or "", _NOTHING)
        result = _newest_result(endpoint, view)
        todo = policy.get(result, "ignore")
        if todo == "block":
            return block("reassigned" if result == REASSIGNED else "inconclusive", needs=needs)
        if todo == "human_approval" and not is_approved(view, APPROVAL):
            return block("inconclusive", needs=NEEDED, subject=APPROVAL)
        if max_age is None:
            return None
        proofs = [
            c.epoch
            for c in view.facts.consents
            if c.kind in kinds and c.given_to in given_to and concerns(c, view)
        ]
        if endpoint.last_text_at is not None:
            proofs.append(epoch_of(endpoint.last_text_at))
        if endpoint.checked_at is not None and todo in {"ok", "human_approval"}:
            proofs.append(epoch_of(endpoint.checked_at))
        known = [proof for proof in proofs if proof <= view.known]
        if any(
            all(max_age.reaches(zone, proof, view.now) for zone in view.counting_zones)
            for proof in known
        ):
            return None
        return block("stale" if known else "unproven", needs=needs, max_age=list(max_age))

    return check


def _newest_result(endpoint: Endpoint, view: View) -> str:
    if endpoint.checked_at is None or epoch_of(endpoint.checked_at) > view.known:
        return ""
    return endpoint.checked_result or ""


NUMBER_FRESHNESS: Final = Primitive(
    "number_freshness",
    compile_number_freshness,
    {
        "max_age": length_schema(
            "Age of the newest proof at most. If absent no proof is asked for: only what a check "
            "said counts."
        ),
        "result_policy": {
            "type": "object",
            "additionalProperties": False,
            "description": "What a check's answer does: ok proves the address, ignore proves "
            "nothing, block stops, human_approval stops until approved (subject "
            "number_freshness). Usually yes (reassigned): block, no: ok, no_data: ignore.",
            "properties": {
                result: {"enum": ["ok", "ignore", "block", "human_approval"]}
                for result in ("yes", "no", "no_data")
            },
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
        "needs": {"type": "string", "description": "What would clear the block."},
    },
    description="Blocks an address that was given to somebody else, or, with max_age, one that "
    "nothing recent shows to be the person's.",
)
