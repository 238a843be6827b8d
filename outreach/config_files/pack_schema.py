"""The JSON Schema of a pack file, put together from the vocabulary and the primitives."""

from collections.abc import Mapping

from outreach.compliance import PRIMITIVES
from outreach.compliance.exceptions import CONSENT_KEYS
from outreach.compliance.pack import Confidence, Force, OnFail
from outreach.compliance.selectors import KEYS
from outreach.compliance.view import Primitive
from outreach.config_files.pack_meanings import described
from outreach.domain.vocabulary import Channel, DialMode, LenderRole, Purpose

Schema = Mapping[str, object]

FLAG_KEYS = (
    "debt_flags",
    "person_flags",
    "lender_flags",
    "endpoint_flags",
    "sender_attributes",
)
_DATE: Schema = {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_RULE_ID = "^[a-z][a-z0-9_]*(\\.[a-z0-9_]+)+$"
_REGION = "^[A-Z]{2}-[A-Z0-9]{1,3}(-[A-Z]{3})?$"
_WORD: Schema = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$"}
_WORDS: Schema = {"type": ["string", "array"], "items": _WORD, "minItems": 1}


def pack_schema() -> dict[str, object]:
    """Return the schema of one pack file, JSON Schema 2020-12; every key says what it means."""
    schema: dict[str, object] = described(_schema())
    return schema


def _schema() -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Compliance pack",
        "description": "A jurisdiction's or a firm's contact rules as data. Packs only restrict: "
        "no pack can relax another.",
        "type": "object",
        "additionalProperties": False,
        "required": ["pack", "version", "rules"],
        "properties": {
            "pack": {
                "type": "string",
                "pattern": "^[a-z][a-z0-9-]*$",
                "description": "Id of the pack; the file is named after it.",
            },
            "version": {
                "type": "string",
                "pattern": "^[0-9]{4}\\.[0-9]{2}(\\.[0-9]+)?$",
                "description": "Year and month of the last review, e.g. 2026.11.",
            },
            "title": {"type": "string", "description": "What the pack is, for people."},
            "requires": _requires(),
            "scopes": {
                "type": "array",
                "items": {"type": "string", "pattern": _RULE_ID},
                "description": "Ids of rulebook rows that only say whom the pack is for, and that "
                "`requires` and `applies_to` express.",
            },
            "waiting": {
                "type": "object",
                "propertyNames": {"pattern": _RULE_ID},
                "additionalProperties": _WORD,
                "description": "Rulebook rows that the pack can't say yet, each with the primitive "
                "that it needs.",
            },
            "governance": {
                "type": "object",
                "propertyNames": {"pattern": _RULE_ID},
                "additionalProperties": {"type": "string", "minLength": 1},
                "description": "Rulebook rows by which no single contact can be judged, each with "
                "the reason or the place where the duty is met.",
            },
            "draft": {
                "type": "boolean",
                "description": "Law that isn't in force yet: recorded, never stops a contact, "
                "unless a lender adds the pack by name (default false).",
            },
            "opt_in": {
                "type": "boolean",
                "description": "The pack applies only where a lender's settings name it among its "
                "`packs`, and then to those whom `requires` describes (default false).",
            },
            "sufficient": {
                "type": "boolean",
                "description": "False: the pack holds too little of the law of its place to "
                "contact anybody by it alone; another pack of that country must apply as well "
                "(default true).",
            },
            "rules": {
                "type": "array",
                "items": {"$ref": "#/$defs/rule"},
                "description": "What is asked of every contact: all of them, in no order.",
            },
        },
        "$defs": {
            "rule": _rule(),
            "applies_to": _selector(closed=True, extra={}),
            "unless": _selector(closed=True, extra=_consent_keys()),
        },
    }


def _one_or_more(allowed: Schema) -> Schema:
    """Return the schema of a text, or of a list of them, each of which is allowed."""
    return {
        "type": ["string", "array"],
        "if": {"type": "string"},
        "then": allowed,
        "items": {"type": "string", **allowed},
        "minItems": 1,
    }


def _requires() -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "Whom the pack is for; an absent key requires nothing.",
        "properties": {
            "role": {
                **_one_or_more({"enum": sorted(LenderRole)}),
                "description": "What the contacting entity is to the debt.",
            },
            "country": {
                **_one_or_more({"pattern": "^[A-Z]{2}$"}),
                "description": "ISO 3166-1 codes of the person's residence.",
            },
            "region": {
                **_one_or_more({"pattern": _REGION}),
                "description": "ISO 3166-2 codes of the person's residence (`US-MA`), or cities in "
                "them by UN/LOCODE (`US-NY-NYC`). Whose region or city isn't known may live there.",
            },
            "product": {
                "type": ["string", "array"],
                "items": {"type": "string"},
                "description": "Kinds of loans, as the platform calls them; unknown ones match.",
            },
            "stage": {
                "type": ["string", "array"],
                "items": _WORD,
                "description": "Where the account stands: servicing, debt_collection_procedures; "
                "an unknown one matches.",
            },
        },
    }


def _rule() -> Schema:
    return {
        "type": "object",
        "required": ["id", "primitive", "force", "authority", "source", "confidence", "checked"],
        "unevaluatedProperties": False,
        "properties": {
            "id": {
                "type": "string",
                "pattern": _RULE_ID,
                "description": "Stable id, named in every verdict. Two rules may share one.",
            },
            "primitive": {
                "enum": sorted(PRIMITIVES),
                "description": "The kind of rule; it decides which parameters there are.",
            },
            "force": {"enum": sorted(Force), "description": "How binding the rule is."},
            "enforce": {
                "type": "boolean",
                "description": "False: evaluated and recorded, never stops a contact (default "
                "true).",
            },
            "effective": {
                "type": "object",
                "additionalProperties": False,
                "description": "Local dates in force: `from` included, `to` the first date it no "
                "longer is. Before `waived_until` it only warns.",
                "properties": {"from": _DATE, "to": _DATE, "waived_until": _DATE},
            },
            "applies_to": {"$ref": "#/$defs/applies_to"},
            "unless": {
                "type": "array",
                "items": {"$ref": "#/$defs/unless"},
                "description": "The rule is lifted where every key of some item holds.",
            },
            "on_fail": {
                "type": "object",
                "additionalProperties": False,
                "description": "What happens when the rule objects.",
                "properties": {
                    "decision": {
                        "enum": sorted(OnFail),
                        "description": "primitive: as the primitive says (default); block: even "
                        "if waiting would clear it; warn: mention it only.",
                    },
                    "needs": {"type": "string", "description": "What would clear a block."},
                    "obligations": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "What the lender then has to do.",
                    },
                },
            },
            "covers": {
                "type": "array",
                "items": {"type": "string", "pattern": _RULE_ID},
                "description": "Rulebook rows that this rule expresses as well.",
            },
            "cite": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": _RULE_ID},
                "description": "Cause of an objection → rulebook row that a reason then names too.",
            },
            "authority": {"type": "string", "description": "Law or text, shown to auditors."},
            "source": {
                "type": "string",
                "description": "Where it was seen; `verify` marks general knowledge.",
            },
            "confidence": {"enum": sorted(Confidence), "description": "How sure the reading is."},
            "checked": {**_DATE, "description": "Local date on which somebody last checked it."},
        },
        "allOf": [_when(primitive) for _, primitive in sorted(PRIMITIVES.items())],
    }


def _when(primitive: Primitive) -> Schema:
    return {
        "if": {"properties": {"primitive": {"const": primitive.name}}},
        "then": {
            "description": primitive.description,
            "properties": dict(primitive.schema),
            "required": list(primitive.required),
        },
    }


def _selector(*, closed: bool, extra: Mapping[str, Schema]) -> Schema:
    properties: dict[str, object] = {key: {**_WORDS} for key in KEYS}
    enums = {"channel": Channel, "purpose": Purpose, "dial_mode": DialMode, "role": LenderRole}
    for key, words in enums.items():
        properties[key] = _one_or_more({"enum": sorted(words)})
    properties["first_communication"] = {"type": "boolean"}
    properties["dpd"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}},
        "description": "Days past due of some debt of the action, bounds included.",
    }
    for key in FLAG_KEYS:
        properties[key] = {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
            "description": "`any_of`: one of the flags is set; `all_of`: each of them is.",
            "properties": {
                key: {"type": "array", "items": _WORD, "minItems": 1}
                for key in ("any_of", "all_of")
            },
        }
    return {
        "type": "object",
        "additionalProperties": not closed,
        "description": "Every key must match; an absent key matches anything.",
        "properties": {**properties, **extra},
    }


def _consent_keys() -> Mapping[str, Schema]:
    described: dict[str, Schema] = {
        "consent": {**_WORDS, "description": "A consent of such a kind that may be relied on."},
        "max_age_days": {
            "type": "integer",
            "minimum": 1,
            "description": "Local dates the consent lasts, its own being the first.",
        },
        "given_to": {**_WORDS, "description": "To whom it was given: sender or creditor."},
        "agreement": {**_WORDS, "description": "An agreement of such a kind with the person."},
    }
    return {key: described[key] for key in sorted(CONSENT_KEYS)}
