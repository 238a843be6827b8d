"""Pauses of every breadth, placed by people: they act at once, and are kept with who and why."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import pytest

from outreach.store.pauses import EVERY_LENDER, Pause
from outreach.usecases.confirming import confirm_opt_outs
from outreach.usecases.dispatch import dispatch_due
from outreach.usecases.pausing import Said, history, place, take_off
from outreach.usecases.seal import seal_log, verify_log
from tests.e2e.service import US_NUMBER, Service, a_service, kinds
from tests.e2e.test_way import ADA

ALL: Final = Pause(EVERY_LENDER, "everything", "")


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        yield running


def said(service: Service, reason: str = "wrong amounts in the feed") -> Said:
    return Said("Li Wei", reason, service.now, service.runtime.clock.wall_now())


async def waiting(service: Service, statement: str) -> None:
    """Wait until some session waits for a lock with this statement."""
    for _ in range(500):
        found = await service.rows(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND position($1 IN query) > 0",
            statement,
        )
        if found:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"nobody waits with {statement}")


@pytest.mark.parametrize(
    ("pause", "stops"),
    [
        pytest.param(ALL, True, id="the kill switch"),
        pytest.param(Pause("acme", "everything", ""), True, id="this lender"),
        pytest.param(Pause("harbor", "everything", ""), False, id="another lender"),
        pytest.param(Pause("acme", "channel", "sms"), True, id="the channel"),
        pytest.param(Pause(EVERY_LENDER, "channel", "sms"), True, id="the channel of all"),
        pytest.param(Pause("acme", "channel", "email"), False, id="another channel"),
        pytest.param(Pause("acme", "treatment", "us-default"), True, id="the treatment"),
        pytest.param(Pause("acme", "treatment", "cn-default"), False, id="another treatment"),
        pytest.param(Pause("acme", "template", "overdue_early"), True, id="the template"),
        pytest.param(Pause("acme", "template", "overdue_late"), False, id="another template"),
        pytest.param(Pause("acme", "sender", US_NUMBER), True, id="the sender"),
        pytest.param(Pause("acme", "account", "twilio"), True, id="the account"),
        pytest.param(Pause("acme", "account", "other"), False, id="another account"),
    ],
)
async def test_a_pause_stops_what_it_names_and_nothing_else(
    service: Service, pause: Pause, stops: bool
) -> None:
    await place(service.runtime, pause, said(service))
    await service.dispatch()

    assert (await service.contacts() == []) is stops
    assert ("dispatch.paused" in str(await service.log())) is stops

    assert await take_off(service.runtime, pause, said(service, "mended")) == 1
    await service.dispatch()
    assert len(await service.contacts()) == 1


async def test_one_version_of_a_treatment_may_be_paused(service: Service) -> None:
    treatments = service.runtime.considering.rulebook.treatments
    [shipped] = [one for one in treatments if one.name == "us-default"]
    await place(service.runtime, Pause("acme", "treatment", shipped.ref), said(service))
    await service.dispatch()

    assert await service.contacts() == []


async def test_a_pause_placed_between_claim_and_reservation_stops_the_contact(
    service: Service,
) -> None:
    async with service.runtime.db.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        # Dispatch has claimed the person when it asks for this table, and waits.
        await conn.execute("LOCK TABLE external_refs IN ACCESS EXCLUSIVE MODE")
        dispatching = asyncio.create_task(dispatch_due(service.runtime, service.sender))
        await waiting(service, "FROM inbox AS i")
        await place(service.runtime, ALL, said(service))
        await transaction.rollback()
        await dispatching

    assert await service.contacts() == []
    assert service.twilio.creates == []
    assert "dispatch.paused" in str((await service.log())[-1])


async def test_a_pause_placed_after_the_reservation_releases_what_has_not_left(
    service: Service,
) -> None:
    # What a worker reads twice a second: it sees the pause, the reservation was before it.
    await place(service.runtime, ALL, said(service))
    await service.runtime.brakes.refresh(service.runtime.db)
    await service.rows("UPDATE pauses SET lifted_at = placed_at RETURNING 1")

    await dispatch_due(service.runtime, service.sender)

    [contact] = await service.contacts()
    assert (contact["delivery_state"], contact["outcome"]) == ("released", "released")
    assert service.twilio.creates == []
    released = (await service.log())[-1]
    assert (released["kind"], released["why"]) == ("released", "paused")

    await service.runtime.brakes.refresh(service.runtime.db)
    await service.dispatch()
    assert [one["outcome"] for one in await service.contacts()] == ["released", "sent"]


async def test_who_waits_is_logged_once_and_let_go_in_the_order_in_which_windows_close(
    service: Service,
) -> None:
    await place(service.runtime, ALL, said(service))
    await service.dispatch()
    await service.dispatch()
    assert kinds(await service.log()).count("blocked") == 1
    [row] = await service.rows("SELECT person_id, reason FROM agenda")
    _, why, closes = row["reason"].split("|")
    assert why == "dispatch.paused"
    for person, at in ((901, "2026-11-23T01"), (902, "2026-11-24T01"), (903, "2026-11-22T01")):
        await service.rows(
            "INSERT INTO agenda VALUES ('acme', $1, 'infinity', $2) RETURNING 1",
            person,
            f"x|dispatch.paused|{at}:00:00+00:00",
        )

    await take_off(service.runtime, ALL, said(service, "mended"))

    order = await service.rows("SELECT person_id FROM agenda ORDER BY due_at")
    others = [one["person_id"] for one in order if one["person_id"] > 900]
    assert others == [903, 901, 902]
    assert closes > "2026-11-23"


async def test_who_placed_and_lifted_it_and_why_is_kept_encrypted_and_sealed(
    service: Service,
) -> None:
    one = Pause("acme", "channel", "sms")
    await place(service.runtime, one, said(service, "carrier asked us to"))
    await take_off(service.runtime, one, replace(said(service, "carrier is content"), by="Ada"))

    lifted, placed = await history(service.runtime)
    assert (placed.body["type"], placed.body["by"]) == ("pause.placed", "Li Wei")
    assert (lifted.body["type"], lifted.body["by"]) == ("pause.lifted", "Ada")
    assert placed.body["reason"] == "carrier asked us to"
    rows = await service.rows("SELECT kind, body FROM contact_events WHERE person_id = 0")
    assert [row["kind"] for row in rows] == ["operator", "operator"]
    assert all(b"carrier" not in row["body"] for row in rows)
    wall = service.runtime.clock.wall_now()
    while await seal_log(service.runtime.db, wall_now=wall):
        pass
    assert (await verify_log(service.runtime.db)).broken == ""


async def test_lifting_what_is_not_paused_says_so_and_logs_nothing(service: Service) -> None:
    assert await take_off(service.runtime, ALL, said(service)) == 0
    assert await history(service.runtime) == []


async def test_an_opt_out_is_not_confirmed_while_everything_is_stopped(service: Service) -> None:
    await service.dispatch()
    await service.receipts()
    await place(service.runtime, ALL, said(service))
    assert await service.twilio.inbound(ADA, US_NUMBER, "please leave me alone") == 200
    await service.receipts()

    assert await confirm_opt_outs(service.runtime, service.sender) == 1

    assert len(service.twilio.creates) == 1
    assert "dispatch.paused" in str((await service.log())[-1])
