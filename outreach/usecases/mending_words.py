"""What must be mended in unsaved words, what should be looked at, what is right; and safe mends.

The findings are the lint's and the packs'. Here they are put in order for people: one entry for
what several samples show, the line that it is in, and the change that would mend it, if one is sure
to change nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel
from outreach.rendering.context import VARIABLES
from outreach.rendering.lint import Finding, LintCode
from outreach.rendering.shapes import shape_of
from outreach.usecases.pack_words import PackRule
from outreach.usecases.word_fixes import PLAIN, Fix, Wording

_ENDED_BY_OPT_OUT: Final = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.EMAIL, Channel.LETTER})
_OPT_OUT: Final = frozenset({"opt_out_instructions", "opt_out_one_word"})
_SHORT: Final = 3
_SEPARATORS: Final = re.compile(r"[,|\s]+")
_CODES: Final = {
    "variables": {LintCode.UNUSABLE},
    "renders": {LintCode.DOES_NOT_RENDER, LintCode.NO_SAMPLE},
    "content": {LintCode.MISSING_CONTENT, LintCode.SIGNATURE_NOT_FIRST},
    "expressions": {LintCode.FORBIDDEN_EXPRESSION},
    "personal": {LintCode.PERSONAL_DATA},
    "links": {LintCode.LINK},
    "length": {LintCode.TOO_LONG, LintCode.LONG},
    "encoding": {LintCode.UCS2},
    "lock_screen": {LintCode.LOCK_SCREEN},
    "call": {LintCode.CALL},
    "letter": {LintCode.LETTER},
}
_ONLY_ON: Final = {
    "encoding": frozenset({Channel.SMS}),
    "lock_screen": frozenset({Channel.PUSH, Channel.EMAIL}),
    "call": frozenset({Channel.CALL}),
    "letter": frozenset({Channel.LETTER}),
}


class Force(StrEnum):
    """What a check came to."""

    MUST = "must"
    CONSIDER = "consider"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        force: What it came to.
        kind: Which sentence says it.
        told: What the sentence names.
        rule: Of a pack, or the lint's own code.
        line: Of the source, from 1; 0: of none.
        in_subject: Whether the line is the subject's.
        samples: Those that show it.
        fix: What mends it at once.
        ids: Of the findings it is made of.
    """

    force: Force
    kind: str
    told: tuple[tuple[str, str], ...] = ()
    rule: str = ""
    line: int = 0
    in_subject: bool = False
    samples: tuple[str, ...] = ()
    fix: Fix | None = None
    ids: tuple[str, ...] = ()


def list_checks(
    channel: Channel,
    wording: Wording,
    found: Iterable[tuple[str, Finding]],
    rules: Sequence[PackRule] = (),
) -> list[Check]:
    """Return every check: what must be mended, what to consider, what is right.

    Args:
        channel: What the words are sent by.
        wording: As typed.
        found: Of the lint and of the packs, each with its id.
        rules: Every rule about content that was asked.
    """
    found = list(found)
    wrong = list(_merged(_checks(channel, wording, found)))
    lacks_subject = shape_of(channel).has_subject and not wording.subject.strip()
    if lacks_subject and all(one.kind != "no_subject" for one in wrong):
        wrong.insert(0, Check(Force.MUST, "no_subject", rule=LintCode.UNUSABLE, in_subject=True))
    order = list(Force)
    wrong.sort(key=lambda one: order.index(one.force))
    return [*wrong, *_passed(channel, [finding for _, finding in found], rules)]


def _checks(
    channel: Channel, wording: Wording, found: Iterable[tuple[str, Finding]]
) -> Iterator[Check]:
    for key, finding in found:
        told = dict(finding.told)
        if finding.kind == "unknown_variable":
            for name in told["found"].split(", "):
                yield _unknown(wording, name, key)
            continue
        line, in_subject = _place(wording, told.get("found", ""))
        if not line and told.get("line", "").isdigit():
            line = int(told["line"])
        yield Check(
            Force.MUST if finding.is_error else Force.CONSIDER,
            finding.kind or "unusable",
            finding.told if finding.kind else (("said", finding.words),),
            told.get("rule", str(finding.code)),
            line,
            in_subject,
            (finding.sample,) if finding.sample else (),
            _fix_for(channel, wording, finding.kind, told),
            (key,),
        )


def _unknown(wording: Wording, name: str, key: str) -> Check:
    close = get_close_matches(name, VARIABLES, n=1, cutoff=0.5)
    line, in_subject = _place(wording, name)
    told = (("found", name), *((("nearest", close[0]),) if close else ()))
    kind = "unknown_variable_near" if close else "unknown_variable"
    fix = Fix("name", name, close[0]) if close else None
    return Check(Force.MUST, kind, told, LintCode.UNUSABLE, line, in_subject, fix=fix, ids=(key,))


def _merged(checks: Iterable[Check]) -> Iterator[Check]:
    """Yield one check for what several samples show; a pack's joins the lint's about the same."""
    every: dict[tuple[object, ...], Check] = {}
    for one in checks:
        same = _same(one, every)
        known = every.get(same)
        if known is None:
            every[same] = one
            continue
        rule = one.rule if known.rule.startswith("lint.") else known.rule
        samples = tuple(dict.fromkeys((*known.samples, *one.samples)))
        ids = tuple(dict.fromkeys((*known.ids, *one.ids)))
        every[same] = replace(known, samples=samples, rule=rule, ids=ids)
    yield from every.values()


def _same(one: Check, every: Iterable[tuple[object, ...]]) -> tuple[object, ...]:
    elements = _elements(one)
    if one.kind in {"missing", "pack_missing"} and elements:
        for key in every:
            if key[0] == "lacks" and isinstance(key[1], frozenset) and key[1] & elements:
                return key
        return ("lacks", elements)
    return (one.kind, one.force, tuple(pair for pair in one.told if pair[0] != "detail"))


def _elements(one: Check) -> frozenset[str]:
    named = dict(one.told).get("element", "")
    elements = frozenset(_SEPARATORS.split(named)) - {""}
    return elements | _OPT_OUT if elements & _OPT_OUT else elements


def _fix_for(channel: Channel, wording: Wording, kind: str, told: dict[str, str]) -> Fix | None:
    elements = frozenset(_SEPARATORS.split(told.get("element", "")))
    lacks = kind in {"missing", "pack_missing", "pack_missing_maybe"}
    if lacks and elements & _OPT_OUT and channel in _ENDED_BY_OPT_OUT:
        return None if "opt_out_instructions" in wording.source else Fix("opt_out")
    if kind == "signature_first" or (lacks and "signature" in elements):
        return Fix("signature") if channel is Channel.SMS else None
    if kind == "ucs2" and set(told.get("found", "")) <= PLAIN.keys() & set(wording.source):
        return Fix("plain")
    return None


def _place(wording: Wording, needle: str) -> tuple[int, bool]:
    """Return the line in which something is, and whether it is the subject's; (0, False) if not.

    What the lint found is folded, so that letter case and spaces may differ.
    """
    wanted = _folded(needle.strip("{}' "))
    if not wanted:
        return 0, False
    if wanted in _folded(wording.subject):
        return 1, True
    characters = set(needle) if len(needle) <= _SHORT else set()
    for number, line in enumerate(wording.source.splitlines(), 1):
        if wanted in _folded(line) or (
            characters and not line.isascii() and characters & set(line)
        ):
            return number, False
    return 0, False


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _passed(
    channel: Channel, found: Sequence[Finding], rules: Sequence[PackRule]
) -> Iterator[Check]:
    codes = {one.code for one in found}
    if LintCode.UNUSABLE in codes:
        return  # nothing else was looked at
    for kind, own in _CODES.items():
        on = _ONLY_ON.get(kind)
        if codes.isdisjoint(own) and (on is None or channel in on):
            yield Check(Force.PASSED, f"passed_{kind}", rule=min(own))
    for rule in rules:
        if not rule.code:
            told = (("rule", rule.rule.id), ("pack", rule.pack))
            yield Check(Force.PASSED, "passed_rule", told, rule.rule.id)
