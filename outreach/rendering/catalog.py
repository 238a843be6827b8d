"""All message templates of an installation, read and compiled once, immutable after.

`templates/messages/<key>/meta.yaml` says what a key is for and gives sample facts;
`<key>/<locale>/<channel>.txt.j2` holds the words. A template's version is the hash of its words,
its meta file and its locale's fixed phrases: what is stored with a contact names exactly these.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final
from unicodedata import is_normalized, normalize

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, LenderRole, Purpose
from outreach.rendering.context import COLLECTOR_ROLES, ELEMENTS, MessageFacts, Value, build_context
from outreach.rendering.errors import RenderCause, RenderError, TemplateFileError
from outreach.rendering.meta import TemplateMeta, load_meta
from outreach.rendering.phrases import Phrases, load_phrases
from outreach.rendering.sandbox import MAX_OUTPUT_CHARACTERS, Words, compile_words
from outreach.rendering.segments import Encoding, count_segments

PHRASES_FOLDER: Final = "_phrases"
_SUFFIX: Final = ".txt.j2"
_HASH_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words ready to send.

    Attributes:
        text: As the person will read it, in NFC.
        parts: How many segments are billed.
        encoding: Which alphabet it travels in.
        content: Content elements that the text provably carries (vocabulary of the rules).
        template: `key@hash`.
        template_class: As declared in the meta file.
        locale: Language of the words.
    """

    text: str = field(repr=False)
    parts: int
    encoding: Encoding
    content: frozenset[str]
    template: str
    template_class: str
    locale: str


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One key in one locale for one channel."""

    key: str
    locale: str
    channel: Channel
    content_hash: str
    path: str
    source: str
    meta: TemplateMeta
    phrases: Phrases
    words: Words = field(repr=False, compare=False)

    @property
    def ref(self) -> str:
        """`key@hash`, as stored with each contact."""
        return f"{self.key}@{self.content_hash}"

    @property
    def purposes(self) -> frozenset[Purpose]:
        """Purposes that it may be used for."""
        return self.meta.purposes


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
    ref = f"{template.key}@{template.content_hash}"
    text = template.words(context).strip()
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    if not text:
        raise RenderError(RenderCause.EMPTY, ref, "no words came out")
    if len(text) > MAX_OUTPUT_CHARACTERS:
        raise RenderError(RenderCause.TOO_LONG, ref, f"{len(text)} characters")
    segments = count_segments(text)
    return Rendered(
        text=text,
        parts=segments.parts,
        encoding=segments.encoding,
        content=_content(text, context, role),
        template=ref,
        template_class=template.meta.template_class,
        locale=template.locale,
    )


def _content(text: str, context: Mapping[str, Value], role: LenderRole) -> frozenset[str]:
    """Name the content elements of which the words are in the text."""
    found = [
        element
        for element, variable in ELEMENTS
        if (value := context.get(variable)) is not None and str(value) in text
    ]
    if role in COLLECTOR_ROLES and str(context["mini_miranda"]) in text:
        # The first disclosure says all that the later one says.
        found.append("mini_miranda_subsequent")
        if context["first_communication"]:
            found.append("mini_miranda_first")
    return frozenset(found)


class Catalog:
    """Every template of an installation, by key, locale and channel."""

    def __init__(self, templates: Sequence[MessageTemplate]) -> None:
        """Index templates; two of one key, locale and channel can't come from one folder."""
        self._by_name: Mapping[tuple[str, str, Channel], MessageTemplate] = MappingProxyType(
            {(item.key, item.locale, item.channel): item for item in templates}
        )
        self._by_ref = MappingProxyType({item.ref: item for item in templates})

    def __iter__(self) -> Iterator[MessageTemplate]:
        """Yield every template, by key, locale and channel."""
        return iter(self._by_name[name] for name in sorted(self._by_name))

    def __len__(self) -> int:
        """Count the templates."""
        return len(self._by_name)

    def pick(self, key: str, channel: Channel, locales: Sequence[str]) -> MessageTemplate:
        """Return the template in the first of `locales` that has words for it.

        A locale that has none is followed by others of its language (`es-MX` reads `es-US`).

        Raises:
            RenderError: `template.missing`; there are no words in any of them.
        """
        for locale in locales:
            found = self._by_name.get((key, locale, channel)) or self._kin(key, channel, locale)
            if found is not None:
                return found
        raise RenderError(RenderCause.MISSING, key, f"{channel} in {', '.join(locales)}")

    def find_ref(self, ref: str) -> MessageTemplate | None:
        """Return the template stored as `key@hash`, if that version is the one loaded."""
        return self._by_ref.get(ref)

    def _kin(self, key: str, channel: Channel, locale: str) -> MessageTemplate | None:
        language = locale.partition("-")[0]
        for name in sorted(self._by_name):
            if name[0] == key and name[2] is channel and name[1].partition("-")[0] == language:
                return self._by_name[name]
        return None


def load_catalog(root: Path) -> Catalog:
    """Read and compile every template below `root` (`templates/messages`).

    Raises:
        TemplateFileError: The first file that can't be used, and what to change.
    """
    return Catalog([load_template(path, root) for path in template_paths(root)])


def template_paths(root: Path) -> list[Path]:
    """List the files of words below `root`, in order."""
    return sorted(root.glob(f"*/*/*{_SUFFIX}"))


def load_template(path: Path, root: Path) -> MessageTemplate:
    """Read and compile one file of words.

    Raises:
        TemplateFileError: It, its meta file or its locale's phrases can't be used.
    """
    key, locale = path.parts[-3], path.parts[-2]
    name = path.name.removesuffix(_SUFFIX)
    if name not in set(Channel):
        raise TemplateFileError(str(path), f"{name!r} is no channel", f"Use {', '.join(Channel)}.")
    phrases_path = root / PHRASES_FOLDER / f"{locale}.yaml"
    if not phrases_path.is_file():
        raise TemplateFileError(
            str(path), f"there are no phrases for {locale}", f"Write {phrases_path} first."
        )
    phrases = load_phrases(phrases_path)
    meta = load_meta(root / key / "meta.yaml")
    source = path.read_text(encoding="utf-8")
    digest = sha256(f"{source}\x1f{meta.content_hash}\x1f{phrases.content_hash}".encode())
    return MessageTemplate(
        key=key,
        locale=locale,
        channel=Channel(name),
        content_hash=digest.hexdigest()[:_HASH_CHARACTERS],
        path=str(path),
        source=source,
        meta=meta,
        phrases=phrases,
        words=compile_words(f"{key}/{locale}/{path.name}", source, phrases.joins),
    )
