"""What somebody who texts back wants: to be left alone, to start again, help, or none of these.

Carriers recognize only their own single English words, so the lists are ours. The error that
counts is to miss a revocation, so a doubtful text is read as one where its words are those of a
revocation, and else as `unclear`, which holds the channel until a person has read it.
"""

import re
import unicodedata
from typing import Final

from outreach.domain import revocations
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import ReplyKind

_LONGEST_READ: Final = 2_000


@dataclass(frozen=True, slots=True)
class Reply:
    """How a text was read."""

    kind: ReplyKind
    rule: str
    """`keyword`, `phrase`, `provider` or `none`: why it was read so."""


def classify(text: str) -> Reply:
    """Read a text somebody sent back, whatever its case, punctuation, spacing and width.

    Only the first 2,000 characters are read.
    """
    words = _words(text[:_LONGEST_READ])
    compact = _without_spaces(words)
    for keywords, kind in _KEYWORDS:
        if compact in keywords:
            return Reply(kind, "keyword")
    first, _, rest = words.partition(" ")
    if first in _STRONG_FIRST and rest.partition(" ")[0] not in _ORDINARY_AFTER:
        return Reply(ReplyKind.OPT_OUT, "phrase")
    if any(phrase.search(compact) for phrase in _CHINESE):
        return Reply(ReplyKind.OPT_OUT, "phrase")
    if not _NOT_A_STOP.search(words) and any(phrase.search(words) for phrase in _PHRASES):
        return Reply(ReplyKind.OPT_OUT, "phrase")
    return Reply(ReplyKind.UNCLEAR, "none")


def read_reply(text: str, keyword: str | None) -> Reply:
    """Read a text together with the keyword that the provider recognized in it, if any.

    The more protective reading wins: a revocation in the words stands whatever the provider saw.
    """
    own = classify(text)
    if own.kind is ReplyKind.OPT_OUT or keyword is None:
        return own
    return Reply(_PROVIDER_KEYWORDS.get(keyword, own.kind), "provider")


def _words(text: str) -> str:
    """Return the text without case, accents, width, punctuation and invisible characters."""
    kept = []
    for char in unicodedata.normalize("NFKD", text.replace("🛑", " stop ")).casefold():
        category = unicodedata.category(char)
        if category in {"Mn", "Cf"} or char in "'\u2019":
            continue
        kept.append(char if category[0] in "LNM" else " ")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _without_spaces(words: str) -> str:
    return words.replace(" ", "").translate(revocations.TRADITIONAL)


def _keywords(text: str) -> frozenset[str]:
    return frozenset(_without_spaces(_words(word)) for word in text.split())


def _patterns(text: str) -> tuple[re.Pattern[str], ...]:
    lines = (line.strip() for line in text.splitlines())
    return tuple(re.compile(line) for line in lines if line and not line.startswith("#"))


_KEYWORDS: Final = (
    (_keywords(revocations.STOP), ReplyKind.OPT_OUT),
    (_keywords(revocations.START), ReplyKind.OPT_IN),
    (_keywords(revocations.HELP), ReplyKind.HELP),
)
_STRONG_FIRST: Final = frozenset(revocations.STRONG_FIRST.split())
_ORDINARY_AFTER: Final = frozenset(revocations.ORDINARY_AFTER.split())
_PHRASES: Final = _patterns(revocations.PHRASES)
_CHINESE: Final = _patterns(revocations.CHINESE)
_NOT_A_STOP: Final = re.compile(revocations.NOT_A_STOP)
_PROVIDER_KEYWORDS: Final = {
    "STOP": ReplyKind.OPT_OUT,
    "START": ReplyKind.OPT_IN,
    "HELP": ReplyKind.HELP,
}
