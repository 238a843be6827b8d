"""What a call may say, piece by piece: the words that were decided on, and nothing else.

A script is one text, so that it is rendered, judged, logged and read as any message is: paragraphs
that begin with a piece's name in brackets, as in `[identify] Hello, this is …`. A piece that has no
words isn't spoken.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass


class Piece(StrEnum):
    """The parts of a script, in the order in which a call comes to them."""

    IDENTIFY = "identify"
    """Who calls, for whom; nothing of a debt, since anybody may have picked up."""
    RECORDING = "recording"
    """That the call is recorded; without it no call is."""
    RIGHT_PARTY = "right_party"
    """Asks whether it is the person: 1 if so, 2 if not."""
    MESSAGE = "message"
    """What the call is about; only after the person said that it is they."""
    MENU = "menu"
    """What they may do: 1 promise, 2 link by text, 3 a person, 8 wrong person, 9 never again."""
    DAY = "day"
    """Asks on which day they will pay."""
    CONFIRM = "confirm"
    """Repeats the day, written as `*`: 1 if that is right, 2 if not."""
    PROMISED = "promised"
    LINK = "link"
    TRANSFER = "transfer"
    """Said before they are put through to `dial`."""
    CALL_US = "call_us"
    """Said where nobody can be put through: which number to call."""
    DIAL = "dial"
    """The number that they are put through to; never spoken."""
    WRONG_PARTY = "wrong_party"
    OPTED_OUT = "opted_out"
    AGAIN = "again"
    """Said when an answer wasn't understood."""
    GOODBYE = "goodbye"
    VOICEMAIL = "voicemail"
    """Left on a machine where the rules let it."""
    LIMITED_VOICEMAIL = "limited_voicemail"
    """Left instead where only a limited-content message may be (12 CFR 1006.2(j))."""


REQUIRED: Final = (Piece.IDENTIFY, Piece.RIGHT_PARTY, Piece.MESSAGE, Piece.MENU, Piece.GOODBYE)
"""Pieces that no call can do without."""

ON_A_MACHINE: Final = frozenset({Piece.VOICEMAIL, Piece.LIMITED_VOICEMAIL})

_PARAGRAPHS: Final = re.compile(r"\n\s*\n")
_OPENING: Final = re.compile(r"\[([a-z_]{1,30})\]\s*")
_SPACING: Final = str.maketrans("", "", " -().")
_DIALED: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


class ScriptError(ValueError):
    """A text is no script; the message says why, without its words."""


@dataclass(frozen=True, slots=True)
class CallScript:
    """One call's words. `locale` is their language, as in `en-US`."""

    locale: str
    pieces: Mapping[Piece, str] = field(repr=False)

    def words(self, *pieces: Piece) -> tuple[str, ...]:
        """Return the words of those pieces that have any, in that order."""
        return tuple(self.pieces[piece] for piece in pieces if piece in self.pieces)

    @property
    def dials(self) -> str:
        """The number to put somebody through to, in E.164; "" where there is none to dial."""
        number = self.pieces.get(Piece.DIAL, "").translate(_SPACING)
        return number if _DIALED.fullmatch(number) else ""

    @property
    def on_a_machine(self) -> Piece | None:
        """The piece that a machine is left; None: the call ends without a word."""
        found = ON_A_MACHINE & self.pieces.keys()
        return min(found) if found else None


def split_script(text: str) -> dict[Piece, str]:
    """Return the pieces of a text, required or not.

    Raises:
        ScriptError: A paragraph without a name, an unknown name, or one that comes twice.
    """
    found: dict[Piece, str] = {}
    for paragraph in _PARAGRAPHS.split(text.strip()):
        opening = _OPENING.match(paragraph)
        if opening is None:
            raise ScriptError("a paragraph doesn't begin with the name of a piece, as in [menu]")
        try:
            piece = Piece(opening[1])
        except ValueError:
            raise ScriptError(f"[{opening[1]}] is no piece; use {', '.join(Piece)}") from None
        if piece in found:
            raise ScriptError(f"[{piece}] comes twice")
        if words := paragraph[opening.end() :].strip():
            found[piece] = words
    return found


def parse_script(text: str, locale: str) -> CallScript:
    """Return the script that a text is.

    Raises:
        ScriptError: As `split_script`, or a required piece has no words.
    """
    pieces = split_script(text)
    missing = [piece for piece in REQUIRED if piece not in pieces]
    if missing:
        raise ScriptError(f"no words for {', '.join(f'[{piece}]' for piece in missing)}")
    return CallScript(locale, pieces)


def without(text: str, left_out: Collection[Piece]) -> str:
    """Return a script's text without some of its pieces.

    Raises:
        ScriptError: As `split_script`.
    """
    pieces = split_script(text)
    kept = (f"[{piece}] {words}" for piece, words in pieces.items() if piece not in left_out)
    return "\n\n".join(kept)
