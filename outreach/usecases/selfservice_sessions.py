"""Sessions of a self-service page: a signed cookie, read without the database.

It says for which loan, whether the digits were right, and until when. The forms of a session carry
a token made from its cookie, so that no other site can post them.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from secrets import token_hex
from typing import Final

from outreach.domain.records import dataclass

_PARTS: Final = 6
_MAC_BYTES: Final = 16
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Session:
    """One visitor's session about one loan; `ends_at` is wall time to the second."""

    person_id: int
    loan_id: int
    passed: bool
    ends_at: datetime
    nonce: str

    def is_about(self, person_id: int, loan_id: int) -> bool:
        """Say whether it is about a loan."""
        return (self.person_id, self.loan_id) == (person_id, loan_id)


def begin(
    person_id: int, loan_id: int, *, passed: bool, life: timedelta, wall_now: datetime
) -> Session:
    """Return a new session, never one that a visitor brought along."""
    ends_at = (wall_now + life).replace(microsecond=0)
    return Session(person_id, loan_id, passed, ends_at, token_hex(8))


def seal(key: bytes, session: Session) -> str:
    """Return the cookie of a session."""
    said = (
        f"{session.person_id}.{session.loan_id}.{int(session.passed)}."
        f"{int(session.ends_at.timestamp())}.{session.nonce}"
    )
    return f"{said}.{_mac(key, 'session', said)}"


def unseal(key: bytes, cookie: str, wall_now: datetime) -> Session | None:
    """Return the session of a cookie; None if we didn't make it, or it has ended."""
    parts = cookie.split(".") if len(cookie) <= _LONGEST else []
    if len(parts) != _PARTS:
        return None
    said, _, mac = cookie.rpartition(".")
    if not compare_digest(_mac(key, "session", said).encode(), mac.encode()):
        return None
    person_id, loan_id, passed, ends, nonce, _ = parts
    ends_at = datetime.fromtimestamp(int(ends), UTC)
    if wall_now >= ends_at:
        return None
    return Session(int(person_id), int(loan_id), passed == "1", ends_at, nonce)


def form_token(key: bytes, cookie: str) -> str:
    """Return what the forms of a session carry."""
    return _mac(key, "form", cookie)


def is_form_token(key: bytes, cookie: str, given: str) -> bool:
    """Say whether a form was made for this session, in constant time."""
    return compare_digest(form_token(key, cookie).encode(), given.encode())


def _mac(key: bytes, use: str, said: str) -> str:
    return hmac_digest(key, f"{use}\x1f{said}".encode(), sha256)[:_MAC_BYTES].hex()
