"""A rule as a page shows it, in both languages: its title, what it objects to, and all it says."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from outreach.compliance.pack import Effective, Rule
from outreach.domain.known import EPOCH
from outreach.domain.records import dataclass
from outreach.rendering import rule_words_zh as zh
from outreach.rendering.rule_words import Said, rule_in_words
from outreach.rendering.verdicts.sentences import Language, sentences
from outreach.rendering.verdicts.values import Values


@dataclass(frozen=True, slots=True)
class Sheet:
    """One rule in words.

    Attributes:
        title: What it is about, with its numbers.
        force: How binding it is.
        objections: What it may object to, and what would clear that.
        lines: All that it says; `meaning` is empty in Chinese.
    """

    title: str
    force: str
    objections: tuple[tuple[str, str], ...]
    lines: tuple[Said, ...]


def rule_sheet(rule: Rule, language: Language) -> Sheet:
    """Return a rule in words; see `Sheet`."""
    said = sentences(language)
    found = {
        code: known
        for code, known in said.reasons.items()
        if code.partition(".")[0] == rule.primitive
    }
    never = str(said.frame["clears_never"])
    objections = tuple(
        (str(known["says"][-1]), str(known.get("clears", "")) or _waits(rule, never))
        for known in found.values()
    )
    lines = rule_in_words(rule) if language == "en" else tuple(_chinese(rule))
    return Sheet(rule_title(rule, language), said.forces[rule.force], objections, lines)


def rule_title(rule: Rule, language: Language) -> str:
    """Return what a rule is about, with its numbers: "At most 7 contacts in 7 days"."""
    said = sentences(language)
    values = Values(said, "UTC", EPOCH)

    def value_of(name: str) -> str | int | None:
        return values.write(name, rule.parameters.get(name))

    found = said.first_of(said.titles.get(rule.primitive, ()), value_of)
    return found or rule.primitive.replace("_", " ")


def _waits(rule: Rule, never: str) -> str:
    return "" if rule.primitive in _WAITING else never


# What these object to may clear with time.
_WAITING: Final = frozenset(
    {"calendar_cap", "channel_lock", "cooldown_after_outcome", "holiday_block", "min_gap",
     "moratorium", "person_preference", "precondition", "quiet_hours", "retention", "rolling_cap"}
)  # fmt: skip


def _chinese(rule: Rule) -> Iterator[Said]:
    """Yield the same lines in Chinese; words of law and sources stay as they were published."""
    selectors = iter((rule.applies_to, *rule.unless))
    for one in rule_in_words(rule):
        if one.key == "what it does":
            yield Said(zh.AROUND[one.key], zh.PRIMITIVES.get(rule.primitive, one.value))
        elif one.key in {"whom and what it is about", "not where"}:
            yield Said(zh.AROUND[one.key], _selector(next(selectors, {})) or "所有联系")
        elif one.key in rule.parameters:
            yield Said(zh.KEYS.get(one.key, one.key), _value(one.key, rule.parameters[one.key]))
        elif one.key == "force":
            yield Said(zh.AROUND[one.key], sentences("zh").forces[rule.force])
        elif one.key == "in force":
            yield Said(zh.AROUND[one.key], _dates(rule.effective))
        elif one.key == "what would clear it":
            yield Said(zh.AROUND[one.key], sentences("zh").needs.get(one.value, one.value))
        elif one.key == "what the firm then has to do":
            known = sentences("zh").obligations
            yield Said(zh.AROUND[one.key], "；".join(known.get(o, o) for o in rule.obligations))
        else:
            yield Said(zh.AROUND.get(one.key, one.key), zh.VALUES.get(one.value, one.value))


def _selector(selector: Mapping[str, object]) -> str:
    return "；".join(
        f"{zh.SELECTORS.get(key, key)}：{_value(key, value)}" for key, value in selector.items()
    )


@lru_cache(maxsize=1)
def _values() -> Values:
    return Values(sentences("zh"), "UTC", EPOCH)


def _value(name: str, value: Any) -> str:
    """Return a parameter's value in Chinese words where there are any."""
    match value:
        case bool():
            said = "是" if value else "否"
        case None:
            said = "无"
        case str():
            said = zh.WORDS.get(value) or _values().word(name.removesuffix("s"), value)
        case Mapping():
            said = _mapping(name, value)
        case list() | tuple():
            said = "、".join(_value(name, one) for one in value) or "无"
        case _:
            said = str(value)
    return said


def _mapping(name: str, value: Mapping[str, Any]) -> str:
    if value.keys() == {"n", "unit"}:
        return _values().length(value["n"], value["unit"])
    if value.keys() == {"any_of"}:
        return _value(name, value["any_of"])
    if value.keys() <= {"min", "max"}:
        bounds = (("自", value.get("min")), ("至", value.get("max")))
        return " ".join(f"{word} {end}" for word, end in bounds if end is not None)
    if name == "windows":
        return _values().hours(value)
    named = {key: zh.SELECTORS.get(key) or zh.KEYS.get(key, key) for key in value}
    return "；".join(f"{named[key]}：{_value(key, each)}" for key, each in value.items())


def _dates(effective: Effective) -> str:
    parts = []
    if effective.start:
        parts.append(f"自 {effective.start} 起")
    if effective.end:
        parts.append(f"至 {effective.end} 前一日")
    if effective.waived_until:
        parts.append(f"{effective.waived_until} 前仅作提醒")
    return "，".join(parts) or "始终"
