"""The schema comes forward once, in order, and never silently differs from what was shipped."""

import asyncio

import asyncpg
import pytest

from outreach.store.migrate import MigrationError, migrate, shipped


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in shipped()] == list(range(1, len(shipped()) + 1))


async def test_a_second_run_changes_nothing(database_url: str) -> None:
    assert await migrate(database_url) == []


async def test_two_migrators_at_once_do_not_get_in_each_others_way(database_url: str) -> None:
    done = await asyncio.gather(migrate(database_url), migrate(database_url))

    assert list(done) == [[], []]


async def test_an_edited_migration_is_named(database_url: str) -> None:
    conn = await asyncpg.connect(database_url)
    await conn.execute("UPDATE schema_migrations SET checksum = 'other' WHERE number = 3")
    await conn.close()

    with pytest.raises(MigrationError, match=r"0003_people\.sql was changed after"):
        await migrate(database_url)


async def test_a_database_of_a_newer_release_is_refused(database_url: str) -> None:
    conn = await asyncpg.connect(database_url)
    await conn.execute("INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 4)")
    await conn.close()

    with pytest.raises(MigrationError, match="migration 9999, which this release doesn't know"):
        await migrate(database_url)


async def test_every_table_about_a_lender_is_under_row_level_security(
    db: asyncpg.Connection,
) -> None:
    open_tables = await db.fetch(
        """SELECT c.relname FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT c.relrowsecurity"""
    )

    assert open_tables == []


async def test_every_table_about_a_person_has_the_person_in_its_key(
    db: asyncpg.Connection,
) -> None:
    tables = await db.fetch(
        """SELECT c.relname FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'person_id' AND a.attnotnull
            WHERE c.relkind = 'p'
              AND c.relname NOT IN ('external_refs', 'provider_refs', 'contact_events')
              AND NOT EXISTS (SELECT FROM pg_index i
                               WHERE i.indrelid = c.oid AND a.attnum = ANY(i.indkey))"""
    )

    assert tables == []
