"""Forward-only SQL migrations: one transaction each, one migrator at a time, never a long lock."""

import re
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Final

import asyncpg

from outreach.domain.records import dataclass

# Any constant will do; two migrators of one database must only agree on it.
_ADVISORY_KEY: Final = 0x6F757472
_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

SQL_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number      integer PRIMARY KEY,
        name        text NOT NULL,
        checksum    text NOT NULL,
        modulus     integer NOT NULL,
        applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
    )
"""
SQL_RECORD: Final = """
    INSERT INTO schema_migrations (number, name, checksum, modulus) VALUES ($1, $2, $3, $4)
"""
SQL_MIGRATIONS: Final = "SELECT number, name, checksum, modulus FROM schema_migrations"
# A migration that can't get its locks at once gives up instead of queueing all traffic behind it.
SQL_TIMEOUTS: Final = "SET lock_timeout = '5s'; SET statement_timeout = '10min'"


class MigrationError(Exception):
    """The schema can't be brought forward; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Hash of the text as shipped; an applied file must never change."""
        return sha256(self.sql.encode()).hexdigest()[:16]


def shipped() -> Sequence[Migration]:
    """Return the migrations of this release in order; numbers are consecutive from 1."""
    folder = files("outreach.store").joinpath("migrations")
    found = [
        Migration(int(match[1]), entry.name, entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if (match := _NAME.fullmatch(entry.name))
    ]
    found.sort(key=lambda migration: migration.number)
    return found


async def migrate(database_url: str, *, modulus: int = 4) -> list[str]:
    """Apply what is missing and return the names applied, oldest first.

    Args:
        database_url: Where; the role must be allowed to create tables and roles.
        modulus: Hash partitions per table. Fixed by the first run on a database (4 embedded, 64
            production); later runs keep what is there.

    Raises:
        MigrationError: An applied file was changed since, or the database is newer than this code.
    """
    conn = await asyncpg.connect(database_url)
    try:
        await conn.execute(SQL_TIMEOUTS)
        await conn.execute("SELECT pg_advisory_lock($1)", _ADVISORY_KEY)
        await conn.execute(SQL_TABLE)
        rows = await conn.fetch(SQL_MIGRATIONS)
        applied = {row["number"]: row for row in rows}
        modulus = rows[0]["modulus"] if rows else modulus
        pending = _pending(applied)
        for migration in pending:
            await _apply(conn, migration, modulus)
        return [migration.name for migration in pending]
    finally:
        await conn.close()


def _pending(applied: dict[int, asyncpg.Record]) -> list[Migration]:
    migrations = shipped()
    if newer := sorted(set(applied) - {migration.number for migration in migrations}):
        raise MigrationError(
            f"the database has migration {newer[-1]:04}, which this release doesn't know:"
            " deploy that release or a newer one"
        )
    for migration in migrations:
        row = applied.get(migration.number)
        if row is not None and row["checksum"] != migration.checksum:
            raise MigrationError(
                f"{migration.name} was changed after it had been applied:"
                " restore it and put the change into a new file"
            )
    return [migration for migration in migrations if migration.number not in applied]


async def _apply(conn: asyncpg.Connection, migration: Migration, modulus: int) -> None:
    try:
        async with conn.transaction():
            await conn.execute(migration.sql.replace("{modulus}", str(modulus)))
            await conn.execute(
                SQL_RECORD,
                migration.number, migration.name, migration.checksum, modulus,
            )  # fmt: skip
    except asyncpg.LockNotAvailableError as exc:
        raise MigrationError(
            f"{migration.name}: another session holds a lock on the table;"
            " run it again at a quieter moment"
        ) from exc
