"""What changed between two texts: by words where they are written with spaces, by Han characters.

The parts are for showing with signs and words beside the colours; what stays long the same may be
folded by whoever shows it.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, Literal, NamedTuple

# A tag of a template is one token, so that half of a variable is never shown as changed.
_TOKEN: Final = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W_]+|\s|.",
    re.DOTALL,
)

Kind = Literal["same", "added", "removed"]


class Change(NamedTuple):
    """A stretch of text."""

    kind: Kind
    text: str


def text_changes(old: str, new: str) -> list[Change]:
    """Return the stretches of both texts in order: joined, those but the added ones are `old`."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return list(_joined(_changes(matcher, before, after)))


def count_changes(changes: list[Change]) -> tuple[int, int]:
    """Return how many words or characters were added, and how many removed; spaces don't count."""
    counted = {"added": 0, "removed": 0, "same": 0}
    for kind, text in changes:
        counted[kind] += sum(not token.isspace() for token in _TOKEN.findall(text))
    return counted["added"], counted["removed"]


def _changes(
    matcher: "SequenceMatcher[str]", before: list[str], after: list[str]
) -> Iterator[Change]:
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(before[a:b]))
            continue
        if b > a:
            yield Change("removed", "".join(before[a:b]))
        if d > c:
            yield Change("added", "".join(after[c:d]))


def _joined(changes: Iterator[Change]) -> Iterator[Change]:
    """Yield changes with a lone space between two of them taken in, so that phrases stay whole."""
    held: list[Change] = []
    for one in changes:
        if one.kind == "same" and one.text.isspace() and "\n" not in one.text and held:
            held.append(one)
            continue
        if one.kind == "same":
            yield from _flush(held)
            held = []
            yield one
        else:
            held.append(one)
    yield from _flush(held)


def _flush(held: list[Change]) -> Iterator[Change]:
    trailing = held[-1] if held and held[-1].kind == "same" else None
    held = held[:-1] if trailing else held
    if {"added", "removed"} <= {one.kind for one in held}:
        yield Change("removed", "".join(one.text for one in held if one.kind != "added"))
        yield Change("added", "".join(one.text for one in held if one.kind != "removed"))
    else:
        yield from held
    if trailing:
        yield trailing
