"""Signing in and out: passwords by argon2id, sessions in Redis, every use on record.

A session is an unguessable cookie; Redis knows its hash and whose it is. Roles are read from the
database with each request, so what is taken from somebody is gone at once; a changed password ends
every session. Redis away means nobody is signed in: pages refuse, contacts go on.
"""

import asyncio
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from secrets import token_urlsafe
from typing import Any, Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from outreach.domain.operators import Operator
from outreach.domain.records import dataclass
from outreach.store import operators as store
from outreach.store.pool import Pool

IDLE_SECONDS: Final = 3600
"""A session that isn't used for so long ends."""
LONGEST_SECONDS: Final = 12 * 3600
"""A session ends after so long however much it is used."""
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
MOST_TRIES: Final = 10
"""Wrong passwords of a login, or from an address, within fifteen minutes; more are refused."""
TRY_SECONDS: Final = 900

_KEY: Final = "outreach:session:"
_TRIES: Final = "outreach:sign-in:"
_HASHER: Final = PasswordHasher()
# What a password is compared with where there is no such account: it takes as long.
_NOBODY: Final = _HASHER.hash(token_urlsafe())


class SignInError(Exception):
    """Nobody was signed in; `reason` is `wrong` or `too_many`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WeakPasswordError(ValueError):
    """A password is too short, too long, or says the login."""


@dataclass(frozen=True, slots=True)
class Session:
    """A visitor's session: who it is, and what their forms carry so that no other site can post."""

    operator: Operator
    form_token: str

    def is_own_form(self, given: str) -> bool:
        """Whether a form was made for this session, in constant time."""
        return compare_digest(self.form_token.encode(), given.encode())

    def is_only(self, role: str) -> bool:
        """Whether this is their one role, for every lender: how a development page is looked at."""
        return all(own == {role} for own in self.operator.roles.values())


class _Kept(msgspec.Struct):
    """What Redis keeps of a session."""

    login: str
    generation: int
    ends_at: float
    hint: str = ""
    """ID token of whoever signed in elsewhere: it signs them out there."""


def check_password(password: str, login: str) -> None:
    """Refuse a password that guessing finds.

    Raises:
        WeakPasswordError: It says what to change.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        message = f"use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise WeakPasswordError(message)
    if login.casefold() in password.casefold() or len(set(password)) < SHORTEST_PASSWORD // 2:
        message = "use a password that isn't the login and doesn't repeat a few characters"
        raise WeakPasswordError(message)


def hash_password(password: str) -> str:
    """Return the argon2id hash to keep; takes about 50 ms of a core."""
    return _HASHER.hash(password)


class Doorkeeper:
    """Signs people in and out.

    Args:
        db: Accounts.
        redis: Sessions and counts of wrong passwords.
    """

    def __init__(self, db: Pool, redis: Any) -> None:
        self._db = db
        self._redis = redis

    async def sign_in(self, login: str, password: str, *, address: str, wall_now: datetime) -> str:
        """Return the cookie of a new session.

        Raises:
            SignInError: Wrong login or password, no account of ours, disabled; or too many tries.
            RedisError: Redis is away.
        """
        login = login.strip().casefold()[:LONGEST_PASSWORD]
        counters = [f"{_TRIES}login:{_hashed(login)}", f"{_TRIES}from:{_hashed(address)}"]
        if any(int(count or 0) >= MOST_TRIES for count in await self._redis.mget(counters)):
            raise SignInError("too_many")
        # Counted before it is looked at: guesses that come together don't slip past one another.
        async with self._redis.pipeline() as counting:
            for counter in counters:
                counting.incr(counter)
                counting.expire(counter, TRY_SECONDS)
            counts = (await counting.execute())[::2]
        if max(counts) > MOST_TRIES:
            raise SignInError("too_many")
        async with self._db.acquire() as conn:
            account = await store.find_account(conn, login)
        kept = account.password_hash if account else None
        right = await asyncio.to_thread(is_password, kept, password[:LONGEST_PASSWORD])
        if account is None or not right or account.operator.disabled:
            await self.record(login, "sign_in_refused", address, tenant="", wall_now=wall_now)
            raise SignInError("wrong")
        await self._redis.delete(counters[0])
        await self._redis.decr(counters[1])
        return await self.admit(account.operator, address=address, wall_now=wall_now)

    async def admit(
        self, operator: Operator, *, address: str, wall_now: datetime, hint: str = ""
    ) -> str:
        """Return the cookie of a new session for somebody who has proved who they are.

        Args:
            operator: Not disabled.
            address: Where they come from, for the record.
            wall_now: Wall time.
            hint: ID token, where another system has vouched for them.

        Raises:
            RedisError: Redis is away.
        """
        cookie = token_urlsafe(32)
        ends_at = wall_now.timestamp() + LONGEST_SECONDS
        kept = _Kept(operator.login, operator.generation, ends_at, hint)
        await self._redis.set(_KEY + _hashed(cookie), msgspec.json.encode(kept), ex=IDLE_SECONDS)
        await self.record(operator.login, "signed_in", address, tenant="", wall_now=wall_now)
        return cookie

    async def find(
        self, cookie: str, *, wall_now: datetime, is_used: bool = True
    ) -> Session | None:
        """Return the session of a cookie, or None where it has ended or never was.

        Args:
            cookie: Of the request.
            wall_now: Wall time.
            is_used: Whether somebody does something: an hour without it ends the session.

        Raises:
            RedisError: Redis is away.
        """
        key = _KEY + _hashed(cookie)
        raw = await self._redis.get(key)
        if raw is None:
            return None
        kept = msgspec.json.decode(raw, type=_Kept)
        async with self._db.acquire() as conn:
            account = await store.find_account(conn, kept.login)
        if (
            account is None
            or account.operator.disabled
            or account.operator.generation != kept.generation
            or kept.ends_at <= wall_now.timestamp()
        ):
            await self._redis.delete(key)
            return None
        if is_used:
            await self._redis.expire(key, IDLE_SECONDS)
        return Session(account.operator, form_token_of(cookie))

    async def sign_out(self, cookie: str) -> str:
        """End a session; returns its hint, with which another system ends its own.

        Raises:
            RedisError: Redis is away.
        """
        raw = await self._redis.getdel(_KEY + _hashed(cookie))
        return "" if raw is None else msgspec.json.decode(raw, type=_Kept).hint

    async def record(
        self, login: str, action: str, subject: str, *, tenant: str, wall_now: datetime
    ) -> None:
        """Keep what somebody did."""
        async with self._db.acquire() as conn:
            await store.keep_action(conn, login, action, subject, tenant=tenant, at=wall_now)


def form_token_of(cookie: str) -> str:
    """Return what the forms of a cookie's session carry."""
    return hmac_digest(cookie.encode(), b"form", "sha256").hex()


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def is_password(kept: str | None, password: str) -> bool:
    """Whether a password is the one kept; as slow where none is."""
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None
