"""Work for people on the page: listed, taken by one, closed with what came of it."""

import re
from collections.abc import AsyncIterator

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import list_actions
from tests.e2e.service import Service, a_service
from tests.e2e.signals import a_dispute
from tests.web.console import Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, whose one borrower disputes the loan."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3), a_dispute(running))
        await running.fold()
        yield running


async def the_task(browser: Browser) -> str:
    """Return the address of the one task that is listed; it is a case, which has its own page."""
    _, _, text = await browser.get("/tasks")
    [number] = re.findall(r'href="/cases/(\d+)"', text)
    return f"/tasks/{number}"


async def test_a_dispute_is_listed_taken_and_closed(service: Service) -> None:
    await an_account(service)
    await an_account(service, "wang.min")
    async with production(service) as browser:
        await browser.sign_in()
        link = await the_task(browser)
        status, _, text = await browser.get(link)
        assert status == 200
        assert "A dispute" in text
        assert "BR-1" in text
        taken = await browser.submit(link, f"{link}/take")
        assert taken[:2] == (303, link)

        await browser.sign_in("wang.min")
        again = await browser.submit(link, f"{link}/take")
        assert again[0] == 409
        assert "Somebody else has taken it" in again[2]
        wrong = await browser.submit(link, f"{link}/close", outcome="Not clear!", why="letter 7")
        assert wrong[0] == 422
        assert "letter 7" in wrong[2]
        closed = await browser.submit(link, f"{link}/close", outcome="answered", why="letter 7")
        assert closed[:2] == (303, "/tasks?done=tasks.done")
        late = await browser.post(f"{link}/close", outcome="answered")
        _, _, listed = await browser.get("/tasks?done=tasks.done")

    assert late[0] == 403  # without the form's token
    assert "Nothing waits for people." in listed
    [kept] = await service.rows("SELECT state, outcome, assignee FROM tasks")
    assert tuple(kept.values()) == ("done", "answered", "Li.Wei (li.wei)")
    async with service.runtime.db.acquire() as conn:
        shown = [one for one in await list_actions(conn, None, 50) if one.tenant == "acme"]
    assert {one.action for one in shown} == {
        "GET /tasks/{number}", "POST /tasks/{number}/take", "POST /tasks/{number}/close",
    }  # fmt: skip
    assert {one.login for one in shown} == {"li.wei", "wang.min"}


async def test_of_one_kind_or_none_such(service: Service) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        _, _, disputes = await browser.get("/tasks", kind="dispute")
        _, _, visits = await browser.get("/tasks", kind="field_visit")
        _, _, nonsense = await browser.get("/tasks", kind="nonsense")

    assert "/cases/" in disputes
    assert "Nothing waits for people." in visits
    assert "There is no task of this kind." in nonsense


async def test_another_lenders_task_is_not_there(service: Service) -> None:
    await an_account(service)
    await an_account(service, "of.another", other={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in()
        link = await the_task(browser)
        await browser.sign_in("of.another")
        status, _, text = await browser.get(link)
        _, _, listed = await browser.get("/tasks")
        for strange in ("/tasks/0", "/tasks/x", "/tasks/" + "9" * 40):
            assert (await browser.get(strange))[0] == 404

    assert status == 404
    assert "BR-1" not in text + listed
    assert link not in listed
