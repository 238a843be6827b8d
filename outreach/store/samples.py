"""Random samples of the contact log, and what became of their members.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_ADD: Final = """
    INSERT INTO samples (tenant_id, name, filter, start, size, drawn_at, as_of, drawn_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    RETURNING sample_id
"""
SQL_ADD_MEMBERS: Final = """
    INSERT INTO sample_members (tenant_id, sample_id, position, person_id, event_id)
    SELECT $1, $2, ordinality, person_id, event_id
      FROM unnest($3::bigint[], $4::bigint[]) WITH ORDINALITY AS m (person_id, event_id, ordinality)
"""
_SQL_SAMPLES: Final = """
    SELECT s.sample_id, s.tenant_id, s.name, s.filter, s.start, s.size, s.drawn_at, s.as_of,
           s.drawn_by, m.members, m.reviewed, m.wrong
      FROM samples AS s
           CROSS JOIN LATERAL (
               SELECT count(*) AS members,
                      count(mark) AS reviewed,
                      count(*) FILTER (WHERE mark = 'not_in_order') AS wrong
                 FROM sample_members AS m
                WHERE m.sample_id = s.sample_id) AS m
"""
SQL_LIST: Final = (
    _SQL_SAMPLES
    + """
     WHERE s.tenant_id = $1
       AND s.sample_id < $2
  ORDER BY s.sample_id DESC
     LIMIT $3
"""
)
SQL_FIND: Final = _SQL_SAMPLES + " WHERE s.sample_id = $1"
SQL_MEMBERS: Final = """
    SELECT position, person_id, event_id, mark, marked_by, marked_at
      FROM sample_members
     WHERE sample_id = $1
       AND position > $2
  ORDER BY position
     LIMIT $3
"""
SQL_MEMBER: Final = """
    SELECT position, person_id, event_id, mark, marked_by, marked_at
      FROM sample_members
     WHERE sample_id = $1
       AND person_id = $2
       AND event_id = $3
"""
SQL_NEXT: Final = """
    SELECT position, person_id, event_id, mark, marked_by, marked_at
      FROM sample_members
     WHERE sample_id = $1
       AND mark IS NULL
  ORDER BY position
     LIMIT 1
"""
SQL_MARK: Final = """
    UPDATE sample_members
       SET mark = $4, marked_by = $5, marked_at = $6
     WHERE sample_id = $1
       AND person_id = $2
       AND event_id = $3
    RETURNING position
"""
_NEWEST: Final = 2**62


class Named(NamedTuple):
    """A row of the log that begins something: whose, and which."""

    person_id: int
    event_id: int


class Drawn(NamedTuple):
    """How a sample was drawn; see `Sample`."""

    name: str
    filter: str
    start: int
    size: int
    drawn_at: datetime
    as_of: datetime
    drawn_by: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample; times are wall time.

    Attributes:
        sample_id: Names it.
        tenant: Lender.
        name: As whoever drew it called it.
        filter: The stratum, as the list's address writes it.
        start: The seed: drawing again from here, as of then, finds the same members.
        size: Members asked for.
        drawn_at: When.
        as_of: What had been recorded by then could be drawn.
        drawn_by: Who.
        members: How many there are.
        reviewed: How many of them bear a mark.
        wrong: How many of them were found not in order.
    """

    sample_id: int
    tenant: str
    name: str
    filter: str
    start: int
    size: int
    drawn_at: datetime
    as_of: datetime
    drawn_by: str
    members: int
    reviewed: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a sample, in the order of drawing; `mark` is None until it is reviewed."""

    position: int
    person_id: int
    event_id: int
    mark: str | None
    marked_by: str | None
    marked_at: datetime | None

    @property
    def named(self) -> Named:
        """Which row of the log it is."""
        return Named(self.person_id, self.event_id)


async def add_sample(conn: Connection, tenant: str, drawn: Drawn, members: Sequence[Named]) -> int:
    """Write down a sample with its members in their order; returns its id."""
    found = await conn.fetchval(SQL_ADD, tenant, *drawn)
    persons, events = [one.person_id for one in members], [one.event_id for one in members]
    await conn.execute(SQL_ADD_MEMBERS, tenant, found, persons, events)
    return int(found)


async def list_samples(
    conn: Connection, tenant: str, *, before: int | None = None, limit: int
) -> list[Sample]:
    """Return a lender's samples below an id, the newest first."""
    rows = await conn.fetch(SQL_LIST, tenant, before or _NEWEST, limit)
    return [Sample(*row.values()) for row in rows]


async def find_sample(conn: Connection, sample_id: int) -> Sample | None:
    """Return one sample; None if there is none that the connection may see."""
    row = await conn.fetchrow(SQL_FIND, sample_id)
    return Sample(*row.values()) if row else None


async def list_members(
    conn: Connection, sample_id: int, *, after: int = 0, limit: int
) -> list[Member]:
    """Return members behind a position, in their order."""
    rows = await conn.fetch(SQL_MEMBERS, sample_id, after, limit)
    return [Member(*row.values()) for row in rows]


async def find_member(conn: Connection, sample_id: int, named: Named) -> Member | None:
    """Return the member that is a row of the log; None if that wasn't drawn."""
    row = await conn.fetchrow(SQL_MEMBER, sample_id, *named)
    return Member(*row.values()) if row else None


async def find_next(conn: Connection, sample_id: int) -> Member | None:
    """Return the first member that nobody has reviewed; None if all are."""
    row = await conn.fetchrow(SQL_NEXT, sample_id)
    return Member(*row.values()) if row else None


async def mark_member(
    conn: Connection, sample_id: int, named: Named, mark: str, *, by: str, at: datetime
) -> bool:
    """Note how a member was found; False if it isn't one."""
    return await conn.fetchval(SQL_MARK, sample_id, *named, mark, by, at) is not None
