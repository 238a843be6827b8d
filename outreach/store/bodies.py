"""What is inside a row's ciphertext: JSON, compressed where that pays."""

import zlib
from typing import Any, Final

import msgspec

_COMPRESS_FROM: Final = 4096
_LEVEL: Final = 1
_OPENING: Final = b"{"


def encode_body(value: dict[str, Any]) -> bytes:
    """Return JSON, compressed from 4 KiB on: below, the disk saved isn't worth the time."""
    text = msgspec.json.encode(value)
    return zlib.compress(text, _LEVEL) if len(text) >= _COMPRESS_FROM else text


def decode_body(data: bytes) -> dict[str, Any]:
    """Return what `encode_body` was given; compressed data never begins with a brace."""
    return dict(msgspec.json.decode(decode_text(data)))


def decode_text(data: bytes) -> bytes:
    """Return the JSON text of what `encode_body` made."""
    return data if data[:1] == _OPENING else zlib.decompress(data)
