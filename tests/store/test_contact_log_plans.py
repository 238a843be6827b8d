"""Every list of the contact log is read in the order of an index, whatever it is filtered by."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest

from outreach.domain.log_filters import parse_filter
from outreach.store.contact_log_search import (
    LogQuery,
    Whose,
    count_lines,
    list_from_key,
    list_lines,
)
from outreach.store.pool import Pool, open_pool, reading_as
from outreach.usecases.search_log import query_of
from tests.bench.plans import faults_of, indexes_of

NOW: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)
ZONE: Final = ZoneInfo("America/New_York")
ROWS: Final = 20_000
# A line every six minutes; one in fifty is rare in one way or another.
FILL: Final = """
    INSERT INTO contact_log (tenant_id, at, event_id, recorded_at, day, person_id, loan_ids,
                             verdict, rule, channel, purpose, template, template_hash, status,
                             has_failed, operator, address_hmac, sample_key)
    SELECT 'acme', at, n, at, at::date, n % 400, ARRAY[n % 400],
           CASE WHEN n % 5 = 0 THEN 'blocked' ELSE 'allowed' END,
           CASE WHEN n % 1000 = 0 THEN 'rare' WHEN n % 5 = 0 THEN 'common' ELSE '' END,
           'sms', 'collection', 'template-' || n % 97, 'ab12',
           CASE WHEN n % 5 = 0 THEN '' WHEN n % 501 = 1 THEN 'failed' ELSE 'delivered' END,
           n % 5 <> 0 AND n % 501 = 1, CASE WHEN n % 777 = 0 THEN 'Li (li)' ELSE '' END,
           decode(md5((n % 400)::text), 'hex'), hashtextextended(n::text, 7)
      FROM generate_series(1, $1::bigint) AS n,
           LATERAL (SELECT $2::timestamptz - n * interval '6 minutes' AS at) AS t
"""
LISTS: Final = {
    "": "contact_log_default_pkey",
    "verdict=blocked&from=-90d": "contact_log_default_pkey",
    "channel=sms&purpose=collection": "contact_log_default_pkey",
    "rule=rare&from=-90d": "contact_log_default_tenant_id_rule_at_event_id_idx",
    "template=template-7&from=-90d": "contact_log_default_tenant_id_template_at_event_id_idx",
    "status=failed&from=-90d": "contact_log_default_tenant_id_at_event_id_idx",
    "operator=Li+(li)&from=-90d": "contact_log_default_tenant_id_operator_at_event_id_idx",
}


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Yield a database with a log of some length."""
    pool = await open_pool(database_url, size=2)
    await pool.execute(FILL, ROWS, NOW)
    await pool.execute("ANALYZE contact_log")
    yield pool
    await pool.close()


def query(text: str, whose: Whose = Whose()) -> LogQuery:  # noqa: B008 - it can't be changed
    asked, problems = parse_filter(parse_qsl(text))
    assert problems == ()
    return query_of("acme", asked, NOW, ZONE, whose).query


async def test_lists_follow_an_index_and_sort_next_to_nothing(pool: Pool) -> None:
    wrong = []
    for text, index in LISTS.items():
        wrong += await faults_of(pool, text, query(text))
        used = await indexes_of(pool, query(text))
        if used != {index}:
            wrong.append(f"{text}: {used}, not {index}")
    for name, whose in (
        ("person", Whose((7,))),
        ("loan", Whose((7,), 7)),
        ("address", Whose((7,), address=b"\x00" * 16)),
    ):
        wrong += await faults_of(pool, name, query("from=-90d", whose))

    assert wrong == []


async def test_pages_by_place_are_the_whole_list_once_and_a_draw_the_same_each_time(
    pool: Pool,
) -> None:
    asked = query("verdict=blocked&rule=common&from=-30d")
    async with reading_as(pool, "acme") as conn:
        whole = await list_lines(conn, asked, limit=2000)
        turned, before = list(whole[:300]), whole[299].place
        while lines := await list_lines(conn, asked, before=before, limit=300):
            turned += lines
            before = lines[-1].place
        back = await list_lines(conn, asked, after=whole[200].place, limit=100)
        counted = await count_lines(conn, asked)
        capped = await count_lines(conn, asked, most=10)

        first = await list_from_key(conn, asked, key=0, limit=50)
        again = await list_from_key(conn, asked, key=0, below=first[-1].sample_key, limit=50)

    assert [one.event_id for one in turned] == [one.event_id for one in whole]
    assert [one.event_id for one in back] == [one.event_id for one in whole[100:200]]
    assert (counted, capped) == (len(whole), 11)
    assert [one.sample_key for one in first] == sorted(one.sample_key for one in first)
    assert again == first[:-1]
