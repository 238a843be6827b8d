"""A real Chromium for tests that look at pages as people do.

The system's own is driven: OUTREACH_TEST_CHROMIUM names one, else the usual commands are looked
for. `.ci/run` installs it where it may. Without any, these tests are skipped, and say so.
"""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.web.console import PASSWORD

PICTURES: Final = os.environ.get("OUTREACH_TEST_PICTURES")  # noqa: TID251 - the tests' own variable
"""A folder for pictures of what is looked at; none are taken without."""
_COMMANDS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
_PATIENCE_MS: Final = 60_000
WCAG: Final = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
_QUICKER: Final = {"resultTypes": ["violations"], "preload": False, "iframes": False}
Scheme = Literal["light", "dark"]
OpenPage = Callable[..., AbstractAsyncContextManager[Page]]


def chromium() -> str | None:
    """Return the path of the system's Chromium."""
    chosen = os.environ.get("OUTREACH_TEST_CHROMIUM")  # noqa: TID251 - the tests' own variable
    found = (shutil.which(one) for one in ([chosen] if chosen else _COMMANDS))
    return next((path for path in found if path), None)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Yield a browser of this test's own."""
    path = chromium()
    if path is None:
        pytest.skip("NO CHROMIUM: pages were not looked at. Install `chromium`, or name one in"
                    " OUTREACH_TEST_CHROMIUM")  # fmt: skip
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield running
        await running.close()


@pytest.fixture
def open_page(browser: Browser) -> OpenPage:
    """Return what opens a page: a fresh visitor with a viewport, a color scheme, a language."""

    @asynccontextmanager
    async def opened(
        *,
        viewport: ViewportSize = PHONE,
        scheme: Scheme = "light",
        locale: str = "en-US",
        scripts: bool = True,
    ) -> AsyncIterator[Page]:
        context = await browser.new_context(
            viewport=viewport, color_scheme=scheme, locale=locale, java_script_enabled=scripts,
            bypass_csp=True,  # for axe, which is put into the page; nothing of ours needs it
        )  # fmt: skip
        context.set_default_timeout(_PATIENCE_MS)
        yield await context.new_page()
        await context.close()

    return opened


# What colors and width may change: of a page that has passed all of it in another look.
LOOKS: Final = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}}


async def violations(page: Page, options: Mapping[str, Any] = WCAG) -> list[str]:
    """Return what breaks WCAG 2.2 A or AA on a page, as axe finds it; and what sticks out of it."""
    found = await Axe().run(page, options={**options, **_QUICKER})
    broken = [
        f"{one['id']}: {node['html'][:120]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*broken, *(["it scrolls sideways"] if wide else [])]


async def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of a page where a folder for it is named."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def looked_at(page: Page, name: str) -> list[str]:
    """Return what is wrong with a page, as `violations`; keeps a picture of it."""
    await keep_picture(page, name)
    return await violations(page)


async def sign_in(page: Page, base: str, path: str, login: str = "li.wei") -> None:
    """Open a page by way of signing in, with the keyboard."""
    await page.goto(base + path)
    await page.locator("#login").fill(login)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{path}*")
