"""A borrower in a browser: found by phone, read about, held; every page for everybody."""

from datetime import timedelta

import pytest

from outreach.domain.operators import Role
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    OpenPage,
    Scheme,
    looked_at,
    sign_in,
)
from tests.e2e.service import Service, a_service
from tests.e2e.signals import a_dispute
from tests.web.console import an_account, production


async def test_somebody_finds_a_borrower_by_phone_reads_why_and_places_a_hold(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(viewport=DESKTOP) as page,
    ):
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await an_account(service, "chen.yu", acme={Role.COMPLIANCE})
        await sign_in(page, visitor.base, "/search", "chen.yu")
        await page.locator("#find").fill("(212) 555-0143")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/people/*")
        assert "5550143" not in page.url
        assert "BR-1" in await page.inner_text("h1")

        await page.get_by_role("link", name="Check if we may contact now").click()
        answer = await page.inner_text("table")
        assert "May be contacted" in answer
        await page.get_by_role("link", name="Back to the borrower").click()
        await page.get_by_role("link", name="Place a hold").click()
        await page.get_by_label("Why", exact=True).fill("Asked for a week in a call")
        await page.get_by_role("button", name="Place the hold").click()
        assert "Nothing is sent" in await page.inner_text("[role=status]")
        assert "Not to be contacted as usual" in await page.inner_text(".lead")
        await service.dispatch()

        assert service.twilio.creates == []
        await page.reload()
        assert "Asked for a week in a call" in await page.inner_text("main")


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "dark")])
async def test_a_borrowers_pages_can_be_used_by_everybody(
    database_url: str, redis_url: str, open_page: OpenPage, locale: str, scheme: Scheme
) -> None:
    wrong: dict[str, list[str]] = {}
    async with a_service(database_url, redis_url) as service, production(service) as visitor:
        person, loan = await a_story(service)
        await an_account(service)
        for place, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
            async with open_page(viewport=viewport, scheme=scheme, locale=locale) as page:
                await sign_in(page, visitor.base, "/search")
                for path in (
                    f"/people/{person}", f"/people/{person}/check", f"/people/{person}/call",
                    f"/people/{person}/hold", f"/people/{person}/show?address=ph-1",
                    f"/loans/{person}-{loan}", "/search", f"/people/{person}?who=people",
                ):  # fmt: skip
                    await page.goto(visitor.base + path)
                    name = path.replace("/", "-").replace("?", "-")
                    where = f"{locale}-{place}{name}"
                    wrong[where] = await looked_at(page, where)
    assert {where: found for where, found in wrong.items() if found} == {}


async def a_story(service: Service) -> tuple[int, int]:
    """Contact somebody over a few days; they dispute, and pay some of it."""
    email = {"id": "em-1", "address": "ada@example.com", "status": "active"}
    await service.post(service.borrower(emails=[email]), service.overdue(days=3))
    await service.fold()
    await service.dispatch()
    await service.move_to(service.now + timedelta(days=3))
    await service.post(service.payment(minor=5000), service.overdue(days=6, minor=19750))
    await service.fold()
    await service.dispatch()
    await service.post(a_dispute(service))
    await service.fold()
    await service.dispatch()
    [row] = await service.rows("SELECT person_id, loan_id FROM loans")
    return row["person_id"], row["loan_id"]
