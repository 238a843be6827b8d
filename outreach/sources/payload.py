"""JSON from strangers: read once, numbers exactly, and never an exception that isn't ours."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from outreach.sources.source import MediaTypeError, UnreadableError

_LONGEST_NUMBER: Final = 48
"""Characters of a number with a fraction or exponent; no amount or rate needs more."""

_LARGEST_EXPONENT: Final = 40


class _Fractions:
    """Reads numbers with a fraction or exponent as Decimal, and remembers that there was one."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, text: str) -> Decimal:
        if len(text) > _LONGEST_NUMBER:
            raise ValueError("a number is too long")
        try:
            number = Decimal(text)
        except InvalidOperation as exc:  # exponents beyond what Decimal can hold
            raise ValueError("a number is out of bounds") from exc
        if abs(number.adjusted()) > _LARGEST_EXPONENT:
            raise ValueError("a number is out of bounds")
        self.seen += 1
        return number


_fractions: Final = _Fractions()
_DECODE: Final = msgspec.json.Decoder(float_hook=_fractions)
_DECODE_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])


def read_json(body: bytes) -> Any:
    """Return the body as Python objects: whole numbers as int, all others as Decimal.

    Raises:
        UnreadableError: Not UTF-8, not JSON, nested too deeply, or a number out of bounds.
    """
    try:
        return _DECODE.decode(body)
    except (ValueError, RecursionError) as exc:  # msgspec's and Unicode's errors are ValueErrors
        raise UnreadableError(_why(exc)) from exc


def read_json_counting(body: bytes) -> tuple[Any, bool]:
    """Return `read_json` and whether any number in it had a fraction or exponent."""
    before = _fractions.seen
    content = read_json(body)
    return content, _fractions.seen != before


def read_items(body: bytes) -> list[bytes]:
    """Return the slices of a JSON array, byte for byte.

    Raises:
        UnreadableError: Not a JSON array.
    """
    try:
        return [bytes(item) for item in _DECODE_ITEMS.decode(body)]
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(_why(exc)) from exc


def _why(exc: Exception) -> str:
    if isinstance(exc, RecursionError):
        return "The body is nested too deeply."
    if isinstance(exc, UnicodeError):
        return "The body isn't UTF-8."
    if isinstance(exc, msgspec.DecodeError):
        return "The body isn't JSON. " + str(exc) + "."
    return f"The body can't be read: {exc}."


def texts_with_nul(content: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every text or member name that holds a NUL, which no text column takes."""
    if isinstance(content, str):
        if "\x00" in content:
            yield path
    elif isinstance(content, dict):
        for key, value in content.items():
            if "\x00" in key:
                yield join(path, "(a member name)")
            else:
                yield from texts_with_nul(value, join(path, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from texts_with_nul(value, f"{path}[{index}]")


def join(path: str, member: str) -> str:
    """Return the path of a member below `path`."""
    return f"{path}.{member}" if path else member


def media_type(header: str | None) -> str:
    """Return the media type without parameters, in lower case; empty when none was sent.

    Raises:
        MediaTypeError: A character set other than UTF-8.
    """
    if not header:
        return ""
    kind, *parameters = header.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \"'").lower() not in {
            "utf-8",
            "utf8",
            "us-ascii",
        }:
            raise MediaTypeError("Only UTF-8 is read.", "charset=utf-8")
    return kind.strip().lower()


def is_json(kind: str) -> bool:
    """Say whether a media type is JSON or ends in +json."""
    return kind in {"application/json", "text/json"} or kind.endswith("+json")
