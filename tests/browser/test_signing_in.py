"""Signing in by another system in a real browser, under the policy that pages are served with."""

from typing import Any

from playwright.async_api import Browser

from outreach.demo.installation import free_port
from outreach.settings import Profile
from outreach.settings.oidc import Oidc
from outreach.web.server import serving
from tests.browser.conftest import PHONE
from tests.e2e.service import a_service
from tests.fakes.oidc import running_oidc


async def test_somebody_comes_from_their_organisation_works_by_keys_and_goes(
    database_url: str, redis_url: str, browser: Browser
) -> None:
    people = {"preferred_username": "li.wei", "name": "Li Wei", "groups": ["leads"]}
    async with a_service(database_url, redis_url) as service, running_oidc(**people) as provider:
        port = free_port("127.0.0.1")
        base = f"http://127.0.0.1:{port}"
        oidc = Oidc.model_validate(
            {
                "issuer": provider.issuer,
                "client_id": provider.client_id,
                "client_secret": provider.secret,
                "name": "Acme accounts",
                "groups": {"leads": ["acme:admin", "acme:compliance"]},
                "local_accounts": False,
            }
        )
        runtime: Any = service.runtime
        update = {"profile": Profile.PRODUCTION, "public_base_url": base, "oidc": oidc}
        runtime.settings = runtime.settings.model_copy(update=update)
        context = await browser.new_context(viewport=PHONE, locale="zh-CN")
        context.set_default_timeout(60_000)
        async with serving(runtime, host="127.0.0.1", port=port):
            page = await context.new_page()
            await page.goto(base + "/audit")
            assert await page.locator("#password").count() == 0
            await page.get_by_role("link", name="使用 Acme accounts 登录").click()
            await page.wait_for_url("**/audit")
            assert "操作留痕" in await page.inner_text("h1")

            await page.keyboard.press("?")
            await page.wait_for_url("**/help#shortcuts")
            await page.keyboard.press("/")
            assert await page.evaluate("document.activeElement.id") == "find"

            await page.goto(base + "/team")
            assert "须由他人更改" in await page.inner_text("table")
            await page.locator("details.account summary").click()
            await page.get_by_role("button", name="退出").click()
            await page.wait_for_url(f"{provider.issuer}/logout**")
            await page.goto(base + "/team")
            assert "登录" in await page.inner_text("h1")
        await context.close()
