"""What somebody looked for, kept out of addresses: an id stands for it, for its owner, for a while.

Phone numbers, e-mail addresses and references are personal data, and addresses of pages end up in
histories and logs. A form is posted, its words are kept sealed in Redis, and the page that follows
is named by an id that means nothing to anybody else.
"""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

import msgspec
from arq.connections import ArqRedis
from cryptography.exceptions import InvalidTag

from outreach.domain.operators import Operator
from outreach.store.vault import PersonKey, Vault

LASTS_SECONDS: Final = 900
"""How long an id stands for what was looked for."""
_LONGEST_ID: Final = 64
_KEY: Final = "outreach:search:"


class PrivateSearch:
    """Keeps and finds what was looked for.

    Args:
        redis: Where it waits; Redis away means that nothing can be looked for.
        vault: Seals it: Redis never sees a number.
        page: Whose it is; an id of one page says nothing to another.
    """

    def __init__(self, redis: ArqRedis, vault: Vault, page: str) -> None:
        self._redis = redis
        self._key = PersonKey(vault.signing_key(f"private search {page}"), b"")

    async def keep(
        self, owner: Operator, said: Mapping[str, str], *, seconds: int = LASTS_SECONDS
    ) -> str:
        """Keep the fields of a form for a while; returns the id for the address.

        Raises:
            redis.exceptions.RedisError: Redis is away.
        """
        name = token_urlsafe(12)
        sealed = self._key.encrypt(msgspec.json.encode(dict(said)), _aad(owner))
        await self._redis.set(_place(name), sealed, ex=seconds)
        return name

    async def find(
        self, owner: Operator, name: str, *, once: bool = False
    ) -> Mapping[str, str] | None:
        """Return what an id stands for; None once it has lapsed, or if it is somebody else's.

        Args:
            owner: Who asks.
            name: The id.
            once: Forget it with that: a secret is shown a single time.

        Raises:
            redis.exceptions.RedisError: Redis is away.
        """
        if not name or len(name) > _LONGEST_ID:
            return None
        ask = self._redis.getdel if once else self._redis.get
        sealed = await ask(_place(name))
        if sealed is None:
            return None
        try:
            plain = self._key.decrypt(sealed, _aad(owner))
        except InvalidTag:
            return None
        return msgspec.json.decode(plain, type=dict[str, str])


def _place(name: str) -> str:
    return _KEY + sha256(name.encode()).hexdigest()


def _aad(owner: Operator) -> bytes:
    return b"search:%d:" % owner.operator_id + owner.login.encode()
