"""Somebody searches the contact log: by number, by what came of it, in either language, on a phone."""

from typing import Final

import pytest

from tests.browser.conftest import PHONE, OpenPage, looked_at, sign_in
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_consent, a_phone
from tests.web.console import an_account, production

BORIS: Final = "+12125550177"


async def a_log(service: Service) -> None:
    """One contact is made and delivered, another blocked."""
    await service.post(service.borrower(), service.overdue(days=3))
    await service.post(
        service.borrower(
            "BR-2", phones=[a_phone("ph-9", BORIS)], consents=[a_consent(NOON, status="revoked")]
        ),
        service.overdue(days=3, loan="LN-2", borrower="BR-2"),
    )
    await service.fold()
    await service.dispatch()
    await service.receipts()
    await service.fold_contact_log()


async def test_a_contact_is_found_by_its_number_and_read_why_it_was_not_made(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(scripts=False) as page,
    ):
        await a_log(service)
        await an_account(service)
        await sign_in(page, visitor.base, "/contacts")
        # By keyboard alone, without scripts.
        await page.get_by_text("Find a borrower's contacts").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.type("(212) 555-0177")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**s=*")
        found = await page.locator("main").inner_text()
        address = page.url
        await page.get_by_role("link", name="Blocked").first.click()
        await page.wait_for_url("**verdict=blocked*")
        await page.get_by_text("Save these filters").click()
        await page.get_by_label("Name").fill("Refused")
        await page.get_by_role("button", name="Save filters").click()
        tab = page.get_by_role("link", name="Refused")
        await tab.wait_for()
        is_current = await tab.get_attribute("aria-current")
        await page.locator("table.log tbody th a").first.click()
        story = await page.locator("main").inner_text()

    assert "LN-2" in found
    assert "LN-1" not in found
    assert "0177" not in address
    assert "•••• 0177" in found
    assert is_current == "true"
    assert "outreach.opt_out" in story


@pytest.mark.slow
async def test_what_is_folded_away_and_what_is_not_there_can_be_read_too(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    wrong: dict[str, list[str]] = {}
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(viewport=PHONE, scheme="dark", locale="zh-CN") as page,
    ):
        await a_log(service)
        await an_account(service)
        await sign_in(page, visitor.base, "/contacts")
        for one in await page.locator("main details > summary").all():
            await one.click()
        wrong["open"] = await looked_at(page, "open")
        query = "verdict=blocked&channel=sms&from=-30d&status=sent&purpose=odd"
        await page.goto(f"{visitor.base}/contacts?{query}")
        wrong["nothing"] = await looked_at(page, "nothing")
    assert {where: found for where, found in wrong.items() if found} == {}
