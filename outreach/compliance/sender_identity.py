"""`sender_identity`: what must be true of the number, header, template and license that is used."""

import re
from collections.abc import Mapping
from typing import Final

from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.known import UNKNOWN, Flag, Missing

NUMBER: Final = "number"
NUMBER_KIND: Final = "number_kind"
_PRESENT: Final = ("header_id", "template_id", "caller_id_shown", "licence")
_PUNCTUATION: Final = re.compile(r"[\s().-]")


def compile_sender_identity(parameters: Parameters) -> Check:
    """Compile one rule; see `SENDER_IDENTITY.schema` for the parameters."""
    prefixes = tuple(sorted(parameters.texts("number_prefix")))
    country = parameters.text("country_code")
    kinds = parameters.texts("forbidden_number_kinds")
    needs = parameters.text("needs", "sender_identity")
    required = _required(parameters)
    ignores_unknown = parameters.text("unknown", "block") == "ignore"

    def check(view: View) -> Objection | None:
        known = view.action.sender_attributes
        unknown = [key for key in required if isinstance(known.get(key, UNKNOWN), Missing)]
        missing = [key for key in required if key not in unknown and not known[key]]
        if prefixes:
            number = known.get(NUMBER)
            if not isinstance(number, str):
                unknown.append(NUMBER)
            elif not _national(number, country).startswith(prefixes):
                return block("number", needs=needs, number_prefix=list(prefixes))
        if kinds:
            kind = known.get(NUMBER_KIND)
            if not isinstance(kind, str):
                unknown.append(NUMBER_KIND)
            elif kind in kinds:
                return block("number_kind", needs=needs, kind=kind)
        if missing:
            return block("missing", needs=needs, missing=missing)
        if not unknown or ignores_unknown:
            return None
        return block("unknown", needs=needs, unknown=sorted(unknown))

    return check


def _required(parameters: Parameters) -> tuple[str, ...]:
    """Return the attributes that must be present and not false."""
    named = [key for key in _PRESENT if parameters.flag(key)]
    return (*named, *sorted(f"registration_{r}" for r in parameters.texts("registration")))


def _national(number: str, country: str) -> str:
    """Return a number as dialed in its country, without punctuation; a foreign one keeps `+`."""
    plain = _PUNCTUATION.sub("", number)
    return plain.removeprefix(f"+{country}") if country else plain


def proper_sender(parameters: Parameters) -> Mapping[str, Flag]:
    """Return attributes of a sender that satisfies the rule."""
    found: dict[str, Flag] = dict.fromkeys(_required(parameters), True)
    if prefixes := parameters.texts("number_prefix"):
        found[NUMBER] = min(prefixes)
    if parameters.has("forbidden_number_kinds"):
        found[NUMBER_KIND] = "registered"
    return found


def _flag(description: str) -> Mapping[str, object]:
    return {"const": True, "description": description}


_TEXTS: Final[Mapping[str, object]] = {
    "type": ["string", "array"],
    "items": {"type": "string"},
    "minItems": 1,
}
SENDER_IDENTITY: Final = Primitive(
    "sender_identity",
    compile_sender_identity,
    {
        "number_prefix": {
            **_TEXTS,
            "description": "What the number must begin with, one of them, as dialed in its "
            'country: "1600", "106", "95".',
        },
        "country_code": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Country code to take off an international number first.",
        },
        "forbidden_number_kinds": {
            **_TEXTS,
            "description": "Kinds of number that may not be used: masked, personal_mobile …",
        },
        "header_id": _flag("The sender's registered header (sender name) must be used."),
        "template_id": _flag("The words must be a registered template."),
        "caller_id_shown": _flag("The true caller number must be shown."),
        "licence": _flag("The sender must hold its license."),
        "registration": {
            **_TEXTS,
            "description": "Registers that the sender must stand in, all of them (a2p_campaign, "
            "dlt_entity, lender_registry …): attribute registration_<name>.",
        },
        "unknown": {
            "enum": ["block", "ignore"],
            "description": "What happens where nobody told: block (default), or ignore, where "
            "somebody else refuses the contact anyway.",
        },
        "needs": {"type": "string", "description": "What would clear the block."},
    },
    description="Blocks unless the sending side is known to be what the rule asks for.",
    sender=proper_sender,
)
