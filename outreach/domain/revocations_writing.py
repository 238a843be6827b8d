"""How words about being contacted are written down as data, one module a language.

Patterns are searched in words without case, accents and punctuation, one blank between two; the
Chinese ones in simplified characters without blanks. One pattern a line. Upper-case names stand
for parts that a language defines, and `GAPn` for up to n words that don't matter.

Nothing in a pattern may repeat without a bound, except words, which never give back what they
took: so a search costs at most a fixed number of steps per character (a test adds them up).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Heard, OptOutScope

# Read as stems: `mensaje~` is any word that begins so.
_STEM: Final = r"\\w*+"
_GAPS: Final = {f"GAP{most}": rf"(?: \w++){{0,{most}}}" for most in range(1, 7)}


@dataclass(frozen=True, slots=True)
class Phrases:
    """Patterns that ask for the same.

    `scope` and `media` are what they say of how much is meant. `in_notes_only` are the words of
    people who write about somebody, and not of that person.
    """

    name: str
    pattern: re.Pattern[str]
    scope: OptOutScope | None = None
    media: frozenset[str] = frozenset()
    in_notes_only: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """What is listened for in one language.

    Attributes:
        name: ISO 639-1, or `xx` for several.
        revocations: Requests to stop.
        narrower: What narrows such a request to an address or a topic, wherever it stands.
        kept: Channels by name, and the words that ask for them instead.
        ordinary: Words that only look like a request (`stop by the branch`); taken out first.
        negated: A request that is denied (`don't stop`); taken out, and read by a person.
        qualified: A request about a time or a way only; read by a person.
        doubtful: Whatever else may be one; read by a person.
        understood: Answers that ask nothing about contacts: thanks, questions.
        asks_again: Requests to begin again.
        heard: What else people must act on.
    """

    name: str
    revocations: tuple[Phrases, ...]
    doubtful: re.Pattern[str]
    narrower: Mapping[OptOutScope, re.Pattern[str]] = field(default_factory=dict)
    kept: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    ordinary: re.Pattern[str] | None = None
    negated: re.Pattern[str] | None = None
    qualified: re.Pattern[str] | None = None
    understood: re.Pattern[str] | None = None
    asks_again: re.Pattern[str] | None = None
    heard: Mapping[Heard, re.Pattern[str]] = field(default_factory=dict)


class Writing:
    """Compiles one language's patterns.

    Args:
        names: What upper-case names in patterns stand for.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """Keep the names, each ready to be put into a pattern."""
        self._names = {**_GAPS, **names}
        self._name = re.compile("|".join(sorted(self._names, key=len, reverse=True)))

    def any_of(self, lines: str) -> re.Pattern[str]:
        """Return one pattern that matches what any line matches."""
        return re.compile("|".join(map(self._written, _lines(lines))))

    def phrases(
        self,
        name: str,
        lines: str,
        *,
        scope: OptOutScope | None = None,
        media: Sequence[str] = (),
        in_notes_only: bool = False,
    ) -> Phrases:
        """Return requests that mean the same."""
        return Phrases(name, self.any_of(lines), scope, frozenset(media), in_notes_only)

    def _written(self, line: str) -> str:
        while self._name.search(line):
            line = self._name.sub(lambda name: f"(?:{self._names[name[0]]})", line)
        return re.sub("~", _STEM, line)


def _lines(text: str) -> Iterator[str]:
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            yield line
