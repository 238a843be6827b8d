"""What is wrong with a call's script beyond what may be wrong with any words."""

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import TemplateSyntaxError

from outreach.domain.call_scripts import Piece, ScriptError, split_script
from outreach.rendering.context import ELEMENTS
from outreach.rendering.lint_wrong import Wrong
from outreach.rendering.lock_screen import list_telling
from outreach.rendering.message import Rendered
from outreach.rendering.sandbox import check_source

_MARK: Final = re.compile(r"^\[([a-z_]+)\]", re.MULTILINE)
_BEFORE_KNOWN: Final = (
    Piece.IDENTIFY,
    Piece.RECORDING,
    Piece.RIGHT_PARTY,
    Piece.WRONG_PARTY,
    Piece.LIMITED_VOICEMAIL,
)
"""Pieces that anybody may hear: whoever picks up, and whoever listens to a machine."""

_LIMITED: Final = frozenset(
    {"natural_person_name", "business_name_neutral", "reply_request", "phone_number"}
)
"""What a limited-content message carries, and all that it may (12 CFR 1006.2(j))."""

# Which keys each question must name: what they do is the same for every script.
_KEYS: Final = {Piece.RIGHT_PARTY: "12", Piece.MENU: "9", Piece.CONFIRM: "12"}
_TOGETHER: Final = (
    frozenset({Piece.DAY, Piece.CONFIRM, Piece.PROMISED}),
    frozenset({Piece.TRANSFER, Piece.DIAL}),
)


def lint_script_source(source: str, language: str) -> Iterator[Wrong]:
    """Yield what a script tells before it knows to whom.

    Args:
        source: Of a template that compiles.
        language: Name of the list of expressions of its locale.
    """
    parts = _MARK.split(source)
    for name, words in zip(parts[1::2], parts[2::2], strict=True):
        if name not in _BEFORE_KNOWN:
            continue
        try:
            check_source(name, words)
            told = list(list_telling(words, language))
        except (TemplateSyntaxError, ValueError):
            said = f"[{name}]: a condition begins in it and ends in another piece"
            yield Wrong(said, "call_condition", {"piece": name})
            continue
        for one in told:
            said = f"[{name}]: {one} would be heard by whoever picks up or listens"
            yield Wrong(said, "call_told", {"piece": name, "found": one})


def lint_script(rendered: Rendered) -> Iterator[Wrong]:
    """Yield what is wrong with a script that came out of a sample."""
    try:
        pieces = split_script(rendered.text)
    except ScriptError as error:
        yield Wrong(str(error), "call_script", {"said": str(error)})
        return
    for piece, keys in _KEYS.items():
        for key in keys if piece in pieces else "":
            if key not in pieces[piece]:
                said = f"[{piece}]: it doesn't say what key {key} does"
                yield Wrong(said, "call_key", {"piece": str(piece), "key": key})
    for group in _TOGETHER:
        missing = sorted(group - pieces.keys())
        if missing and len(missing) < len(group):
            named = ", ".join(f"[{one}]" for one in missing)
            said = f"{named} is missing: a menu needs the whole"
            yield Wrong(said, "call_menu", {"pieces": named})
    if Piece.CONFIRM in pieces and pieces[Piece.CONFIRM].count("*") != 1:
        yield Wrong("[confirm]: it says the day once, written as *", "call_day", {})
    content = rendered.on_a_machine.get(Piece.LIMITED_VOICEMAIL)
    if content is not None:
        told = {element for element, _ in ELEMENTS if element in content}
        for element in sorted(_LIMITED - told):
            said = f"[limited_voicemail]: {element} is missing"
            yield Wrong(said, "call_voicemail_missing", {"element": element})
        for element in sorted(told - _LIMITED):
            said = f"[limited_voicemail]: {element} may not be in it"
            yield Wrong(said, "call_voicemail_extra", {"element": element})
