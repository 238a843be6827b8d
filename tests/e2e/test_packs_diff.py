"""Which contacts other packs would have decided otherwise: the log's decisions, made again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from outreach.compliance.pack import Pack, Requires, Rule
from outreach.domain.decisions import Verdict
from outreach.usecases.replay_packs import Replayed, replay_log
from outreach.usecases.rulebook import Rulebook
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.test_replay import a_varied_run

BAN = Pack(
    "us-no-texts",
    "2026.11",
    (Rule("x.no_texts", "channel_forbidden", applies_to={"channel": "sms"}),),
    Requires(countries=frozenset({"US"})),
)


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        yield running


async def replayed(service: Service, *more: Pack, days: int = 30) -> tuple[Replayed, list[int]]:
    """Compare the packs in use with the same and some more."""
    used = service.runtime.considering.rulebook
    told: list[int] = []
    found = await replay_log(
        service.runtime.db,
        service.runtime.vault,
        used,
        Rulebook((*used.packs, *more), (), used.lenders),
        since=service.now - timedelta(days=days),
        progress=lambda done, of: told.append(of - done),
    )
    return found, told


async def test_the_same_packs_decide_everything_as_it_was_decided(service: Service) -> None:
    await a_varied_run(service)

    found, told = await replayed(service)

    log = [row["kind"] for row in await service.log()]
    assert found.rows == sum(kind in {"decided", "deferred", "blocked"} for kind in log)
    assert found.ways >= found.rows - found.unreadable > 0
    assert found.otherwise == ()
    assert told[-1] == 0


async def test_a_new_rule_shows_on_every_contact_that_it_would_have_stopped(
    service: Service,
) -> None:
    await a_varied_run(service)
    made = [row for row in await service.log() if row["kind"] == "decided"]

    found, _ = await replayed(service, BAN)

    stopped = [one for one in found.otherwise if one.before.verdict is Verdict.ALLOW]
    assert len(stopped) == len(made)
    assert {one.after.verdict for one in found.otherwise} == {Verdict.BLOCK}
    assert all("x.no_texts" in one.after.rules for one in found.otherwise)
    assert {loan for one in stopped for loan in one.loans} <= {f"LN-{n}" for n in range(1, 6)}
    assert {(one.tenant, one.channel) for one in stopped} == {("acme", "sms")}


async def test_only_the_last_days_are_looked_at(service: Service) -> None:
    await a_varied_run(service)
    whole, _ = await replayed(service)

    part, _ = await replayed(service, days=5)

    assert service.now > NOON + timedelta(days=5)
    assert 0 < part.rows < whole.rows


async def test_somebody_who_was_erased_is_counted_and_left_alone(service: Service) -> None:
    await a_varied_run(service)
    await service.rows("UPDATE persons SET wrapped_key = NULL")

    found, _ = await replayed(service, replace(BAN, id="us-other"))

    assert found.unreadable == found.rows > 0
    assert (found.ways, found.otherwise) == (0, ())
