"""Callback addresses that only the vendor was told, for vendors that sign nothing.

`/providers/<name>/<kind>/<secret>`: the last part is a route's variable, so that the secret is in
no table of routes, and it is compared in constant time.
"""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr

from outreach.channels.provider import BadSignatureError, RawCallback

_SAFE: Final = re.compile(r"[A-Za-z0-9_-]{24,128}", re.ASCII)


def _unguessable(secret: SecretStr) -> SecretStr:
    if not _SAFE.fullmatch(secret.get_secret_value()):
        raise ValueError(
            "must have 24 to 128 letters, digits, `-`, `_`, such as `openssl rand -hex 24` prints"
        )
    return secret


PathSecret = Annotated[SecretStr, AfterValidator(_unguessable)]
PathSecrets = Annotated[
    tuple[PathSecret, ...],
    Field(
        min_length=1,
        max_length=2,
        description="Unguessable last part of the callback addresses, since the vendor signs"
        " nothing: `openssl rand -hex 24`. Two while one is being rotated.",
    ),
]


class SecretPaths:
    """The callback addresses of one account.

    Args:
        name: The provider's slug.
        kinds: Kinds of callbacks, one address each.
        secrets: Any of them opens; the first is the one that the vendor is given.
    """

    def __init__(self, name: str, kinds: Iterable[str], secrets: Sequence[SecretStr]) -> None:
        """See the class."""
        self._secrets = tuple(one.get_secret_value() for one in secrets)
        self._name = name
        self.paths: Mapping[str, str] = {
            f"/providers/{name}/{kind}/{{secret}}": kind for kind in kinds
        }

    def address(self, kind: str) -> str:
        """Return the path that the vendor is told."""
        return f"/providers/{self._name}/{kind}/{self._secrets[0]}"

    def verify(self, raw: RawCallback) -> None:
        """Let a callback pass that knew the address.

        Raises:
            BadSignatureError: It came to another one.
        """
        path = raw.path_qs.partition("?")[0]
        front, _, secret = path.rpartition("/")
        found = False
        for known in self._secrets:  # all of them, so that time tells nothing
            found |= hmac.compare_digest(known.encode(), secret.encode("utf-8", "replace"))
        if not found or front != f"/providers/{self._name}/{raw.kind}":
            raise BadSignatureError
