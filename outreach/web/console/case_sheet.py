"""One case as a document: verdict, rules, facts, words, what happened, reviews, proof."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from outreach.rendering.letter_pdf import PrintError, print_sheet
from outreach.rendering.letter_sheet import Block, Heading, Items, Paragraph, Sheet
from outreach.settings.lenders import Lender
from outreach.usecases.retelling import Whole
from outreach.web.console.showing import masked, reply_text, show_moment
from outreach.web.console.story_view import Item, RuleLine, StoryShower, cost_in_words
from outreach.web.console.words import Language, say, say_or


async def print_case(
    whole: Whole,
    language: Language,
    view: StoryShower,
    *,
    lender: Lender,
    by: str,
    now: datetime,
) -> bytes | str:
    """Return the document as PDF, made in a thread; or in a few words why it can't be printed.

    Args:
        whole: The case.
        language: Of whoever asks.
        view: Puts it into words.
        lender: Whose case it is.
        by: Who asked for it; stands in the foot.
        now: Wall time at which it was asked for; stands there as well.
    """
    made = show_moment(language, now, lender.timezone)
    foot = say(language, "case.made", at=f"{made.text} {made.zone}", by=by)
    sheet = Sheet(
        say(language, "case.title"),
        "zh-CN" if language == "zh" else "en-US",
        now,
        tuple(_blocks(whole, language, view, lender)),
        foot=foot,
    )
    try:
        return (await print_sheet(sheet)).pdf
    except PrintError as error:
        return error.detail


def _blocks(whole: Whole, language: Language, view: StoryShower, lender: Lender) -> Iterator[Block]:
    first, shower = whole.story.first, view.shower
    line = shower.line(first)
    heads = _heads(whole, language, view, lender)
    yield Items(tuple(f"{name}: {value}" for name, value in heads))
    yield Paragraph(say(language, "case.masked"))
    yield Heading(f"{line.tag.word}: {line.why}")
    for reason in first.reasons:
        said = shower.because(reason, first).said
        yield Paragraph(
            _lined(f"{said.sentence} {said.clears}", said.rule, said.force, said.authority)
        )
    yield Heading(say(language, "words"))
    body = first.body
    words = [str(one) for one in (body.get("subject"), body.get("words")) if one]
    text = "\n".join(words) or reply_text(body) or say(language, "words.none")
    yield from (Paragraph(part) for part in text.splitlines() if part.strip())
    yield Heading(say(language, "timeline"))
    yield from _timeline(language, view.timeline(first.at))
    yield from _rules(whole, language, view.rules())
    facts = view.facts()
    if facts:
        yield Heading(say(language, "facts"))
        yield Paragraph(say(language, "facts.as_they_were"))
        none = say(language, "none")
        yield Items(tuple(f"{one.title}: {'; '.join(one.lines) or none}" for one in facts))
    yield from _reviews(whole, language, view)
    yield from _proof(whole, language, lender)


def _heads(
    whole: Whole, language: Language, view: StoryShower, lender: Lender
) -> Iterator[tuple[str, str]]:
    first = whole.story.first
    line = view.shower.line(first)
    yield say(language, "lender"), lender.name
    yield say(language, "loan"), ", ".join(first.loans) or "–"
    yield say(language, "when"), f"{line.when.text} {line.when.zone}"
    yield say(language, "step"), " · ".join(one for one in (line.what, line.step) if one)
    yield say(language, "to"), masked(whole.story.address)
    if first.contact:
        purpose = first.contact.purpose
        yield say(language, "purpose"), say_or(language, f"purpose.{purpose}", purpose)
    cost = cost_in_words(whole.cost, lender.currency)
    if cost:
        kind = "cost.charged" if cost[1] else "cost.estimated"
        yield say(language, "cost"), f"{cost[0]}, {say(language, kind)}"
    packs = [f"{pack}@{digest[:8]}" for pack, digest in first.body.get("packs", ())]
    if packs:
        yield say(language, "packs"), ", ".join(packs)


def _rules(whole: Whole, language: Language, rules: Sequence[RuleLine]) -> Iterator[Block]:
    again = whole.rejudged
    if again is None:
        return
    yield Heading(say(language, "asked.again"))
    same = say(language, "asked.same" if again.is_same else "asked.other")
    packs = say(language, "asked.packs.same" if again.has_same_packs else "asked.packs.other")
    yield Paragraph(" ".join((say(language, "asked.again.why"), packs, same)))
    for outcome in ("objects", "warns", "would", "passed"):
        each = [one for one in rules if one.outcome == outcome]
        if each:
            yield Paragraph(say(language, f"asked.{outcome}", count=len(each)))
            yield Items(tuple(_lined(one.title, one.rule, one.sentence, one.force) for one in each))


def _timeline(language: Language, items: Sequence[Item]) -> Iterator[Block]:
    rows = []
    for one in items:
        planned = f" ({say(language, 'timeline.planned')})" if one.is_planned else ""
        tag = one.tag.word if one.tag else ""
        what = _lined(one.text + planned, tag, one.detail)
        actor = say(language, f"timeline.by.{one.actor}")
        rows.append(f"{one.when.text} {one.when.zone} · {actor}: {what}")
    yield Items(tuple(rows))


def _reviews(whole: Whole, language: Language, view: StoryShower) -> Iterator[Block]:
    if not whole.marks and not whole.findings:
        return
    yield Heading(say(language, "review"))
    lines = []
    for one in whole.marks:
        word = say(language, f"mark.{one.mark}" if one.mark else "mark.comment")
        at = view.shower.moment(one.at, None).text
        lines.append(_lined(word, one.by, at, one.comment or ""))
    for each in whole.findings:
        state = say(language, f"findings.state.{each.state}")
        lines.append(f"{say(language, 'finding')} #{each.finding_id} ({state}): {each.what}")
    yield Items(tuple(lines))


def _proof(whole: Whole, language: Language, lender: Lender) -> Iterator[Block]:
    yield Heading(say(language, "proof"))
    proof = whole.proofs.get(whole.story.first.event_id)
    if proof is None:
        yield Paragraph(say(language, "proof.open"))
    else:
        at = show_moment(language, proof.sealed_at, lender.timezone)
        sealed = say(
            language,
            "proof.sealed",
            row=proof.event_id,
            leaf=proof.position + 1,
            seal=proof.seal_id,
            at=f"{at.text} {at.zone}",
        )
        held = say(language, "proof.holds" if proof.holds else "proof.broken")
        yield Paragraph(f"{sealed} {held}")
        roots = {one.seal_id: one.root for one in whole.proofs.values()}
        root = say(language, "proof.root")
        yield Items(
            (
                *(f"{one.event_id}: {one.leaf}" for one in whole.proofs.values()),
                *(f"{root} {number}: {digest}" for number, digest in roots.items()),
            )
        )
    yield Paragraph(f"{say(language, 'proof.verify')} outreach log verify")


def _lined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
