"""One message template, and the words that it makes of facts."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final
from unicodedata import is_normalized, normalize

from outreach.domain.call_scripts import ON_A_MACHINE, Piece, ScriptError, parse_script
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, LenderRole, Purpose
from outreach.rendering.context import (
    COLLECTOR_ROLES,
    ELEMENTS,
    LETTER_ELEMENTS,
    MessageFacts,
    Value,
    build_context,
)
from outreach.rendering.errors import RenderCause, RenderError
from outreach.rendering.itemization import VARIABLES as VALIDATION
from outreach.rendering.meta import TemplateMeta
from outreach.rendering.phrases import Phrases
from outreach.rendering.sandbox import Words
from outreach.rendering.segments import Encoding, count_segments
from outreach.rendering.shapes import MOST_OF_A_SUBJECT, Shape, shape_of

# Nobody can answer a notification, or a letter by one word.
_UNANSWERED: Final = frozenset({Channel.PUSH, Channel.LETTER})
# What isn't the call's message: the machine's pieces, a number to dial, the end after an opt-out.
_UNTOLD: Final = ON_A_MACHINE | {Piece.DIAL, Piece.OPTED_OUT}
_ONE_WORD: Final = "opt_out_one_word"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words ready to send.

    Attributes:
        text: As the person will read it, in NFC; paragraphs are parted by an empty line.
        parts: How many are billed: segments of a text message, 1 of anything else.
        encoding: Which alphabet it travels in.
        content: Content elements that subject and text provably carry (vocabulary of the rules).
        template: `key@hash`.
        template_class: As declared in the meta file.
        locale: Language of the words.
        subject: Title of a notification, subject of an e-mail: one line, "" elsewhere.
        variables: What the template was filled with, as text: every variable that it names.
        notice: Kind of notice that they are, as declared in the meta file; "" for none.
        on_a_machine: Content elements of each piece of a call that a machine may be left; `content`
            is then of what a person is told.
    """

    text: str = field(repr=False)
    parts: int
    encoding: Encoding
    content: frozenset[str]
    template: str
    template_class: str
    locale: str
    subject: str = field(default="", repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    notice: str = ""
    on_a_machine: Mapping[Piece, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One key in one locale for one channel.

    Attributes:
        key: Name of the folder.
        locale: Language of the words.
        channel: What they are sent by.
        content_hash: Of everything that the words come from.
        path: File of the words.
        source: As written.
        meta: What the key is for.
        phrases: Fixed wording of the language, as the channel has it.
        words: Facts in, text out.
        uses: Every variable that words and subject name.
        subject_source: As written; "" where the channel has none.
        subject_words: Facts in, subject out; None where the channel has none.
    """

    key: str
    locale: str
    channel: Channel
    content_hash: str
    path: str
    source: str
    meta: TemplateMeta
    phrases: Phrases
    words: Words = field(repr=False, compare=False)
    uses: tuple[str, ...] = ()
    subject_source: str = ""
    subject_words: Words | None = field(default=None, repr=False, compare=False)

    @property
    def ref(self) -> str:
        """`key@hash`, as stored with each contact."""
        return f"{self.key}@{self.content_hash}"

    @property
    def purposes(self) -> frozenset[Purpose]:
        """Purposes that it may be used for."""
        return self.meta.purposes

    @property
    def shape(self) -> Shape:
        """Bounds of its words."""
        return shape_of(self.channel)


def render(template: MessageTemplate, facts: MessageFacts) -> Rendered:
    """Make the words of `template` from `facts`.

    Raises:
        RenderError: A fact that the words need isn't known, they come out empty or too long.
            The contact is then blocked with `error.cause`.
    """
    return render_context(template, build_context(facts, template.phrases), facts.role)


def render_context(
    template: MessageTemplate, context: Mapping[str, Value], role: LenderRole
) -> Rendered:
    """Make the words from a context that `build_context` built; see `render`."""
    ref = template.ref
    text = _bounded(template.words(context).strip(), ref, template.shape.most, "words")
    subject = ""
    if template.subject_words is not None:
        # One line, whatever the facts hold: a line break in it would begin another header.
        line = " ".join(template.subject_words(context).split())
        subject = _bounded(line, ref, MOST_OF_A_SUBJECT, "subject")
    parts, encoding = 1, Encoding.UTF_8
    if template.channel is Channel.SMS:
        segments = count_segments(text)
        parts, encoding = segments.parts, segments.encoding
    said = f"{subject}\n{text}" if subject else text
    on_a_machine: dict[Piece, frozenset[str]] = {}
    if template.channel is Channel.CALL:
        said, left = _script(text, ref)
        on_a_machine = {
            piece: _content(words, context, role, Channel.VOICEMAIL)
            for piece, words in left.items()
        }
    return Rendered(
        text=text,
        parts=parts,
        encoding=encoding,
        content=_content(said, context, role, template.channel),
        template=ref,
        template_class=template.meta.template_class,
        notice=template.meta.notice,
        locale=template.locale,
        subject=subject,
        variables={name: str(context[name]) for name in template.uses if name in context},
        on_a_machine=on_a_machine,
    )


def _script(text: str, ref: str) -> tuple[str, dict[Piece, str]]:
    """Return what a person is told in a call, and what a machine may be left.

    Raises:
        RenderError: The words are no script.
    """
    try:
        pieces = parse_script(text, "").pieces
    except ScriptError as error:
        raise RenderError(RenderCause.FAILED, ref, str(error)) from None
    told = (words for piece, words in pieces.items() if piece not in _UNTOLD)
    return "\n".join(told), {piece: pieces[piece] for piece in ON_A_MACHINE & pieces.keys()}


def _bounded(text: str, ref: str, most: int, what: str) -> str:
    """Return the text in NFC.

    Raises:
        RenderError: It is empty or longer than allowed.
    """
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    if not text:
        raise RenderError(RenderCause.EMPTY, ref, f"no {what} came out")
    if len(text) > most:
        raise RenderError(RenderCause.TOO_LONG, ref, f"{what}: {len(text)} characters")
    return text


def _content(
    said: str, context: Mapping[str, Value], role: LenderRole, channel: Channel
) -> frozenset[str]:
    """Name the content elements of which the words are said."""
    able = (*ELEMENTS, *LETTER_ELEMENTS) if channel is Channel.LETTER else ELEMENTS
    found = [
        element
        for element, variable in able
        if (value := context.get(variable)) is not None and str(value) in said
    ]
    if channel is Channel.LETTER and all(
        name in context and str(context[name]) in said for name in VALIDATION
    ):
        found.append("validation_information")
    if channel in _UNANSWERED and _ONE_WORD in found:
        found.remove(_ONE_WORD)
    if role in COLLECTOR_ROLES and str(context["mini_miranda"]) in said:
        # The first disclosure says all that the later one says.
        found.append("mini_miranda_subsequent")
        if context["first_communication"]:
            found.append("mini_miranda_first")
    return frozenset(found)
