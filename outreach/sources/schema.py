"""Our own JSON Schema: loaded once, checked field by field, said in words to act on."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import available_timezones

import jsonschema_rs
import msgspec

from outreach.domain.money import EXPONENTS
from outreach.sources.source import FieldProblem

_MOST_PROBLEMS: Final = 100

SIGNAL: Final[dict[str, Any]] = msgspec.json.decode(
    files(__package__).joinpath("schemas/signal.json").read_bytes()
)
_DEFS: Final[dict[str, Any]] = SIGNAL["$defs"]
TYPES: Final = tuple(
    sorted(name.removeprefix("data.") for name in _DEFS if name.startswith("data."))
)
"""The registered signal types; any other is stored as unmapped."""

MEMBERS: Final = {type_: frozenset(_DEFS[f"data.{type_}"]["properties"]) for type_ in TYPES}
"""What each type's `data` declares; other members may be anything."""


_FORMATS: Final = {
    "iana-zone": frozenset(available_timezones()).__contains__,
    "iso4217": EXPONENTS.__contains__,
}
"""Formats of ours; `date` and `date-time` are the standard's."""

_FORMAT_WORDS: Final = {
    "date-time": "a date and time with an offset, as in 2026-11-23T08:59:57Z",
    "date": "a date of the calendar, as in 2026-11-23",
    "iana-zone": "an IANA time zone, as in America/New_York",
    "iso4217": "an ISO 4217 currency code, as in USD",
}
_JSON_TYPES: Final = (
    (bool, "true or false"),
    (int, "a whole number"),
    (Decimal, "a number with a fraction or exponent"),
    (str, "text"),
    (list, "an array"),
    (dict, "an object"),
)


def _compile(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(dict(schema), formats=_FORMATS, validate_formats=True)


class Checker:
    """One compiled schema that names each field in the wrong."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._validator = _compile(schema)

    def problems(
        self, content: Any, *, fractions: bool, prefix: str = ""
    ) -> tuple[FieldProblem, ...]:
        """Return what breaks the schema, in the order of the body; empty when all is well.

        Args:
            content: As `payload.read_json` returns it.
            fractions: Whether it holds Decimals. JSON Schema calls 242.0 an integer; for money
                nobody knows whether that means 242 cents or dollars, so it is refused as well.
            prefix: Path of `content` within the body.
        """
        looked_at = _unround(content) if fractions else content
        if self._validator.is_valid(looked_at):
            return ()
        found: dict[FieldProblem, None] = {}
        for error in self._validator.iter_errors(looked_at):
            found[self._problem(error, content, prefix)] = None
            if len(found) >= _MOST_PROBLEMS:
                break
        return tuple(found)

    def _problem(
        self, error: jsonschema_rs.ValidationError, content: Any, prefix: str
    ) -> FieldProblem:
        path, value = prefix, content
        for step in error.instance_path:
            path = (
                f"{path}[{step}]" if isinstance(step, int) else (f"{path}.{step}" if path else step)
            )
            value = value[step]
        keyword = error.kind.name
        rule = self._rule(error.schema_path)
        if keyword == "required":
            name = error.kind.as_dict()["property"]
            member = self._resolve(rule.get("properties", {}).get(name, {}))
            return FieldProblem(
                f"{path}.{name}" if path else name, "is missing", describe(member, self._resolve)
            )
        wrong = "is " + kind_of(value)
        if keyword == "additionalProperties":
            wrong = "has members that this closed object doesn't know"
        elif keyword in {"format", "pattern"}:
            wrong = "is text of another form"
        elif keyword in {"enum", "const"}:
            wrong = "is another value"
        elif keyword in {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}:
            wrong = "is out of bounds"
        return FieldProblem(path or "(the body)", wrong, describe(rule, self._resolve))

    def _rule(self, schema_path: Iterable[str | int]) -> dict[str, Any]:
        """Return the subschema that a failed keyword stands in."""
        node: Any = self._schema
        steps = list(schema_path)
        for step in steps[:-1]:
            node = self._resolve(node) if step == "$ref" else node[step]
        return self._resolve(node)

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            node = {
                **_DEFS[node["$ref"].removeprefix("#/$defs/")],
                **{k: v for k, v in node.items() if k != "$ref"},
            }
        return node


def _unround(content: Any) -> Any:
    """Return a copy in which every Decimal has a fraction, so that none passes as an integer."""
    if isinstance(content, Decimal):
        return content + Decimal("0.5") if content == content.to_integral_value() else content
    if isinstance(content, dict):
        return {key: _unround(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_unround(value) for value in content]
    return content


def kind_of(value: Any) -> str:
    """Return what a JSON value is, in words and without the value."""
    return next((words for kind, words in _JSON_TYPES if isinstance(value, kind)), "null")


def describe(rule: Mapping[str, Any], resolve: Any) -> str:
    """Return what a subschema allows, in words."""
    if "const" in rule:
        return f'"{rule["const"]}"'
    if "enum" in rule:
        return "one of " + ", ".join(map(str, rule["enum"]))
    if "anyOf" in rule:
        return " or ".join(describe(resolve(option), resolve) for option in rule["anyOf"])
    if "format" in rule:
        return _FORMAT_WORDS[rule["format"]]
    if rule.get("additionalProperties") is False:
        return "an object with only " + ", ".join(rule["properties"])
    kinds = rule.get("type", "any value")
    words = " or ".join(
        _kind_words(kind, rule) for kind in ([kinds] if isinstance(kinds, str) else kinds)
    )
    return words + (f" matching {rule['pattern']}" if "pattern" in rule else "")


def _kind_words(kind: str, rule: Mapping[str, Any]) -> str:
    if kind == "integer":
        least, most = rule.get("minimum"), rule.get("maximum")
        if most is not None:
            return f"a whole number of minor units, {least} to {most}"
        return f"a whole number from {least}" if least is not None else "a whole number"
    if kind == "string":
        longest = f" of at most {rule['maxLength']} characters" if "maxLength" in rule else ""
        return ("text that isn't empty" if rule.get("minLength") else "text") + longest
    if kind == "array":
        least = f" of at least {rule['minItems']}" if rule.get("minItems") else ""
        return (
            "an array" + least + (f" and at most {rule['maxItems']}" if "maxItems" in rule else "")
        )
    return {"object": "an object", "boolean": "true or false", "null": "null"}.get(kind, kind)


def _closed_envelope(
    properties: Mapping[str, Any], required: list[str], type_: str | None
) -> dict[str, Any]:
    data = {"$ref": f"#/$defs/data.{type_}"} if type_ else {"type": "object"}
    return {
        "$schema": SIGNAL["$schema"],
        "type": "object",
        "required": required,
        "properties": {**properties, "data": data},
        "$defs": _DEFS,
    }


_ENVELOPE: Final = SIGNAL["properties"]
_STANDARD: Final = {
    "type": _ENVELOPE["type"],
    "timestamp": {"$ref": "#/$defs/instant"},
    "sequence": _ENVELOPE["sequence"],
    "data": {"type": "object"},
}
_STANDARD_REQUIRED: Final = ["type", "timestamp", "data"]


@cache
def cloudevent_checker(type_: str | None) -> Checker:
    """Return the checker of a CloudEvents envelope; None: of a type that isn't registered."""
    return Checker(_closed_envelope(_ENVELOPE, SIGNAL["required"], type_))


@cache
def standard_checker(type_: str | None) -> Checker:
    """Return the checker of a `{type, timestamp, data}` body; None: of an unregistered type."""
    return Checker(_closed_envelope(_STANDARD, _STANDARD_REQUIRED, type_))


@cache
def published() -> dict[str, bytes]:
    """Return every schema document to publish, by name."""
    documents: dict[str, Any] = {"signal": SIGNAL}
    documents["standard-webhook"] = {
        "$schema": SIGNAL["$schema"],
        "$id": "urn:outreach:schema:standard-webhook:1",
        "title": "Standard Webhooks body",
        "description": "`webhook-id` is the signal's id, `timestamp` its time."
        " A whole CloudEvent is taken as well.",
        "type": "object",
        "required": _STANDARD_REQUIRED,
        "properties": _STANDARD,
        "allOf": SIGNAL["allOf"],
        "$defs": _DEFS,
    }
    documents["cloudevents-batch"] = {
        "$schema": SIGNAL["$schema"],
        "$id": "urn:outreach:schema:cloudevents-batch:1",
        "title": "Batch of signals: all are stored, or none",
        "type": "array",
        "minItems": 1,
        "items": {
            key: value for key, value in SIGNAL.items() if key not in {"$schema", "$id", "$defs"}
        },
        "$defs": _DEFS,
    }
    for type_ in TYPES:
        documents[type_] = {
            "$schema": SIGNAL["$schema"],
            "$id": f"urn:outreach:schema:{type_}:1",
            "title": f"`data` of {type_}",
            "$ref": f"#/$defs/data.{type_}",
            "$defs": _reachable(f"data.{type_}"),
        }
    return {
        name: msgspec.json.format(msgspec.json.encode(doc), indent=1)
        for name, doc in documents.items()
    }


def _reachable(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    todo = [name]
    while todo:
        current = todo.pop()
        if current not in found:
            found[current] = _DEFS[current]
            todo += re.findall(r'#/\$defs/([^"]+)"', msgspec.json.encode(_DEFS[current]).decode())
    return found
