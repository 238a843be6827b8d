"""Tokens in addresses: which contact or order they name and when they lapse, kept nowhere."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import field
from datetime import datetime
from hashlib import sha256
from typing import Final

from outreach.domain.contacts import parse_attempt_id
from outreach.domain.records import dataclass

_SIGNED_BYTES: Final = 16
_LONGEST: Final = 128


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads tokens of one use.

    Attributes:
        key: The same in every process; never shown.
        use: What the tokens are for: one of another use isn't read.
    """

    key: bytes = field(repr=False)
    use: bytes

    def issue(self, ref: str, lapses: datetime) -> str:
        """Return the token of a public id, good until an instant."""
        named = f"{ref}.{int(lapses.timestamp()):x}"
        return f"{named}.{self._signature(named)}"

    def read(self, token: str, now: datetime) -> str | None:
        """Return the public id that a token names; None if it isn't ours, or has lapsed."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        named, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(named), signature):
            return None
        ref, _, lapses = named.partition(".")
        if parse_attempt_id(ref) is None or int(lapses, 16) <= now.timestamp():
            return None
        return ref

    def _signature(self, named: str) -> str:
        digest = hmac.digest(self.key, self.use + b":" + named.encode(), sha256)
        return urlsafe_b64encode(digest[:_SIGNED_BYTES]).rstrip(b"=").decode()
