"""The console in a browser: signing in and stopping by keyboard."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Scheme, looked_at
from tests.e2e.service import a_service
from tests.web.console import PASSWORD, an_account, production


async def test_somebody_signs_in_and_stops_texts_by_keyboard_alone(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(scripts=False) as page,
    ):
        await an_account(service)
        await page.goto(visitor.base + "/stops")
        await page.locator("#login").fill("li.wei")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/stops")
        await page.get_by_label("What", exact=True).select_option("acme channel sms")
        await page.get_by_label("Why", exact=True).fill("provider incident")
        await page.keyboard.press("Enter")
        assert await page.locator("[role=status]").count() == 0

        await page.get_by_label("To confirm, type STOP").fill("stop")
        await page.keyboard.press("Enter")
        assert "Stopped" in await page.inner_text("[role=status]")
        assert "provider incident" in await page.inner_text("table")
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await service.dispatch()
        assert service.twilio.creates == []

        await page.locator("details.account summary").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Sign out").click()
        await page.goto(visitor.base + "/stops")
        assert "Sign in" in await page.inner_text("h1")


@pytest.mark.parametrize(("locale", "scheme"), [("en-US", "light"), ("zh-CN", "dark")])
async def test_whoever_isnt_signed_in_can_use_what_they_see(
    database_url: str, redis_url: str, open_page: OpenPage, locale: str, scheme: Scheme
) -> None:
    """Every other page: `test_every_page`."""
    wrong: dict[str, list[str]] = {}
    async with a_service(database_url, redis_url) as service, production(service) as visitor:
        for place, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
            async with open_page(viewport=viewport, scheme=scheme, locale=locale) as page:
                await page.goto(visitor.base + "/stops")
                wrong[f"{place} sign-in"] = await looked_at(page, f"{locale}-{place}-sign-in")
                await page.locator("#login").fill("li.wei")
                await page.locator("#password").fill("wrong")
                await page.keyboard.press("Enter")
                await page.wait_for_selector("[role=alert]")
                wrong[f"{place} error"] = await looked_at(page, f"{locale}-{place}-error")
    assert {where: found for where, found in wrong.items() if found} == {}
