"""Signing in with the word of another system: what is remembered on the way, and whose account.

A sign-in that was begun is kept in Redis for ten minutes under its unguessable state, and given
back once: an answer that is replayed, or that comes to another browser, finds nothing.
"""

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, Final

import msgspec

from outreach.domain.operators import Operator
from outreach.domain.records import dataclass
from outreach.domain.vouching import Vouched
from outreach.store import operators as store
from outreach.store.operators import Account
from outreach.store.pool import Connection, Pool

PENDING_SECONDS: Final = 600
"""Somebody who takes longer begins again."""
_KEY: Final = "outreach:vouching:"
_LONGEST_STATE: Final = 200


class NotAdmittedError(Exception):
    """Somebody is who they say, and doesn't get in: `no_role`, `disabled`, `no_login`, `taken`."""

    def __init__(self, reason: str, login: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.login = login


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun: what goes to the provider, and what stays with the browser."""

    state: str
    nonce: str
    challenge: str
    binding: str

    def __repr__(self) -> str:
        return "<Begun>"


class Pending(msgspec.Struct):
    """What Redis keeps of it."""

    nonce: str
    verifier: str
    following: str
    bound: str


class Vouching:
    """Signs people in by the word of a provider.

    Args:
        db: Accounts.
        redis: Sign-ins under way.
    """

    def __init__(self, db: Pool, redis: Any) -> None:
        self._db = db
        self._redis = redis

    async def begin(self, following: str) -> Begun:
        """Begin a sign-in that goes on to an address of ours.

        Raises:
            RedisError: Redis is away.
        """
        state, nonce, verifier = token_urlsafe(32), token_urlsafe(32), token_urlsafe(48)
        binding = token_urlsafe(32)
        pending = Pending(nonce, verifier, following, _hashed(binding))
        await self._redis.set(
            _KEY + _hashed(state), msgspec.json.encode(pending), ex=PENDING_SECONDS
        )
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return Begun(state, nonce, challenge, binding)

    async def resume(self, state: str, binding: str) -> Pending | None:
        """Return what was begun, once; None for another browser's, one that is over, or none.

        Raises:
            RedisError: Redis is away.
        """
        if not state or len(state) > _LONGEST_STATE:
            return None
        raw = await self._redis.getdel(_KEY + _hashed(state))
        if raw is None:
            return None
        pending = msgspec.json.decode(raw, type=Pending)
        return pending if compare_digest(pending.bound, _hashed(binding)) else None

    async def account_of(self, told: Vouched, *, wall_now: datetime) -> Operator:
        """Return the account of somebody who was vouched for, made if they are new.

        Roles are what the provider says now, whatever they were before.

        Raises:
            NotAdmittedError: Why they don't get in.
        """
        async with self._db.acquire() as conn, conn.transaction():
            found = await store.find_vouched(conn, told.issuer, told.subject)
            if found is None and told.roles:
                found = await _make(conn, told, wall_now)
            if found is not None:
                operator = found.operator
                await store.set_roles(conn, operator.operator_id, told.roles)
                await store.rename(conn, operator.operator_id, told.name)
        if found is None or not told.roles:
            raise NotAdmittedError("no_role", found.operator.login if found else told.login)
        if found.operator.disabled:
            raise NotAdmittedError("disabled", found.operator.login)
        return found.operator


async def _make(conn: Connection, told: Vouched, wall_now: datetime) -> Account:
    """Make an account without a password, or take the one that waits for its owner.

    An account with a password, or with another's word, is never taken over by its name alone.
    """
    if not told.login:
        raise NotAdmittedError("no_login", told.subject)
    await store.add_account(conn, told.login, told.name, None, at=wall_now)
    if not await store.vouch(conn, told.login, told.issuer, told.subject, told.name):
        raise NotAdmittedError("taken", told.login)
    found = await store.find_vouched(conn, told.issuer, told.subject)
    assert found is not None  # noqa: S101 - it was just written
    return found


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()
