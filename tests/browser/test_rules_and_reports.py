"""Treatments, rules, what-if and reports in a browser: a clock moved, a table opened, a file."""

from typing import Final

import pytest
from playwright.async_api import ViewportSize

from outreach.plans import treatment_files
from outreach.usecases.insight import refresh_insights
from outreach.usecases.treatment_versions import keep_versions
from tests.browser.conftest import DESKTOP, OpenPage, Scheme, keep_picture, looked_at, sign_in
from tests.e2e.service import Service, a_service
from tests.web.console import an_account, production

PATHS: Final = (
    "/treatments",
    "/treatments/us-default",
    "/treatments/us-default/draft",
    "/rules",
    "/packs/us-common",
    "/rules/us.regf.call_cap_7in7",
    "/simulate",
    "/opt-outs",
    "/reports",
    "/reports/cures_by_stage?days=365",
    "/reports/intensity?days=30",
)


async def a_book(service: Service) -> None:
    """Contact somebody, and count ahead what pages show."""
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await service.dispatch()
    runtime = service.runtime
    await keep_versions(runtime, treatment_files(runtime.settings), now=service.now)
    await refresh_insights(
        runtime, {"acme": "USD"}, now=service.now, wall_now=runtime.clock.wall_now()
    )


async def test_moving_the_clock_and_a_fact_changes_the_verdict(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(scripts=False, viewport=DESKTOP) as page,
    ):
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await an_account(service)
        await sign_in(page, visitor.base, "/menu")
        await page.goto(visitor.base + "/simulate")
        await page.get_by_label("Loan reference", exact=True).fill("LN-1")
        await page.get_by_label("Step that is due").select_option("day-2")
        await page.get_by_role("button", name="Show the verdict").click()
        assert "The answer is the same" in await page.inner_text("#verdict")
        assert "LN-1" not in page.url

        await page.get_by_label("Clock, in the lender's time").fill("2026-11-23T22:40")
        await page.get_by_role("button", name="Show the verdict").click()
        told = await page.inner_text("#verdict")
        assert "The answer changes: Allowed → Deferred" in told
        await keep_picture(page, "what-if-late")

        await page.get_by_label("Clock, in the lender's time").fill("2026-11-23T12:00")
        await page.get_by_label("Opt-outs").select_option("all")
        await page.get_by_role("button", name="Show the verdict").click()
        assert "Allowed → Blocked" in await page.inner_text("#verdict")

        await page.get_by_label("Opt-outs").select_option("")
        await page.get_by_label("Time zone that the borrower states").fill("Mars/Olympus")
        await page.get_by_role("button", name="Show the verdict").click()
        assert "There is no such time zone" in await page.inner_text("[role=alert]")
        assert await service.contacts() == []
        assert service.twilio.creates == []


async def test_a_report_its_table_and_its_file_tell_the_same_numbers(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(viewport=DESKTOP) as page,
    ):
        await a_book(service)
        await an_account(service)
        await sign_in(page, visitor.base, "/menu")
        await page.goto(visitor.base + "/reports?days=30")
        await page.get_by_role("link", name="Contacts per person").click()
        await page.wait_for_url("**/reports/intensity?**")
        assert "Nobody of 1 people had more than 1 contacts" in await page.inner_text(".lead")
        assert await page.locator("svg[role=img]").count() == 1
        await page.get_by_text("The numbers behind it").click()
        shown = await page.locator("table.numbers tbody tr").all_inner_texts()
        assert [one.split() for one in shown] == [["1", "1", "100.0", "%"]]
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name="These numbers as CSV").click()
        file = await (await waiting.value).path()
        [_, row] = file.read_text(encoding="utf-8-sig").splitlines()
        assert row.startswith("1,1,100.0 %,")


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme", "viewport"), [("zh-CN", "dark", DESKTOP)])
async def test_every_page_of_rules_and_reports_can_be_used_by_everybody(
    database_url: str,
    redis_url: str,
    open_page: OpenPage,
    locale: str,
    scheme: Scheme,
    viewport: ViewportSize,
) -> None:
    wrong: dict[str, list[str]] = {}
    async with a_service(database_url, redis_url) as service, production(service) as visitor:
        await a_book(service)
        await an_account(service)
        async with open_page(viewport=viewport, scheme=scheme, locale=locale) as page:
            await sign_in(page, visitor.base, "/menu")
            for path in PATHS:
                answer = await page.goto(visitor.base + path)
                assert answer is not None
                assert answer.status == 200, path
                name = path.partition("?")[0].strip("/").replace("/", "-")
                wrong[path] = await looked_at(page, f"{locale}-{name}")
    assert {where: found for where, found in wrong.items() if found} == {}
