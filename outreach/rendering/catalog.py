"""All message templates of an installation, read and compiled once, immutable after.

`templates/messages/<key>/meta.yaml` says what a key is for and gives sample facts;
`<key>/<locale>/<channel>.txt.j2` holds the words, and `<channel>.subject.txt.j2` the title of a
notification or the subject of an e-mail. A template's version is the hash of its words and subject,
its meta file and its locale's fixed phrases: what is stored with a contact names exactly these.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from outreach.domain.vocabulary import Channel
from outreach.rendering.errors import RenderCause, RenderError, TemplateFileError
from outreach.rendering.message import MessageTemplate
from outreach.rendering.meta import load_meta
from outreach.rendering.phrases import load_phrases
from outreach.rendering.sandbox import compile_words
from outreach.rendering.shapes import shape_of

PHRASES_FOLDER: Final = "_phrases"
_SUFFIX: Final = ".txt.j2"
_SUBJECT_SUFFIX: Final = ".subject.txt.j2"
_HASH_CHARACTERS: Final = 12


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
    """List the files of words below `root`, in order.

    A subject goes with the words beside it; one without words is listed, to be refused.
    """
    return sorted(
        path
        for path in root.glob(f"*/*/*{_SUFFIX}")
        if not (path.name.endswith(_SUBJECT_SUFFIX) and words_path(path).is_file())
    )


def words_path(path: Path) -> Path:
    """Return the file of words that a file belongs to: itself, or the one beside a subject."""
    if not path.name.endswith(_SUBJECT_SUFFIX):
        return path
    return path.with_name(path.name.removesuffix(_SUBJECT_SUFFIX) + _SUFFIX)


def load_template(path: Path, root: Path) -> MessageTemplate:
    """Read and compile one file of words, with the subject beside it where the channel has one.

    Raises:
        TemplateFileError: It, its subject, its meta file or its locale's phrases can't be used.
    """
    key, locale = path.parts[-3], path.parts[-2]
    if path.name.endswith(_SUBJECT_SUFFIX):
        mend = f"Write {words_path(path)}, or remove it."
        raise TemplateFileError(str(path), "it is a subject without words", mend)
    name = path.name.removesuffix(_SUFFIX)
    if name not in set(Channel):
        raise TemplateFileError(str(path), f"{name!r} is no channel", f"Use {', '.join(Channel)}.")
    channel = Channel(name)
    phrases_path = root / PHRASES_FOLDER / f"{locale}.yaml"
    if not phrases_path.is_file():
        raise TemplateFileError(
            str(path), f"there are no phrases for {locale}", f"Write {phrases_path} first."
        )
    phrases = load_phrases(phrases_path).on(channel)
    meta = load_meta(root / key / "meta.yaml")
    source = path.read_text(encoding="utf-8")
    subject_source = _read_subject(path, channel)
    shape, where = shape_of(channel), f"{key}/{locale}"
    words, uses = compile_words(
        f"{where}/{path.name}", source, phrases.joins, paragraphs=shape.has_paragraphs
    )
    subject_words = None
    if subject_source:
        place = f"{where}/{name}{_SUBJECT_SUFFIX}"
        subject_words, more = compile_words(place, subject_source, phrases.joins)
        uses |= more
    hashed = [source, meta.content_hash, phrases.content_hash, *filter(None, [subject_source])]
    return MessageTemplate(
        key=key,
        locale=locale,
        channel=channel,
        content_hash=sha256("\x1f".join(hashed).encode()).hexdigest()[:_HASH_CHARACTERS],
        path=str(path),
        source=source,
        meta=meta,
        phrases=phrases,
        words=words,
        uses=tuple(sorted(uses)),
        subject_source=subject_source,
        subject_words=subject_words,
    )


def _read_subject(path: Path, channel: Channel) -> str:
    """Return the source of the subject beside a file of words; "" for a channel without one.

    Raises:
        TemplateFileError: It is missing or empty where there must be one, or there where none is.
    """
    beside = path.with_name(f"{channel}{_SUBJECT_SUFFIX}")
    source = beside.read_text(encoding="utf-8") if beside.is_file() else ""
    if shape_of(channel).has_subject:
        if not source.strip():
            mend = f"Write {beside}: the title of a notification, the subject of an e-mail."
            raise TemplateFileError(str(path), "it has no subject", mend)
    elif beside.is_file():
        raise TemplateFileError(str(beside), f"{channel} has no subject", "Remove it.")
    return source
