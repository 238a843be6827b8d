"""Templates as pages show them: where they are, where they stand, what is right and wrong."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from urllib.parse import urlencode

from aiohttp import web

from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.template_versions import Place, State, Version
from outreach.domain.vocabulary import Channel
from outreach.rendering.segments import Encoding
from outreach.rendering.shapes import shape_of
from outreach.rendering.text_changes import Change, count_changes, text_changes
from outreach.runtime import Runtime
from outreach.usecases.mending_words import Check, Force, list_checks
from outreach.usecases.pack_words import rules_about
from outreach.usecases.template_checks import Checked, check_words
from outreach.usecases.trying_words import Case, Cases, try_words, turns_of
from outreach.usecases.word_fixes import Wording
from outreach.web.console.access import SESSION
from outreach.web.console.showing import Tag
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/templates"
_MICROS: Final = Decimal(1_000_000)
_LEAST_DIGITS: Final = 2
_FOLDED: Final = 160
_SHOWN: Final = 60
_STATES: Final = {
    State.DRAFT: ("off", "✎"),
    State.REVIEW: ("wait", "◇"),
    State.APPROVED: ("ok", "✓"),
    State.LIVE: ("info", "●"),
    State.RETIRED: ("off", "○"),
    State.WITHDRAWN: ("off", "⊘"),
}
_FORCES: Final = {
    Force.MUST: ("stop", "✕"),
    Force.CONSIDER: ("wait", "!"),
    Force.PASSED: ("ok", "✓"),
}


@dataclass(frozen=True, slots=True)
class SaidCheck:
    """A check in the reader's language; `fix` is what a form names the mend by, "" for none."""

    force: str
    tag: Tag
    sentence: str
    rule: str
    line: int
    in_subject: bool
    samples: tuple[str, ...]
    fix: str
    fix_words: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaidCase:
    """An example in the reader's language; `problem` is why it has no words."""

    name: str
    label: str
    subject: str
    bubbles: tuple[str, ...]
    turns: tuple[tuple[str, str], ...]
    account: str
    problem: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What the editor shows beside the words.

    Attributes:
        status: One line for the counter: segments, encoding, what to remove, cost.
        encoding: Which characters forced a dearer alphabet, and which cost two; "" if none.
        cases: The examples.
        shown: The one that is looked at.
        checks: What must be mended, what to consider, what is right.
        counts: How many of each.
        needs: Facts without which nothing is sent.
    """

    status: str
    encoding: str
    cases: tuple[SaidCase, ...]
    shown: SaidCase | None
    checks: tuple[SaidCheck, ...]
    counts: Mapping[str, int]
    needs: tuple[str, ...]


class Fold(NamedTuple):
    """A stretch of a comparison; `left_out` characters in the middle of it aren't shown."""

    kind: str
    head: str
    left_out: int = 0
    tail: str = ""


def lender_of(request: web.Request, asked: str = "") -> str | None:
    """Return the lender that a request is about, if the visitor has a role there; else None."""
    operator = request[SESSION].operator
    wanted = asked or request.query.get("lender", "")
    own = operator.lenders(EVERYBODY)
    if not wanted:
        return next(iter(own), None)
    return wanted if wanted in own else None


def place_of(tenant: str, key: str, locale: str, channel: str) -> Place | None:
    """Return a place; None for a channel that there isn't."""
    return Place(tenant, key, locale, Channel(channel)) if channel in set(Channel) else None


def key_address(tenant: str, key: str, **more: object) -> str:
    """Return the page of a key."""
    return f"{PATH}/{key}?{urlencode({'lender': tenant, **more})}"


def place_address(place: Place, **more: object) -> str:
    """Return the page of a key at one language and channel."""
    told = {"locale": place.locale, "channel": str(place.channel)}
    return key_address(place.tenant, place.key, **told, **more)


def version_address(place: Place, number: int, **more: object) -> str:
    """Return the page of a version."""
    told = {"lender": place.tenant, "locale": place.locale, "channel": str(place.channel), **more}
    return f"{PATH}/{place.key}/versions/{number}?{urlencode(told)}"


def draft_address(version: Version, **more: object) -> str:
    """Return the editor of an open version."""
    query = f"?{urlencode(more)}" if more else ""
    return f"{PATH}/{version.place.key}/drafts/{version.version_id}{query}"


def state_tag(language: Language, state: State) -> Tag:
    """Return the tag of where a version stands."""
    tone, sign = _STATES[state]
    return Tag(tone, sign, say(language, f"templates.state.{state}"))


async def look_at(
    runtime: Runtime,
    place: Place,
    wording: Wording,
    language: Language,
    now: datetime,
    *,
    show: str = "",
) -> tuple[Tried, Checked]:
    """Try words as they are and say what came of it; in a thread, since letters are laid out."""
    return await asyncio.to_thread(_look_at, runtime, place, wording, language, now, show)


def _look_at(
    runtime: Runtime, place: Place, wording: Wording, language: Language, now: datetime, show: str
) -> tuple[Tried, Checked]:
    considering = runtime.considering
    lender = considering.rulebook.lenders[place.tenant]
    checked = check_words(runtime, place, wording.source, wording.subject, now=now)
    cases, rules = Cases(()), []
    if checked.template is not None:
        cases = try_words(checked.template, lender)
        rules = rules_about(checked.template, lender, considering.rulebook, now)
    found = [(one.id, one.finding) for one in checked.findings]
    checks = list_checks(place.channel, wording, found, rules)
    currency = runtime.settings.lenders[place.tenant].currency
    said = tuple(say_case(language, one, place.channel) for one in cases.cases)
    tried = Tried(
        _status(language, place.channel, cases, currency),
        _encoding(language, cases),
        said,
        next((one for one in said if one.name == show), said[0] if said else None),
        tuple(say_check(language, one) for one in checks),
        {str(force): sum(one.force is force for one in checks) for force in Force},
        cases.indispensable,
    )
    return tried, checked


def say_check(language: Language, one: Check) -> SaidCheck:
    """Put a check into words."""
    tone, sign = _FORCES[one.force]
    told = {name: value for name, value in one.told if name != "line"}
    if "element" in told:
        told["element"] = _elements(language, told["element"])
    sentence = say_or(language, f"templates.check.{one.kind}", told.get("said", one.kind), **told)
    fix, fix_words = "", ""
    if one.fix is not None:
        fix = one.fix.key
        fix_words = say(language, f"templates.fix.{one.fix.kind}", name=one.fix.new)
    return SaidCheck(
        str(one.force),
        Tag(tone, sign, say(language, f"templates.force.{one.force}")),
        sentence,
        one.rule,
        one.line,
        one.in_subject,
        one.samples,
        fix,
        fix_words,
        one.ids,
    )


def say_case(language: Language, case: Case, channel: Channel) -> SaidCase:
    """Put an example into words."""
    label = say(language, f"templates.case.{case.name}")
    if case.rendered is None:
        cause = str(case.cause).rpartition(".")[2]
        problem = say(language, f"templates.check.render_{cause}", detail=case.detail)
        return SaidCase(str(case.name), label, "", (), (), "", problem, "")
    text = case.rendered.text
    turns = turns_of(text) if channel is Channel.CALL else ()
    spoken = " ".join(words for _, words in turns) if turns else text
    account = say(language, "templates.sample", name=case.sample)
    if case.lacking:
        account = say(language, "templates.lacking", names=", ".join(case.lacking))
    return SaidCase(
        str(case.name), label, case.rendered.subject, case.bubbles, turns, account, "", spoken
    )


def comparison(old: str, new: str) -> tuple[list[Fold], int, int]:
    """Return what changed between two texts, long unchanged stretches folded, and how much."""
    changes = text_changes(old, new)
    return [_fold(one) for one in changes], *count_changes(changes)


def say_money(language: Language, micros: int, currency: str) -> str:
    """Return a price of millionths of a currency, with as many digits as it needs."""
    amount = (Decimal(micros) / _MICROS).normalize()
    digits = max(_LEAST_DIGITS, -int(amount.as_tuple().exponent))
    if language == "zh" and currency == "CNY":
        return f"{amount:,.{digits}f} 元"
    return f"{currency} {amount:,.{digits}f}"


def has_subject(channel: Channel) -> bool:
    """Say whether words of a channel have a title or subject."""
    return shape_of(channel).has_subject


def _fold(one: Change) -> Fold:
    if one.kind != "same" or len(one.text) <= _FOLDED:
        return Fold(one.kind, one.text)
    head = one.text[:_SHOWN].rsplit(" ", 1)[0]
    tail = one.text[-_SHOWN:].split(" ", 1)[-1]
    return Fold(one.kind, head, len(one.text) - len(head) - len(tail), tail)


def _elements(language: Language, named: str) -> str:
    every = [
        " / ".join(say_or(language, f"templates.element.{name}", name) for name in one.split("|"))
        for one in named.split(", ")
    ]
    return ("、" if language == "zh" else ", ").join(every)


def _status(language: Language, channel: Channel, cases: Cases, currency: str) -> str:
    longest, typical = cases.get("longest"), cases.get("typical")
    if longest is None or longest.rendered is None:
        return say(language, "templates.count.none")
    parts = []
    if longest.count is not None:
        usual = typical.count.segments.parts if typical and typical.count else 0
        segments = longest.count.segments
        parts.append(
            say(language, "templates.count.segments", most=segments.parts, usual=usual or "–")
        )
        encoding = "GSM-7" if segments.encoding is Encoding.GSM_7 else "UCS-2"
        parts.append(f"{encoding} {segments.units}/{longest.count.room}")
        if longest.count.to_save_one:
            saved = {"n": longest.count.to_save_one, "parts": segments.parts - 1}
            parts.append(say(language, "templates.count.remove", **saved))
    else:
        most = shape_of(channel).most
        told = {"n": len(longest.rendered.text), "most": f"{most:,}"}
        parts.append(say(language, "templates.count.characters", **told))
    if longest.cost_micros:
        cost = say_money(language, longest.cost_micros, currency)
        parts.append(say(language, "templates.count.cost", cost=cost))
    return " · ".join(parts)


def _encoding(language: Language, cases: Cases) -> str:
    longest = cases.get("longest")
    count = longest.count if longest else None
    said: list[str] = []
    if count is not None and count.forced_by:
        named = " ".join(f"{one} (U+{ord(one):04X})" for one in count.forced_by)
        told = {"named": named, "parts": count.without_them}
        said.append(say(language, "templates.count.forced", **told))
    if count is not None and count.doubled:
        said.append(say(language, "templates.count.doubled", named=" ".join(count.doubled)))
    return " ".join(said)


def first_of(places: Iterable[Place], wanted: Sequence[str]) -> Place | None:
    """Return the first place in one of the wanted languages, else the first."""
    every = list(places)
    found = (one for tag in wanted for one in every if one.locale == tag)
    return next(found, every[0] if every else None)
