"""A text as the patterns read it: without case, accents, width, punctuation and spelling's whims.

Two forms of the same text: words with one blank between two, and characters without blanks, which
is how Chinese is read.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from outreach.domain import revocations_keywords as keywords
from outreach.domain.records import dataclass
from outreach.domain.revocations_zh import TRADITIONAL

MOST_READ: Final = 4_000
"""Characters of a text that are looked at; what is longer is for people to read."""

_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("🛑⛔🚫", " stop "),
        **dict.fromkeys("👍👌🙏🙂😊✅", " ok "),
        **dict.fromkeys("😂🤣😆", " haha "),
    }
)
_QUOTES: Final = re.compile(r"\"[^\"]{1,400}\"|“[^”]{1,400}”|«[^»]{1,400}»|「[^」]{1,400}」")
_QUOTED_BELOW: Final = re.compile(
    r"^[ \t]{0,8}(?:-{2,20} ?Original Message|-{4,40}$"
    r"|On [^\n]{1,200} wrote:|El [^\n]{1,200} escribió:|在.{1,200}写道)",
    re.MULTILINE,
)
_DRAWN_OUT: Final = re.compile(r"([a-z])\1{2,}+")
_JOINED: Final = {
    "do": "dont", "does": "doesnt", "did": "didnt", "can": "cant", "will": "wont",
    "would": "wouldnt", "should": "shouldnt", "could": "couldnt", "is": "isnt", "are": "arent",
    "have": "havent", "has": "hasnt", "was": "wasnt",
}  # fmt: skip
_SPELLINGS: Final = {
    short: meant.split("_")
    for short, _, meant in (pair.partition("=") for pair in keywords.SPELLINGS.split())
}
_FILLERS: Final = frozenset(keywords.FILLERS.split())


@dataclass(frozen=True, slots=True)
class Wording:
    """One text: its words, and its characters without blanks in simplified Chinese."""

    words: str
    compact: str


def wording_of(text: str) -> Wording:
    """Normalize a text; the same for any case, width, punctuation and spacing."""
    plain = _plain(text)
    spelled = " ".join(_spelled(_DRAWN_OUT.sub(r"\1", plain).split()))
    return Wording(spelled, compact_of(plain))


def compact_of(words: str) -> str:
    """Return normalized words as characters without blanks."""
    return words.replace(" ", "").translate(TRADITIONAL)


def own_words(text: str) -> tuple[str, str]:
    """Part what somebody says from what they only quote: (said, quoted).

    Lines that begin with `>`, everything below an e-mail's quotation mark, and whatever stands
    between quotation marks, are quoted, unless nothing else is said.
    """
    lines = text[:MOST_READ].splitlines()
    said = "\n".join(line for line in lines if not line.lstrip().startswith(">"))
    below = _QUOTED_BELOW.search(said)
    if below is not None:
        said = said[: below.start()]
    without = _QUOTES.sub(" ", said)
    if not _plain(without).strip():
        return (said, "") if _plain(said).strip() else (text[:MOST_READ], "")
    quoted = [quote[0] for quote in _QUOTES.finditer(said)]
    return without, " ".join(quoted)


def _plain(text: str) -> str:
    """Return the letters and digits of a text, with one blank for whatever is between."""
    kept = []
    for char in unicodedata.normalize("NFKD", text.translate(_SIGNS)).casefold():
        category = unicodedata.category(char)
        if category in {"Mn", "Cf"} or char in "'\u2019\u02bc`\u00b4":
            continue
        kept.append(char if category[0] in "LNM" else " ")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _spelled(words: list[str]) -> Iterator[str]:
    """Yield words as they are usually written, without fillers, `do not` as `dont`."""
    last = ""
    for word in words:
        if word in _FILLERS:
            continue
        if word == "not" and last in _JOINED:
            last = _JOINED[last]
            continue
        if last:
            yield from _SPELLINGS.get(last, (last,))
        last = word
    if last:
        yield from _SPELLINGS.get(last, (last,))
