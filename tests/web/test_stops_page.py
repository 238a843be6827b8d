"""Stopping and letting go on the page, and what it does to the next contact."""

from collections.abc import AsyncIterator

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import find_account, rename
from tests.e2e.service import Service, a_service
from tests.web.console import Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, with one borrower who is due."""
    async with a_service(database_url, redis_url) as running:
        yield running


async def stop(browser: Browser, **changes: str) -> tuple[int, str, str]:
    """Stop the lender's texts, with some of the form changed."""
    form = {"what": "acme channel sms", "reason": "provider incident", "confirmation": "Stop"}
    return await browser.submit("/stops", "/stops", **{**form, **changes})


async def dispatched(service: Service) -> int:
    """Tell of somebody who is due; return how many texts went out in all."""
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await service.dispatch()
    return len(service.twilio.creates)


async def test_a_stop_holds_the_next_contact_back_until_somebody_else_lets_go(
    service: Service,
) -> None:
    await an_account(service)
    await an_account(service, "wang.min")
    async with production(service) as browser:
        await browser.sign_in()
        status, location, _ = await stop(browser)
        assert (status, location) == (303, "/stops?done=stops.placed")
        assert await dispatched(service) == 0

        _, _, listed = await browser.get("/stops")
        assert "provider incident" in listed
        assert "Li.Wei (li.wei)" in listed
        own = await browser.submit("/stops", "/stops/lift", what="acme channel sms", reason="fine")
        assert own[0] == 403
        async with service.runtime.db.acquire() as conn:
            account = await find_account(conn, "li.wei")
            assert account is not None
            await rename(conn, account.operator.operator_id, "Somebody Else")
        own = await browser.submit("/stops", "/stops/lift", what="acme channel sms", reason="fine")
        assert own[0] == 403, "under another name"

        await browser.sign_in("wang.min")
        status, location, _ = await browser.submit(
            "/stops", "/stops/lift", what="acme channel sms", reason="carrier is back"
        )
        assert (status, location) == (303, "/stops?done=stops.lifted")
        await service.dispatch()
        again = await browser.submit("/stops", "/stops/lift", what="acme channel sms", reason="x")

    assert len(service.twilio.creates) == 1
    assert again[0] == 409


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"confirmation": "yes"}, "Type STOP to confirm", id="not confirmed"),
        pytest.param({"reason": "  "}, "Say why.", id="no reason"),
        pytest.param({"what": "acme channel fax"}, "Choose what to stop", id="no such channel"),
        pytest.param({"what": "other everything "}, "Choose what to stop", id="another lender"),
        pytest.param({"what": "nonsense"}, "Choose what to stop", id="nonsense"),
    ],
)
async def test_a_form_that_lacks_something_stops_nothing_and_keeps_what_was_written(
    service: Service, changes: dict[str, str], said: str
) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        status, _, text = await stop(browser, **changes)

    assert status == 422
    assert said in text
    assert ("provider incident" in text) == ("reason" not in changes)
    assert await service.rows("SELECT 1 FROM pauses") == []


async def test_without_the_forms_token_nothing_is_stopped(service: Service) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        form = {"what": "* everything ", "reason": "x", "confirmation": "stop"}
        status, _, _ = await browser.post("/stops", form_token="0" * 64, **form)

    assert status == 403
    assert await service.rows("SELECT 1 FROM pauses") == []


async def test_only_who_may_speak_for_every_lender_stops_every_lender(service: Service) -> None:
    await an_account(service)
    await an_account(service, "approver", acme={Role.APPROVER})
    async with production(service) as browser:
        await browser.sign_in("approver")
        _, _, text = await browser.get("/stops")
        assert "Stop now" not in text
        await browser.sign_in()
        status, location, _ = await stop(browser, what="* everything ")

    assert (status, location) == (303, "/stops?done=stops.placed")
    [kept] = await service.rows("SELECT tenant_id, scope, placed_by FROM pauses")
    assert tuple(kept.values()) == ("*", "everything", "Li.Wei (li.wei)")
