"""A borrower's way on their phone: link, digits, promise, shown as done. And how the pages look."""

from typing import Final

import pytest
from playwright.async_api import Page

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Scheme, keep_picture, violations
from tests.e2e.borrowing import Case, a_case

FORMS: Final = (
    "promise", "hardship", "dispute", "complaint", "preferences", "stop", "statement",
)  # fmt: skip
# Names a folder to keep pictures of every page in, for people to look at.


async def enter(page: Page, case: Case) -> None:
    """Open the link and give the digits, by keyboard alone."""
    await page.goto(case.service.base_url + case.link)
    await page.locator("#digits").fill(case.digits)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#do")


async def test_a_promise_made_on_a_phone_without_scripts_is_shown_as_done(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_case(database_url, redis_url, "US") as case,
        open_page(scripts=False) as page,
    ):
        await enter(page, case)
        assert "$247.50" in await page.inner_text("main")

        await page.get_by_role("link", name="Promise to pay").click()
        await page.get_by_label("Amount (USD)").fill("9999")
        await page.get_by_label("Day on which you will pay").fill("2026-11-27")
        await page.get_by_role("button", name="Make the promise").click()
        assert "Enter at most $247.50" in await page.inner_text("[role=alert]")
        assert (await page.title()).startswith("Error: ")
        assert await page.get_by_label("Amount (USD)").input_value() == "9999"

        await page.get_by_label("Amount (USD)").fill("247.50")
        await page.get_by_role("button", name="Make the promise").click()
        assert "noted your promise" in await page.inner_text("[role=status]")
        await case.service.fold()
        await page.reload()
        told = await page.inner_text(".told")
        assert "You promised $247.50 by Nov 27, 2026" in told
        assert "Open" in told

        await page.get_by_role("button", name="Close this page").click()
        await page.goto(case.service.base_url + case.link)
        assert "247" not in await page.inner_text("body")


@pytest.mark.slow
@pytest.mark.parametrize(("country", "scheme"), [("US", "light"), ("CN", "dark")])
async def test_every_page_can_be_used_by_everybody(
    database_url: str, redis_url: str, open_page: OpenPage, country: str, scheme: Scheme
) -> None:
    wrong: dict[str, list[str]] = {}
    async with a_case(database_url, redis_url, country) as case:
        for place, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
            async with open_page(viewport=viewport, scheme=scheme) as page:
                await page.goto(case.service.base_url + case.link)
                wrong[f"{place} check"] = await looked_at(page, f"{country}-{scheme}-{place}-check")
                await enter(page, case)
                home = page.url
                # Forms are made alike: all are looked at once, on the narrow page.
                whole = place == "phone" and scheme == "light"
                for name in FORMS if whole else ("preferences",):
                    await page.goto(f"{home}/{name}")
                    where = f"{country}-{scheme}-{place}-{name}"
                    wrong[f"{place} {name}"] = await looked_at(page, where)
                if place == "phone":
                    await page.goto(f"{home}/hardship")
                    await page.locator("button").click()
                    wrong["error"] = await looked_at(page, f"{country}-{scheme}-error")
                    await page.locator("input[value=illness]").check()
                    await page.locator("button").click()
                    wrong["done"] = await looked_at(page, f"{country}-{scheme}-done")
                    await case.service.fold()
                await page.goto(home)
                wrong[place] = await looked_at(page, f"{country}-{scheme}-{place}-loan")
    assert {where: found for where, found in wrong.items() if found} == {}


async def looked_at(page: Page, name: str) -> list[str]:
    """Return what is wrong with a page, and with the size of what is to be touched on it."""
    await keep_picture(page, name)
    small = await page.evaluate(
        "[...document.querySelectorAll('a, button, select, textarea, input:not([type=hidden])')]"
        ".map(e => [e, (e.closest('label') ?? e).getBoundingClientRect()])"
        ".filter(([e, r]) => r.bottom > 0 && r.height < (e.closest('.foot, .skip') ? 24 : 44))"
        ".map(([e, r]) => `${r.height}px: ${e.outerHTML.slice(0, 100)}`)"
    )
    return [*await violations(page), *small]
