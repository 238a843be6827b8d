"""Keys of machines: their rows, by the part that is no secret."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from outreach.domain.api_keys import ApiKey, KeyMode, Scope
from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_API_KEY: Final = """
    SELECT key_id, tenant_id, name, prefix, scopes, mode, created_by, created_at, last_used_at,
           expires_at, revoked_at, secret_hash
      FROM api_keys
     WHERE prefix = $1
"""
SQL_API_KEYS: Final = """
    SELECT key_id, tenant_id, name, prefix, scopes, mode, created_by, created_at, last_used_at,
           expires_at, revoked_at
      FROM api_keys
     WHERE tenant_id = ANY($1::text[])
  ORDER BY tenant_id, revoked_at IS NOT NULL, key_id DESC
     LIMIT $2
"""
SQL_ADD_API_KEY: Final = """
    INSERT INTO api_keys
           (tenant_id, name, prefix, secret_hash, scopes, mode, created_by, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
SQL_REVOKE_API_KEY: Final = """
    UPDATE api_keys
       SET revoked_at = $3, revoked_by = $4
     WHERE prefix = $1 AND tenant_id = ANY($2::text[]) AND revoked_at IS NULL
    RETURNING key_id
"""
# Rotation leaves the old key a while, so that machines can be told of the new one.
SQL_EXPIRE_API_KEY: Final = """
    UPDATE api_keys
       SET expires_at = LEAST(COALESCE(expires_at, $2), $2)
     WHERE prefix = $1 AND revoked_at IS NULL
    RETURNING key_id
"""
SQL_USED_API_KEY: Final = """
    UPDATE api_keys
       SET last_used_at = $2
     WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at < $2)
"""
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key with what its secret is compared with."""

    key: ApiKey
    secret_hash: bytes

    def __repr__(self) -> str:
        return f"<KeptKey {self.key.prefix}>"


async def find_key(conn: Connection, prefix: str) -> KeptKey | None:
    """Return a key, expired and revoked ones as well; None if there is none."""
    row = await conn.fetchrow(SQL_API_KEY, prefix)
    return None if row is None else KeptKey(_key(row), row["secret_hash"])


async def list_keys(conn: Connection, tenants: Sequence[str]) -> list[ApiKey]:
    """Return the keys of lenders, newest first, revoked ones last; five hundred at most."""
    return [_key(row) for row in await conn.fetch(SQL_API_KEYS, list(tenants), _MOST)]


async def add_key(conn: Connection, key: ApiKey, secret_hash: bytes) -> None:
    """Add a key; its `key_id` is made by the database.

    Raises:
        asyncpg.UniqueViolationError: The prefix is taken.
    """
    await conn.execute(
        SQL_ADD_API_KEY,
        key.tenant,
        key.name,
        key.prefix,
        secret_hash,
        sorted(key.scopes),
        key.mode,
        key.created_by,
        key.created_at,
        key.expires_at,
    )


async def revoke_key(
    conn: Connection, prefix: str, tenants: Sequence[str], *, by: str, at: datetime
) -> bool:
    """Take a key of one of these lenders back; False if none is in force."""
    return await conn.fetchval(SQL_REVOKE_API_KEY, prefix, list(tenants), at, by) is not None


async def expire_key(conn: Connection, prefix: str, at: datetime) -> bool:
    """Let a key end at an instant, or earlier if it would anyway; False if none is in force."""
    return await conn.fetchval(SQL_EXPIRE_API_KEY, prefix, at) is not None


async def note_use(conn: Connection, key_id: int, hour: datetime) -> None:
    """Keep the hour in which a key was used."""
    await conn.execute(SQL_USED_API_KEY, key_id, hour)


def _key(row: Any) -> ApiKey:
    return ApiKey(
        row["key_id"],
        row["tenant_id"],
        row["name"],
        row["prefix"],
        frozenset(Scope(one) for one in row["scopes"] if one in set(Scope)),
        KeyMode(row["mode"]),
        row["created_by"],
        row["created_at"],
        row["last_used_at"],
        row["expires_at"],
        row["revoked_at"],
    )
