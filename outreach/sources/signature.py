"""Who is speaking: Standard Webhooks signatures over the raw bytes, or an unguessable address."""

import base64
import binascii
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

from multidict import istr

from outreach.sources.source import ForgedError, IncomingRequest, SourceOptions

TOLERANCE_SECONDS: Final = 300
_PREFIX: Final = "whsec_"
_BLOCK: Final = 64
_SHORTEST_SECRET: Final = 16
_MOST_SIGNATURES: Final = 16
_ID: Final = istr("webhook-id")
_TIMESTAMP: Final = istr("webhook-timestamp")
_SIGNATURE: Final = istr("webhook-signature")
_LONGEST_ID: Final = 200
_LONGEST_TIMESTAMP: Final = 12


class Credential:
    """The keys of one configured source, decoded once.

    Raises:
        ValueError: A secret isn't base64 or is shorter than 16 bytes.
    """

    def __init__(self, options: SourceOptions) -> None:
        self._keys = tuple(_Key(secret_key(secret)) for secret in options.secrets)
        self._path = options.path_secret.encode() if options.path_secret else None

    @property
    def signs(self) -> bool:
        """Whether there is a secret to sign with."""
        return bool(self._keys)

    def check(self, request: IncomingRequest) -> None:
        """Let a request pass that came by the secret address, or that is signed.

        Raises:
            ForgedError: Neither; nothing configured lets nothing pass.
        """
        if request.path_secret is not None:
            given = request.path_secret.encode("utf-8", "surrogatepass")
            if self._path is None or not compare_digest(given, self._path):
                raise ForgedError("path_secret")
            return
        if not self._keys:
            raise ForgedError("path_secret")
        verify(request, self._keys)


def secret_key(secret: str) -> bytes:
    """Return the bytes of a `whsec_…` secret.

    Raises:
        ValueError: Not base64, or shorter than 16 bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as exc:
        raise ValueError("a webhook secret is whsec_ and base64") from exc
    if len(key) < _SHORTEST_SECRET:
        raise ValueError("a webhook secret has at least 16 bytes")
    return key


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` value for one key."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac_digest(key, signed, "sha256")).decode()


class _Key:
    """HMAC-SHA256 under one key, with both halves of the key hashed in advance.

    The library's one-shot function looks its algorithm up at each call, which costs more than the
    hash; a test compares the two.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, message: bytes) -> bytes:
        """Return HMAC-SHA256 of a message."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()


def verify(request: IncomingRequest, keys: tuple[_Key, ...]) -> None:
    """Check id, timestamp and signature of Standard Webhooks.

    Every pair of key and signature is compared in constant time; `v1a` and unknown versions are
    passed over. The timestamp may be 300 s off in either direction.

    Raises:
        ForgedError: Anything is missing, malformed, too old or wrong.
    """
    headers = request.headers
    message_id = headers.get(_ID, "")
    timestamp = headers.get(_TIMESTAMP, "")
    if not 0 < len(message_id) <= _LONGEST_ID or not message_id.isascii():
        raise ForgedError("id")
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > _LONGEST_TIMESTAMP:
        raise ForgedError("timestamp")
    if abs(request.now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise ForgedError("stale")
    given = [
        part[3:].encode("utf-8", "replace")
        for part in headers.get(_SIGNATURE, "").split()
        if part.startswith("v1,")
    ]
    if not 0 < len(given) <= _MOST_SIGNATURES:
        raise ForgedError("signature")
    signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), request.body)
    matched = False
    for key in keys:
        expected = binascii.b2a_base64(key.digest(signed), newline=False)
        for signature in given:
            matched |= compare_digest(signature, expected)
    if not matched:
        raise ForgedError("signature")
