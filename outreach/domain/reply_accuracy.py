"""How well answers are read, against labels that people gave: precision and recall by intent."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import Final

from outreach.domain.intents import read_wanted
from outreach.domain.records import dataclass
from outreach.domain.replies import read_reply
from outreach.domain.vocabulary import Intent

NONE: Final = "none"
"""Label of an answer that wants nothing."""


@dataclass(frozen=True, slots=True)
class Labeled:
    """An answer with everything that it wants, as a person said."""

    text: str
    language: str
    intents: frozenset[Intent]

    @property
    def is_kept_aside(self) -> bool:
        """Whether it is of the half that rules weren't written by: a bit of the text's hash."""
        return sha256(self.text.encode()).digest()[0] % 2 == 0

    @property
    def read(self) -> frozenset[Intent]:
        """What it is read as."""
        return read_wanted(self.text, read_reply(self.text)).intents


@dataclass(frozen=True, slots=True)
class Score:
    """How one intent was read: `labeled` answers have it, `read` were read so, `right` are both."""

    intent: Intent
    labeled: int
    read: int
    right: int

    @property
    def precision(self) -> Fraction:
        """Share of what was read so that is so; 1 if nothing was."""
        return Fraction(self.right, self.read) if self.read else Fraction(1)

    @property
    def recall(self) -> Fraction:
        """Share of what is so that was read so; 1 if nothing is."""
        return Fraction(self.right, self.labeled) if self.labeled else Fraction(1)


def read_labels(told: Mapping[str, Mapping[str, Sequence[str]]]) -> list[Labeled]:
    """Read a labeled set: language, then intents with a blank between two, then texts.

    Raises:
        ValueError: It names an intent that there isn't.
    """
    return [
        Labeled(text, language, frozenset(Intent(one) for one in name.split() if one != NONE))
        for language, groups in told.items()
        for name, texts in groups.items()
        for text in texts
    ]


def half_of(rows: Iterable[Labeled], half: str) -> list[Labeled]:
    """Return the `development` half, the one `kept aside`, or all."""
    return [one for one in rows if half == "all" or one.is_kept_aside is (half == "kept aside")]


def score(rows: Iterable[Labeled]) -> list[Score]:
    """Score every intent, in the vocabulary's order."""
    read = [(row.intents, row.read) for row in rows]
    return [
        Score(
            intent,
            sum(intent in labels for labels, _ in read),
            sum(intent in found for _, found in read),
            sum(intent in labels & found for labels, found in read),
        )
        for intent in Intent
    ]
