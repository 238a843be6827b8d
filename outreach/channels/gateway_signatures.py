"""Whether a gateway's callback is its own, by the kind of signature that its description names."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import Field

from outreach.channels.gateway_parts import HeaderName, Part, SecretNames
from outreach.channels.provider import RawCallback

_DIGESTS: Final = {"sha256": sha256, "sha1": sha1}
_MILLISECONDS_FROM: Final = 100_000_000_000
_LONGEST: Final = 8192


class Timestamp(Part):
    """A time that is signed along with the body."""

    header: HeaderName = Field(description="Header with the Unix time, in seconds or milliseconds.")
    tolerance_seconds: int = Field(
        300, ge=1, le=86_400, description="Most that it may differ from our clock."
    )
    separator: str = Field(
        ".", max_length=4, description="What stands between time and body in what is signed."
    )


class HmacSignature(Part):
    """A keyed hash of the raw body."""

    kind: Literal["hmac"]
    header: HeaderName = Field(description="Header that carries it.")
    secrets: SecretNames
    algorithm: Literal["sha256", "sha1"] = Field("sha256", description="`sha256` or `sha1`.")
    encoding: Literal["hex", "base64"] = Field("hex", description="`hex` or `base64`.")
    prefix: str = Field("", description="What stands before it, as in `sha256=`.")
    timestamp: Timestamp | None = Field(None, description="A time that is signed as well.")


class HeaderSignature(Part):
    """A header that only the gateway knows."""

    kind: Literal["header"]
    header: HeaderName = Field(description="Header that carries it.")
    secrets: SecretNames
    prefix: str = Field("", description="What stands before it, as in `Bearer `.")


class JwtSignature(Part):
    """A token signed with HS256, which holds a hash of the body."""

    kind: Literal["jwt_hs256"]
    header: HeaderName = Field("Authorization", description="Header that carries the token.")
    secrets: SecretNames
    prefix: str = Field("Bearer ", description="What stands before it.")
    payload_hash: str = Field(
        "payload_hash",
        min_length=1,
        description="Claim that holds the SHA-256 of the raw body in hexadecimal digits. A token"
        " without it is refused: it would fit any body.",
    )
    tolerance_seconds: int = Field(
        300, ge=1, le=86_400, description="Most that `iat` may differ from our clock."
    )


class PathSignature(Part):
    """Nothing is signed: the addresses themselves are secret (`path_secrets` of the options)."""

    kind: Literal["path"]


Signature = Annotated[
    HmacSignature | HeaderSignature | JwtSignature | PathSignature, Field(discriminator="kind")
]


def secret_names(signature: Signature) -> Sequence[str]:
    """Return the names of the secrets that a signature needs."""
    return () if isinstance(signature, PathSignature) else signature.secrets


def is_signed(
    raw: RawCallback, signature: Signature, secrets: Mapping[str, str], now: datetime
) -> bool:
    """Tell whether a callback carries the signature; nothing of it is read before.

    Args:
        raw: The request.
        signature: What is expected. A secret path was checked by the caller.
        secrets: By name; any of those that the signature names may have signed.
        now: The wall clock.
    """
    if isinstance(signature, PathSignature):
        return True
    given = raw.headers.get(signature.header, "")
    if not given.startswith(signature.prefix) or not given.isascii() or len(given) > _LONGEST:
        return False
    given = given[len(signature.prefix) :]
    signed = _signed(raw, signature, now) if isinstance(signature, HmacSignature) else raw.body
    if signed is None:
        return False
    matched = False
    for name in signature.secrets:  # all of them, so that time tells nothing
        matched |= _matches(signature, secrets[name].encode(), signed, given, now)
    return matched


def _matches(
    signature: HeaderSignature | HmacSignature | JwtSignature,
    key: bytes,
    signed: bytes,
    given: str,
    now: datetime,
) -> bool:
    match signature:
        case HeaderSignature():
            return hmac.compare_digest(key, given.encode())
        case HmacSignature():
            return _is_hmac(signature, key, signed, given)
        case JwtSignature():
            return _is_token(signature, key, given, signed, now)


def _signed(raw: RawCallback, signature: HmacSignature, now: datetime) -> bytes | None:
    """Return what must have been signed; None if its time is none, or too far away."""
    stamp = signature.timestamp
    if stamp is None:
        return raw.body
    text = raw.headers.get(stamp.header, "")
    if not text.isascii() or not _is_near(text, now, stamp.tolerance_seconds):
        return None
    return f"{text}{stamp.separator}".encode() + raw.body


def _is_hmac(signature: HmacSignature, key: bytes, signed: bytes, given: str) -> bool:
    digest = hmac.new(key, signed, _DIGESTS[signature.algorithm]).digest()
    if signature.encoding == "hex":
        return hmac.compare_digest(digest.hex(), given.lower())
    return hmac.compare_digest(base64.b64encode(digest).decode(), given)


def _is_token(signature: JwtSignature, key: bytes, token: str, body: bytes, now: datetime) -> bool:
    parts = token.split(".")
    if len(parts) != 3:
        return False
    head, claims = _json(parts[0]), _json(parts[1])
    # Only this algorithm, whatever the token itself would like to be checked by.
    if head.get("alg") != "HS256":
        return False
    digest = hmac.new(key, f"{parts[0]}.{parts[1]}".encode(), sha256).digest()
    if not hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), parts[2]):
        return False
    told = claims.get(signature.payload_hash)
    near = _is_near(str(claims.get("iat", "")), now, signature.tolerance_seconds)
    expires = claims.get("exp")
    lapsed = expires is not None and not _is_after(str(expires), now)
    body_hash = sha256(body).hexdigest()
    return isinstance(told, str) and hmac.compare_digest(
        told.lower().encode(), body_hash.encode()
    ) and near and not lapsed  # fmt: skip


def _json(part: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(text: str) -> datetime | None:
    if not text.isdigit() or len(text) > 14:
        return None
    seconds = int(text)
    return datetime.fromtimestamp(
        seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, UTC
    )  # fmt: skip


def _is_near(text: str, now: datetime, seconds: int) -> bool:
    moment = _moment(text)
    return moment is not None and abs(moment - now) <= timedelta(seconds=seconds)


def _is_after(text: str, now: datetime) -> bool:
    moment = _moment(text)
    return moment is not None and moment > now
