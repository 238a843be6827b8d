"""One rule of a pack in plain words: what it asks, of whom, and what each of its numbers means."""

from collections.abc import Iterator, Mapping
from typing import Final

from outreach.compliance import PRIMITIVES
from outreach.compliance.pack import Confidence, Effective, Force, OnFail, Rule
from outreach.domain.records import dataclass

_FORCES: Final = {
    Force.LAW: "law",
    Force.PRESUMPTION: "law: a breach is presumed, not certain",
    Force.SAFE_HARBOR: "optional protection that the firm takes",
    Force.SELF_REG: "code of the industry",
    Force.RECOMMENDED: "recommended standard",
    Force.GUIDELINE: "guideline of the supervisor",
    Force.DRAFT: "draft, not in force",
    Force.POLICY: "the firm's own policy",
}
_CONFIDENCES: Final = {
    Confidence.HIGH: "high: the text was seen, or two sources agree",
    Confidence.MEDIUM: "medium: one secondary source, or a reading of ours",
    Confidence.LOW: "low: an uncertain number or reading",
}
_ON_FAIL: Final = {
    OnFail.PRIMITIVE: "",
    OnFail.BLOCK: "stops the contact until the facts change, even if waiting would clear it",
    OnFail.WARN: "is mentioned, stops nothing",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing a rule says: its key, the value in words, and what the key means."""

    key: str
    value: str
    meaning: str = ""


def rule_in_words(rule: Rule) -> tuple[Said, ...]:
    """Return all that a rule says, in the order in which somebody asks."""
    return tuple(one for one in _said(rule) if one.value)


def _said(rule: Rule) -> Iterator[Said]:
    yield Said("what it does", PRIMITIVES[rule.primitive].description)
    yield Said("whom and what it is about", _selector(rule.applies_to) or "every contact")
    for item in rule.unless:
        yield Said("not where", _selector(item))
    for key, value in rule.parameters.items():
        schema = PRIMITIVES[rule.primitive].schema.get(key)
        meaning = schema.get("description", "") if isinstance(schema, Mapping) else ""
        yield Said(key, in_words(value), str(meaning))
    yield Said("enforced", "yes" if rule.enforce else "no: judged and recorded, stops nothing")
    yield Said("where it fails", _ON_FAIL[rule.on_fail])
    yield Said("what would clear it", rule.needs)
    yield Said("what the firm then has to do", ", ".join(rule.obligations))
    yield Said("in force", dates_in_words(rule.effective))
    yield Said("authority", rule.authority)
    yield Said("source", rule.source)
    yield Said("force", _FORCES[rule.force])
    yield Said("confidence", _CONFIDENCES[rule.confidence])
    yield Said("last checked", rule.checked.isoformat() if rule.checked else "never")
    yield Said("expresses as well", ", ".join((*rule.covers, *sorted(set(rule.cite.values())))))


def _selector(selector: Mapping[str, object]) -> str:
    return "; ".join(f"{key.replace('_', ' ')}: {in_words(v)}" for key, v in selector.items())


def in_words(value: object) -> str:
    """Return a parameter's value as somebody would write it down.

    >>> in_words({"n": 7, "unit": "days"}), in_words({"mon-fri": [["08:00", "21:00"]], "sun": []})
    ('7 days', 'mon-fri 08:00 to 21:00, sun none')
    """
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(in_words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _mapping(value: Mapping[str, object]) -> str:
    if value.keys() == {"n", "unit"}:
        return f"{value['n']} {value['unit']}"
    if value.keys() == {"any_of"}:
        return in_words(value["any_of"])
    if value.keys() <= {"min", "max"}:
        low, high = value.get("min"), value.get("max")
        bounds = (
            f"from {low}" if low is not None else "",
            f"to {high}" if high is not None else "",
        )
        return " ".join(filter(None, bounds))
    if value and all(map(_is_windows, value.values())):
        return ", ".join(f"{day} {_windows(spans)}" for day, spans in value.items())
    return "; ".join(f"{key}: {in_words(inner)}" for key, inner in value.items())


def _is_windows(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(
        isinstance(span, (list, tuple)) and len(span) == 2 for span in value
    )


def _windows(spans: object) -> str:
    listed = spans if isinstance(spans, (list, tuple)) else ()
    return " and ".join(f"{opens} to {closes}" for opens, closes in listed) or "none"


def dates_in_words(effective: Effective) -> str:
    """Return when a rule is in force."""
    parts = []
    if effective.start:
        parts.append(f"from {effective.start}")
    if effective.end:
        parts.append(f"until the day before {effective.end}")
    if effective.waived_until:
        parts.append(f"waived until {effective.waived_until}, mentioned until then")
    return ", ".join(parts) or "always"
