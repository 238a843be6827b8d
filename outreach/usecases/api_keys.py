"""Make, check, rotate and take back the keys of machines.

A secret is 256 random bits: SHA-256 is enough to keep it by, and it is compared in constant time.
What was looked up is believed for a second, so that a revoked key is refused within one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_hex, token_urlsafe
from typing import Final

from outreach.domain.api_keys import ApiKey, KeyMode, Scope, parse_token, token_of
from outreach.domain.records import dataclass
from outreach.store import api_keys as store
from outreach.store.api_keys import KeptKey
from outreach.store.operators import keep_action
from outreach.store.pool import Connection, Pool

LONGEST_NAME: Final = 80
BELIEVED: Final = timedelta(seconds=1)
"""How long a key that was looked up is taken to be still so."""
OVERLAP: Final = timedelta(days=1)
"""How long the old one goes on working beside its successor, unless told otherwise."""
_MOST_REMEMBERED: Final = 1_000
_PREFIX_BYTES: Final = 5
_NOBODY: Final = sha256(token_urlsafe().encode()).digest()


class KeyUnknownError(Exception):
    """There is no such key in force; the argument is its prefix."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with the secret that is shown this once."""

    key: ApiKey
    token: str

    def __repr__(self) -> str:
        return f"<NewKey {self.key.prefix}>"


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when (wall time)."""

    login: str
    at: datetime


async def make_key(
    conn: Connection,
    tenant: str,
    name: str,
    scopes: Iterable[Scope],
    *,
    mode: KeyMode,
    expires_at: datetime | None,
    by: By,
) -> NewKey:
    """Make a key and return its secret, which nobody can read again.

    Raises:
        ValueError: No name, a name that is too long, or no scope; it says which.
    """
    name, granted = name.strip(), frozenset(scopes)
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"give a name of at most {LONGEST_NAME} characters: whose key it is")
    if not granted:
        raise ValueError(f"give at least one scope of {', '.join(Scope)}")
    if expires_at is not None and expires_at <= by.at:
        raise ValueError("it would have expired already")
    prefix, secret = token_hex(_PREFIX_BYTES), token_urlsafe(32)
    key = ApiKey(0, tenant, name, prefix, granted, mode, by.login, by.at, expires_at=expires_at)
    await store.add_key(conn, key, _hashed(secret))
    await keep_action(conn, by.login, "key_made", prefix, tenant=tenant, at=by.at)
    return NewKey(key, token_of(mode, prefix, secret))


async def revoke_key(conn: Connection, prefix: str, tenants: Sequence[str], *, by: By) -> None:
    """Take a key back; it is refused within a second.

    Raises:
        KeyUnknownError: None of these lenders has such a key in force.
    """
    kept = await store.find_key(conn, prefix)
    if kept is None or not await store.revoke_key(conn, prefix, tenants, by=by.login, at=by.at):
        raise KeyUnknownError(prefix)
    await keep_action(conn, by.login, "key_revoked", prefix, tenant=kept.key.tenant, at=by.at)


async def rotate_key(
    conn: Connection,
    prefix: str,
    tenants: Sequence[str],
    *,
    by: By,
    overlap: timedelta = OVERLAP,
) -> NewKey:
    """Make a successor with the same name, scopes and mode; the old key ends after the overlap.

    Raises:
        KeyUnknownError: None of these lenders has such a key in force.
    """
    kept = await store.find_key(conn, prefix)
    if kept is None or kept.key.tenant not in tenants or not kept.key.is_good(by.at):
        raise KeyUnknownError(prefix)
    old = kept.key
    span = None if old.expires_at is None else by.at + (old.expires_at - old.created_at)
    made = await make_key(
        conn, old.tenant, old.name, old.scopes, mode=old.mode, expires_at=span, by=by
    )
    await store.expire_key(conn, prefix, by.at + overlap)
    await keep_action(conn, by.login, "key_rotated", prefix, tenant=old.tenant, at=by.at)
    return made


class Keys:
    """Knows the keys that are used just now.

    Args:
        db: Where keys are kept; read at most once a second for each.
    """

    def __init__(self, db: Pool) -> None:
        self._db = db
        self._known: dict[str, tuple[datetime, KeptKey]] = {}

    async def find(self, token: str, *, wall_now: datetime) -> ApiKey | None:
        """Return the key of a token in force; None for a wrong, expired or revoked one."""
        parts = parse_token(token)
        if parts is None:
            return None
        prefix, secret = parts
        kept = await self._kept(prefix, wall_now)
        is_right = compare_digest(kept.secret_hash if kept else _NOBODY, _hashed(secret))
        if kept is None or not is_right or not kept.key.is_good(wall_now):
            return None
        return kept.key

    async def _kept(self, prefix: str, wall_now: datetime) -> KeptKey | None:
        at, kept = self._known.get(prefix, (None, None))
        if at is not None and at <= wall_now < at + BELIEVED:
            return kept
        hour = wall_now.replace(minute=0, second=0, microsecond=0)
        async with self._db.acquire() as conn:
            kept = await store.find_key(conn, prefix)
            if kept is None:
                self._known.pop(prefix, None)
                return None
            used = kept.key.last_used_at
            if kept.key.is_good(wall_now) and (used is None or used < hour):
                await store.note_use(conn, kept.key.key_id, hour)
                kept = replace(kept, key=replace(kept.key, last_used_at=hour))
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[prefix] = (wall_now, kept)
        return kept


def _hashed(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
