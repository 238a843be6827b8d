"""A hook only hints: the platform is asked, and what it answers is folded."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from outreach.domain.signals import OrderBy
from outreach.sources.fineract_api import FineractApi, ReadBackOptions
from outreach.usecases.read_back import MOST_TRIES, read_back
from outreach.usecases.receive import receive
from tests.fakes.fineract import Fineract, a_fineract, a_loan
from tests.sources.samples import DATA
from tests.usecases.intake_desk import NOW, PATH, Desk, a_desk, a_source

HOOK = "010-fineract-hook-loan-repayment.json"


@dataclass(frozen=True)
class Scene:
    """A desk with a hook source, and the platform behind it."""

    desk: Desk
    fineract: Fineract

    async def hook(self, *, source: str = "hooks") -> None:
        """Post the recorded hook on a repayment."""
        await receive(
            self.desk.sources[source],
            self.desk.door,
            headers=CIMultiDictProxy(CIMultiDict({"Content-Type": "application/json"})),
            body=(DATA / HOOK).read_bytes(),
            path_secret=PATH,
            webhook_now=NOW,
            business_now=NOW,
            wall_now=NOW,
        )

    async def read_back(self, at: datetime) -> int:
        """Fold what there is, then read back what waits for it."""
        await self.desk.intake(now=at)
        return await read_back(self.desk, now=at, wall_now=at)


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    async with a_fineract() as fineract, aiohttp.ClientSession() as http:
        options = ReadBackOptions(fineract.base_url, "reader", "secret", "default", "UTC")
        hooks = a_source("fineract_hook", "hooks", OrderBy.TIME, FineractApi(http, options))
        blind = a_source("fineract_hook", "blind", OrderBy.TIME)
        async with a_desk(database_url, hooks=hooks, blind=blind) as desk:
            yield Scene(desk, fineract)


LATER = NOW + timedelta(seconds=5)


async def test_a_hook_moves_no_money_until_the_platform_confirms(scene: Scene) -> None:
    scene.fineract.loans["1007"] = a_loan(outstanding=100.0)
    await scene.hook()
    await scene.desk.intake(now=LATER)
    assert await scene.desk.db.fetchval("SELECT count(*) FROM loans") == 0
    assert await scene.desk.db.fetchval("SELECT needs_read FROM inbox") is True

    assert await scene.read_back(LATER) == 1

    assert await scene.desk.owed() == {1: 10000}
    assert await scene.desk.db.fetchval("SELECT count(*) FROM inbox") == 0
    assert scene.fineract.asked == ["/loans/1007"]


async def test_a_platform_that_is_away_is_asked_again(scene: Scene) -> None:
    await scene.hook()

    assert await scene.read_back(LATER) == 0
    row = await scene.desk.db.fetchrow("SELECT tries, not_before FROM inbox")
    assert row is not None
    assert (row["tries"], row["not_before"]) == (1, LATER + timedelta(seconds=10))
    scene.fineract.loans["1007"] = a_loan()
    assert await scene.read_back(LATER + timedelta(seconds=5)) == 0
    assert await scene.read_back(LATER + timedelta(seconds=10)) == 1
    assert await scene.desk.owed() == {1: 24250}


async def test_a_platform_that_never_answers_is_for_people(scene: Scene) -> None:
    await scene.hook()
    await scene.desk.intake(now=LATER)
    await scene.desk.db.execute("UPDATE inbox SET tries = $1", MOST_TRIES - 1)

    assert await scene.read_back(LATER) == 1
    assert [reason for reason, _ in await scene.desk.quarantined()] == ["not_read_back"]


async def test_an_answer_that_means_nothing_to_us_is_set_aside(scene: Scene) -> None:
    scene.fineract.loans["1007"] = a_loan() | {"currency": {"code": "XXX"}}
    await scene.hook()

    assert await scene.read_back(LATER) == 1
    assert [reason for reason, _ in await scene.desk.quarantined()] == ["currency"]


async def test_a_hint_without_a_read_back_is_set_aside(scene: Scene) -> None:
    await scene.hook(source="blind")

    assert await scene.read_back(LATER) == 1
    assert [reason for reason, _ in await scene.desk.quarantined()] == ["no_read_back"]


async def test_an_answer_in_an_order_it_cant_have_is_set_aside(
    scene: Scene, database_url: str
) -> None:
    scene.fineract.loans["1007"] = a_loan()
    async with aiohttp.ClientSession() as http:
        options = ReadBackOptions(scene.fineract.base_url, "reader", "secret")
        hooks = a_source("fineract_hook", "hooks", OrderBy.SEQUENCE, FineractApi(http, options))
        async with a_desk(database_url, hooks=hooks) as desk:
            numbered = Scene(desk, scene.fineract)
            await numbered.hook()
            assert await numbered.read_back(LATER) == 1
            assert [reason for reason, _ in await desk.quarantined()] == ["sequence_missing"]


async def test_an_answer_the_database_refuses_is_set_aside(scene: Scene) -> None:
    scene.fineract.loans["1007"] = a_loan()
    await scene.desk.db.execute("ALTER TABLE loans ADD CONSTRAINT none CHECK (loan_id < 0)")
    await scene.hook()

    assert await scene.read_back(LATER) == 1
    assert await scene.desk.quarantined() == [("failed", "CheckViolationError")]


async def test_a_row_taken_meanwhile_is_left_alone(scene: Scene) -> None:
    scene.fineract.loans["1007"] = a_loan()
    await scene.hook()
    await scene.desk.intake(now=LATER)

    async def another_worker() -> object:
        return await scene.desk.db.execute("DELETE FROM inbox")

    scene.fineract.meanwhile = another_worker

    assert await read_back(scene.desk, now=LATER, wall_now=LATER) == 0
