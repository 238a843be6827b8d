"""Marks and comments of reviewers on contacts, and on decisions that led to none.

Functions take a connection inside the caller's transaction and never commit.
"""

from datetime import datetime
from typing import Final, NamedTuple

from outreach.domain.records import dataclass
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey, Vault

SQL_ADD_MARK: Final = """
    INSERT INTO contact_marks (tenant_id, person_id, event_id, sample_id, mark, comment, by_login,
                               by_name, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
SQL_MARKS: Final = """
    SELECT mark, comment, by_name, at, sample_id
      FROM contact_marks
     WHERE person_id = $1
       AND event_id = $2
  ORDER BY mark_id
     LIMIT 200
"""
SQL_FINDINGS_OF: Final = """
    SELECT f.finding_id, f.what, f.state
      FROM finding_contacts AS c
           JOIN findings AS f USING (finding_id)
     WHERE c.person_id = $1
       AND c.event_id = $2
  ORDER BY f.finding_id
     LIMIT 50
"""
SQL_KEY: Final = "SELECT wrapped_key FROM persons WHERE person_id = $1"


class NewMark(NamedTuple):
    """One mark, comment or both; `comment` is ciphertext under the person's key."""

    person_id: int
    event_id: int
    sample_id: int | None
    mark: str | None
    comment: bytes | None
    login: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One mark or comment; `comment` is ciphertext under the person's key."""

    mark: str | None
    comment: bytes | None
    by_name: str
    at: datetime
    sample_id: int | None


@dataclass(frozen=True, slots=True)
class FindingOf:
    """A finding that a contact belongs to."""

    finding_id: int
    what: str
    state: str


def mark_aad(person_id: int) -> bytes:
    """Return what ties a comment's ciphertext to its person."""
    return b"contact_marks:%d" % person_id


async def add_mark(conn: Connection, tenant: str, one: NewMark) -> None:
    """Write one mark or comment down; none is ever changed."""
    await conn.execute(SQL_ADD_MARK, tenant, *one)


async def list_marks(conn: Connection, person_id: int, event_id: int) -> list[MarkRow]:
    """Return what reviewers said of one row of the log, the oldest first."""
    return [MarkRow(*row.values()) for row in await conn.fetch(SQL_MARKS, person_id, event_id)]


async def list_findings_of(conn: Connection, person_id: int, event_id: int) -> list[FindingOf]:
    """Return the findings that one row of the log belongs to."""
    rows = await conn.fetch(SQL_FINDINGS_OF, person_id, event_id)
    return [FindingOf(*row.values()) for row in rows]


async def find_key(conn: Connection, vault: Vault, person_id: int) -> PersonKey | None:
    """Return a person's key; None for nobody, and once the person was erased."""
    wrapped = await conn.fetchval(SQL_KEY, person_id)
    return None if wrapped is None else vault.open(wrapped)
