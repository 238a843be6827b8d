"""Test, team, live: the same work throughout; what really leaves differs, and is never mixed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from outreach.usecases.receipts import fold_receipts
from tests.e2e.service import Service, a_service
from tests.e2e.signals import a_phone

GUEST: Final = "+12125550171"
# Whose last four digits the simulator would take for somebody who answers STOP.
STRANGER: Final = "+12125559011"


@asynccontextmanager
async def in_mode(database_url: str, redis_url: str, **lender: Any) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url, lender=lender, has_house=True) as service:
        for ref, number in (("1", GUEST), ("2", STRANGER)):
            phone = a_phone("ph-1", number, primary=True)
            await service.post(
                service.borrower(f"BR-{ref}", phones=[phone]),
                service.overdue(days=3, loan=f"LN-{ref}", borrower=f"BR-{ref}"),
            )
        await service.fold()
        yield service


async def simulated_receipts(service: Service) -> None:
    """Let the simulator's callbacks come, which stand still with the clock."""
    for _ in range(400):
        wall = service.runtime.clock.wall_now() + timedelta(seconds=1)
        await fold_receipts(service.runtime, now=service.now, wall_now=wall)
        if all(one["outcome"] == "delivered" for one in await service.contacts()):
            return
        await asyncio.sleep(0.1)
    raise AssertionError([one["outcome"] for one in await service.contacts()])


def become(service: Service, mode: str) -> None:
    """Change the lender's mode as another start of the processes would."""
    lenders = service.runtime.considering.rulebook.lenders
    assert isinstance(lenders, dict)
    lenders["acme"] = replace(lenders["acme"], mode=mode)


async def test_in_test_everything_happens_and_nothing_leaves(
    database_url: str, redis_url: str
) -> None:
    async with in_mode(database_url, redis_url, mode="test") as service:
        await service.dispatch()

        assert service.twilio.creates == []
        contacts = await service.contacts()
        assert {(one["provider"], one["mode"]) for one in contacts} == {("simulated", "test")}
        assert {one["sender"] for one in contacts} == {"+12125550100"}
        assert {row["mode"] for row in await service.log() if row["kind"] == "decided"} == {"test"}


async def test_in_team_only_guests_are_contacted_for_real_and_nobody_opts_out_by_chance(
    database_url: str, redis_url: str
) -> None:
    async with in_mode(database_url, redis_url, mode="team", guests=[GUEST]) as service:
        await service.dispatch()
        await service.twilio.settled()
        await simulated_receipts(service)

        assert [one.form["To"] for one in service.twilio.creates] == [GUEST]
        found = {one["provider"]: one["mode"] for one in await service.contacts()}
        assert found == {"twilio": "team", "simulated": "team"}
        assert await service.rows("SELECT 1 FROM suppressions") == []


@pytest.mark.parametrize(
    ("mode", "again"),
    [pytest.param("test", 2, id="both were simulated"), pytest.param("team", 1, id="one guest")],
)
async def test_what_was_simulated_does_not_count_once_the_lender_is_live(
    database_url: str, redis_url: str, mode: str, again: int
) -> None:
    async with in_mode(database_url, redis_url, mode=mode, guests=[GUEST]) as service:
        await service.dispatch()
        before = len(service.twilio.creates)
        become(service, "live")
        await service.rows("UPDATE agenda SET due_at = $1 RETURNING 1", service.now)

        await service.dispatch()

        assert len(service.twilio.creates) == before + again
        live = [one for one in await service.contacts() if one["mode"] == "live"]
        assert [one["provider"] for one in live] == ["twilio"] * again
        assert [one["try"] for one in live] == [1] * again


async def test_recent_contacts_are_shown_by_mode(database_url: str, redis_url: str) -> None:
    async with in_mode(database_url, redis_url, mode="team", guests=[GUEST]) as service:
        await service.dispatch()
        async with service.runtime.http.get(f"{service.base_url}/metrics") as answer:
            text = await answer.text()

    for simulated in ("0", "1"):
        assert f'mode="team",simulated="{simulated}",tenant="acme"}} 1.0' in text
