"""A source that says nothing for too long raises one alert for each silence."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from outreach.domain.signals import OrderBy
from outreach.usecases.heartbeat import watch_sources
from tests.usecases.intake_desk import NOW, Desk, a_desk, a_source


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    hourly = a_source("cloudevents", "hourly", OrderBy.TIME, silent_after=timedelta(hours=1))
    async with a_desk(database_url, hourly=hourly) as found:
        yield found


async def _alerts(desk: Desk) -> list[tuple[str, int]]:
    rows = await desk.db.fetch("SELECT subject, count FROM alerts WHERE kind = 'source_silent'")
    return [(row["subject"], row["count"]) for row in rows]


async def test_a_source_never_heard_counts_from_the_first_look(desk: Desk) -> None:
    assert await watch_sources(desk, now=NOW) == []
    assert await watch_sources(desk, now=NOW + timedelta(minutes=60)) == []

    assert await watch_sources(desk, now=NOW + timedelta(minutes=61)) == ["hourly"]
    assert await _alerts(desk) == [("hourly", 1)]


async def test_a_silence_is_told_once_and_the_next_one_again(desk: Desk) -> None:
    await watch_sources(desk, now=NOW)
    for minutes in (61, 62, 63):
        assert await watch_sources(desk, now=NOW + timedelta(minutes=minutes)) == ["hourly"]
    assert await _alerts(desk) == [("hourly", 1)]

    heard = NOW + timedelta(minutes=70)
    await desk.post_sample("062", source="hourly", now=heard)
    await desk.intake(now=heard)
    assert await watch_sources(desk, now=heard) == []
    assert await watch_sources(desk, now=heard + timedelta(hours=2)) == ["hourly"]
    assert await _alerts(desk) == [("hourly", 2)]
