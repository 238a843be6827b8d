"""A reader of one lender never sees another's rows, in any table; without a lender it sees none."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from outreach.store.pool import SQL_AS_READER, Pool, open_pool, reading_as

LENDERS: Final = ("acme", "harbor")
NOW: Final = datetime(2026, 11, 23, 9, tzinfo=UTC)

# Every table with a lender in it, partitions left out: nobody names them.
SQL_TABLES: Final = """
    SELECT c.relname
      FROM pg_class AS c
           JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relnamespace = 'public'::regnamespace
  ORDER BY c.relname
"""
SQL_OTHERS: Final = """
    SELECT c.relname
      FROM pg_class AS c
     WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = 'public'::regnamespace
       AND (c.relispartition
            OR NOT EXISTS (SELECT FROM pg_attribute AS a
                            WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
  ORDER BY c.relname
"""
SQL_COLUMNS: Final = """
    SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type
      FROM pg_attribute AS a
     WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
  ORDER BY a.attnum
"""
# Columns whose values are checked.
_CHOSEN: Final = {
    "kind": "loan",
    "medium": "phone",
    "status": "granted",
    "direction": "out",
    "scope": "sender",
    "role": "admin",
    "because": "asked",
    "mode": "live",
}
# What a reader may see that belongs to no lender: the clock, and the checkpoints' hashes.
_OPEN: Final = {"business_clock", "seals"}


def a_value(name: str, kind: str, lender: str) -> Any:
    """Return something that a column takes, another one for each lender where it may be a key."""
    number = LENDERS.index(lender) + 1
    if name == "tenant_id":
        return lender
    values: dict[str, Any] = {
        "text": _CHOSEN.get(name, f"{name}-{number}"),
        "bytea": bytes([number]) * 16,
        "bytea[]": [bytes([number]) * 16],
        "bigint": number,
        "integer": number,
        "smallint": number,
        "bigint[]": [number],
        "text[]": [],
        "boolean": False,
        "uuid": UUID(int=number),
        "date": date(2026, 11, 23),
        "timestamp with time zone": NOW,
        "jsonb": {},
        "double precision": 1.0,
    }
    return values[kind]


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Yield a database in which each lender has a row in every table."""
    pool = await open_pool(database_url, size=2)
    async with pool.acquire() as conn:
        for table in await tables(conn):
            columns = await conn.fetch(SQL_COLUMNS, table)
            names = ", ".join(f'"{row["name"]}"' for row in columns)
            marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
            for lender in LENDERS:
                values = [a_value(row["name"], row["type"], lender) for row in columns]
                await conn.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', *values)
    yield pool
    await pool.close()


async def tables(conn: Any) -> list[str]:
    """Return the tables that hold lenders' rows."""
    return [row["relname"] for row in await conn.fetch(SQL_TABLES)]


async def test_a_reader_sees_its_own_lenders_rows_alone_in_every_table(pool: Pool) -> None:
    seen = 0
    for lender in LENDERS:
        async with reading_as(pool, lender) as conn:
            for table in await tables(conn):
                found = await conn.fetch(f'SELECT DISTINCT tenant_id FROM "{table}"')
                assert [row["tenant_id"] for row in found] == [lender], table
                seen += 1
    assert seen >= 2 * 20


async def test_without_a_lender_a_reader_sees_nothing(pool: Pool) -> None:
    async with pool.acquire() as conn, conn.transaction(readonly=True):
        await conn.execute(SQL_AS_READER)
        for table in await tables(conn):
            assert await conn.fetch(f'SELECT 1 FROM "{table}"') == [], table


async def test_asking_for_another_lenders_rows_by_name_finds_none(pool: Pool) -> None:
    async with reading_as(pool, "acme") as conn:
        for table in await tables(conn):
            found = await conn.fetch(f"SELECT 1 FROM \"{table}\" WHERE tenant_id = 'harbor'")
            assert found == [], table


async def test_the_lender_is_forgotten_with_the_readers_transaction(pool: Pool) -> None:
    async with reading_as(pool, "acme") as conn:
        assert await conn.fetchval("SELECT count(*) FROM persons") == 1
    async with pool.acquire() as conn, conn.transaction(readonly=True):
        await conn.execute(SQL_AS_READER)
        assert await conn.fetchval("SELECT count(*) FROM persons") == 0


async def test_partitions_and_tables_of_no_lender_are_closed_to_readers(pool: Pool) -> None:
    async with pool.acquire() as conn:
        others = [row["relname"] for row in await conn.fetch(SQL_OTHERS)]
    readable = set()
    for table in others:
        async with pool.acquire() as conn, conn.transaction(readonly=True):
            await conn.execute(SQL_AS_READER)
            try:
                await conn.fetch(f'SELECT 1 FROM "{table}" LIMIT 1')
            except asyncpg.InsufficientPrivilegeError:
                continue
            readable.add(table)
    assert readable == _OPEN
    assert len(others) > len(_OPEN)


async def test_a_reader_writes_nowhere(pool: Pool) -> None:
    async with pool.acquire() as conn:
        names = await tables(conn)
    for table in names:
        for statement in (f'DELETE FROM "{table}"', f'UPDATE "{table}" SET tenant_id = tenant_id'):
            async with pool.acquire() as conn:
                transaction = conn.transaction()
                await transaction.start()
                await conn.execute(SQL_AS_READER)
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await conn.execute(statement)
                await transaction.rollback()
