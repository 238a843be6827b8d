"""Search the contact log: one page of it, how much there is, and what it could be narrowed to.

Each part has its time. What takes longer is left out and said, and the other parts still come.
"""

from collections.abc import Coroutine, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar

import asyncpg
import phonenumbers

from outreach.domain.log_filters import LogFilter
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.store import contact_log_search as store
from outreach.store.contact_log_folding import find_as_of
from outreach.store.contact_log_search import FACETS, MOST_COUNTED, LogLine, LogQuery
from outreach.store.pool import Connection, Pool, reading_as
from outreach.store.vault import Vault
from outreach.usecases.read_log import Entry, read_lines

_T = TypeVar("_T")

PAGE: Final = 50
_PAGE_MS: Final = 250
"""All of a page's queries together, as far as counts are concerned."""
_LIST_MS: Final = 250
_COUNT_MS: Final = 120
_LEAST_MS: Final = 40
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST_PLACE: Final = 40
_MOST_MICROSECONDS: Final = 2**57
_BEHIND: Final = timedelta(seconds=10)
"""A read model that is further behind than this says so."""

Place = tuple[datetime, int]
"""Of a line in the list: its time and its id."""


class Kind(StrEnum):
    """What somebody may be looked for by."""

    PHONE = "phone"
    LOAN = "loan"
    BORROWER = "borrower"


class Facet(NamedTuple):
    """One parameter's values with their counts; None where counting took too long."""

    name: str
    counts: Sequence[tuple[str, int]] | None


class _Counted(NamedTuple):
    """How many lines match, whether there are more, and of which kinds they are."""

    total: int | None
    is_more: bool
    facets: Sequence[Facet]


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of the log.

    Attributes:
        lines: As the read model has them, newest first.
        entries: What the log says of each, in the same order.
        is_late: Finding them took too long; the period should be shorter.
        newer: Whether there are newer lines than these.
        older: Whether there are older ones.
        count: Of all lines that match; None where counting took too long.
        is_more: There are more than `count`.
        facets: What the page can be narrowed to.
        arrived: Lines newer than those that the visitor began with.
    """

    lines: Sequence[LogLine] = ()
    entries: Sequence[Entry] = field(default=(), repr=False)
    is_late: bool = False
    newer: bool = False
    older: bool = False
    count: int | None = None
    is_more: bool = False
    facets: Sequence[Facet] = ()
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page of which search.

    Attributes:
        query: What is looked for.
        days: The period's first and last day in the lender's calendar.
        before: Lines older than this place.
        after: Lines newer than it; neither: the newest.
        top: The newest line that the visitor has been shown.
    """

    query: LogQuery
    days: tuple[date, date | None]
    before: Place | None = None
    after: Place | None = None
    top: Place | None = None

    def at(self, *, before: Place | None, after: Place | None, top: Place | None) -> "Asked":
        """Return the same search at another page."""
        return replace(self, before=before, after=after, top=top)


def query_of(
    tenant: str,
    asked: LogFilter,
    now: datetime,
    zone: tzinfo,
    whose: store.Whose = store.EVERYBODY,
) -> Asked:
    """Return the search for a filter, from its newest line on.

    Args:
        tenant: Lender.
        asked: The filter.
        now: Business time.
        zone: The lender's.
        whose: Somebody's alone.
    """
    start, end = asked.period(now, zone)
    return Asked(LogQuery(tenant, asked, start, end, whose), asked.days(now, zone))


async def search_log(pool: Pool, vault: Vault, asked: Asked, *, limit: int = PAGE) -> LogPage:
    """Return one page of a lender's log."""
    ends = monotonic() + _PAGE_MS / 1000
    by_day = asked.days if store.counts_by_day(asked.query) else None
    async with reading_as(pool, asked.query.tenant) as conn:
        # Counted by day it is known at once where there is nothing to be looked for.
        counted = await _count(conn, asked, by_day, ends) if by_day else None
        lines: list[LogLine] | None = []
        if counted is None or counted.total != 0:
            found = store.list_lines(
                conn, asked.query, before=asked.before, after=asked.after, limit=limit + 1
            )
            lines = await _within(conn, _LIST_MS, found)
        if lines is None:
            return LogPage(is_late=True)
        if asked.after is not None:
            newer, older, lines = len(lines) > limit, True, lines[-limit:]
        else:
            newer, older, lines = asked.before is not None, len(lines) > limit, lines[:limit]
        entries = await read_lines(conn, vault, lines)
        counted = counted or await _count(conn, asked, None, ends)
        arrived = await _arrived(conn, asked)
    return LogPage(
        lines,
        entries,
        newer=newer,
        older=older,
        count=counted.total,
        is_more=counted.is_more,
        facets=counted.facets,
        arrived=arrived,
    )


async def list_newest(
    conn: Connection, vault: Vault, query: LogQuery, *, before: Place | None, limit: int
) -> tuple[list[Entry], Place | None]:
    """Return what the log says of the newest lines below a place, and where to go on, if anywhere.

    Args:
        conn: Sees the lender's rows.
        vault: Keys of the people.
        query: What is looked for.
        before: Lines older than this place; None: the newest.
        limit: Most lines.
    """
    lines = await store.list_lines(conn, query, before=before, limit=limit + 1)
    following = lines[limit - 1].place if len(lines) > limit else None
    return await read_lines(conn, vault, lines[:limit]), following


def write_place(place: Place) -> str:
    """Return a line's place as it stands in an address."""
    at, event_id = place
    return f"{(at - _EPOCH) // _MICROSECOND:x}-{event_id:x}"


def read_place(text: str) -> Place | None:
    """Return a line's place; None where it is none."""
    at, _, event_id = text.partition("-")
    if len(text) > _LONGEST_PLACE or not text.isascii():
        return None
    try:
        microseconds, number = int(at, 16), int(event_id, 16)
    except ValueError:
        return None
    if not 0 <= microseconds < _MOST_MICROSECONDS or not 0 <= number < 2**63:
        return None
    return _EPOCH + microseconds * _MICROSECOND, number


async def behind(pool: Pool, wall_now: datetime) -> timedelta | None:
    """Return how far the read model is behind the log; None where it keeps up."""
    async with pool.acquire() as conn:
        as_of = await find_as_of(conn)
    late = wall_now - as_of if as_of.year > 1 else timedelta.max
    return late if late > _BEHIND else None


async def find_whose(
    conn: Connection, vault: Vault, tenant: str, kind: Kind, said: str
) -> store.Whose | None:
    """Return whose lines are meant; None where nobody of this lender is.

    A number is found by its keyed hash and so has to be complete, as `read_number` returns it.
    """
    if kind is Kind.PHONE:
        address = vault.address_hmac(said)
        return store.Whose(await store.list_holders(conn, tenant, address), address=address)
    digest = ref_digest(tenant, "loan" if kind is Kind.LOAN else "borrower", said)
    found = await store.find_of_ref(conn, tenant, digest)
    if found is None:
        return None
    person, loan = found
    return store.Whose((person,), loan if kind is Kind.LOAN else 0)


def read_number(said: str, country: str) -> str | None:
    """Return a phone number in E.164, read as in the lender's country; None if it isn't whole."""
    try:
        number = phonenumbers.parse(said, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def _count(
    conn: Connection, asked: Asked, days: tuple[date, date | None] | None, ends: float
) -> _Counted:
    """Count what matches, and what the page can be narrowed to, for as long as there is time."""
    query = asked.query
    ends = min(ends, monotonic() + _COUNT_MS / 1000)
    counted = await _until(conn, ends, store.count_all(conn, query, days))
    if counted is None:
        # A count that stops early may still be had.
        least = await _within(conn, _LEAST_MS, store.count_lines(conn, query))
        is_more = least is not None and least > MOST_COUNTED
        total = MOST_COUNTED if is_more else least
        return _Counted(total, is_more, [Facet(name, None) for name in FACETS])
    total, found = counted
    facets = [
        Facet(
            name,
            await _until(conn, ends, store.count_facet(conn, query, name, days))
            if name in query.asked.chosen
            else found[name],
        )
        for name in FACETS
    ]
    return _Counted(total, is_more=False, facets=facets)


async def _until(conn: Connection, ends: float, work: Coroutine[Any, Any, _T]) -> _T | None:
    return await _within(conn, int((ends - monotonic()) * 1000), work)


async def _within(conn: Connection, left: int, work: Coroutine[Any, Any, _T]) -> _T | None:
    """Return what some reading comes to; None where it takes longer than is left."""
    if left <= 0:
        work.close()
        return None
    try:
        async with store.within(conn, left):
            return await work
    except asyncpg.QueryCanceledError:
        return None


async def _arrived(conn: Connection, asked: Asked) -> int:
    if asked.top is None:
        return 0
    newer = store.count_lines(conn, asked.query, after=asked.top, most=PAGE)
    return await _within(conn, _LEAST_MS, newer) or 0
