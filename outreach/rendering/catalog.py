"""All message templates of an installation: its files, and the words that lenders put before them.

Files are read and compiled once. A lender's live versions come from the database and stand before
the files; they are exchanged whole while contacts are made (`know_live`).

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

from outreach.domain.records import dataclass
from outreach.domain.template_arms import number_for
from outreach.domain.template_versions import Version
from outreach.domain.vocabulary import Channel
from outreach.rendering.errors import RenderCause, RenderError, TemplateFileError
from outreach.rendering.message import MessageTemplate
from outreach.rendering.meta import TemplateMeta, load_meta
from outreach.rendering.phrases import Phrases, load_phrases
from outreach.rendering.sandbox import compile_words
from outreach.rendering.shapes import shape_of

PHRASES_FOLDER: Final = "_phrases"
_SUFFIX: Final = ".txt.j2"
_SUBJECT_SUFFIX: Final = ".subject.txt.j2"
_HASH_CHARACTERS: Final = 12
NO_GENERATION: Final = -1
"""Of a catalog that knows the files alone."""


Name = tuple[str, str, str, Channel]
"""Lender, key, locale, channel."""


@dataclass(frozen=True, slots=True)
class LiveWords:
    """What a lender says at one place instead of the file.

    Attributes:
        by_number: Compiled versions; 0 stands for the file's words and may be missing.
        versions: The versions themselves.
        is_unusable: Nothing of them can be used, and nothing was usable before: nobody is
            contacted with these words until somebody has mended them.
    """

    by_number: Mapping[int, MessageTemplate]
    versions: tuple[Version, ...]
    is_unusable: bool = False

    def for_person(self, person_id: int) -> MessageTemplate | None:
        """Return the words that a person gets; None for the file's."""
        return self.by_number.get(number_for(self.versions, person_id))


class Catalog:
    """Every template of an installation, by key, locale and channel.

    Args:
        templates: Of the files; two of one key, locale and channel can't come from one folder.
        phrases: Fixed wording by locale, of languages without a template as well.
    """

    def __init__(
        self, templates: Sequence[MessageTemplate], phrases: Mapping[str, Phrases] | None = None
    ) -> None:
        """See the class."""
        self._phrases = phrases or {}
        self._metas = {item.key: item.meta for item in templates}
        self._live: Mapping[Name, LiveWords] = {}
        self._lenders: frozenset[str] = frozenset()
        self.generation = NO_GENERATION
        self._by_name: Mapping[tuple[str, str, Channel], MessageTemplate] = MappingProxyType(
            {(item.key, item.locale, item.channel): item for item in templates}
        )
        self._by_ref = MappingProxyType({item.ref: item for item in templates})
        self._live_by_ref: Mapping[str, MessageTemplate] = {}

    def __iter__(self) -> Iterator[MessageTemplate]:
        """Yield every template, by key, locale and channel."""
        return iter(self._by_name[name] for name in sorted(self._by_name))

    def __len__(self) -> int:
        """Count the templates."""
        return len(self._by_name)

    def pick(
        self,
        key: str,
        channel: Channel,
        locales: Sequence[str],
        *,
        lender: str = "",
        person_id: int = 0,
    ) -> MessageTemplate:
        """Return the template in the first of `locales` that has words for it.

        A lender's live version stands before the file. A locale that has neither is followed by
        others of its language (`es-MX` reads `es-US`).

        Args:
            key: Of the template.
            channel: What the words are sent by.
            locales: In order of preference.
            lender: Whose words; "" for the files' alone.
            person_id: Who gets them: it tells the arm while two versions are tried.

        Raises:
            RenderError: `template.missing`: there are no words in any of them;
                `template.unreadable`: the lender's words can't be used as they stand.
        """
        names = self._by_name
        for locale in locales:
            found = None
            if lender in self._lenders:
                found = self._own((lender, key, locale, channel), person_id)
            found = found or names.get((key, locale, channel))
            if found is None:
                found = self._kin(key, channel, locale, lender, person_id)
            if found is not None:
                return found
        raise RenderError(RenderCause.MISSING, key, f"{channel} in {', '.join(locales)}")

    def find(self, key: str, locale: str, channel: Channel) -> MessageTemplate | None:
        """Return the file's words of exactly this place; None if there is no file."""
        return self._by_name.get((key, locale, channel))

    def find_ref(self, ref: str) -> MessageTemplate | None:
        """Return the template stored as `key@hash`, if that version is loaded: file or live.

        Versions that were live once are in the database alone: `template_reading.words_of`.
        """
        return self._by_ref.get(ref) or self._live_by_ref.get(ref)

    def know_live(self, live: Mapping[Name, LiveWords], generation: int) -> None:
        """Let lenders' words stand before the files from now on, those and no others.

        Args:
            live: By lender, key, locale and channel.
            generation: Number of the state of the database that they are from.
        """
        self._live_by_ref = {
            one.ref: one for words in live.values() for one in words.by_number.values()
        }
        self._lenders = frozenset(name[0] for name in live)
        self._live, self.generation = live, generation

    @property
    def live(self) -> Mapping[Name, LiveWords]:
        """What lenders say instead of the files, by lender, key, locale and channel."""
        return self._live

    @property
    def keys(self) -> Mapping[str, TemplateMeta]:
        """What each key is for."""
        return self._metas

    @property
    def locales(self) -> tuple[str, ...]:
        """Languages that words can be written in: those with fixed phrases."""
        return tuple(sorted(self._phrases))

    def compile(
        self, key: str, locale: str, channel: Channel, words: tuple[str, str], *, path: str
    ) -> MessageTemplate:
        """Compile words that are in no file, with this installation's meta file and phrases.

        Args:
            key: Of the template.
            locale: Language of the words.
            channel: What they are sent by.
            words: Their source, and that of the subject ("" where the channel has none).
            path: Names them in findings.

        Raises:
            TemplateFileError: They can't be used as they stand.
        """
        meta, phrases = self._metas.get(key), self._phrases.get(locale)
        if meta is None:
            raise TemplateFileError(path, f"there is no key {key}", "Add its meta.yaml first.")
        if phrases is None:
            mend = f"Write {PHRASES_FOLDER}/{locale}.yaml first."
            raise TemplateFileError(path, f"there are no phrases for {locale}", mend)
        if shape_of(channel).has_subject != bool(words[1].strip()):
            what = "no subject" if shape_of(channel).has_subject else "a subject"
            mend = f"Words for {channel} have {'one' if what == 'no subject' else 'none'}."
            raise TemplateFileError(path, f"it has {what}", mend, kind="no_subject")
        try:
            return make_template(key, channel, words, meta, phrases.on(channel), path=path)
        except RecursionError:
            raise TemplateFileError(path, "it is nested too deeply", "Write it plainly.") from None

    def _own(self, name: Name, person_id: int) -> MessageTemplate | None:
        """Return a lender's own words for a person; None where the file's stand.

        Raises:
            RenderError: They can't be used.
        """
        words = self._live.get(name)
        if words is None:
            return None
        if words.is_unusable:
            raise RenderError(RenderCause.UNREADABLE, name[1], f"{name[3]} in {name[2]}")
        return words.for_person(person_id)

    def _kin(
        self, key: str, channel: Channel, locale: str, lender: str, person_id: int
    ) -> MessageTemplate | None:
        """Return words in another locale of the language: the lender's, or else a file's."""
        language = locale.partition("-")[0]
        if lender in self._lenders:
            for name in sorted(self._live):
                if name[:2] == (lender, key) and name[3] is channel and _is_in(name[2], language):
                    own = self._own(name, person_id)
                    if own is not None:
                        return own
        for one in sorted(self._by_name):
            if one[0] == key and one[2] is channel and _is_in(one[1], language):
                return self._by_name[one]
        return None


def _is_in(locale: str, language: str) -> bool:
    return locale.partition("-")[0] == language


def load_catalog(root: Path) -> Catalog:
    """Read and compile every template below `root` (`templates/messages`).

    Raises:
        TemplateFileError: The first file that can't be used, and what to change.
    """
    phrases = {
        path.stem: load_phrases(path) for path in sorted((root / PHRASES_FOLDER).glob("*.yaml"))
    }
    return Catalog([load_template(path, root) for path in template_paths(root)], phrases)


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
    return make_template(key, channel, (source, subject_source), meta, phrases, path=str(path))


def make_template(
    key: str,
    channel: Channel,
    words: tuple[str, str],
    meta: TemplateMeta,
    phrases: Phrases,
    *,
    path: str,
) -> MessageTemplate:
    """Compile words, wherever they are kept.

    Args:
        key: Of the template.
        channel: What they are sent by.
        words: Their source, and that of the subject ("" where the channel has none).
        meta: What the key is for.
        phrases: Fixed wording of their language, as the channel has it.
        path: Names them in findings.

    Raises:
        TemplateFileError: They can't be used as they stand.
    """
    source, subject_source = words
    locale = phrases.locale
    shape, where = shape_of(channel), f"{key}/{locale}"
    compiled, uses = compile_words(
        f"{where}/{channel}{_SUFFIX}", source, phrases.joins, paragraphs=shape.has_paragraphs
    )
    subject_words = None
    if subject_source:
        place = f"{where}/{channel}{_SUBJECT_SUFFIX}"
        subject_words, more = compile_words(place, subject_source, phrases.joins)
        uses |= more
    hashed = [source, meta.content_hash, phrases.content_hash, *filter(None, [subject_source])]
    return MessageTemplate(
        key=key,
        locale=locale,
        channel=channel,
        content_hash=sha256("\x1f".join(hashed).encode()).hexdigest()[:_HASH_CHARACTERS],
        path=path,
        source=source,
        meta=meta,
        phrases=phrases,
        words=compiled,
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
