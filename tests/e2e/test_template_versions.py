"""An operator edits words, another approves, and the next contact says them; and back again."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from outreach.domain.template_versions import State
from outreach.store.pool import Pool, open_pool
from outreach.usecases.template_approving import publish, publish_due, roll_back, schedule
from outreach.usecases.template_live import UNUSABLE, follow_words
from outreach.usecases.template_reading import find_version, list_lives, words_of
from tests.e2e.service import Service, a_service
from tests.e2e.signals import a_phone
from tests.usecases.template_office import ANN, BEN, PLACE, Office

OLD = "It may have slipped by."
SAID = "Call us if you need help."
WAITING = (
    "FROM pg_locks WHERE NOT granted AND relation = 'template_generation'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def an_office(service: Service, pool: Pool | None = None) -> Office:
    """Return another process of the installation, in which people work on words."""
    runtime = service.runtime
    return Office(runtime.settings, pool or runtime.db, runtime.clock.business_now())


async def contact(service: Service, number: int) -> tuple[str, str]:
    """Let one more borrower be contacted; returns the words and the version that the log names."""
    ref, loan = f"BR-{number}", f"LN-{number}"
    phone = a_phone(f"ph-{number}", f"+121255501{number:02}", primary=True)
    await service.post(
        service.borrower(ref, phones=[phone]), service.overdue(days=3, loan=loan, borrower=ref)
    )
    await service.fold()
    await service.dispatch()
    decided = [row for row in await service.log() if row["kind"] == "decided"]
    return decided[-1]["words"], decided[-1]["action"]["template_ref"]


async def followed(service: Service, generation: int) -> None:
    """Wait until the service has seen that other words are live, as it does by itself."""
    async with asyncio.timeout(20):
        while service.runtime.considering.catalog.generation < generation:  # noqa: ASYNC110 - it polls
            await asyncio.sleep(0.02)


async def test_edited_words_reach_the_next_contact_and_an_older_version_the_one_after(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        office = an_office(service)
        before, file_ref = await contact(service, 1)
        ready = await office.approved(OLD, SAID)
        still, _ = await contact(service, 2)

        live = await publish(office, "acme", ready.version_id, office.by(ANN))
        await followed(service, 1)
        after, ref = await contact(service, 3)

        assert SAID not in before + still
        assert SAID in after
        assert ref == live.ref != file_ref
        found = await words_of(office, "acme", ref)
        assert found is not None
        assert (found.version_id, found.number, found.state) == (1, 1, State.LIVE)
        assert await words_of(office, "acme", file_ref) is None

        await roll_back(office, PLACE, office.by(BEN), to=0, reason="the old ones were better")
        await followed(service, 2)
        again, again_ref = await contact(service, 4)

        assert SAID not in again
        assert again_ref == file_ref
        stored = {row["template"] for row in await service.contacts()}
        assert stored == {file_ref, ref}
        [life] = await list_lives(office, PLACE)
        assert (life.number, life.percent, life.by, life.until is None) == (1, 100, "ann", False)
        done = [row["action"] for row in await service.rows(
            "SELECT action FROM operator_audit ORDER BY audit_id"
        )]  # fmt: skip
        assert done == [
            f"template.{one}"
            for one in ("begun", "saved", "submitted", "approved", "published", "rolled_back")
        ]


async def test_who_is_killed_before_the_commit_of_publishing_leaves_everything_as_it_was(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        doomed = await open_pool(database_url, size=1)
        office = an_office(service, doomed)
        ready = await office.approved(OLD, SAID)
        async with service.runtime.db.acquire() as conn:
            transaction = conn.transaction()
            await transaction.start()
            await conn.execute("LOCK TABLE template_generation")
            publishing = asyncio.create_task(
                publish(office, "acme", ready.version_id, office.by(ANN))
            )
            await waits_for_a_lock(service)
            await conn.execute(f"SELECT pg_terminate_backend(pid) {WAITING}")
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await publishing
            await transaction.rollback()
        await doomed.close()

        office = an_office(service)
        left = await find_version(office, "acme", ready.version_id)
        assert left == ready
        assert await list_lives(office, PLACE) == []
        words, _ = await contact(service, 1)
        assert SAID not in words

        await publish(office, "acme", ready.version_id, office.by(ANN))
        await follow_words(service.runtime, now=service.now)
        assert SAID in (await contact(service, 2))[0]


async def waits_for_a_lock(service: Service) -> None:
    async with asyncio.timeout(20):
        while not await service.rows(f"SELECT 1 {WAITING}"):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.02)


async def test_words_go_live_at_the_time_that_was_planned(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        office = an_office(service)
        ready = await office.approved(OLD, SAID)
        at = service.now + timedelta(hours=1)
        await schedule(office, "acme", ready.version_id, office.by(ANN), at=at)
        wall = service.runtime.clock.wall_now()

        too_soon = await publish_due(service.runtime, now=service.now, wall_now=wall)
        await service.move_to(at)
        done = await publish_due(service.runtime, now=service.now, wall_now=wall)
        once_more = await publish_due(service.runtime, now=service.now, wall_now=wall)

        assert (too_soon, done, once_more) == (0, 1, 0)
        assert SAID in (await contact(service, 1))[0]


async def test_a_version_that_cannot_be_read_is_not_used_and_an_alert_says_so(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        office = an_office(service)
        ready = await office.approved(OLD, SAID)
        await publish(office, "acme", ready.version_id, office.by(ANN))
        await follow_words(service.runtime, now=service.now)
        fresh = an_office(service)
        async with service.runtime.db.acquire() as conn:
            await conn.execute("ALTER TABLE template_versions DISABLE TRIGGER USER")
            await conn.execute("UPDATE template_versions SET source = '{{ nonsense }}'")
            await conn.execute("UPDATE template_generation SET generation = generation + 1")

        await follow_words(service.runtime, now=service.now)
        kept, _ = await contact(service, 1)
        await follow_words(fresh, now=service.now)
        service.runtime.considering.catalog.know_live(fresh.considering.catalog.live, 9)
        await service.post(
            service.borrower("BR-2", phones=[a_phone("ph-2", "+12125550102", primary=True)]),
            service.overdue(days=3, loan="LN-2", borrower="BR-2"),
        )
        await service.fold()
        await service.dispatch()

        assert SAID in kept
        assert len(await service.contacts()) == 1
        blocked = [row for row in await service.log() if row["kind"] == "blocked"]
        codes = {one["code"] for row in blocked for way in row["tried"] for one in way["reasons"]}
        assert "template.unreadable" in codes
        raised = await service.rows("SELECT kind, subject FROM alerts WHERE kind = $1", UNUSABLE)
        assert [row["subject"] for row in raised] == ["overdue_early/en-US/sms"]
