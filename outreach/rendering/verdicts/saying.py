"""Say a decision: every reason with its rule, its facts, and what would clear it and when."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from outreach.compliance.pack import Pack, Rule
from outreach.compliance.selection import Choice
from outreach.domain.decisions import Decision, Reason, Verdict
from outreach.domain.known import EPOCH
from outreach.domain.records import dataclass
from outreach.rendering.verdicts.sentences import Fill, Language, Sentences, sentences
from outreach.rendering.verdicts.values import Values

RuleIndex: TypeAlias = Mapping[tuple[str, str], Rule]
"""Rules by id and primitive: rules of one id may be of several primitives."""


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """One reason.

    Attributes:
        rule: Its id.
        title: What the rule is about.
        sentence: What it objects to, with the facts.
        clears: What would clear it, and when.
        authority: On what it rests, as the pack cites it.
        force: How binding it is; "" where no pack asked for it.
        pack: Id of its pack.
    """

    rule: str
    title: str
    sentence: str
    clears: str
    authority: str
    force: str
    pack: str


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """A decision: its headline, its reasons, and what it needs and brings with it."""

    headline: str
    reasons: tuple[ReasonWords, ...]
    warnings: tuple[ReasonWords, ...]
    shadow: tuple[ReasonWords, ...]
    needs: str
    obligations: str


def index_rules(packs: Iterable[Pack]) -> RuleIndex:
    """Return the rules of packs by id and primitive."""
    return {(rule.id, rule.primitive): rule for pack in packs for rule in pack.rules}


def say_reason(
    reason: Reason, rules: RuleIndex, *, at: datetime, zone: str, language: Language
) -> ReasonWords:
    """Say one reason.

    Args:
        reason: As decided, or as the log kept it.
        rules: Where its rule may be found; numbers and authority come from there.
        at: The instant that was judged.
        zone: IANA zone at which instants are read: the borrower's.
        language: Of the reader.
    """
    said = sentences(language)
    primitive = reason.code.partition(".")[0]
    rule = rules.get((reason.rule, primitive))
    values = Values(said, zone, at)
    value_of = _values_of(reason, rule, values)
    known = said.reasons.get(reason.code, {})
    sentence = said.first_of(known.get("says", ()), value_of) or reason.code
    parts = [sentence]
    unknown = reason.parameters.get("unknown")
    if unknown and "{unknown}" not in str(known):
        words = values.write("unknown", unknown)
        parts.append(said.fill(said.frame["unknown"], {"unknown": words}.get) or "")
    if reason.also:
        also = {"also": values.list_of(reason.also)}
        parts.append(said.fill(said.frame["also"], also.get) or "")
    return ReasonWords(
        rule=reason.rule,
        title=said.first_of(said.titles.get(primitive, ()), value_of) or primitive,
        sentence=said.gap.join(part for part in parts if part),
        clears=_clears(reason, known, said, values),
        authority=rule.authority if rule else "",
        force=said.forces[rule.force] if rule else "",
        pack=reason.pack,
    )


def _values_of(reason: Reason, rule: Rule | None, values: Values) -> Fill:
    """Return what fills the holes: facts of the reason first, then numbers of its rule."""
    known: dict[str, Any] = {**(rule.parameters if rule else {}), **reason.parameters}
    closed = known.get("closed") or known.get("zones")

    def value_of(name: str) -> str | int | None:
        if name == "clock":
            return values.clock(closed) if closed else None
        return values.write(name, known.get(name))

    return value_of


def _clears(reason: Reason, known: Mapping[str, Any], said: Sentences, values: Values) -> str:
    if reason.until is not None:
        until = values.moment(reason.until)
        return said.fill(said.frame["clears_at"], {"until": until}.get) or until
    return str(known.get("clears") or said.frame["clears_never"])


def say_decision(
    decision: Decision, rules: RuleIndex, *, at: datetime, zone: str, language: Language
) -> DecisionWords:
    """Say a decision; see `say_reason` for the arguments."""

    def say_all(reasons: Iterable[Reason]) -> tuple[ReasonWords, ...]:
        return tuple(say_reason(one, rules, at=at, zone=zone, language=language) for one in reasons)

    said = sentences(language)
    brought = _listed(decision.obligations, said.obligations, said)
    obligations = said.fill(said.frame["brings"], {"obligations": brought}.get)
    return DecisionWords(
        headline=_headline(decision, said, Values(said, zone, at)),
        reasons=say_all(decision.reasons),
        warnings=say_all(decision.warnings),
        shadow=say_all(decision.shadow),
        needs=say_needs(decision.needs, language),
        obligations=obligations or "",
    )


def _headline(decision: Decision, said: Sentences, values: Values) -> str:
    known: dict[str, str | int] = {"count": len(decision.reasons)}
    name = {Verdict.ALLOW: "allowed", Verdict.DEFER: "deferred", Verdict.BLOCK: "blocked"}[
        decision.verdict
    ]
    if decision.until is not None:
        known["until"] = values.moment(decision.until)
    if decision.verdict is Verdict.ALLOW and decision.warnings:
        name, known["count"] = "allowed_warned", len(decision.warnings)
    return said.fill(said.frame[name], known.get) or ""


def say_needs(needs: Iterable[str], language: Language) -> str:
    """Say what would clear a block, "" if nothing is known to."""
    said = sentences(language)
    return said.fill(said.frame["needs"], {"needs": list_needs(needs, language)}.get) or ""


def list_needs(needs: Iterable[str], language: Language) -> str:
    """List what would clear a block, without a sentence around it."""
    said = sentences(language)
    return _listed(needs, said.needs, said)


def say_hold(kind: str, language: Language) -> str:
    """Say what kind of hold it is."""
    return Values(sentences(language), "UTC", EPOCH).word("kind", kind)


def say_value(kind: str, value: str, language: Language) -> str:
    """Say a word of a vocabulary, such as a kind of consent; one without words as it is."""
    return Values(sentences(language), "UTC", EPOCH).word(kind, value)


def _listed(names: Iterable[str], words: Mapping[str, str], said: Sentences) -> str:
    """Write names as words; those that have none as they are."""
    written = [words.get(name) or name.replace("_", " ") for name in names]
    return Values(said, "UTC", EPOCH).list_of(written) if written else ""


def say_choice(choice: Choice, language: Language) -> str:
    """Say why a pack applies or doesn't."""
    said = sentences(language)
    known = {"pack": choice.pack, "cause": said.selection.get(choice.cause, choice.cause)}
    name = "applies" if choice.chosen else "applies_not"
    return said.fill(said.selection[name], known.get) or choice.pack


def say_moment(at: datetime, zone: str, language: Language) -> str:
    """Say an instant at the local time of a place."""
    return Values(sentences(language), zone, at).moment(at)


def say_around(key: str, language: Language, **known: str | int) -> str:
    """Say one of the sentences that `outreach explain` puts around the reasons."""
    said = sentences(language)
    return said.fill(said.explain[key], known.get) or key


def say_cause(code: str, language: Language) -> str:
    """Say why a plan waits, or why nothing could be decided; the code itself if it is unknown."""
    said = sentences(language)
    if code in said.waits:
        return said.waits[code]
    known = said.reasons.get(code)
    return str(known["says"][-1]) if known else code
