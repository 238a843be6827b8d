"""Draw a random sample of a stratum of the contact log, so that anybody can draw it again.

Each line of the log has a number that nobody can foresee or choose. A seed is a point among those
numbers: the sample is the lines of the stratum that follow it, round the end and on from the
beginning. The same seed, stratum and time give the same members.
"""

import secrets
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import asyncpg

from outreach.domain.log_filters import LogFilter, parse_filter, read_query
from outreach.domain.records import dataclass
from outreach.store.contact_log_folding import find_as_of
from outreach.store.contact_log_search import LogQuery, list_from_key, within
from outreach.store.pool import Connection, Pool, reading_as
from outreach.store.samples import Drawn, Named, Sample, add_sample

MOST: Final = 500
LONGEST_NAME: Final = 120
_BITS: Final = 64
_LEAST: Final = -(2**63)
_PATIENCE_MS: Final = 10_000


class Outfit(Protocol):
    """What drawing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""


class SampleError(ValueError):
    """No sample was drawn; `reason` is a stable word, `detail` what it is about."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn, as somebody writes it.

    Attributes:
        name: What it is called.
        stratum: Out of what: a query of the contact log's address.
        size: How many members.
        start: The seed; None for a new one.
    """

    name: str
    stratum: str
    size: int
    start: int | None = None


async def draw_sample(
    outfit: Outfit,
    tenant: str,
    wish: Wish,
    *,
    zone: str,
    by: str,
    now: datetime,
    wall_now: datetime,
) -> int:
    """Draw a sample and write it down; returns its id.

    Args:
        outfit: Parts of the runtime.
        tenant: Lender.
        wish: What to draw.
        zone: The lender's; its days bound the period.
        by: Who draws, kept with the sample.
        now: Business time, from which the stratum's relative days are counted.
        wall_now: Wall time; what was recorded later can't be drawn.

    Raises:
        SampleError: `name`, `size`, `seed`, `stratum` (not understood), `slow`, `nothing`
            matches, or `unready`: the read model of the log is being made.
    """
    asked = read_stratum(wish.stratum)
    _check(wish)
    fixed = fix_days(asked, now, zone)
    as_of = await complete_until(outfit, wall_now)
    if as_of is None:
        raise SampleError("unready")
    start = secrets.randbits(_BITS) + _LEAST if wish.start is None else wish.start
    try:
        async with reading_as(outfit.db, tenant) as conn, within(conn, _PATIENCE_MS):
            query = query_of(tenant, fixed.query(), zone, now=now, as_of=as_of)
            members = await members_of(conn, query, start, wish.size)
    except asyncpg.QueryCanceledError:
        raise SampleError("slow") from None
    if not members:
        raise SampleError("nothing")
    drawn = Drawn(wish.name, fixed.query(), start, wish.size, wall_now, as_of, by)
    async with outfit.db.acquire() as conn, conn.transaction():
        return await add_sample(conn, tenant, drawn, members)


async def complete_until(outfit: Outfit, wall_now: datetime) -> datetime | None:
    """Return the wall time up to which the log's read model lacks nothing; None while it is made.

    What names the same lines tomorrow may only name those.
    """
    async with outfit.db.acquire() as conn:
        as_of = await find_as_of(conn)
    return min(as_of, wall_now) if as_of.year > 1 else None


async def draw_again(conn: Connection, sample: Sample, *, zone: str, now: datetime) -> list[Named]:
    """Return whom a sample's seed, stratum and time lead to now: its members, unless edited."""
    query = query_of(sample.tenant, sample.filter, zone, now=now, as_of=sample.as_of)
    return await members_of(conn, query, sample.start, sample.size)


async def members_of(conn: Connection, query: LogQuery, start: int, size: int) -> list[Named]:
    """Return the lines that follow a point, round the end, at most `size`."""
    lines = await list_from_key(conn, query, key=start, limit=size)
    if len(lines) < size:
        rest = size - len(lines)
        lines += await list_from_key(conn, query, key=_LEAST, below=start, limit=rest)
    return [Named(line.person_id, line.event_id) for line in lines]


def read_stratum(query: str) -> LogFilter:
    """Return the filter that somebody wrote, with or without its question mark.

    Raises:
        SampleError: `stratum`: a part of it isn't understood.
    """
    asked, problems = parse_filter(parse_qsl(query.strip().lstrip("?")))
    if problems:
        raise SampleError("stratum", ", ".join(f"{one.name}={one.value}" for one in problems))
    return asked


def fix_days(asked: LogFilter, now: datetime, zone: str) -> LogFilter:
    """Return a filter whose days are dates, so that it means the same tomorrow."""
    first, last = asked.days(now, ZoneInfo(zone))
    if last is None:
        last = now.astimezone(ZoneInfo(zone)).date()
    return asked.within(first.isoformat(), last.isoformat())


def query_of(tenant: str, stratum: str, zone: str, *, now: datetime, as_of: datetime) -> LogQuery:
    """Return what a kept stratum looks for among the rows recorded by then."""
    asked = read_query(stratum)
    start, end = asked.period(now, ZoneInfo(zone))
    return LogQuery(tenant, asked, start, end, recorded_by=as_of)


def _check(wish: Wish) -> None:
    if not wish.name or len(wish.name) > LONGEST_NAME:
        raise SampleError("name")
    if not 1 <= wish.size <= MOST:
        raise SampleError("size")
    if wish.start is not None and not _LEAST <= wish.start < -_LEAST:
        raise SampleError("seed")
