"""The shapes of secrets, and how a demo's are told from real ones."""

import base64
import binascii
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr

_SIGNING_PREFIX = "whsec_"
_DEMO_SIGNING = b"demo-only-"
_DEMO_TEXT = "demo-only-"
_SIGNING_BYTES = range(24, 65)  # Standard Webhooks: 192 to 512 bits
_PATH_LENGTH = range(24, 129)
_MASTER_BYTES = 32


def signing_key(secret: str) -> bytes:
    """Return the key inside a `whsec_…` secret.

    Raises:
        ValueError: Another prefix, no base64, or not 24 to 64 bytes.
    """
    if not secret.startswith(_SIGNING_PREFIX):
        raise ValueError(f"must start with `{_SIGNING_PREFIX}`")
    try:
        key = base64.b64decode(secret.removeprefix(_SIGNING_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"what follows `{_SIGNING_PREFIX}` isn't base64") from None
    if len(key) not in _SIGNING_BYTES:
        raise ValueError(f"holds {len(key)} bytes; 24 to 64 are allowed")
    return key


def master_key(text: str) -> bytes:
    """Return the 32 bytes of a master key written as base64 or as 64 hexadecimal digits.

    Raises:
        ValueError: It is neither.
    """
    text = text.strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        try:
            key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
        except binascii.Error:
            key = b""
    if len(key) != _MASTER_BYTES:
        raise ValueError("must be 32 bytes as base64, such as `openssl rand -base64 32` prints")
    return key


def make_master_key(path: Path) -> None:
    """Write a fresh key unless there is one; two processes at once get the same."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    with suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()


def is_demo(secret: SecretStr) -> bool:
    """Tell whether a secret says of itself that it is for demonstration."""
    text = secret.get_secret_value()
    if text.startswith(_DEMO_TEXT):
        return True
    try:
        return signing_key(text).startswith(_DEMO_SIGNING)
    except ValueError:
        return False


def _check_signing(secret: SecretStr) -> SecretStr:
    signing_key(secret.get_secret_value())
    return secret


def _check_path(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) not in _PATH_LENGTH:
        raise ValueError("must have 24 to 128 characters, such as `openssl rand -hex 24` prints")
    if not text.replace("-", "").replace("_", "").isalnum() or not text.isascii():
        raise ValueError("may hold letters, digits, `-`, `_` only, as a part of an address")
    return secret


def _check_master(secret: SecretStr) -> SecretStr:
    master_key(secret.get_secret_value())
    return secret


SigningSecret = Annotated[SecretStr, AfterValidator(_check_signing)]
PathSecret = Annotated[SecretStr, AfterValidator(_check_path)]
MasterKey = Annotated[SecretStr, AfterValidator(_check_master)]
