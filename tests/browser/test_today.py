"""Today in a browser: numbers that follow by themselves, and the page for everybody."""

import pytest

from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    OpenPage,
    Scheme,
    looked_at,
    violations,
)
from tests.e2e.service import Service, a_service
from tests.web.a_day import add_trouble, count_a_day


async def counted(service: Service, *, trouble: bool = False) -> None:
    """Write a day's counts."""
    clock = service.runtime.clock
    async with service.runtime.db.acquire() as conn:
        times = {"now": clock.business_now(), "wall_now": clock.wall_now()}
        await count_a_day(conn, "acme", **times)
        if trouble:
            await add_trouble(conn, "acme", **times)


async def test_numbers_follow_until_somebody_pauses_them(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with a_service(database_url, redis_url) as service, open_page() as page:
        await counted(service)
        await page.goto(service.base_url + "/")
        await page.wait_for_selector("[data-when=live]:visible")
        assert await page.inner_text("[data-live=due]") == "0"

        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await page.wait_for_function("document.querySelector('[data-live=due]').textContent == '1'")

        await page.get_by_role("button", name="Pause").click()
        assert "paused" in await page.inner_text("[role=status]")
        assert await page.evaluate("document.activeElement.textContent") == "Resume"
        await service.dispatch()
        await page.keyboard.press("Enter")
        await page.wait_for_function("document.querySelector('[data-live=due]').textContent == '0'")


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme", "place"), [("zh-CN", "dark", "phone")])
async def test_today_can_be_used_by_everybody(
    database_url: str, redis_url: str, open_page: OpenPage, locale: str, scheme: Scheme, place: str
) -> None:
    viewport = DESKTOP if place == "desktop" else PHONE
    async with (
        a_service(database_url, redis_url) as service,
        open_page(viewport=viewport, scheme=scheme, locale=locale) as page,
    ):
        await counted(service, trouble=True)
        await page.goto(service.base_url + "/")
        await page.wait_for_selector("[data-when=live]:visible")
        assert await looked_at(page, f"{locale}-{place}-today") == []
        await page.locator("details.hours summary").click()
        assert await violations(page) == []
