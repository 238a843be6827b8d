"""Every page of the table of pages, as people see it: WCAG 2.2 AA, nothing sticks out, no error.

A page that no link leads to fails here: link to it, or add what makes it reachable to
`every_page.FORMS`.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from playwright.async_api import Browser, Page

from tests.browser.busy_hour import a_busy_hour
from tests.browser.conftest import DESKTOP, LOOKS, PHONE, WCAG, OpenPage, Scheme, violations
from tests.browser.every_page import SIGN_IN, Found, prepare

_EYES: Final = 2
"""Pages that are looked at side by side."""
_LOOKS: Final = {
    "en-light-desktop": ("en-US", "light", DESKTOP, WCAG),
    "zh-dark-phone": ("zh-CN", "dark", PHONE, LOOKS),
}
_MISSING: Final = "/contacts/1-00000000000000000000000000000000"


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_every_page_can_be_used_by_everybody(
    database_url: str, redis_url: str, tmp_path: Path, browser: Browser, open_page: OpenPage
) -> None:
    wrong: dict[str, list[str]] = {}
    async with (
        a_busy_hour(database_url, redis_url, tmp_path, loans=20) as hour,
        aiohttp.ClientSession() as http,
    ):
        refused = await prepare(http, hour)
        found = Found(hour.runtime)
        await found.look(http, hour.base_url, each=2)
        wrong |= {"refused forms": refused, "no link leads there": found.missing}
        wrong["answers an error"] = found.broken
        addresses = [SIGN_IN, _MISSING, *dict.fromkeys(one for one, *_ in found.addresses.values())]

        async def look(page: Page, name: str, options: Any, waiting: list[str]) -> None:
            while waiting:
                address = waiting.pop()
                answer = await page.goto(hour.base_url + address)
                status = answer.status if answer else 0
                said = (
                    [] if status == (404 if address == _MISSING else 200) else [f"it is {status}"]
                )
                wrong[f"{name} {address}"] = [*said, *await violations(page, options)]

        for name, (locale, scheme, viewport, options) in _LOOKS.items():
            waiting = list(addresses)
            async with (
                open_page(viewport=viewport, scheme=_scheme(scheme), locale=locale) as first,
                open_page(viewport=viewport, scheme=_scheme(scheme), locale=locale) as second,
            ):
                await asyncio.gather(
                    look(first, name, options, waiting), look(second, name, options, waiting)
                )
    assert {where: what for where, what in wrong.items() if what} == {}
    assert len(wrong) > len(_LOOKS) * _EYES


def _scheme(name: str) -> Scheme:
    return "dark" if name == "dark" else "light"
