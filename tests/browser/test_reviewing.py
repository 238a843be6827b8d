"""Compliance at work in a browser: a sample by keyboard, a finding to its end, an export read."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from outreach.domain.operators import EVERYBODY
from outreach.usecases.exporting import Exporter
from outreach.usecases.seal import seal_log
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    OpenPage,
    Scheme,
    looked_at,
    sign_in,
)
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_consent, a_phone
from tests.web.console import an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    """A lender with one contact made, and two borrowers who asked for no texts."""
    async with a_service(database_url, redis_url) as running:
        update = {"export_dir": tmp_path}
        running.runtime.settings = running.runtime.settings.model_copy(update=update)
        await running.post(running.borrower(), running.overdue(days=3))
        for number in ("2", "3"):
            person = running.borrower(
                f"BR-{number}",
                phones=[a_phone(f"ph-{number}", f"+1212555017{number}")],
                consents=[a_consent(NOON, status="revoked")],
            )
            late = running.overdue(days=3, loan=f"LN-{number}", borrower=f"BR-{number}")
            await running.post(person, late)
        await running.fold()
        await running.dispatch()
        await running.receipts()
        await seal_log(running.runtime.db, wall_now=running.runtime.clock.wall_now())
        await running.fold_contact_log()
        await an_account(running, "zhao.lan", acme=set(EVERYBODY))
        yield running


async def draw(page: Page) -> None:
    """Draw a sample of the contacts that were blocked."""
    await page.get_by_label("Name").fill("Blocked this week")
    await page.get_by_label("Out of").fill("verdict=blocked")
    await page.get_by_label("How many").fill("2")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("progress")


async def test_a_sample_is_reviewed_by_keyboard_a_finding_closed_and_an_export_read(
    service: Service, open_page: OpenPage, tmp_path: Path
) -> None:
    async with production(service) as visitor, open_page(viewport=DESKTOP) as page:
        await sign_in(page, visitor.base, "/samples/new", "zhao.lan")
        await draw(page)
        await page.get_by_role("link", name="Next unreviewed").focus()
        await page.keyboard.press("Enter")
        for key, comment in (("1", ""), ("2", "No consent was asked for again")):
            await page.wait_for_selector("form.marking")
            await page.keyboard.press(key)
            await page.keyboard.press("Tab")
            await page.keyboard.type(comment)
            here = page.url
            await page.keyboard.press("Control+Enter")
            await page.wait_for_url(lambda url, here=here: url != here)  # type: ignore[misc]  # a lambda
        await page.wait_for_selector("text=All of it is reviewed.")
        assert "Not in order 1" in await page.inner_text(".lead")

        await (
            page.locator("table.log tbody tr", has_text="Not in order").get_by_role("link").click()
        )
        await page.get_by_role("link", name="Raise a finding").click()
        await page.get_by_label("What isn't as it should be").fill("Consent isn't asked for again")
        await page.get_by_role("button", name="Raise a finding").click()
        await page.wait_for_selector("text=Kept.")
        await page.get_by_label("State afterwards").select_option("closed")
        await page.get_by_label("Why; closing and reopening need it").fill("A step asks for it now")
        await page.get_by_role("button", name="Keep change").click()
        await page.wait_for_selector("ol.timeline >> text=A step asks for it now")
        assert "Closed" in await page.inner_text(".lead")

        await page.goto(visitor.base + "/exports/new?filter=verdict%3Dblocked")
        await page.get_by_role("button", name="Make the file").click()
        await page.wait_for_selector("text=You can close this page")
        exporter = Exporter(service.runtime, tmp_path, {"acme": "USD"})
        while await exporter.advance():
            pass
        await page.get_by_role("link", name="Look again").click()
        async with page.expect_download() as taking:
            await page.get_by_role("link", name="Download 1").click()
        await (await taking.value).save_as(tmp_path / "taken.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "taken.csv").read_text("utf-8-sig"))))
    assert sorted(row["loans"] for row in rows) == ["LN-2", "LN-3"]
    assert {row["verdict"] for row in rows} == {"blocked"}


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "dark")])
async def test_each_page_can_be_used_by_everybody(
    service: Service, open_page: OpenPage, tmp_path: Path, locale: str, scheme: Scheme
) -> None:
    wrong: dict[str, list[str]] = {}
    [contact] = await service.contacts()
    made = f"/contacts/{contact['person_id']}-{contact['contact_id'].hex}"
    async with production(service) as visitor:
        await visitor.sign_in("zhao.lan")
        _, sample, _ = await visitor.submit(
            "/samples/new", "/samples", name="Blocked this week", stratum="", size="3"
        )
        _, first, _ = await visitor.get(sample + "/next")
        number = sample.rsplit("/", 1)[1]
        said = {"mark": "not_in_order", "comment": "No consent was asked for", "sample": number}
        await visitor.submit(first, first.split("?")[0] + "/marks", **said)
        shown = first.split("?")[0].removeprefix("/decisions/")
        new = f"/findings/new?contact={shown}"
        form = {"what": "Consent isn't asked for again", "contact": shown, "due": "2026-01-01"}
        _, finding, _ = await visitor.submit(new, "/findings", **form)
        _, export, _ = await visitor.submit("/exports/new", "/exports", filter="")
        exporter = Exporter(service.runtime, tmp_path, {"acme": "USD"})
        while await exporter.advance():
            pass
        _, waiting, _ = await visitor.submit("/exports/new", "/exports", filter="")
        pages = {
            "contact": made,
            "decision": first.split("?")[0],
            "in-sample": (await visitor.get(sample + "/next"))[1],
            "samples": "/samples",
            "sample": sample,
            "sample-new": "/samples/new",
            "findings": "/findings",
            "finding": finding,
            "finding-new": new,
            "exports": "/exports",
            "export": export,
            "export-waiting": waiting,
            "export-new": "/exports/new",
        }
        for place, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
            async with open_page(viewport=viewport, scheme=scheme, locale=locale) as page:
                await sign_in(page, visitor.base, "/samples", "zhao.lan")
                for name, path in pages.items():
                    await page.goto(visitor.base + path)
                    wrong[f"{place} {name}"] = await looked_at(page, f"review-{place}-{name}")
    assert {where: found for where, found in wrong.items() if found} == {}
