"""The connection pool, and how a reader borrows a connection for one lender."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg
import msgspec

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = (
        asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    )
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

SQL_AS_TENANT: Final = "SELECT set_config('outreach.tenant', $1, true)"
SQL_AS_READER: Final = "SET LOCAL ROLE outreach_reader"


async def open_pool(database_url: str, *, size: int = 10) -> Pool:
    """Open a pool; each connection speaks JSON as Python objects and gives up after 30 s."""
    return await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=size,
        init=_prepare,
        reset=_leave,
        command_timeout=30,
        server_settings={"application_name": "outreach", "timezone": "UTC", "jit": "off"},
    )


async def _prepare(conn: Any) -> None:
    await conn.set_type_codec(
        "jsonb",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
        schema="pg_catalog",
    )


async def _leave(_: Any) -> None:
    """Reset nothing on release: sessions are changed by SET LOCAL alone, and it costs a trip."""


@asynccontextmanager
async def reading_as(pool: Pool, tenant: str) -> AsyncIterator[Connection]:
    """Borrow a read-only connection that sees this lender's rows alone (row-level security)."""
    async with pool.acquire() as conn, conn.transaction(readonly=True):
        await conn.execute(SQL_AS_READER)
        await conn.execute(SQL_AS_TENANT, tenant)
        yield conn
