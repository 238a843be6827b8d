"""Letters: their numbers, without gaps, and what was printed, under the person's key.

Functions take a connection inside the caller's transaction and never commit; whoever numbers holds
the agenda rows of the persons written to.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

# The row is locked until the commit: numbers of one series are given one transaction at a time.
SQL_NUMBER: Final = """
    INSERT INTO letter_series AS s (tenant_id, series, last)
    VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, series) DO UPDATE SET last = s.last + $3
    RETURNING last
"""
SQL_KEEP: Final = """
    INSERT INTO letters (tenant_id, person_id, contact_id, series, number, at, sheet)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[],
                         $6::timestamptz[], $7::bytea[])
"""
_SQL_LETTERS: Final = """
    SELECT l.tenant_id, l.person_id, l.contact_id, l.series, l.number, l.at, c.template, c.provider,
           c.delivery_state, c.error_code, l.sheet, p.wrapped_key
      FROM letters AS l
           JOIN contacts AS c USING (person_id, contact_id)
           JOIN persons AS p USING (person_id)
"""
SQL_LIST: Final = (
    _SQL_LETTERS
    + """
     WHERE l.tenant_id = ANY($1::text[])
       AND ($2::text = '' OR c.delivery_state = $2)
  ORDER BY l.at DESC, l.number DESC
     LIMIT $3
"""
)
SQL_FIND: Final = _SQL_LETTERS + " WHERE l.tenant_id = $1 AND l.series = $2 AND l.number = $3"
SQL_WAITING: Final = """
    SELECT l.tenant_id, count(*)
      FROM letters AS l
           JOIN contacts AS c USING (person_id, contact_id)
     WHERE c.delivery_state IN ('accepted', 'queued')
       AND l.series = 'live'
  GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter that was given its number; `sheet` is ciphertext."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    series: str
    number: int
    at: datetime
    sheet: bytes


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter and what became of it. `wrapped_key` is None once the person was erased."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    series: str
    number: int
    at: datetime
    template: str
    provider: str
    delivery_state: str
    error_code: str | None
    sheet: bytes
    wrapped_key: bytes | None


async def take_numbers(conn: Connection, tenant: str, series: str, count: int) -> range:
    """Take the next `count` numbers of a series; a rollback gives them back."""
    last = await conn.fetchval(SQL_NUMBER, tenant, series, count)
    return range(last - count + 1, last + 1)


async def keep_letters(conn: Connection, letters: Sequence[NewLetter]) -> None:
    """Write down numbered letters."""
    columns = [
        [getattr(one, name) for one in letters]
        for name in ("tenant_id", "person_id", "contact_id", "series", "number", "at", "sheet")
    ]
    await conn.execute(SQL_KEEP, *columns)


async def list_letters(
    conn: Connection, tenants: Sequence[str], *, state: str = "", limit: int
) -> list[LetterRow]:
    """Return letters, the newest first; `state` is a delivery state, "" for any."""
    return [LetterRow(*row.values()) for row in await conn.fetch(SQL_LIST, tenants, state, limit)]


async def find_letter(conn: Connection, tenant: str, series: str, number: int) -> LetterRow | None:
    """Return one letter by its number; None if there is none."""
    row = await conn.fetchrow(SQL_FIND, tenant, series, number)
    return LetterRow(*row.values()) if row else None


async def count_waiting(conn: Connection) -> dict[str, int]:
    """Count by lender the live letters of which nobody has told that they were posted."""
    return dict(map(tuple, await conn.fetch(SQL_WAITING)))
