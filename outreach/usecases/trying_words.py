"""What unsaved words would come out as: at their longest, typically, and where facts are missing.

Nothing is kept and nothing sent. Words are made by the code that makes them for borrowers, from the
sample facts of the template's meta file, told as the lender would tell them.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any, Final

from outreach.domain.call_scripts import ScriptError, split_script
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, LenderRole
from outreach.rendering.context import MessageFacts
from outreach.rendering.errors import RenderCause, RenderError
from outreach.rendering.message import MessageTemplate, Rendered, render
from outreach.rendering.segments import (
    GSM_EXTENSION,
    GSM_MANY,
    GSM_ONE,
    UCS_MANY,
    UCS_ONE,
    Encoding,
    Segments,
    count_segments,
    split_segments,
    ucs2_characters,
)
from outreach.usecases.lenders import LenderPlan

_MAY_LACK: Final = (
    "account_tail", "phone", "complaint_phone", "dfpi_license", "pay_channel", "repay_link",
    "borrower_name", "form_of_address", "borrower_tail", "contact_person", "neutral_name",
    "self_service_link", "postal_address",
)  # fmt: skip
"""Facts that a borrower or a lender may be without."""
_OF_LENDER: Final = (
    "phone", "complaint_phone", "pay_channel", "contact_person", "neutral_name", "signature",
)  # fmt: skip
_FEW: Final = 4
"""So much of a text's alphabet may be outside GSM-7 for it to be said to be broken by that."""


class CaseName(StrEnum):
    """Which example it is."""

    LONGEST = "longest"
    TYPICAL = "typical"
    MISSING = "missing"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class Count:
    """What a text message comes to.

    Attributes:
        segments: Encoding, units and parts.
        room: Units that fit into as many parts.
        forced_by: Characters that keep an otherwise plain text out of GSM-7; empty where the
            language itself needs UCS-2.
        without_them: Parts where those were replaced; 0 where there are none.
        doubled: Characters that cost two each.
        to_save_one: Units to take out for one part less; 0 for a single part.
    """

    segments: Segments
    room: int
    forced_by: tuple[str, ...] = ()
    without_them: int = 0
    doubled: tuple[str, ...] = ()
    to_save_one: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One example of the words.

    Attributes:
        name: Which one.
        sample: Of the meta file; a loan's reference for a real borrower.
        rendered: The words; None where none come out.
        bubbles: Parts in which a text message arrives; pieces of a call; else all of it.
        count: Of a text message.
        cost_micros: Of one contact, by the lender's dearest sender that has a price; None: unknown.
        cause: Why no words come out.
        detail: What is missing or wrong, by name.
        lacking: Facts that were left out, of those that the words name.
    """

    name: CaseName
    sample: str
    rendered: Rendered | None
    bubbles: tuple[str, ...] = ()
    count: Count | None = None
    cost_micros: int | None = None
    cause: RenderCause | None = None
    detail: str = ""
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cases:
    """The examples of one template.

    `indispensable` are facts without which there are no words, and so no contact.
    """

    cases: tuple[Case, ...]
    indispensable: tuple[str, ...] = ()

    def get(self, name: str) -> Case | None:
        """Return one by name."""
        return next((one for one in self.cases if one.name == name), None)


def try_words(
    template: MessageTemplate, lender: LenderPlan, *, real: tuple[str, MessageFacts] | None = None
) -> Cases:
    """Make the examples of a template.

    Args:
        template: Compiled; it need not be kept anywhere.
        lender: Whose own name, number and prices are told; of samples those of its role count.
        real: A loan's reference, and what may be said of it.
    """
    samples = template.meta.samples.get(template.locale, {})
    own = {name: facts for name, facts in samples.items() if facts.role is lender.role}
    told = {name: as_lender(facts, lender) for name, facts in (own or samples).items()}
    found: list[Case] = []
    if real is not None:
        found.append(_case(CaseName.REAL, real[0], template, real[1], lender))
    if not told:
        return Cases(tuple(found))
    tried = [_case(CaseName.LONGEST, name, template, facts, lender) for name, facts in told.items()]
    found.append(max(tried, key=_size))
    name = next(iter(told))
    found.append(_case(CaseName.TYPICAL, name, template, told[name], lender))
    needed = tuple(_indispensable(template, told[name]))
    bare, lacking = _without(template, told[name], needed)
    if lacking:
        missing = _case(CaseName.MISSING, name, template, bare, lender)
        found.append(replace(missing, lacking=lacking))
    return Cases(tuple(found), needed)


def as_lender(facts: MessageFacts, lender: LenderPlan) -> MessageFacts:
    """Return sample facts with what the lender itself tells, where a sample tells such a thing."""
    own: dict[str, Any] = {
        name: value for name in _OF_LENDER if getattr(facts, name) and (value := _own(lender, name))
    }
    if facts.role is LenderRole.FIRST_PARTY:
        own["lender_name"] = lender.name
    if facts.repay_link and lender.pay_url:
        own["repay_link"] = lender.pay_url
    return replace(facts, **own)


def count_text(text: str) -> Count:
    """Count a text message as it is billed, and what would make it cheaper."""
    segments = count_segments(text)
    one, many = (GSM_ONE, GSM_MANY) if segments.encoding is Encoding.GSM_7 else (UCS_ONE, UCS_MANY)
    room = one if segments.parts == 1 else many * segments.parts
    fewer = segments.parts - 1
    over = segments.units - (one if fewer == 1 else many * fewer) if fewer else 0
    strange = ucs2_characters(text)
    if len(strange) * _FEW >= len(set(text)):
        strange = ()
    plain = "".join("'" if one in strange else one for one in text)
    if segments.encoding is Encoding.GSM_7:
        doubled = dict.fromkeys(one for one in text if one in GSM_EXTENSION)
    else:
        doubled = dict.fromkeys(one for one in text if one > "\uffff")
    return Count(
        segments,
        room,
        strange,
        count_segments(plain).parts if strange else 0,
        tuple(doubled),
        max(over, 1) if fewer else 0,
    )


def _own(lender: LenderPlan, name: str) -> str:
    return str(getattr(lender, name))


def _size(case: Case) -> int:
    if case.rendered is None:
        return -1
    return case.count.segments.units if case.count else len(case.rendered.text)


def _case(
    name: CaseName, sample: str, template: MessageTemplate, facts: MessageFacts, lender: LenderPlan
) -> Case:
    try:
        rendered = render(template, facts)
    except RenderError as error:
        return Case(name, sample, None, cause=error.cause, detail=error.detail)
    is_text = template.channel is Channel.SMS
    prices = [
        one.cost_micros_per_part
        for one in lender.senders
        if one.channel is template.channel and one.cost_micros_per_part
    ]
    return Case(
        name,
        sample,
        rendered,
        _bubbles(template.channel, rendered.text),
        count_text(rendered.text) if is_text else None,
        max(prices) * rendered.parts if prices else None,
    )


def _bubbles(channel: Channel, text: str) -> tuple[str, ...]:
    if channel is Channel.SMS:
        return tuple(split_segments(text))
    return (text,)


def turns_of(text: str) -> tuple[tuple[str, str], ...]:
    """Return a call's script as it is said: each piece with its words; nothing of what is none."""
    try:
        return tuple((str(piece), words) for piece, words in split_script(text).items())
    except ScriptError:
        return ()


def _indispensable(template: MessageTemplate, facts: MessageFacts) -> Iterator[str]:
    """Yield the facts without which nothing comes out, of those that the sample has."""
    for name in _lackable(facts):
        try:
            render(template, _lacking(facts, name))
        except RenderError:
            yield name


def _without(
    template: MessageTemplate, facts: MessageFacts, needed: tuple[str, ...]
) -> tuple[MessageFacts, tuple[str, ...]]:
    """Return facts without what may be lacking, and which of it the words name."""
    gone = [name for name in _lackable(facts) if name not in needed]
    lacking = tuple(name for name in gone if name in template.uses)
    return _lacking(facts, *gone), lacking


def _lacking(facts: MessageFacts, *names: str) -> MessageFacts:
    gone: dict[str, Any] = dict.fromkeys(names, "")
    return replace(facts, **gone)


def _lackable(facts: MessageFacts) -> Iterator[str]:
    known = {one.name for one in fields(facts)}
    return (name for name in _MAY_LACK if name in known and getattr(facts, name))
