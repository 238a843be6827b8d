"""`explain` says what dispatch would do, before it does it, and what it did."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from outreach.domain.standing import Due, Wait
from outreach.usecases.explain import Explanation, explain_loan
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.test_way import run


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        yield running


async def explain(service: Service, after: timedelta = timedelta(0)) -> Explanation:
    [one] = await explain_loan(
        service.runtime, ["acme"], "LN-1", at=service.now + after, now=service.now
    )
    return one


async def test_it_announces_the_contact_that_dispatch_then_makes(service: Service) -> None:
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()

    said = await explain(service)
    await service.dispatch()

    [contact] = await service.contacts()
    assert (said.next_at, said.next_step) == (contact["at"], contact["step"])
    assert isinstance(said.looked.answer, Due)
    assert all(row.reason is None for row in said.rules if row.rule.enforce)
    assert {row.rule.id for row in said.rules} >= {"us.scope.first_party_udaap"}


async def test_at_night_it_names_the_rule_or_the_window_and_the_morning(service: Service) -> None:
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()

    said = await explain(service, after=timedelta(hours=10))  # 22:00 in New York

    assert isinstance(said.looked.answer, Wait)
    assert said.waits
    assert said.next_at is None or said.next_at > NOON + timedelta(hours=10)


async def test_what_was_done_is_in_the_past_part(service: Service) -> None:
    await run(service, service.borrower(), service.overdue(days=3))

    said = await explain(service)

    assert [row.kind for row in said.past][-2:] == ["accepted", "decided"]
    assert isinstance(said.looked.answer, Wait)


async def test_a_hold_is_named_with_every_rule(service: Service) -> None:
    hold = service.signal(
        "hold.placed",
        "borrower/BR-1",
        borrower={"id": "BR-1"},
        hold={"id": "H-1", "kind": "operator", "contact_policy": "stop_all"},
    )
    await run(service, service.borrower(), service.overdue(days=3), hold)

    said = await explain(service)

    objecting = {row.rule.id for row in said.rules if row.reason is not None}
    assert "outreach.hold" in objecting
    assert said.next_at is None


async def test_an_unknown_loan_is_no_explanation(service: Service) -> None:
    assert await explain_loan(service.runtime, ["acme"], "LN-X", at=NOON, now=NOON) == []
