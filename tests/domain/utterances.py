"""The labeled utterances: what they are, and which half each is in."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import yaml

from outreach.domain.replies import Reply, classify
from outreach.domain.vocabulary import Heard, OptOutScope, ReplyKind, ReplyMedium

FILE = Path(__file__).parent / "data" / "revocations.yaml"


@dataclass(frozen=True)
class Utterance:
    """One labeled text. `scope`, `media` and `hears` are empty where the words don't say."""

    text: str
    language: str
    medium: ReplyMedium
    label: str
    note: str
    scope: OptOutScope | None
    media: frozenset[str]
    hears: frozenset[Heard]
    seen: bool

    @property
    def is_held_out(self) -> bool:
        """Whether it is in the half that no pattern was written for."""
        return not self.seen and sha256(self.text.encode()).digest()[0] % 2 == 1

    @property
    def read(self) -> Reply:
        """How the classifier reads it."""
        return classify(self.text, self.medium)


@cache
def utterances() -> tuple[Utterance, ...]:
    """Return all of them, in the order of the file."""
    return tuple(
        Utterance(
            row["text"],
            row["language"],
            ReplyMedium(row["medium"]),
            row["label"],
            row["note"],
            OptOutScope(row["scope"]) if "scope" in row else None,
            frozenset(row.get("media", ())),
            frozenset(map(Heard, row.get("hears", ()))),
            row.get("seen", False),
        )
        for row in yaml.safe_load(FILE.read_text())
    )


def half(*, held_out: bool, language: str | None = None) -> list[Utterance]:
    """Return one half, of one language or of all."""
    return [
        one
        for one in utterances()
        if one.is_held_out is held_out and language in {None, one.language}
    ]


@dataclass(frozen=True)
class Measure:
    """How well a set of utterances is read; shares of 1."""

    count: int
    caught: float
    """Of the revocations: taken at once, or held until a person has read them."""
    taken: float
    """Of the revocations: taken at once."""
    precision: float
    """Of what is taken at once: labeled a revocation."""
    held: float
    """Of what is labeled neither a revocation nor doubtful: held for a person all the same."""


def measure(rows: list[Utterance]) -> Measure:
    """Measure a set."""
    revocations = [one for one in rows if one.label == "opt_out"]
    taken = [one for one in rows if one.read.kind is ReplyKind.OPT_OUT]
    others = [one for one in rows if one.label == "not"]
    return Measure(
        len(rows),
        sum(is_caught(one.read) for one in revocations) / len(revocations),
        sum(one.label == "opt_out" for one in taken) / len(revocations),
        sum(one.label == "opt_out" for one in taken) / len(taken),
        sum(one.read.holds for one in others) / len(others),
    )


def is_caught(reply: Reply) -> bool:
    """Say whether nothing goes out on the channel until a person has looked, if ever."""
    return reply.kind is ReplyKind.OPT_OUT or reply.holds
