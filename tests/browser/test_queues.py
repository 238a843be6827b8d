"""What waits for people, in a browser: a reply handled as a promise, keys, and every page."""

from pathlib import Path

import pytest

from outreach.domain.hand_offs import HandOffKind
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    OpenPage,
    Scheme,
    looked_at,
    sign_in,
)
from tests.e2e.late import late, only
from tests.e2e.service import US_NUMBER, Service, a_service
from tests.e2e.signals import a_dispute
from tests.web.console import an_account, production

ADA = "+12125550143"


async def a_reply(service: Service, text: str) -> None:
    """Let the borrower of a contact write, and fold it."""
    await service.twilio.inbound(ADA, US_NUMBER, text)
    await service.receipts()


async def test_a_reply_is_handled_as_a_promise_with_the_keyboard(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(viewport=DESKTOP) as page,
    ):
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await service.dispatch()
        await a_reply(service, "could maybe do half of it, dunno, ring my sister")
        await a_reply(service, "qwerty asdf")
        await an_account(service)
        await sign_in(page, visitor.base, "/replies")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("k")
        await page.keyboard.press("o")
        await page.wait_for_url("**/replies/*")
        assert "ring my sister" in await page.inner_text("ol.talk")
        await page.keyboard.press("4")
        assert await page.locator("#intent-dispute").is_checked()
        assert not await page.locator("#day").is_visible()
        await page.keyboard.press("1")
        assert await page.locator("#intent-promise").is_checked()
        await page.locator("#amount").fill("1")
        await page.keyboard.type("23")
        assert await page.locator("#intent-promise").is_checked()
        await page.locator("#day").fill("2026-11-27")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url("**/replies/*done*")
        assert "qwerty" in await page.inner_text("ol.talk")
        assert "Settled" in await page.inner_text("[role=status]")

        await page.get_by_role("link", name="Back to the borrower").click()
        assert "Promised USD 123.00 by Fri 27 Nov 2026" in await page.inner_text("main")


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "dark")])
async def test_queues_can_be_used_by_everybody(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    open_page: OpenPage,
    locale: str,
    scheme: Scheme,
) -> None:
    wrong: dict[str, list[str]] = {}
    async with (
        late((database_url, redis_url), tmp_path, "US", 60) as service,
        production(service) as visitor,
    ):
        await service.dispatch()
        visit = (await only(service, HandOffKind.VISIT)).hand_off.ref
        await a_reply(service, "no idea who this is about maybe")
        await an_account(service)
        await visitor.sign_in()
        await visitor.submit(
            "/approvals",
            f"/approvals/hand-offs/{visit}",
            answer="approve",
            staff="Li Wei, Wang Min",
        )
        await service.post(a_dispute(service))
        await service.fold()
        [person] = await service.rows("SELECT person_id FROM persons")
        await visitor.submit("/search", f"/people/{person['person_id']}/erase", because="asked")
        tasks = await service.rows("SELECT task_id, kind FROM tasks WHERE done_at IS NULL")
        numbers = {one["kind"]: one["task_id"] for one in tasks}
        paths = ["/replies", f"/replies/{numbers['reply_review']}", "/cases", "/approvals",
                 f"/cases/{numbers['dispute']}", f"/hand-offs/{visit}", "/tasks"]  # fmt: skip
        for place, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
            async with open_page(viewport=viewport, scheme=scheme, locale=locale) as page:
                await sign_in(page, visitor.base, "/replies")
                for path in paths:
                    await page.goto(visitor.base + path)
                    where = f"{locale}-{place}{path.replace('/', '-')}"
                    wrong[where] = await looked_at(page, where[:40])
    assert {where: found for where, found in wrong.items() if found} == {}
