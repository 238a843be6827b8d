"""Changes that mend words and alter no meaning: what a button beside a finding does."""

import re
from typing import Final, NamedTuple

from outreach.rendering.context import VARIABLES

PLAIN: Final = {
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-",
    "…": "...", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "•": "*", "·": "-", "′": "'",
    "″": '"', "×": "x", "−": "-", "\u200b": "", "\ufeff": "", "\u00ad": "",
}  # fmt: skip
"""Characters outside GSM-7 that mean the same in it."""


class Wording(NamedTuple):
    """Words as somebody has typed them."""

    source: str
    subject: str = ""


class Fix(NamedTuple):
    """A change that mends one thing and alters no meaning.

    `kind` is `opt_out` (the instructions at the end), `signature` (at the beginning), `plain`
    (characters of GSM-7 for others) or `name` (variable `old` becomes `new`).
    """

    kind: str
    old: str = ""
    new: str = ""

    @property
    def key(self) -> str:
        """What a form names it by."""
        return ":".join(self).rstrip(":")


def apply_fix(wording: Wording, fix: Fix) -> Wording:
    """Return the words with one thing mended; as they are where it doesn't apply."""
    source, subject = wording
    if fix.kind == "opt_out" and "opt_out_instructions" not in source:
        return Wording(f"{source.rstrip()}\n{{{{ opt_out_instructions }}}}\n", subject)
    if fix.kind == "signature":
        without = re.sub(r"\{\{\s*signature\s*\}\}", "", source)
        return Wording("{{ signature }}" + without.lstrip(), subject)
    if fix.kind == "plain":
        table = str.maketrans(PLAIN)
        return Wording(source.translate(table), subject.translate(table))
    if fix.kind == "name" and fix.old.isidentifier() and fix.new in VARIABLES:
        pattern = re.compile(r"(\{[{%][^{}]*?)\b" + re.escape(fix.old) + r"\b")
        return Wording(
            pattern.sub(lambda found: found.group(1) + fix.new, source),
            pattern.sub(lambda found: found.group(1) + fix.new, subject),
        )
    return wording


def parse_fix(key: str) -> Fix | None:
    """Return the change that a form names; None for what is none."""
    kind, _, rest = key.partition(":")
    old, _, new = rest.partition(":")
    return Fix(kind, old, new) if kind in {"opt_out", "signature", "plain", "name"} else None


def insert_variable(wording: Wording, name: str, at: int | None = None) -> Wording:
    """Return the words with a variable put in, at a position or at the end."""
    if name not in VARIABLES:
        return wording
    source = wording.source
    place = len(source.rstrip()) if at is None else min(max(at, 0), len(source))
    return Wording(f"{source[:place]}{{{{ {name} }}}}{source[place:]}", wording.subject)
