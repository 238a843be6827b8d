"""What is wrong with the way PostgreSQL reads a list of the contact log: nothing, if it's indexed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from outreach.store.contact_log_search import SQL_OLDER, LogQuery, Where
from outreach.store.pool import Pool, reading_as

_LIMIT: Final = 51
_MOST_SORTED: Final = 1000
_LARGE: Final = 10_000
"""Rows from which on a table may not be read through."""


async def faults_of(pool: Pool, name: str, query: LogQuery) -> list[str]:
    """Return a sentence for each table read through and each large sort of a list's plan."""
    return [f"{name}: {fault}" for fault in _faults(await _plan(pool, query))]


async def indexes_of(pool: Pool, query: LogQuery) -> set[str]:
    """Return the indexes that a list is read by."""
    return set(_indexes(await _plan(pool, query)))


async def _plan(pool: Pool, query: LogQuery) -> Mapping[str, Any]:
    where = Where(query, _LIMIT)
    explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {where.into(SQL_OLDER)}"
    async with reading_as(pool, query.tenant) as conn:
        text = await conn.fetchval(explained, *where.values)
    [found] = json.loads(text)
    plan: Mapping[str, Any] = found["Plan"]
    return plan


def _faults(node: Mapping[str, Any]) -> Iterator[str]:
    rows = node["Actual Rows"] * node["Actual Loops"]
    read = rows + node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
    if node["Node Type"] == "Seq Scan" and read > _LARGE:
        yield f"{node.get('Relation Name')} is read through ({read:,.0f} rows)"
    for below in node.get("Plans", ()):
        if node["Node Type"] == "Sort":
            sorted_rows = below["Actual Rows"] * below["Actual Loops"]
            if sorted_rows > _MOST_SORTED:
                yield f"{sorted_rows:,.0f} rows are sorted"
        yield from _faults(below)


def _indexes(node: Mapping[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for below in node.get("Plans", ()):
        yield from _indexes(below)
