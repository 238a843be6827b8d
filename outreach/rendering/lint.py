"""What is wrong with a message template, said so that whoever wrote it can mend it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import load_template
from outreach.rendering.context import COLLECTOR_ROLES, MessageFacts
from outreach.rendering.errors import RenderError, TemplateFileError
from outreach.rendering.expressions import load_expressions
from outreach.rendering.lint_calls import lint_script, lint_script_source
from outreach.rendering.lint_letters import lint_letter
from outreach.rendering.lint_wrong import Wrong
from outreach.rendering.lock_screen import list_telling
from outreach.rendering.message import MessageTemplate, Rendered, render
from outreach.rendering.segments import Encoding, ucs2_characters

MAX_PARTS: Final = 4
"""Parts beyond which a message is refused: people read letters elsewhere."""

COMFORTABLE_PARTS: Final = {Encoding.GSM_7: 2, Encoding.UCS_2: 3}
"""Parts beyond which the lint warns (about 320 characters of GSM-7, Twilio's advice)."""

_MOSTLY_LATIN: Final = 4
_TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LINK: Final = re.compile(
    r"https?://|www\.|\b[\w-]+\.(?:com|cn|net|org|io|app|ly|co|link|me)\b", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(?<![A-Za-z0-9_])\+?\d(?:[ ().-]?\d){6,}[Xx]?")
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_CHINESE: Final = "zh"


class LintCode(StrEnum):
    """What the lint finds. Values are API: never renamed."""

    UNUSABLE = "lint.unusable"
    NO_SAMPLE = "lint.no_sample"
    DOES_NOT_RENDER = "lint.does_not_render"
    MISSING_CONTENT = "lint.missing_content"
    SIGNATURE_NOT_FIRST = "lint.signature_not_first"
    FORBIDDEN_EXPRESSION = "lint.forbidden_expression"
    TOO_LONG = "lint.too_long"
    LONG = "lint.long"
    UCS2 = "lint.ucs2"
    PERSONAL_DATA = "lint.personal_data"
    LINK = "lint.link"
    SPACES = "lint.spaces"
    LOCK_SCREEN = "lint.lock_screen"
    CALL = "lint.call"
    LETTER = "lint.letter"
    PACK = "lint.pack"
    """A rule about content, of the packs that the lender's contacts are judged by."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend; `is_error` means that the template may not be used as it stands.

    Pages say it in their reader's language: `kind` names the sentence, `told` what it names, in
    pairs, and `sample` the sample of the meta file that showed it ("" for the source itself).
    """

    path: str
    code: LintCode
    words: str
    is_error: bool = True
    kind: str = ""
    told: tuple[tuple[str, str], ...] = ()
    sample: str = ""


def lint_path(path: Path, root: Path) -> list[Finding]:
    """Lint one file of words below `root`, whether or not it can be loaded."""
    try:
        template = load_template(path, root)
    except TemplateFileError as error:
        return [unusable(error)]
    return lint_template(template)


def unusable(error: TemplateFileError) -> Finding:
    """Return what is wrong with a source that can't be compiled."""
    words = f"{error.problem}. {error.remedy}"
    kind = error.kind or "unusable"
    told = {"said": words, **error.told}
    return Finding(error.path, LintCode.UNUSABLE, words, kind=kind, told=_pairs(told))


def lint_template(template: MessageTemplate) -> list[Finding]:
    """Lint one template: its source, and what it makes of each sample of its locale."""
    findings = dict.fromkeys(_lint_source(template))
    samples = template.meta.samples.get(template.locale, {})
    if not samples:
        words = f"meta.yaml has no sample for {template.locale}: add one, so that it can be seen"
        about = _pairs({"locale": template.locale})
        found = Finding(template.path, LintCode.NO_SAMPLE, words, kind="no_sample", told=about)
        findings[found] = None
    for name, facts in samples.items():
        try:
            rendered = render(template, facts)
        except RenderError as error:
            words = f"sample {name!r}: {error.cause}: {error.detail}"
            findings[
                Finding(
                    template.path,
                    LintCode.DOES_NOT_RENDER,
                    words,
                    kind=f"render_{error.cause.rpartition('.')[2]}",
                    told=_pairs({"detail": error.detail}),
                    sample=name,
                )
            ] = None
            continue
        findings.update(dict.fromkeys(_lint_words(template, name, facts, rendered)))
    return list(findings)


def _lint_source(template: MessageTemplate) -> Iterator[Finding]:
    path, source = template.path, f"{template.subject_source}\n{template.source}"
    literal = _TAG.sub(" ", source)
    for match in (*_MAIL.finditer(literal), *_NUMBER.finditer(literal)):
        words = (
            f"{len(match.group())} characters that look like a number or address of a person: "
            "use a variable ({{ phone }})"
        )
        told = _pairs({"found": match.group()})
        yield Finding(path, LintCode.PERSONAL_DATA, words, kind="personal_literal", told=told)
    for match in _LINK.finditer(_MAIL.sub(" ", literal)):
        words = f"{match.group()!r} is a link: use {{{{ repay_link }}}} or {{{{ pay_channel }}}}"
        told = _pairs({"found": match.group()})
        yield Finding(path, LintCode.LINK, words, kind="link_literal", told=told)
    if template.phrases.expressions == _CHINESE:
        if re.search(r"\{\{[^}]*\brepay_link\b", source):
            words = "no bare link in a Chinese text: name the way to pay ({{ pay_channel }})"
            told = _pairs({"found": "repay_link"})
            yield Finding(path, LintCode.LINK, words, kind="link_bare", told=told)
        # A call has to ask for somebody by name, and a letter is in a closed envelope.
        named = re.search(r"\{\{[^}]*\bborrower_name\b", source)
        if named and template.channel not in {Channel.CALL, Channel.LETTER}:
            words = "no name in a Chinese text: use 尊敬的客户 and {{ borrower_tail }}"
            told = _pairs({"found": "borrower_name"})
            yield Finding(path, LintCode.PERSONAL_DATA, words, kind="name_in_chinese", told=told)
    yield from _lint_locked_screen(template)
    if template.channel is Channel.CALL:
        for said, kind, more in lint_script_source(template.source, template.phrases.expressions):
            yield Finding(path, LintCode.CALL, said, kind=kind, told=_pairs(more))
    # Branches that no sample takes are searched as well: the source with its tags taken out.
    yield from _forbidden(template, _TAG.sub("", source))


def _lint_locked_screen(template: MessageTemplate) -> Iterator[Finding]:
    """Say what would tell of a debt on a locked screen: in a subject, or anywhere in a push."""
    if template.channel is Channel.LETTER:
        return  # in a closed envelope
    shown = [template.subject_source] if template.subject_source else []
    if template.shape.on_locked_screen:
        shown.append(template.source)
    for source in shown:
        for told in list_telling(source, template.phrases.expressions):
            words = (
                f"{told} would be seen on a locked screen: leave it to the app, or put it inside "
                "{% if may_show_details %} … {% endif %}"
            )
            about = _pairs({"found": told})
            yield Finding(
                template.path, LintCode.LOCK_SCREEN, words, kind="locked_screen", told=about
            )


def _lint_words(
    template: MessageTemplate, name: str, facts: MessageFacts, rendered: Rendered
) -> Iterator[Finding]:
    path = template.path
    for element in sorted(_required(template, facts) - rendered.content):
        words = f"sample {name!r}: {element} is missing from the words"
        told = _pairs({"element": element})
        yield Finding(path, LintCode.MISSING_CONTENT, words, kind="missing", told=told, sample=name)
    if _opens_with_signature(template) and not rendered.text.startswith("【"):
        words = f"sample {name!r}: it must begin with {{{{ signature }}}}"
        kind = "signature_first"
        yield Finding(path, LintCode.SIGNATURE_NOT_FIRST, words, kind=kind, sample=name)
    yield from _forbidden(template, f"{rendered.subject}\n{rendered.text}")
    if template.channel is Channel.SMS:
        yield from _lint_parts(path, name, rendered)
    if template.channel is Channel.CALL:
        yield from _wrong(path, LintCode.CALL, name, lint_script(rendered))
    if template.channel is Channel.LETTER:
        yield from _wrong(path, LintCode.LETTER, name, lint_letter(rendered))
    yield from _lint_lengths(template, name, rendered)
    if "  " in rendered.text:
        words = f"sample {name!r}: two spaces in a row"
        yield Finding(path, LintCode.SPACES, words, is_error=False, kind="spaces", sample=name)


def _wrong(path: str, code: LintCode, name: str, found: Iterable[Wrong]) -> Iterator[Finding]:
    for said, kind, told in found:
        words = f"sample {name!r}: {said}"
        yield Finding(path, code, words, kind=kind, told=_pairs(told), sample=name)


def _opens_with_signature(template: MessageTemplate) -> bool:
    return template.channel is Channel.SMS and template.phrases.expressions == _CHINESE


def _lint_parts(path: str, name: str, rendered: Rendered) -> Iterator[Finding]:
    """Say what makes a text message long, or longer than it need be."""
    strange = ucs2_characters(rendered.text)
    if strange and len(strange) * _MOSTLY_LATIN < len(set(rendered.text)):
        named = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in strange)
        words = f"sample {name!r}: {named} makes parts of 70 characters out of parts of 160"
        told = _pairs({"found": "".join(strange), "named": named})
        yield Finding(path, LintCode.UCS2, words, kind="ucs2", told=told, sample=name)
    if rendered.parts > MAX_PARTS:
        words = f"sample {name!r}: {rendered.parts} parts, at most {MAX_PARTS}"
        told = _pairs({"parts": str(rendered.parts), "most": str(MAX_PARTS)})
        yield Finding(path, LintCode.TOO_LONG, words, kind="too_long", told=told, sample=name)
    elif rendered.parts > COMFORTABLE_PARTS[rendered.encoding]:
        words = f"sample {name!r}: {rendered.parts} parts are paid for"
        told = _pairs({"parts": str(rendered.parts)})
        yield Finding(
            path, LintCode.LONG, words, is_error=False, kind="long", told=told, sample=name
        )


def _lint_lengths(template: MessageTemplate, name: str, rendered: Rendered) -> Iterator[Finding]:
    shape = template.shape
    for what, said, most in (
        ("subject", rendered.subject, shape.comfortable_subject),
        ("words", rendered.text, shape.comfortable),
    ):
        if most and len(said) > most:
            words = f"sample {name!r}: {what} of {len(said)} characters, {most} are seen or read"
            kind = f"long_{what}"
            told = _pairs({"length": str(len(said)), "most": str(most)})
            yield Finding(
                template.path,
                LintCode.LONG,
                words,
                is_error=False,
                kind=kind,
                told=told,
                sample=name,
            )


def _required(template: MessageTemplate, facts: MessageFacts) -> frozenset[str]:
    """Return the elements that every purpose asks of this sample."""
    elements = {
        element
        for purpose in template.purposes
        for element in template.phrases.required_for(purpose)
    }
    if template.channel is Channel.LETTER and template.meta.template_class == "legal_notice":
        elements |= {"law_firm", "lawyer_license_number"}
    if template.meta.template_class == "quote":
        elements.discard("amount")  # it quotes another amount than the one that is due
    if template.meta.template_class == "courtesy":
        elements.discard("amount")  # it asks for no money
    if facts.loan_count > 1 or not facts.account_tail:
        elements.discard("account_reference")
    if facts.dfpi_license and template.meta.template_class == "demand":
        elements.add("dfpi_license")
    if template.meta.template_class == "confirmation":
        return frozenset(elements)  # it says nothing else, whoever writes
    if template.shape.on_locked_screen and not facts.may_show_details:
        # What a collector must disclose would tell others of the debt: rules then refuse the way.
        return frozenset(elements)
    if facts.role in COLLECTOR_ROLES and template.phrases.expressions != _CHINESE:
        first = facts.first_communication
        elements.add("mini_miranda_first" if first else "mini_miranda_subsequent")
    return frozenset(elements)


def _forbidden(template: MessageTemplate, words: str) -> Iterator[Finding]:
    expressions = load_expressions(template.phrases.expressions)
    is_notice = template.meta.template_class == "legal_notice"
    for hit in expressions.find(words, legal_notice=is_notice):
        said = f"{hit.words!r} {hit.about} ({hit.category}): say it another way"
        kind, told = f"forbidden_{hit.category}", _pairs({"found": hit.words})
        yield Finding(template.path, LintCode.FORBIDDEN_EXPRESSION, said, kind=kind, told=told)


def _pairs(told: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(told.items())
