"""docs/opt-outs.md names every reading, scope and thing heard, and its examples are read so."""

import re
from pathlib import Path
from typing import Final

import pytest

from outreach.domain.replies import classify
from outreach.domain.vocabulary import Heard, OptOutScope, ReplyKind

TEXT: Final = (Path(__file__).parents[1] / "docs/opt-outs.md").read_text(encoding="utf-8")
ROWS: Final = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", TEXT, re.MULTILINE)
HEARD: Final = [(name, said) for name, said in ROWS if name in set(Heard)]
SCOPED: Final = [
    (name, said)
    for name, each in ROWS
    if name in set(OptOutScope) - {"medium"}
    for said in each.split(";")
]


@pytest.mark.parametrize("word", [*ReplyKind, *OptOutScope, *Heard])
def test_every_word_is_explained(word: str) -> None:
    assert f"| `{word}` |" in TEXT


@pytest.mark.parametrize(("name", "said"), HEARD)
def test_what_it_says_is_heard_is_heard(name: str, said: str) -> None:
    if name != "medium" or "text" not in said:  # the scope of that name has a row too
        assert Heard(name) in classify(said).heard


@pytest.mark.parametrize(("name", "said"), SCOPED)
def test_what_it_says_of_scopes_is_so(name: str, said: str) -> None:
    reply = classify(said)
    assert (reply.kind, reply.scope) == (ReplyKind.OPT_OUT, OptOutScope(name))
