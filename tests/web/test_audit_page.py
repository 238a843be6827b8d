"""The audit trail: one's own lenders', filtered, page by page, as a file; and the other small pages."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import keep_action
from outreach.web.console.words.glossary import GLOSSARY
from tests.e2e.service import Service, a_service
from tests.web.console import an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A trail: sixty looks and a change at `acme`, one at `other`, one sign-in, one of last year."""
    async with a_service(database_url, redis_url) as running:
        await an_account(running, "zhao.lei", acme={Role.COMPLIANCE})
        now = running.runtime.clock.wall_now()
        rows = [("li.wei", "GET /contacts/{attempt}", f"/contacts/{n}", "acme") for n in range(60)]
        rows += [
            ("li.wei", "POST /stops", "/stops", "acme"),
            ("wang.min", "POST /stops", "=cmd()", "acme"),
            ("of.other", "POST /stops", "/secret", "other"),
        ]
        async with running.runtime.db.acquire() as conn:
            old = now - timedelta(days=365)
            await keep_action(conn, "li.wei", "POST /old", "/old", tenant="acme", at=old)
            for login, action, subject, tenant in rows:
                await keep_action(conn, login, action, subject, tenant=tenant, at=now)
        yield running


async def test_the_trail_is_ones_own_lenders_filtered_and_paged(service: Service) -> None:
    async with production(service) as browser:
        await browser.sign_in("zhao.lei")
        _, _, text = await browser.get("/audit")
        assert "wang.min" in text
        assert "of.other" not in text
        assert "/old" not in text
        assert "before=" in text
        _, _, text = await browser.get("/audit", kind="changed", who=" Li.Wei ")
        assert "/stops" in text
        assert "/contacts/59" not in text
        _, _, text = await browser.get("/audit", kind="looked", before="21")
        assert "/contacts/0<" in text
        assert "/contacts/59<" not in text
        _, _, text = await browser.get("/audit", who="nobody")
        assert "Nothing matches" in text
        _, _, text = await browser.get("/audit", **{"from": "2020-01-01"})
        assert "before=" in text
        for strange in ("9999-12-31", "0001-01-01", "never"):
            assert (await browser.get("/audit", to=strange))[0] == 200
        for lender in ("other", ""):
            assert (await browser.get("/audit", lender=lender))[0] in {200, 404}
            _, _, text = await browser.get("/audit", lender=lender)
            assert "/secret" not in text


async def test_the_export_is_the_whole_choice_and_no_formula(service: Service) -> None:
    async with production(service) as browser:
        await browser.sign_in("zhao.lei")
        status, _, text = await browser.get("/audit/export", lender="acme")
        lines = text.removeprefix("\ufeff").splitlines()
        assert status == 200
        assert lines[0] == "at,login,action,subject"
        assert len(lines) == 1 + 62
        assert ",'=cmd()" in text
        assert "/secret" not in text
        assert (await browser.get("/audit/export", lender="other"))[0] == 404
        _, _, text = await browser.get("/audit", who="zhao.lei", kind="looked")
        assert "<code>/audit/export</code>" in text
        assert "Looked at · Audit trail" in text


async def test_settings_are_kept_by_the_browser_and_turn_shortcuts_off(service: Service) -> None:
    async with production(service) as browser:
        await browser.sign_in("zhao.lei")
        _, _, text = await browser.get("/settings")
        assert "shortcuts.js" in text
        chosen = {"language": "zh", "theme": "dark", "shortcuts": "off"}
        assert await browser.submit("/settings", "/settings", **chosen) == (
            303,
            "/settings?done=yes",
            "",
        )
        _, _, text = await browser.get("/settings", done="yes")
        assert 'lang="zh-CN" data-theme="dark"' in text
        assert "已保存" in text
        assert "shortcuts.js" not in text
        await browser.submit("/settings", "/settings", theme="pink", language="xx")
        _, _, text = await browser.get("/settings")
        assert 'lang="zh-CN" data-theme="dark"' in text


async def test_help_says_what_words_mean_in_both_languages(service: Service) -> None:
    assert len(GLOSSARY) == 40
    async with production(service) as browser:
        await browser.sign_in("zhao.lei")
        _, _, text = await browser.get("/help")
        assert "No receipt came" in text
        _, _, text = await browser.get("/help/glossary", lang="zh")
        for english, chinese, _, meaning in GLOSSARY:
            assert english in text
            assert chinese in text
            assert meaning in text
