"""What Web Push encrypts and signs: RFC 8188 and 8291 for the words, RFC 8292 for the sender.

Written on the primitives of `cryptography`: the usual package for it brings a second HTTP client
and an event loop's worth of blocking code for what are two derivations and one encryption.
"""

import base64
import os
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import SecretStr

RECORD: Final = 4096
"""Bytes of the one record that a message is, and the most that services take."""
_HEADER: Final = 16 + 4 + 1 + 65
_TAG_AND_MARK: Final = 16 + 1
LARGEST_TEXT: Final = RECORD - _HEADER - _TAG_AND_MARK
_LAST_RECORD: Final = b"\x02"
_POINT: Final = 65
_SECRET: Final = 16
_SCALAR: Final = 32
# RFC 8292 allows a day.
_LIFETIME: Final = timedelta(hours=12)
_RENEWED_AFTER: Final = timedelta(hours=6)


class Subscription(NamedTuple):
    """What a browser told of itself."""

    endpoint: str
    public_key: EllipticCurvePublicKey
    secret: bytes

    def __repr__(self) -> str:
        """Show nothing: whoever knows the endpoint may write to it."""
        return "<Subscription>"


def unpadded(data: bytes) -> str:
    """Return bytes in the base64 of URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Read the base64 of URLs, padded or not.

    Raises:
        ValueError: It is something else.
    """
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)


def browser_key(text: str) -> EllipticCurvePublicKey:
    """Read a subscription's `p256dh`: a point of P-256, uncompressed.

    Raises:
        ValueError: It is something else.
    """
    point = from_base64(text)
    if len(point) != _POINT:
        raise ValueError("isn't an uncompressed point")
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)


def browser_secret(text: str) -> bytes:
    """Read a subscription's `auth`.

    Raises:
        ValueError: It isn't 16 bytes.
    """
    secret = from_base64(text)
    if len(secret) != _SECRET:
        raise ValueError("isn't 16 bytes")
    return secret


def vapid_key(text: SecretStr) -> EllipticCurvePrivateKey:
    """Read the sender's key: PEM, or its 32 bytes in the base64 of URLs.

    Raises:
        ValueError: It is neither. The error doesn't show it.
    """
    given = text.get_secret_value().replace("\\n", "\n").strip()
    try:
        if given.startswith("-----"):
            key = load_pem_private_key(given.encode(), password=None)
        else:
            key = derive_private_key(_scalar(given), SECP256R1())
    except (ValueError, TypeError):
        raise ValueError("is neither a PEM private key nor 32 bytes in base64") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("isn't a key on the curve P-256")  # noqa: TRY004 - pydantic shows those
    return key


def _scalar(text: str) -> int:
    found = from_base64(text)
    if len(found) != _SCALAR:
        raise ValueError("isn't 32 bytes")
    return int.from_bytes(found, "big")


def point_of(key: EllipticCurvePublicKey) -> bytes:
    """Return a public key as an uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    text: bytes,
    to: Subscription,
    *,
    own: EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return the body of one message, as `aes128gcm`.

    Args:
        text: At most `LARGEST_TEXT` bytes.
        to: Whom only may read it.
        own: The key of this message only; made here but for known answers.
        salt: 16 bytes; same.
    """
    own = own or generate_private_key(SECP256R1())
    salt = salt or os.urandom(16)
    theirs, ours = point_of(to.public_key), point_of(own.public_key())
    shared = own.exchange(ECDH(), to.public_key)
    seed = _derived(shared, to.secret, b"WebPush: info\0" + theirs + ours, 32)
    key = _derived(seed, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(seed, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, text + _LAST_RECORD, None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


class Vapid:
    """Says who sends; one signed token per push service, used for hours.

    Args:
        key: The sender's.
        subject: `mailto:` or `https:` address where a push service reaches the sender.
    """

    def __init__(self, key: EllipticCurvePrivateKey, subject: str) -> None:
        self._key = key
        self._subject = subject
        self._public = unpadded(point_of(key.public_key()))
        self._tokens: dict[str, tuple[datetime, str]] = {}

    def header(self, origin: str, now: datetime) -> str:
        """Return the `Authorization` header for a push service; there are few of them."""
        issued_at, token = self._tokens.get(origin, (now, ""))
        if not token or not timedelta(0) <= now - issued_at < _RENEWED_AFTER:
            claims = {
                "aud": origin,
                "exp": int((now + _LIFETIME).timestamp()),
                "sub": self._subject,
            }
            token = jwt.encode(claims, self._key, "ES256")
            self._tokens[origin] = (now, token)
        return f"vapid t={token}, k={self._public}"
