"""Keys by which machines use the API: what each may do, for which lender, and until when."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass

MARK: Final = "ork"
"""What every key begins with, so that scanners for leaked secrets know it."""


class Scope(StrEnum):
    """What a key may do for its lender."""

    CONTACTS_READ = "contacts:read"
    """List contacts made, deferred and blocked, and read one with its verdicts."""
    BORROWERS_READ = "borrowers:read"
    """Read how a borrower's loans stand and what comes next."""
    BORROWERS_CHECK = "borrowers:check"
    """Ask whether a borrower may be contacted now."""


class KeyMode(StrEnum):
    """Which installations of a lender a key works in."""

    LIVE = "live"
    """In any mode of the lender."""
    TEST = "test"
    """As long as the lender rehearses: not once its mode is `live`."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed; the secret isn't in it.

    Attributes:
        key_id: Of its row.
        tenant: The one lender that it is for.
        name: Whose it is, for people.
        prefix: The part of it that is no secret.
        scopes: What it may do.
        mode: Live or test.
        created_by: Who made it.
        created_at: When.
        last_used_at: To the hour; None if never.
        expires_at: From when on it is refused; None: never.
        revoked_at: When it was taken back; None if it wasn't.
    """

    key_id: int
    tenant: str
    name: str
    prefix: str
    scopes: frozenset[Scope]
    mode: KeyMode
    created_by: str
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def login(self) -> str:
        """How the audit trail names it."""
        return f"key:{self.prefix}"

    def is_good(self, at: datetime) -> bool:
        """Whether it is neither revoked nor expired at an instant."""
        expired = self.expires_at is not None and at >= self.expires_at
        return self.revoked_at is None and not expired


def token_of(mode: KeyMode, prefix: str, secret: str) -> str:
    """Return a key as whoever uses it keeps it: `ork_live_<prefix>_<secret>`."""
    return f"{MARK}_{mode}_{prefix}_{secret}"


def parse_token(token: str) -> tuple[str, str] | None:
    """Return prefix and secret of a key, None for what can't be one; the secret may hold `_`."""
    mark, _, rest = token.partition("_")
    mode, _, rest = rest.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or mode not in set(KeyMode) or not prefix or not secret:
        return None
    return prefix, secret
