"""How well the labeled utterances are read, per language and half, against floors.

The figures that count are the held-out half's: no pattern was written for it. They stand in
docs/opt-outs.md, and this test compares them.
"""

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from outreach.domain.vocabulary import OptOutScope, ReplyKind
from tests.domain.utterances import Measure, Utterance, half, is_caught, measure, utterances

DOCS: Final = Path(__file__).parents[2] / "docs/opt-outs.md"
LANGUAGES: Final = (None, "en", "zh", "es")
_WIDTH: Final = {
    OptOutScope.TOPIC: 0,
    OptOutScope.ENDPOINT: 1,
    None: 2,
    OptOutScope.MEDIUM: 2,
    OptOutScope.ALL: 3,
}


def test_there_are_enough_and_each_only_once() -> None:
    rows = utterances()
    counts = Counter(one.language for one in rows)
    assert len(rows) >= 500
    assert min(counts.values()) >= 150
    assert len({(one.text, one.language) for one in rows}) == len(rows)
    assert {one.label for one in rows} == {"opt_out", "not", "doubtful"}
    held_out = sum(one.is_held_out for one in rows)
    assert 0.4 < held_out / len(rows) < 0.6


@pytest.mark.parametrize("language", LANGUAGES)
def test_revocations_are_caught_and_what_is_taken_is_one(language: str | None) -> None:
    found = measure(half(held_out=True, language=language))
    print(f"{language or 'all'}: {figures(found)}")
    assert found.caught >= 0.98
    assert found.precision >= 0.95
    assert found.taken >= 0.9


def test_what_is_doubtful_waits_for_a_person() -> None:
    rows = [one for one in utterances() if one.label == "doubtful"]
    missed = [one for one in rows if not is_caught(one.read)]
    assert len(missed) <= len(rows) * 0.03, to_look_at(missed)


def test_a_scope_is_hardly_ever_read_narrower_than_it_was_said() -> None:
    rows = [one for one in utterances() if one.scope and one.read.kind is ReplyKind.OPT_OUT]
    narrower = [one for one in rows if _WIDTH[one.read.scope] < _WIDTH[one.scope]]
    assert len(narrower) <= len(rows) * 0.03, to_look_at(narrower)


def test_channels_that_are_named_are_heard() -> None:
    rows = [one for one in utterances() if one.media and one.read.kind is ReplyKind.OPT_OUT]
    missed = [one for one in rows if one.read.media and not one.media <= one.read.media]
    assert len(missed) <= len(rows) * 0.03, to_look_at(missed)


def test_what_else_must_be_acted_on_is_heard() -> None:
    rows = [one for one in utterances() if one.hears]
    missed = [one for one in rows if not one.hears <= one.read.heard]
    assert len(missed) <= len(rows) * 0.05, to_look_at(missed)


def to_look_at(rows: list[Utterance]) -> list[str]:
    """Return what may be shown: the held-out half stays unseen."""
    return [one.text for one in rows if not one.is_held_out]


def test_the_documented_figures_are_these() -> None:
    words = DOCS.read_text()
    for name, language in (("English", "en"), ("Chinese", "zh"), ("Spanish", "es"), ("All", None)):
        for kind, held_out in (("development", False), ("held out", True)):
            row = f"| {name} | {kind} | {figures(measure(half(held_out=held_out, language=language)))} |"
            assert row in words, f"docs/opt-outs.md should say: {row}"


def figures(found: Measure) -> str:
    """Return a measure as the columns of the table in the docs."""
    shares = (found.caught, found.taken, found.precision, found.held)
    return " | ".join([str(found.count), *(f"{share:.3f}" for share in shares)])
