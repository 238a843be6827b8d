"""`make screenshots`: every page of the console as a picture, in each language, theme and width.

Writes build/screenshots with an index.html to leaf through; fails where a page has no address to
look at it by, or answers with an error.
"""

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path
from typing import Final

import aiohttp
from playwright.async_api import Browser, Error, ViewportSize, async_playwright

from outreach.embedded import start
from outreach.logs import configure_logs
from outreach.settings import load_settings
from outreach.store.migrate import migrate
from tests.browser.busy_hour import a_busy_hour
from tests.browser.conftest import DESKTOP, PHONE, chromium
from tests.browser.every_page import SIGN_IN, Found, prepare

_ROOT: Final = Path(__file__).resolve().parents[2]
_FOLDER: Final = _ROOT / "build" / "screenshots"
_WIDTHS: Final[dict[str, ViewportSize]] = {"desktop": DESKTOP, "phone": PHONE}
_THEMES: Final = ("light", "dark")
_LANGUAGES: Final = {"en": "en-US", "zh": "zh-CN"}
_CAMERAS: Final = 4
_PATIENCE_MS: Final = 60_000
_MISSING: Final = "/contacts/1-00000000000000000000000000000000"
_STYLE: Final = """
body { margin: 2rem; font: 16px/1.5 system-ui, sans-serif; color: #16191f; background: #f6f7f9; }
h2 { margin: 2rem 0 .5rem; font: 600 1rem ui-monospace, monospace; }
div { display: flex; gap: 1rem; overflow-x: auto; align-items: flex-start; }
figure { margin: 0; flex: none; }
figcaption { font-size: .8125rem; color: #525a68; }
img { height: 360px; width: auto; border: 1px solid #d5d9e1; object-fit: cover; object-position: top; }
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to take: an address, and how it is looked at."""

    address: str
    language: str
    theme: str
    width: str

    @property
    def look(self) -> str:
        """How it is looked at, in one word."""
        return f"{self.language}-{self.theme}-{self.width}"

    @property
    def file(self) -> str:
        """The picture's name."""
        words = re.sub(r"[^A-Za-z0-9]+", "-", self.address).strip("-")[:80] or "first"
        return f"{words}--{self.look}.png"


async def _take(browser: Browser, base: str, shots: Sequence[Shot]) -> list[str]:
    """Take the pictures of one way to look at pages; return what went wrong."""
    one = shots[0]
    context = await browser.new_context(
        viewport=_WIDTHS[one.width],
        color_scheme="dark" if one.theme == "dark" else "light",
        locale=_LANGUAGES[one.language],
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE_MS)
    page, wrong = await context.new_page(), []
    for shot in shots:
        try:
            answer = await page.goto(base + shot.address)
            status = answer.status if answer else 0
            await page.screenshot(path=_FOLDER / shot.file, full_page=True)
        except Error as error:
            wrong.append(f"{shot.look} {shot.address}: {error.message.splitlines()[0]}")
            continue
        if status != 200 and shot.address != _MISSING:
            wrong.append(f"{shot.look} {shot.address}: {status}")
    await context.close()
    return wrong


def _index(shots: Sequence[Shot]) -> str:
    """Return the page to leaf through."""

    def rows() -> Iterator[str]:
        for address in dict.fromkeys(shot.address for shot in shots):
            pictures = "".join(
                f'<figure><a href="{escape(shot.file)}"><img loading="lazy" alt="{escape(shot.look)}"'
                f' src="{escape(shot.file)}"></a><figcaption>{escape(shot.look)}</figcaption></figure>'
                for shot in shots
                if shot.address == address
            )
            yield f"<h2>{escape(address)}</h2><div>{pictures}</div>"

    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title>'
        f"<style>{_STYLE}</style><h1>Every page</h1>{''.join(rows())}</html>"
    )


async def _photograph(
    base: str, addresses: Sequence[str], path: str
) -> tuple[list[Shot], list[str]]:
    looks = list(product(_LANGUAGES, _THEMES, _WIDTHS))
    waiting = [[Shot(address, *look) for address in addresses] for look in looks]
    wrong: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )

        async def camera() -> None:
            while waiting:
                wrong.extend(await _take(browser, base, waiting.pop()))

        await asyncio.gather(*(camera() for _ in range(_CAMERAS)))
        await browser.close()
    shots = [Shot(address, *look) for address in addresses for look in looks]
    return shots, wrong


async def _run(
    database_url: str, redis_url: str, data_dir: Path, path: str, options: argparse.Namespace
) -> bool:
    began = time.monotonic()
    await migrate(database_url)
    async with (
        a_busy_hour(database_url, redis_url, data_dir, loans=options.loans) as hour,
        aiohttp.ClientSession() as http,
    ):
        wrong = [f"form refused: {one}" for one in await prepare(http, hour)]
        found = Found(hour.runtime)
        await found.look(http, hour.base_url, each=2)
        wrong += [f"no address is known for {one}" for one in found.missing]
        wrong += found.broken
        own = (one for listed in found.addresses.values() for one in listed)
        known = dict.fromkeys([SIGN_IN, *own, _MISSING])
        addresses = [one for one in known if one.startswith(options.only)]
        shots, failed = await _photograph(hour.base_url, addresses, path)
    (_FOLDER / "index.html").write_text(_index(shots), encoding="utf-8")
    wrong += failed
    print(
        f"{len(shots)} pictures of {len(addresses)} addresses of {len(found.addresses)} pages in"
        f" {time.monotonic() - began:.0f} s: {_FOLDER / 'index.html'}"
    )
    for one in wrong:
        print(f"error: {one}", file=sys.stderr)
    return not wrong


def main() -> int:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="addresses that begin so")
    parser.add_argument("--loans", type=int, default=120, help="of the two lenders together")
    options = parser.parse_args()
    configure_logs(load_settings().model_copy(update={"log_level": "error"}))
    path = chromium()
    if path is None:
        print("error: no Chromium: install it, or set OUTREACH_TEST_CHROMIUM", file=sys.stderr)
        return 1
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    # Not in the project: the embedded servers run as another user, to whom it may be closed.
    ground = Path(tempfile.mkdtemp(prefix="outreach-screenshots-"))
    ground.chmod(0o711)
    try:
        with start(ground, durable=False) as servers:
            urls = servers.database_url, servers.redis_url
            whole = asyncio.run(_run(*urls, ground / "own", path, options))
            servers.stop(force=True)
    finally:
        shutil.rmtree(ground, ignore_errors=True)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
