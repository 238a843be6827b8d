"""Templates in a browser: words are mended, approved, published and said; and how pages look."""

import re
from typing import Final

import pytest
from playwright.async_api import Page, expect

from outreach.domain.operators import Role
from outreach.usecases.template_live import follow_words
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    OpenPage,
    Scheme,
    looked_at,
    sign_in,
)
from tests.e2e.service import Service, a_service
from tests.web.console import Browser, an_account, production
from tests.web.test_templates_page import GOOD, QUERY, a_draft, write

expect.set_options(timeout=60_000)
KEY: Final = f"/templates/overdue_early?{QUERY}"


async def press(page: Page, name: str) -> None:
    """Reach a button by keyboard and press it."""
    button = page.get_by_role("button", name=name, exact=True).first
    await button.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_load_state()


async def test_words_are_mended_approved_by_another_and_said_in_the_next_contact(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with (
        a_service(database_url, redis_url) as service,
        production(service) as visitor,
        open_page(viewport=DESKTOP) as author,
        open_page(viewport=DESKTOP) as other,
    ):
        await an_account(service, "author", acme={Role.OPERATOR})
        await an_account(service, "other", acme={Role.APPROVER})
        await author.clock.install()
        await sign_in(author, visitor.base, "/templates", "author")
        await author.goto(visitor.base + KEY)
        await press(author, "New draft en-US")
        area = author.locator("#source")
        await area.focus()
        await author.keyboard.press("Control+A")
        await author.keyboard.insert_text("Please pay: {{ amont }}")
        await expect(author.locator("#tried")).to_contain_text("Did you mean amount?")
        await author.clock.fast_forward(11_000)
        await expect(author.locator("#saved")).to_contain_text("not live")
        await press(author, "Send for approval")
        await expect(author.locator("[role=alert]")).to_contain_text("must be mended first")
        await press(author, "Use amount")
        await expect(area).to_have_value(re.compile(r"\{\{ amount \}\}"))
        await area.focus()
        await author.keyboard.press("Control+A")
        await author.keyboard.insert_text("Hello. " + GOOD)
        await expect(author.locator("#tried .phone")).to_contain_text("Hello. Acme Lending")
        await expect(author.locator("#count")).to_contain_text("GSM-7")
        await press(author, "Send for approval")
        await expect(author.locator("p.done")).to_contain_text("Sent for approval")

        await sign_in(other, visitor.base, "/templates", "other")
        await other.goto(author.url.partition("?")[0])
        for field in await other.locator("input[name^='why.']").all():
            await field.fill("Looked at it: fine.")
        await press(other, "Approve")
        await press(other, "Publish now")
        await expect(other.locator("p.done")).to_contain_text("Live.")

        await follow_words(service.runtime, now=service.now)
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await service.dispatch()
        [sent] = service.twilio.creates
        assert "Hello. Acme Lending: $247.50 was due" in str(sent)


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "dark")])
async def test_every_page_of_templates_can_be_used_by_everybody(
    database_url: str, redis_url: str, open_page: OpenPage, locale: str, scheme: Scheme
) -> None:
    wrong: dict[str, list[str]] = {}
    async with a_service(database_url, redis_url) as service, production(service) as visitor:
        paths = await some_versions(service, visitor, locale)
        for place, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
            async with open_page(viewport=viewport, scheme=scheme, locale=locale) as page:
                await sign_in(page, visitor.base, "/templates", "author")
                for name, path in paths.items():
                    await page.goto(visitor.base + path)
                    wrong[f"{place} {name}"] = await looked_at(page, f"{locale}-{place}-{name}")
    assert {where: found for where, found in wrong.items() if found} == {}


async def some_versions(service: Service, visitor: Browser, locale: str) -> dict[str, str]:
    """Make a version live, begin drafts with something wrong; return what is looked at."""
    await an_account(service, "author", acme={Role.OPERATOR})
    await an_account(service, "other", acme={Role.APPROVER, Role.OPERATOR})
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await visitor.sign_in("author")
    first = await a_draft(visitor)
    await write(visitor, first, "submit", source="Hello. " + GOOD, note="A friendlier beginning")
    await visitor.sign_in("other")
    for do in ("approve", "publish"):
        _, _, seen = await visitor.get(first)
        [revision, *_] = re.findall(r'name="revision" value="(\d+)"', seen)
        why = dict.fromkeys(re.findall(r'name="(why\.[^"]+)"', seen), "Looked at it.")
        await visitor.submit(first, f"{first}/steps", do=do, revision=revision, **why)
    await visitor.sign_in("author")
    bad = await a_draft(visitor)
    await write(visitor, bad, "save", source="We’ll come. {{ amont }}\n" + GOOD)
    chinese = await a_draft(visitor, locale="zh-CN")
    await write(
        visitor, chinese, "save", source="尊敬的客户，再不还款将通知你的家人，请点 www.pay.cn。"
    )
    call = await a_draft(visitor, channel="call")
    letter = await a_draft(visitor, "overdue_letter", channel="letter", locale=locale)
    mail = await a_draft(visitor, channel="email", locale=locale)
    review = await a_draft(visitor, "pre_due")
    await write(visitor, review, "submit", source="Hi. " + GOOD)
    return {
        "list": "/templates",
        "filtered": "/templates?channel=letter&state=draft",
        "key": KEY,
        "editor": bad,
        "chinese": chinese,
        "call": call,
        "letter": letter,
        "mail": mail,
        "review": review,
        "borrower": f"{review}/borrower?loan=LN-1",
        "version": f"/templates/overdue_early/versions/1?{QUERY}&diff=sides",
        "files": "/templates/files",
        "test": f"{bad}/test",
        "missing": "/templates/no_such",
    }
