"""The inbox of signals in a browser: chosen and replayed by keyboard, and looked at by everybody."""

import pytest

from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    OpenPage,
    Scheme,
    looked_at,
)
from tests.e2e.service import Service, a_service
from tests.web.a_day import add_trouble, count_a_day


async def a_full_inbox(service: Service) -> None:
    """Set one signal aside, let another wait, and let books differ."""
    overdue = service.overdue(days=3)
    await service.post(service.borrower(), overdue)
    await service.post({**overdue, "data": {**overdue["data"], "days_past_due": 4}})
    await service.post({**service.overdue(days=3), "type": "installment.forgotten"})
    await service.fold()
    await service.dispatch()
    await service.rows(
        "INSERT INTO discrepancies SELECT tenant_id, person_id, loan_id, 'allocation', 'pay-7',"
        """ '{"fees": 500, "principal": 24250}', '{"principal": 24750}', $1 FROM loans LIMIT 1""",
        service.now,
    )
    clock = service.runtime.clock
    async with service.runtime.db.acquire() as conn:
        times = {"now": clock.business_now(), "wall_now": clock.wall_now()}
        await count_a_day(conn, "acme", **times)
        await add_trouble(conn, "acme", **times)


async def test_a_signal_is_chosen_tried_and_replayed_by_keyboard(
    database_url: str, redis_url: str, open_page: OpenPage
) -> None:
    async with a_service(database_url, redis_url) as service, open_page(scripts=False) as page:
        await a_full_inbox(service)
        await page.goto(service.base_url + "/signals")
        await page.locator("tr", has_text="installment.overdue").get_by_role("checkbox").focus()
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Try a replay").press("Enter")
        assert "1 of 1 signals would take effect" in await page.inner_text("main")
        assert len(await service.rows("SELECT FROM quarantine")) == 2

        await page.get_by_label("Why you replay").fill("the sender was asked")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/signals?lender=acme&done=1")
        assert "1 signal is back" in await page.inner_text("[role=status]")
        await service.fold()
        assert len(await service.rows("SELECT FROM quarantine")) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme", "place"), [("zh-CN", "dark", "phone")])
async def test_signals_and_providers_can_be_used_by_everybody(
    database_url: str, redis_url: str, open_page: OpenPage, locale: str, scheme: Scheme, place: str
) -> None:
    viewport = DESKTOP if place == "desktop" else PHONE
    wrong: dict[str, list[str]] = {}
    async with a_service(database_url, redis_url) as service:
        await a_full_inbox(service)
        [first, *_] = await service.rows("SELECT inbox_id FROM quarantine ORDER BY 1")
        number = first["inbox_id"]
        pages = {
            "signals": "/signals",
            "signal": f"/signals/{number}",
            "replay": f"/signals/replay?id={number}&id={number + 1}",
            "waiting": "/signals?state=waiting",
            "discrepancies": "/discrepancies",
            "providers": "/providers",
            "provider": "/providers/twilio",
            "stops": "/stops",
        }
        async with open_page(viewport=viewport, scheme=scheme, locale=locale) as page:
            for name, path in pages.items():
                answer = await page.goto(service.base_url + path)
                assert answer is not None
                assert answer.status == 200
                wrong[name] = await looked_at(page, f"{locale}-{place}-{name}")
    assert {where: found for where, found in wrong.items() if found} == {}
