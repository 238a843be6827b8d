"""What is read from the contact log's read model: pages by keyset, counts, facets.

Every statement is bounded in time by the caller (`within`), and lists are read in the order of an
index. A page's filter becomes a WHERE clause of fixed pieces and numbered parameters; no value ever
stands in the text.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import field
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from outreach.domain.log_filters import LogFilter, split_version
from outreach.domain.records import dataclass
from outreach.store.pool import Connection

MOST_COUNTED: Final = 10_000
"""Beyond it a page says "more than"."""
_FAILED: Final = frozenset({"undelivered", "failed", "expired", "canceled", "released"})
_BY_DAY: Final = ("verdict", "rule", "channel", "purpose", "status", "template")
"""What `contact_log_days` counts by; other filters are counted in the rows themselves."""
FACETS: Final = _BY_DAY
_MOST_FACETS: Final = 12

# A filter's conditions take the place of the mark; as they stand, the statements find everything.
_CONDITIONS: Final = "/* conditions */"
SQL_OLDER: Final = """
    SELECT l.at, l.event_id, l.recorded_at, l.person_id, l.contact_id, l.verdict, l.rule, l.rules,
           l.until, l.channel, l.purpose, l.step, l.template, l.status, l.outcome, l.error_class,
           l.reply, l.sample_key
      FROM contact_log AS l
     WHERE l.tenant_id = $1 /* conditions */
  ORDER BY l.at DESC, l.event_id DESC
     LIMIT $2
"""
SQL_NEWER: Final = SQL_OLDER.replace(" DESC", "")
SQL_BY_KEY: Final = SQL_NEWER.replace("l.at, l.event_id\n", "l.sample_key\n")
SQL_COUNT: Final = """
    SELECT count(*)
      FROM (SELECT FROM contact_log AS l
             WHERE l.tenant_id = $1 /* conditions */
             LIMIT $2) AS counted
"""
SQL_FACET: Final = """
    SELECT l.verdict, count(*)
      FROM contact_log AS l
     WHERE l.tenant_id = $1 AND l.verdict <> '' /* conditions */
  GROUP BY 1
  ORDER BY 2 DESC, 1
     LIMIT $2
"""
SQL_FACET_BY_DAY: Final = """
    SELECT l.verdict, sum(l.contacts)::bigint
      FROM contact_log_days AS l
     WHERE l.tenant_id = $1 AND l.verdict <> '' /* conditions */
  GROUP BY 1
    HAVING sum(l.contacts) > 0
  ORDER BY 2 DESC, 1
     LIMIT $2
"""
# The number of the parameter in `FACETS`, NULL for all lines; the most frequent values of each.
SQL_FACETS_BY_DAY: Final = """
    SELECT place, value, contacts
      FROM (SELECT g.place, g.value, g.contacts,
                   row_number() OVER (PARTITION BY g.place
                                      ORDER BY g.contacts DESC, g.value) AS rank
              FROM (SELECT CASE WHEN GROUPING(l.verdict) = 0 THEN 0
                                WHEN GROUPING(l.rule) = 0 THEN 1
                                WHEN GROUPING(l.channel) = 0 THEN 2
                                WHEN GROUPING(l.purpose) = 0 THEN 3
                                WHEN GROUPING(l.status) = 0 THEN 4
                                WHEN GROUPING(l.template) = 0 THEN 5 END AS place,
                           COALESCE(l.verdict, l.rule, l.channel, l.purpose, l.status,
                                    l.template) AS value,
                           sum(l.contacts)::bigint AS contacts
                      FROM contact_log_days AS l
                     WHERE l.tenant_id = $1 /* conditions */
                  GROUP BY GROUPING SETS ((), (l.verdict), (l.rule), (l.channel), (l.purpose),
                                          (l.status), (l.template))) AS g
             WHERE g.place IS NULL OR (g.value <> '' AND g.contacts > 0)) AS ranked
     WHERE place IS NULL OR rank <= $2
  ORDER BY place, rank
"""
SQL_FACETS: Final = SQL_FACETS_BY_DAY.replace("contact_log_days", "contact_log").replace(
    "sum(l.contacts)::bigint", "count(*)"
)
_FACET: Final = "l.verdict"
SQL_TIMEOUT: Final = "SELECT set_config('statement_timeout', $1, true)"
SQL_HOLDERS: Final = """
    SELECT DISTINCT person_id FROM endpoints WHERE address_hmac = $1 AND tenant_id = $2
"""
SQL_OF_REF: Final = """
    SELECT person_id, loan_id FROM external_refs WHERE digest = $1 AND tenant_id = $2
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose lines are looked for; personal, and so never in an address.

    Attributes:
        person_ids: Any of these; None for everybody's.
        loan_id: Only about this loan of theirs; 0 for any.
        address: Keyed hash of an address: lines that went there, and what its holders wrote.
    """

    person_ids: tuple[int, ...] | None = None
    loan_id: int = 0
    address: bytes | None = field(default=None, repr=False)


EVERYBODY: Final = Whose()


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Everything that decides which lines are found.

    Attributes:
        tenant: Lender.
        asked: The filter.
        start: Of the period, business time.
        end: After its last instant.
        whose: Somebody's lines alone.
        recorded_by: Only lines of rows recorded by then (wall time); None for all. An export and a
            bulk action name the same lines for as long as they take.
    """

    tenant: str
    asked: LogFilter
    start: datetime
    end: datetime
    whose: Whose = EVERYBODY
    recorded_by: datetime | None = None


class LogLine(NamedTuple):
    """One line; see the table's comments."""

    at: datetime
    event_id: int
    recorded_at: datetime
    person_id: int
    contact_id: UUID | None
    verdict: str
    rule: str
    rules: Sequence[str]
    until: datetime | None
    channel: str
    purpose: str
    step: str
    template: str
    status: str
    outcome: str
    error_class: str
    reply: str
    sample_key: int

    @property
    def place(self) -> tuple[datetime, int]:
        """Its place in the order of the list."""
        return self.at, self.event_id


class Where:
    """Conditions in the making: text of fixed pieces, values beside it, after lender and limit."""

    def __init__(self, query: LogQuery, limit: int) -> None:
        self.values: list[Any] = [query.tenant, limit]
        self._pieces: list[str] = []
        self.add("l.at >= {}", query.start)
        self.add("l.at < {}", query.end)
        if query.recorded_by is not None:
            self.add("l.recorded_at <= {}", query.recorded_by)
        for name, chosen in query.asked.chosen.items():
            self._choose(name, chosen)
        self._of(query.whose)

    def add(self, piece: str, *values: Any) -> None:
        """Add a condition; each `{}` in it stands for the next value."""
        first = len(self.values) + 1
        self.values += values
        self._pieces.append(piece.format(*(f"${first + at}" for at in range(len(values)))))

    def into(self, statement: str) -> str:
        """Return a statement with the conditions in it."""
        text = "".join(f"\n       AND {piece}" for piece in self._pieces)
        return statement.replace(_CONDITIONS, text)

    def _choose(self, name: str, chosen: Sequence[str]) -> None:
        if name in ("template", "treatment"):
            self._choose_versions(name, chosen)
            return
        # One value as an equality: the order of an index can be followed then.
        if len(chosen) == 1:
            self.add(f"l.{name} = {{}}", chosen[0])
        else:
            self.add(f"l.{name} = ANY({{}}::text[])", list(chosen))
        if name == "rule":
            self.add("l.verdict <> 'allowed'")
        if name == "status" and _FAILED.issuperset(chosen):
            self.add("l.has_failed")
        if name == "operator":
            self.add("l.operator <> ''")

    def _choose_versions(self, name: str, chosen: Sequence[str]) -> None:
        names, versions = zip(*(split_version(one) for one in chosen), strict=True)
        if len(chosen) == 1:
            self.add(f"l.{name} = {{}} AND l.{name} <> ''", names[0])
            if versions[0]:
                self.add(f"l.{name}_hash = {{}}", versions[0])
            return
        self.add(
            f"EXISTS (SELECT FROM unnest({{}}::text[], {{}}::text[]) AS t (name, version)"
            f" WHERE l.{name} = t.name AND (t.version = '' OR l.{name}_hash = t.version))",
            list(names),
            list(versions),
        )

    def _of(self, whose: Whose) -> None:
        if whose.address is not None:
            self.add(
                "(l.address_hmac = {}"
                " OR (l.person_id = ANY({}::bigint[]) AND l.verdict = 'inbound'))",
                whose.address,
                list(whose.person_ids or ()),
            )
        elif whose.person_ids is not None:
            self.add("l.person_id = ANY({}::bigint[])", list(whose.person_ids))
        if whose.loan_id:
            self.add("l.loan_ids @> ARRAY[{}::bigint]", whose.loan_id)


@asynccontextmanager
async def within(conn: Connection, milliseconds: int) -> AsyncIterator[None]:
    """Give each statement in the block this long; what takes longer fails, and nothing else does.

    Raises:
        asyncpg.QueryCanceledError: Something took longer.
    """
    async with conn.transaction():
        await conn.execute(SQL_TIMEOUT, str(milliseconds))
        yield


async def list_lines(
    conn: Connection,
    query: LogQuery,
    *,
    before: tuple[datetime, int] | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int,
) -> list[LogLine]:
    """Return lines newest first: those next below a place, or those next above one.

    Args:
        conn: Sees the lender's rows.
        query: What is looked for.
        before: Lines older than this place; the newest where neither is given.
        after: Lines newer than this place.
        limit: Most lines.
    """
    where = Where(query, limit)
    if before is not None:
        where.add("(l.at, l.event_id) < ({}, {})", *before)
    if after is not None:
        where.add("(l.at, l.event_id) > ({}, {})", *after)
    statement = where.into(SQL_OLDER if after is None else SQL_NEWER)
    rows = [LogLine(*row.values()) for row in await conn.fetch(statement, *where.values)]
    return rows if after is None else rows[::-1]


async def list_from_key(
    conn: Connection, query: LogQuery, *, key: int, below: int | None = None, limit: int
) -> list[LogLine]:
    """Return lines by their sample key, from `key` up: a fair choice, and the same one each time.

    `below` ends the range, so that a draw that began in the middle can go round.
    """
    where = Where(query, limit)
    where.add("l.sample_key >= {}", key)
    if below is not None:
        where.add("l.sample_key < {}", below)
    rows = await conn.fetch(where.into(SQL_BY_KEY), *where.values)
    return [LogLine(*row.values()) for row in rows]


async def count_lines(
    conn: Connection,
    query: LogQuery,
    *,
    after: tuple[datetime, int] | None = None,
    most: int = MOST_COUNTED,
) -> int:
    """Count lines, and stop one above `most`; with `after` only those newer than a place."""
    where = Where(query, most + 1)
    if after is not None:
        where.add("(l.at, l.event_id) > ({}, {})", *after)
    return int(await conn.fetchval(where.into(SQL_COUNT), *where.values))


def counts_by_day(query: LogQuery) -> bool:
    """Whether the counts by day know everything that the query asks for."""
    return (
        query.whose == EVERYBODY
        and query.recorded_by is None
        and all(name in _BY_DAY for name in query.asked.chosen)
        and not any("@" in one for one in query.asked.chosen.get("template", ()))
    )


async def count_all(
    conn: Connection, query: LogQuery, days: tuple[date, date | None] | None
) -> tuple[int, dict[str, list[tuple[str, int]]]]:
    """Count all lines, and those with each value of each parameter of `FACETS`.

    Args:
        conn: Sees the lender's rows.
        query: What is looked for.
        days: The period's, to be counted by day: quick for any length of time, where
            `counts_by_day` holds. None counts the lines themselves.
    """
    if days is None:
        where = Where(query, _MOST_FACETS)
        statement, values = where.into(SQL_FACETS), where.values
    else:
        statement, values = _in_days(SQL_FACETS_BY_DAY, query, days)
    total = 0
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
    for place, value, count in await conn.fetch(statement, *values):
        if place is None:
            total = int(count or 0)
        else:
            found[FACETS[place]].append((value, count))
    return total, found


async def count_facet(
    conn: Connection, query: LogQuery, name: str, days: tuple[date, date | None] | None
) -> list[tuple[str, int]]:
    """Count by one parameter as if the query left it open: what else might be chosen of it."""
    query = _opened(query, name)
    if days is None:
        where = Where(query, _MOST_FACETS)
        statement, values = where.into(_by(SQL_FACET, name)), where.values
    else:
        statement, values = _in_days(_by(SQL_FACET_BY_DAY, name), query, days)
    return [(row[0], row[1]) for row in await conn.fetch(statement, *values)]


def _in_days(
    statement: str, query: LogQuery, days: tuple[date, date | None]
) -> tuple[str, list[Any]]:
    values: list[Any] = [query.tenant, _MOST_FACETS, days[0], days[1]]
    text = " AND l.day >= $3 AND ($4::date IS NULL OR l.day <= $4)"
    for name, chosen in query.asked.chosen.items():
        values.append(list(chosen))
        text += f" AND l.{name} = ANY(${len(values)}::text[])"
    return statement.replace(_CONDITIONS, text), values


async def list_holders(conn: Connection, tenant: str, address: bytes) -> tuple[int, ...]:
    """Return the lender's borrowers who have an address."""
    return tuple(row[0] for row in await conn.fetch(SQL_HOLDERS, address, tenant))


async def find_of_ref(conn: Connection, tenant: str, digest: bytes) -> tuple[int, int] | None:
    """Return the borrower of a reference's digest, and the loan (0 for a borrower's reference)."""
    row: asyncpg.Record | None = await conn.fetchrow(SQL_OF_REF, digest, tenant)
    return None if row is None else (row["person_id"], row["loan_id"] or 0)


def _opened(query: LogQuery, name: str) -> LogQuery:
    asked = query.asked.without(name)
    return LogQuery(query.tenant, asked, query.start, query.end, query.whose, query.recorded_by)


def _by(statement: str, name: str) -> str:
    """Return a facet's statement, counting by one of the columns that it may."""
    if name not in _BY_DAY:
        raise KeyError(name)
    return statement.replace(_FACET, f"l.{name}")
