"""What somebody wants who writes or speaks to us: to be left alone, to start again, or else.

Carriers recognize only their own single English words, so the words are ours. The error that
counts is to miss a revocation: whatever may be one and isn't plain is `unclear`, which holds the
channel until a person has read it, and only what is understood as something else is `other`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from outreach.domain import revocations_keywords as keywords
from outreach.domain.languages import IN_CHARACTERS, IN_WORDS
from outreach.domain.records import dataclass
from outreach.domain.revocations_writing import Language, Phrases
from outreach.domain.vocabulary import Heard, OptOutScope, ReplyKind, ReplyMedium
from outreach.domain.wording import MOST_READ, Wording, compact_of, own_words, wording_of

KEYWORD: Final = "keyword"
PHRASE: Final = "phrase"
PROVIDER: Final = "provider"
NONE: Final = "none"

# How far from a request what narrows it may stand: characters.
_NEARBY: Final = 40

WITHOUT_A_PERSON: Final = frozenset({Heard.PROMISE, Heard.PAID, Heard.LANGUAGE, Heard.PAYOFF})
"""What may be heard and still lets the plan go on until somebody has read it."""

_ASKED_FOR: Final = frozenset(
    {Heard.CEASE, Heard.PLACE, Heard.TIME, Heard.MEDIUM, Heard.FREQUENCY, Heard.QUESTION}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """How words were read.

    Attributes:
        kind: What they ask for.
        rule: `keyword`, `phrase`, `provider` or `none`: why they were read so.
        scope: How much a request to stop is about, as far as it says; None: it doesn't say.
        media: Which channels it names (`sms`, `call`, `email`); empty: the one it came by.
        heard: What else is in them.
        phrases: Names of the groups of phrases that matched.
        span: The words that matched, normalized; personal data, so never in a plain column.
    """

    kind: ReplyKind
    rule: str
    scope: OptOutScope | None = None
    media: frozenset[str] = frozenset()
    heard: frozenset[Heard] = frozenset()
    phrases: tuple[str, ...] = ()
    span: str = ""

    @property
    def holds(self) -> bool:
        """Whether the channel waits until a person has read the words.

        A request to stop that was understood needs no waiting: it binds. Something else in it may.
        """
        if self.kind is ReplyKind.OPT_OUT:
            return not self.heard <= WITHOUT_A_PERSON | _ASKED_FOR
        return self.kind is ReplyKind.UNCLEAR or not self.heard <= WITHOUT_A_PERSON

    @property
    def needs_reading(self) -> bool:
        """Whether a person should read the words, be it only to act on them."""
        if self.kind is ReplyKind.OPT_OUT:
            return self.rule == PHRASE
        return self.holds or bool(self.heard)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A request that was found: which, and where in its form of the text."""

    language: Language
    phrases: Phrases
    found: re.Match[str]

    def is_narrowed(self, to: OptOutScope) -> bool:
        """Say whether the words of the request, or those beside it, narrow it."""
        if self.phrases.scope is to:
            return True
        pattern = self.language.narrower.get(to)
        start, end = max(0, self.found.start() - _NEARBY), self.found.end() + _NEARBY
        return pattern is not None and pattern.search(self.found.string, start, end) is not None


def classify(text: str, medium: ReplyMedium = ReplyMedium.SMS) -> Reply:
    """Read what somebody said, whatever its case, punctuation, spacing and width.

    Args:
        text: Of which the first 4,000 characters are read.
        medium: How it reached us: an agent's note speaks about somebody, a transcript stumbles.
    """
    said, quoted = own_words(text)
    reply = _classify(wording_of(said), medium)
    if reply.kind in {ReplyKind.OPT_OUT, ReplyKind.UNCLEAR}:
        return reply
    if len(text) > MOST_READ or (
        quoted and _classify(wording_of(quoted), medium).kind is ReplyKind.OPT_OUT
    ):
        return Reply(ReplyKind.UNCLEAR, NONE, heard=reply.heard)
    return reply


def read_reply(
    text: str, keyword: str | None = None, medium: ReplyMedium = ReplyMedium.SMS
) -> Reply:
    """Read a text together with the keyword that the provider recognized in it, if any.

    The more protective reading wins: a revocation in the words stands whatever the provider saw.
    """
    own = classify(text, medium)
    if own.kind is ReplyKind.OPT_OUT or keyword is None:
        return own
    kind = _PROVIDER_KEYWORDS.get(keyword, own.kind)
    return Reply(kind, PROVIDER, heard=own.heard)


def is_carriers_keyword(text: str) -> bool:
    """Say whether a message is a single word that carriers know as a stop, and answer."""
    return compact_of(wording_of(text).words) in _CARRIERS


def _classify(wording: Wording, medium: ReplyMedium) -> Reply:
    keyword = _keyword(wording)
    if keyword is not None:
        return Reply(keyword, KEYWORD)
    heard = frozenset(_heard(wording))
    rest, denied = _without_ordinary(wording)
    hits = list(_hits(rest, medium))
    if hits or _is_bare_stop(rest, medium):
        return _opt_out(hits, rest, heard)
    if _finds(rest, _doubtful) or denied:
        return Reply(ReplyKind.UNCLEAR, NONE, heard=heard)
    if _finds(rest, _asks_again):
        return Reply(ReplyKind.OPT_IN, PHRASE)
    if heard or _finds(wording, _understood):
        return Reply(ReplyKind.OTHER, PHRASE, heard=heard)
    return Reply(ReplyKind.UNCLEAR, NONE)


def _keyword(wording: Wording) -> ReplyKind | None:
    """Return what a message that is one keyword asks for, politeness aside."""
    for known, kind in _KEYWORDS:
        if wording.compact in known or compact_of(wording.words) in known:
            return kind
    rest = [word for word in wording.words.split() if word not in _AROUND]
    if rest and all(compact_of(word) in _STOP for word in rest):
        return ReplyKind.OPT_OUT
    return None


def _heard(wording: Wording) -> Iterator[Heard]:
    for language, form in _forms(wording):
        for what, pattern in language.heard.items():
            if pattern.search(form):
                yield what


def _without_ordinary(wording: Wording) -> tuple[Wording, bool]:
    """Take out what only looks like a request; says whether one was denied."""
    words, denied = _reduced(IN_WORDS, wording.words)
    compact, denied_too = _reduced(IN_CHARACTERS, wording.compact)
    return Wording(words, compact), denied or denied_too


def _reduced(languages: Iterable[Language], text: str) -> tuple[str, bool]:
    denied = False
    for language in languages:
        if language.ordinary is not None:
            text = language.ordinary.sub(_GONE, text)
        if language.negated is not None:
            text, found = language.negated.subn(_GONE, text)
            denied = denied or found > 0
    return text, denied


def _hits(rest: Wording, medium: ReplyMedium) -> Iterator[_Hit]:
    for language, form in _forms(rest):
        for phrases in language.revocations:
            if phrases.in_notes_only and medium is not ReplyMedium.AGENT_NOTE:
                continue
            found = phrases.pattern.search(form)
            if found is not None:
                yield _Hit(language, phrases, found)


def _is_bare_stop(rest: Wording, medium: ReplyMedium) -> bool:
    """Say whether a word like `stop` opens or closes the text, with no object of its own."""
    words = rest.words.split()
    if not words:
        return False
    if words[0] in _STRONG_FIRST:
        return True
    return words[-1] in _STRONG_LAST and medium is not ReplyMedium.VOICE_TRANSCRIPT


def _opt_out(hits: Sequence[_Hit], rest: Wording, heard: frozenset[Heard]) -> Reply:
    """Make a request of what was found; one about an hour, or in jest, is for a person."""
    whole = _LASTING.search(rest.words) or _LASTING.search(rest.compact)
    if (_finds(rest, _qualified) and not whole) or _IN_JEST.search(rest.words):
        return Reply(ReplyKind.UNCLEAR, NONE, heard=heard)
    scope, media = _extent(hits, heard)
    media = media - set(_kept(rest)) or media
    if scope is OptOutScope.ALL:
        heard |= {Heard.CEASE}
    return Reply(
        ReplyKind.OPT_OUT,
        PHRASE,
        scope,
        media,
        heard,
        tuple(hit.phrases.name for hit in hits),
        hits[0].found[0].strip() if hits else "",
    )


def _kept(rest: Wording) -> Iterator[str]:
    for language, form in _forms(rest):
        for channel, pattern in language.kept.items():
            if pattern.search(form):
                yield channel


def _extent(
    hits: Sequence[_Hit], heard: frozenset[Heard]
) -> tuple[OptOutScope | None, frozenset[str]]:
    """Return how much is meant and which channels; of several the widest, nothing if unsaid."""
    media = frozenset[str]().union(*(hit.phrases.media for hit in hits))
    scopes = {hit.phrases.scope for hit in hits if hit.phrases.scope is not None}
    if Heard.CEASE in heard:
        return OptOutScope.ALL, frozenset()
    for narrow in (OptOutScope.TOPIC, OptOutScope.ENDPOINT):
        if scopes and all(hit.is_narrowed(narrow) for hit in hits if hit.phrases.scope is not None):
            return narrow, media
    for scope in (OptOutScope.ALL, OptOutScope.MEDIUM, OptOutScope.ENDPOINT):
        if scope in scopes:
            return scope, frozenset() if scope is OptOutScope.ALL else media
    return None, media


def _forms(wording: Wording) -> Iterator[tuple[Language, str]]:
    """Yield each language with the form of the text that its patterns are searched in."""
    for language in IN_WORDS:
        yield language, wording.words
    for language in IN_CHARACTERS:
        yield language, wording.compact


def _finds(wording: Wording, pattern_of: Callable[[Language], re.Pattern[str] | None]) -> bool:
    return any(
        pattern is not None and pattern.search(form) is not None
        for pattern, form in ((pattern_of(one), form) for one, form in _forms(wording))
    )


def _doubtful(language: Language) -> re.Pattern[str] | None:
    return language.doubtful


def _qualified(language: Language) -> re.Pattern[str] | None:
    return language.qualified


def _understood(language: Language) -> re.Pattern[str] | None:
    return language.understood


def _asks_again(language: Language) -> re.Pattern[str] | None:
    return language.asks_again


def _compacted(text: str) -> frozenset[str]:
    return frozenset(wording_of(word).compact for word in text.split())


# What was taken out leaves a mark that no gap reaches over.
_GONE: Final = "#"
_LASTING: Final = re.compile(
    r"\b(?:ever|again|anymore|any more|no more|forever|nunca|jamas|never|ya no|no mas)\b"
    r"|再也|以后都|永远|都不"
)
_IN_JEST: Final = re.compile(
    r"\b(?:lol|lmao|rofl|jk|kidding|joking|(?:ha|ja|je){2,8}h?)\b|哈哈|嘻嘻"
)
_STOP: Final = _compacted(keywords.STOP)
_CARRIERS: Final = _compacted(keywords.CARRIERS)
_KEYWORDS: Final = (
    (_STOP, ReplyKind.OPT_OUT),
    (_compacted(keywords.START), ReplyKind.OPT_IN),
    (_compacted(keywords.HELP), ReplyKind.HELP),
)
_AROUND: Final = frozenset(keywords.AROUND.split())
_STRONG_FIRST: Final = frozenset(keywords.STRONG_FIRST.split())
_STRONG_LAST: Final = frozenset({"stop", "basta", "unsubscribe"})
_PROVIDER_KEYWORDS: Final = {
    "STOP": ReplyKind.OPT_OUT,
    "START": ReplyKind.OPT_IN,
    "HELP": ReplyKind.HELP,
}
