"""The inbox of signals: listed, looked at with a reason, tried and replayed; differences closed."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import list_actions
from outreach.store.receipts import KeptCallback, park_callback
from tests.e2e.service import Service, a_service
from tests.web.console import Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, with one signal of an unknown type, one that waits and one taken in."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower())
        unknown = running.overdue(days=3)
        await running.post({**unknown, "type": "installment.forgotten"})
        await running.fold()
        await running.post(running.overdue(days=4, loan="LN-2"))
        yield running


async def quarantined(service: Service) -> list[int]:
    """Return the numbers of signals in quarantine."""
    rows = await service.rows("SELECT inbox_id FROM quarantine ORDER BY inbox_id")
    return [row["inbox_id"] for row in rows]


@pytest.fixture
async def browser(service: Service) -> AsyncIterator[Browser]:
    """Somebody signed in with every role for `acme`."""
    await an_account(service)
    async with production(service) as visitor:
        await visitor.sign_in()
        yield visitor


async def test_the_list_says_what_was_not_understood_why_and_how_to_mend_it(
    service: Service, browser: Browser
) -> None:
    [number] = await quarantined(service)
    _, _, text = await browser.get("/signals")
    _, _, chinese = await browser.get("/signals", lang="zh")
    _, _, waiting = await browser.get("/signals", state="waiting", lang="en")
    _, _, late = await browser.get("/signals", state="late")
    _, _, other = await browser.get("/signals", type="loan.opened")

    assert f'<a href="/signals/{number}">' in text
    assert "Nobody knows this type" in text
    assert "correct the type at the sender" in text
    assert "未知的信号类型" in chinese
    assert "installment.overdue" in waiting
    assert "Nothing is late." in late
    assert "Nothing matches." in other
    today = re.search(r'data-label="In today"><span>(\d+)<', text)
    assert today is not None
    assert today[1] == "2"


async def test_the_list_goes_on_where_it_ended(
    service: Service, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.web.console.signals_page.PAGE", 1)
    await service.post({**service.overdue(days=5), "type": "installment.lost"})
    await service.fold()
    _, _, first = await browser.get("/signals")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    _, _, second = await browser.get(older[1].replace("&amp;", "&"))

    assert ("installment.lost" in first, "installment.forgotten" in first) == (True, False)
    assert ("installment.lost" in second, "installment.forgotten" in second) == (False, True)


async def test_personal_data_is_masked_until_somebody_says_why(
    service: Service, browser: Browser
) -> None:
    [number] = await quarantined(service)
    page = f"/signals/{number}"
    _, _, masked = await browser.get(page)
    assert "000001007" not in masked
    assert "days_past_due&#34;: 3" in masked

    status, _, refused = await browser.submit(page, f"{page}/show", why=" ")
    assert (status, "Say why." in refused) == (422, True)
    status, location, _ = await browser.submit(page, f"{page}/show", why="the sender asks")
    assert status == 303
    _, _, shown = await browser.get(location)
    assert "000001007" in shown

    other = location.replace(str(number), str(number + 1))
    assert (await browser.get(other))[0] in {200, 404}
    async with service.runtime.db.acquire() as conn:
        kept = [(one.action, one.subject) for one in await list_actions(conn, "li.wei", 9)]
    assert ("signal shown", f"{number}: the sender asks") in kept


async def test_a_replay_is_tried_first_and_changes_nothing_until_somebody_says_why(
    service: Service, browser: Browser
) -> None:
    await service.post({**service.overdue(days=5, loan="LN-3"), "subject": "loan/LN-4"})
    await service.fold()
    numbers = await quarantined(service)
    before = await state_of(service)
    ids = "&".join(f"id={number}" for number in numbers)
    status, _, tried = await browser.get(f"/signals/replay?lender=acme&{ids}")
    assert status == 200
    assert "Would be set aside again" in tried
    assert await state_of(service) == before

    form = {"lender": "acme", "id": str(numbers[0])}
    page = f"/signals/replay?{ids}"
    status, _, text = await browser.submit(page, "/signals/replay", **form, why="")
    assert (status, "Say why." in text) == (422, True)
    assert await quarantined(service) == numbers
    status, location, _ = await browser.submit(page, "/signals/replay", **form, why="mended")
    assert (status, location) == (303, "/signals?lender=acme&done=1")
    assert await quarantined(service) == numbers[1:]
    async with service.runtime.db.acquire() as conn:
        kept = [(one.action, one.subject) for one in await list_actions(conn, "li.wei", 9)]
    assert ("signals replayed", f"{numbers[0]}: mended") in kept


async def test_a_trial_says_what_would_take_effect(service: Service, browser: Browser) -> None:
    """A second body under a used id is set aside; replayed it is taken as well."""
    first = service.overdue(days=6, loan="LN-5")
    await service.post(first, {**first, "data": {**first["data"], "days_past_due": 7}})
    [conflict] = await service.rows("SELECT inbox_id FROM quarantine WHERE reason = 'conflict'")
    before = await state_of(service)
    _, _, text = await browser.get("/signals/replay", lender="acme", id=str(conflict["inbox_id"]))

    assert "1 of 1 signals would take effect, for 1 borrowers." in text
    assert "<code>installment.overdue</code>" in text
    assert await state_of(service) == before


async def state_of(service: Service) -> list[Any]:
    """Return how much there is of everything that folding writes."""
    tables = ("persons", "loans", "inbox", "quarantine", "person_events", "agenda", "alerts")
    return [(await service.rows(f"SELECT count(*) FROM {name}"))[0]["count"] for name in tables]


async def test_a_receipt_without_a_contact_is_listed(service: Service, browser: Browser) -> None:
    at = service.runtime.clock.wall_now() - timedelta(minutes=5)
    async with service.runtime.db.acquire() as conn:
        await park_callback(conn, KeptCallback(at, "acme", "twilio", "status", None, 6, b"x"))
    _, _, text = await browser.get("/signals", state="receipts")

    assert "Given up" in text
    assert "twilio" in text


async def test_another_lenders_signals_are_not_there_and_only_administrators_replay(
    service: Service,
) -> None:
    [number] = await quarantined(service)
    await an_account(service, "reader", acme={Role.OPERATOR})
    await an_account(service, "of.another", other={Role.ADMIN})
    async with production(service) as browser:
        await browser.sign_in("reader")
        _, _, listed = await browser.get("/signals")
        _, _, one = await browser.get(f"/signals/{number}")
        replayed = await browser.get(f"/signals/replay?id={number}")
        await browser.sign_in("of.another")
        others = [
            await browser.get(f"/signals/{number}"),
            await browser.get("/signals", lender="acme"),
            await browser.get("/signals/replay", lender="acme", id=str(number)),
            await browser.get("/discrepancies", lender="acme"),
        ]

    assert "Try a replay" not in listed + one
    assert "Show personal data" not in one
    assert replayed[0] == 403
    assert [status for status, _, _ in others] == [404] * 4


async def test_a_difference_is_compared_and_closed_with_what_the_platform_answered(
    service: Service, browser: Browser
) -> None:
    await service.fold()
    await service.rows(
        "INSERT INTO discrepancies SELECT tenant_id, person_id, loan_id, 'allocation', 'pay-7',"
        """ '{"fees": 500, "principal": 24250}', '{"principal": 24750}', $1 FROM loans LIMIT 1""",
        service.now,
    )
    _, _, text = await browser.get("/discrepancies")
    assert "A payment is divided otherwise" in text
    assert "fees USD 5.00, principal USD 242.50" in text
    assert "fees –, principal USD 247.50" in text

    form = {"lender": "acme", "loan": "LN-2", "kind": "allocation", "about": "pay-7"}
    page = "/discrepancies"
    status, _, text = await browser.submit(page, f"{page}/close", **form, note=" ")
    assert (status, "Say what the platform answered." in text) == (422, True)
    status, location, _ = await browser.submit(page, f"{page}/close", **form, note="posted anew")
    assert (status, location) == (303, "/discrepancies?lender=acme&done=differences.done")
    _, _, after = await browser.get("/discrepancies", state="all")
    assert "Closed by Li.Wei (li.wei)" in after
    assert "posted anew" in after
    status, _, _ = await browser.submit(page, f"{page}/close", **form, note="again")
    assert status == 409
