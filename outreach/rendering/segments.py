"""How many parts a text message is billed and sent in, and what makes it more.

GSM 03.38: 160 septets in one part, 153 in each of several, where ten characters cost two. One
character outside it turns the whole message to UCS-2: 70 units, or 67 each. A two-septet character
or a surrogate pair is never cut in two, so a part may end one short.
"""

import re
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass

GSM_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of one septet (GSM 03.38 default alphabet, escape left out)."""

GSM_EXTENSION: Final = "\f^{}\\[~]|€"
"""Characters of two septets."""

GSM_ONE: Final = 160
GSM_MANY: Final = 153
UCS_ONE: Final = 70
UCS_MANY: Final = 67

_IS_GSM: Final = re.compile(f"[{re.escape(GSM_BASIC + GSM_EXTENSION)}]*")
_EXTENSION: Final = re.compile(f"[{re.escape(GSM_EXTENSION)}]")
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")


class Encoding(StrEnum):
    """How a text travels."""

    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"
    UTF_8 = "utf-8"
    """Whatever is no text message, and so isn't cut into segments."""


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text comes to: its encoding, septets or 16-bit units in all, and parts."""

    encoding: Encoding
    units: int
    parts: int


def count_segments(text: str) -> Segments:
    """Count the parts of `text`, as expanded and in NFC. An empty text is one part."""
    if _IS_GSM.fullmatch(text):
        wide = len(_EXTENSION.findall(text))
        return _count(text, Encoding.GSM_7, len(text) + wide, GSM_EXTENSION if wide else "")
    astral = len(_ASTRAL.findall(text))
    return _count(text, Encoding.UCS_2, len(text) + astral, "astral" if astral else "")


def split_segments(text: str) -> list[str]:
    """Cut `text` into the parts it is sent in; joined they are `text`."""
    segments = count_segments(text)
    one, many = _limits(segments.encoding)
    if segments.units <= one:
        return [text]
    parts: list[str] = []
    start = used = 0
    for index, character in enumerate(text):
        cost = _cost(character, segments.encoding)
        if used + cost > many:
            parts.append(text[start:index])
            start, used = index, 0
        used += cost
    return [*parts, text[start:]]


def ucs2_characters(text: str) -> tuple[str, ...]:
    """Name the characters that keep `text` out of GSM-7, in order of appearance, once each."""
    known = GSM_BASIC + GSM_EXTENSION
    return tuple(dict.fromkeys(character for character in text if character not in known))


def _count(text: str, encoding: Encoding, units: int, wide: str) -> Segments:
    one, many = _limits(encoding)
    if units <= one:
        return Segments(encoding, units, 1)
    if not wide:
        return Segments(encoding, units, -(-units // many))
    parts, used = 1, 0
    for character in text:
        cost = _cost(character, encoding)
        if used + cost > many:
            parts, used = parts + 1, 0
        used += cost
    return Segments(encoding, units, parts)


def _limits(encoding: Encoding) -> tuple[int, int]:
    return (GSM_ONE, GSM_MANY) if encoding is Encoding.GSM_7 else (UCS_ONE, UCS_MANY)


def _cost(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if character in GSM_EXTENSION else 1
    return 2 if character > "\uffff" else 1
