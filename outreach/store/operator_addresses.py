"""Operators' own numbers and e-mail addresses, sealed, and what was sent to them."""

from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from outreach.domain.vocabulary import Channel
from outreach.store.pool import Connection

SQL_ADDRESSES: Final = """
    SELECT address_id, login, channel, address, code_hash, code_ends_at, tries, verified_at
      FROM operator_addresses
     WHERE login = $1
  ORDER BY address_id
"""
SQL_ADDRESS: Final = """
    SELECT address_id, login, channel, address, code_hash, code_ends_at, tries, verified_at
      FROM operator_addresses
     WHERE login = $1 AND address_id = $2
       FOR UPDATE
"""
SQL_ADD_ADDRESS: Final = """
    INSERT INTO operator_addresses (login, channel, address, address_hmac)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (login, address_hmac) DO UPDATE SET channel = excluded.channel
    RETURNING address_id
"""
SQL_EXPECT_CODE: Final = """
    UPDATE operator_addresses
       SET code_hash = $3, code_ends_at = $4, tries = 0
     WHERE login = $1 AND address_id = $2
"""
SQL_COUNT_TRY: Final = """
    UPDATE operator_addresses SET tries = tries + 1 WHERE login = $1 AND address_id = $2
"""
SQL_VERIFY: Final = """
    UPDATE operator_addresses
       SET verified_at = $3, code_hash = NULL, code_ends_at = NULL, tries = 0
     WHERE login = $1 AND address_id = $2
"""
SQL_FORGET: Final = "DELETE FROM operator_addresses WHERE login = $1 AND address_id = $2"
SQL_KEEP_SEND: Final = """
    INSERT INTO operator_sends (tenant_id, login, what, template, at) VALUES ($1, $2, $3, $4, $5)
"""
SQL_SENDS_SINCE: Final = """
    SELECT count(*) FROM operator_sends WHERE login = $1 AND what = $2 AND at > $3
"""
# One login's sends are counted and added to by one at a time.
SQL_LOCK_SENDS: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 24))"


class SealedAddress(NamedTuple):
    """An address as it is kept; the times are wall time."""

    address_id: int
    login: str
    channel: Channel
    address: bytes
    code_hash: bytes | None
    code_ends_at: datetime | None
    tries: int
    verified_at: datetime | None


async def list_addresses(conn: Connection, login: str) -> list[SealedAddress]:
    """Return an operator's own addresses."""
    return [_address(row) for row in await conn.fetch(SQL_ADDRESSES, login)]


async def lock_address(conn: Connection, login: str, address_id: int) -> SealedAddress | None:
    """Return one of them until the transaction ends; None if it isn't theirs."""
    row = await conn.fetchrow(SQL_ADDRESS, login, address_id)
    return None if row is None else _address(row)


async def add_address(
    conn: Connection, login: str, channel: Channel, sealed: bytes, hashed: bytes
) -> int:
    """Add an address, or find it; returns its id."""
    return int(await conn.fetchval(SQL_ADD_ADDRESS, login, channel, sealed, hashed))


async def expect_code(
    conn: Connection, login: str, address_id: int, hashed: bytes, *, until: datetime
) -> None:
    """Wait for a code, as its hash, until a wall time."""
    await conn.execute(SQL_EXPECT_CODE, login, address_id, hashed, until)


async def count_try(conn: Connection, login: str, address_id: int) -> None:
    """Count a code that was wrong."""
    await conn.execute(SQL_COUNT_TRY, login, address_id)


async def set_verified(conn: Connection, login: str, address_id: int, *, at: datetime) -> None:
    """Keep that the address is the operator's."""
    await conn.execute(SQL_VERIFY, login, address_id, at)


async def forget_address(conn: Connection, login: str, address_id: int) -> bool:
    """Remove an address; False if it isn't theirs."""
    return str(await conn.execute(SQL_FORGET, login, address_id)) != "DELETE 0"


async def keep_send(
    conn: Connection,
    tenant: str,
    login: str,
    what: Literal["code", "test"],
    template: str,
    *,
    at: datetime,
) -> None:
    """Keep that something is about to be sent to an operator."""
    await conn.execute(SQL_KEEP_SEND, tenant, login, what, template, at)


async def count_sends(
    conn: Connection, login: str, what: Literal["code", "test"], *, since: datetime
) -> int:
    """Count what was sent since a wall time; others wait until the caller's transaction ends."""
    await conn.execute(SQL_LOCK_SENDS, f"sends/{login}")
    return int(await conn.fetchval(SQL_SENDS_SINCE, login, what, since))


def _address(row: Any) -> SealedAddress:
    values = dict(row)
    values["channel"] = Channel(values["channel"])
    return SealedAddress(**values)
