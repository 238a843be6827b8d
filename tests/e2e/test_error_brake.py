"""What is filtered, complained of or opted out of too often is paused without anybody."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import pytest

from outreach.settings.brakes import ErrorBrake
from outreach.store.pauses import Pause, list_pauses
from outreach.usecases.error_brake import brake_on_errors
from outreach.usecases.pausing import Said, history, take_off
from tests.e2e.service import NOON, Service, a_service

LIMITS: Final = ErrorBrake(minimum=10, filtered=0.2, opt_outs=0.2, complaints=0.1)
CONTACT: Final = """
    INSERT INTO contacts (tenant_id, person_id, contact_id, case_id, step, occurrence, try, debts,
                          channel, purpose, endpoint_id, address_hmac, provider, sender, template,
                          treatment, at, send_before, parts, delivery_state, outcome, error_class)
    SELECT 'acme', n, gen_random_uuid(), n, 's', 'o', $1, '{}', 'sms', 'collection', 'e',
           int8send(n), 'twilio', 'from-' || n % 2, $2, 't', $3, $4, 1,
           CASE WHEN n <= $5 THEN 'undelivered' ELSE 'delivered' END, 'sent',
           CASE WHEN n <= $5 THEN 'reputation' END
      FROM generate_series(1, $6::bigint) AS n
 RETURNING 1
"""
OPT_OUT: Final = """
    INSERT INTO suppressions (tenant_id, address_hmac, medium, at, origin, evidence)
    SELECT 'acme', int8send(n), 'sms', $1, 'reply', $2 FROM generate_series(1, $3::bigint) AS n
 RETURNING 1
"""
HOLD: Final = """
    INSERT INTO holds (tenant_id, person_id, kind, case_ref, policy, placed_at, starts_at,
                       version_at, origin)
    SELECT 'acme', n, 'complaint', 'C', 'stop_all', $1, $1, $1, 'reply'
      FROM generate_series(1, $2::bigint) AS n
 RETURNING 1
"""


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        yield running


async def sent(
    service: Service,
    *,
    people: int = 20,
    filtered: int = 0,
    template: str = "a@1",
    ago: timedelta = timedelta(minutes=10),
    at: datetime = NOON,
    try_: int = 1,
) -> None:
    wall = service.runtime.clock.wall_now() - ago
    await service.rows(CONTACT, try_, template, at, wall, filtered, people)


async def brake(service: Service) -> list[Pause]:
    wall = service.runtime.clock.wall_now()
    return await brake_on_errors(service.runtime, LIMITS, now=service.now, wall_now=wall)


async def reasons(service: Service) -> Mapping[Pause, str]:
    async with service.runtime.db.acquire() as conn:
        return {Pause(*one[:3]): one.reason for one in await list_pauses(conn)}


async def test_a_filtered_template_is_paused_with_an_alert_and_a_line_in_the_log(
    service: Service,
) -> None:
    await sent(service, filtered=5)

    placed = await brake(service)

    assert Pause("acme", "template", "a@1") in placed
    assert (await reasons(service))[Pause("acme", "template", "a@1")] == "5 of 20 filtered"
    alerts = await service.rows("SELECT subject FROM alerts WHERE kind = 'error_rate'")
    assert "template a@1" in {one["subject"] for one in alerts}
    assert {word.body["by"] for word in await history(service.runtime)} == {"outreach"}
    assert await brake(service) == []  # what is paused isn't paused again


@pytest.mark.parametrize(
    ("people", "filtered", "ago"),
    [
        pytest.param(20, 4, 10, id="at the limit"),
        pytest.param(9, 9, 10, id="too few to say"),
        pytest.param(20, 20, 70, id="too long ago"),
    ],
)
async def test_what_is_within_the_limits_goes_on(
    service: Service, people: int, filtered: int, ago: int
) -> None:
    await sent(service, people=people, filtered=filtered, ago=timedelta(minutes=ago))

    assert Pause("acme", "template", "a@1") not in await brake(service)


async def test_opt_outs_after_a_contact_count_and_those_before_it_do_not(service: Service) -> None:
    await sent(service, people=20)
    await service.rows(OPT_OUT, NOON - timedelta(minutes=1), "reply x: stop", 9)
    assert await brake(service) == []

    await service.rows("UPDATE suppressions SET at = $1 RETURNING 1", NOON + timedelta(minutes=1))
    await brake(service)
    assert (await reasons(service))[Pause("acme", "template", "a@1")] == "9 of 20 opted out"


async def test_complaints_count_whatever_way_they_came(service: Service) -> None:
    await sent(service, people=20)
    await service.rows(HOLD, NOON, 2)
    assert await brake(service) == []
    await service.rows(OPT_OUT, NOON, "reply complaint:1: complaint", 3)

    await brake(service)

    assert "3 of 20 complained" in (await reasons(service))[Pause("acme", "template", "a@1")]


async def test_only_the_sender_that_does_harm_is_paused(service: Service) -> None:
    await sent(service, people=40)
    await service.rows(
        "UPDATE contacts SET error_class = 'reputation'"
        " WHERE sender = 'from-1' AND person_id < 12 RETURNING 1"
    )

    assert await brake(service) == [Pause("acme", "sender", "from-1")]


async def test_after_a_lift_the_count_begins_anew(service: Service) -> None:
    await sent(service, filtered=20)
    await brake(service)
    mended = Said("Ada", "mended", NOON + timedelta(minutes=1), service.runtime.clock.wall_now())
    for one in await reasons(service):
        await take_off(service.runtime, one, mended)

    assert await brake(service) == []

    later = NOON + timedelta(minutes=2)
    await sent(service, filtered=5, at=later, try_=2)
    assert Pause("acme", "template", "a@1") in await brake(service)
