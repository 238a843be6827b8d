"""Today: its numbers, the stream that follows them, and what is said while something is stopped."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import change_account
from outreach.usecases.fold_log import fold_log
from outreach.web.console import live_page
from outreach.web.server import serving
from tests.e2e.service import Service, a_service
from tests.web.a_day import add_trouble, count_a_day
from tests.web.console import an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`."""
    async with a_service(database_url, redis_url) as running:
        yield running


async def counted(service: Service, *, trouble: bool = False) -> None:
    """Write a day's counts."""
    clock = service.runtime.clock
    async with service.runtime.db.acquire() as conn:
        times = {"now": clock.business_now(), "wall_now": clock.wall_now()}
        await count_a_day(conn, "acme", **times)
        if trouble:
            await add_trouble(conn, "acme", **times)


def figures(text: str) -> dict[str, str]:
    """Return the numbers of a page by their names."""
    return dict(re.findall(r'data-live="(\w+)">([^<]*)<', text))


async def next_event(stream: Any) -> dict[str, Any]:
    """Return the data of a stream's next event."""
    async with asyncio.timeout(30):
        while line := await stream.content.readline():
            if line.startswith(b"data: "):
                found: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return found
    raise AssertionError("the stream ended")


async def test_the_pages_numbers_are_those_of_the_log(service: Service) -> None:
    async with service.runtime.http.get(service.base_url + "/") as answer:
        before = figures(await answer.text())
    assert (before["allowed"], before["planned"], before["signals"]) == ("–", "–", "0")

    await service.post(service.borrower(), service.overdue(days=3))
    await service.post(
        service.borrower("BR-2", phones=[]), service.overdue(days=3, loan="LN-2", borrower="BR-2")
    )
    await service.fold()
    await service.dispatch()
    while await fold_log(service.runtime):
        pass
    async with production(service) as browser:
        await an_account(service)
        await browser.sign_in()
        _, _, text = await browser.get("/")
    found = figures(text)

    assert (found["planned"], found["allowed"], found["blocked"]) == ("2", "1", "1")
    assert (found["signals"], found["due"], found["unknown"]) == ("4", "0", "1")
    assert "Going as planned. 2 of 2 planned contacts decided." in text


async def test_what_goes_wrong_is_said_first_and_every_number_leads_to_its_rows(
    service: Service,
) -> None:
    await counted(service, trouble=True)
    async with service.runtime.http.get(service.base_url + "/") as answer:
        text = await answer.text()
    found = figures(text)

    assert "Not going as planned. 50 of 50 planned contacts decided. 4 things need you." in text
    assert (found["allowed"], found["deferred"], found["blocked"]) == ("40", "6", "4")
    states = ("queued", "sent", "delivered", "failed", "unknown", "returned")
    assert [found[name] for name in states] == ["1", "39", "20", "12", "7", "0"]
    assert (found["inbound"], found["spent"]) == ("3", "USD 0.22")
    assert "12 of 40 contacts failed today." in text
    assert "twilio doesn&#39;t answer since" in text
    assert "A source is silent: core, 2 times." in text
    assert "Sender +12125550100 is stopped since 12:00 — the service itself" in text
    assert "Most decisions between 10:00 and 11:00: 20." in text
    assert "Hours of contact, 08:00–21:00" in text  # the rule's name, and when it clears
    assert "Tue 24 Nov 2026, 07:00 to 09:00" in text
    day = "from=2026-11-23&amp;to=2026-11-23"
    for asked in ("verdict=deferred", "status=failed", "status=undelivered", "rule=engine.opt_out"):
        assert re.search(rf'href="/contacts\?lender=acme&amp;[^"]*{asked}[^"]*{day}"', text), asked


async def test_nothing_is_shown_as_zero_while_the_database_is_away(service: Service) -> None:
    await service.runtime.db.close()
    async with service.runtime.http.get(service.base_url + "/") as answer:
        text = await answer.text()

    assert answer.status == 503
    assert "The numbers can&#39;t be read at the moment." in text
    assert figures(text) == {}


async def test_the_stream_tells_everything_first_and_then_what_changes(service: Service) -> None:
    await counted(service)
    async with service.runtime.http.get(service.base_url + "/live?lender=acme") as stream:
        assert stream.headers["X-Accel-Buffering"] == "no"
        assert stream.content_type == "text/event-stream"
        first = await next_event(stream)
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        later = await next_event(stream)

    assert first["texts"]["allowed"] == "40"
    assert "allowed" not in later["texts"]
    assert "signals" in later["texts"]


async def test_the_stream_says_that_nothing_can_be_counted(service: Service) -> None:
    await service.runtime.db.close()
    async with service.runtime.http.get(service.base_url + "/live?lender=acme") as stream:
        assert await next_event(stream) == {"away": True}


async def test_the_stream_ends_with_the_session(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "_HEARTBEAT_TICKS", 1)
    await an_account(service)
    await an_account(service, "of.another", other={Role.ADMIN})
    async with production(service) as browser:
        await browser.sign_in("of.another")
        assert (await browser.get("/live", lender="acme"))[0] == 404
        await browser.sign_in()
        async with browser.session.get(browser.base + "/live", params={"lender": "acme"}) as stream:
            await next_event(stream)
            async with service.runtime.db.acquire() as conn:
                await change_account(conn, "li.wei", disabled=True)
            await ended(stream)


async def test_the_stream_ends_in_order_when_the_server_stops(service: Service) -> None:
    async with serving(service.runtime, host="127.0.0.1", port=0) as port:
        stream = await service.runtime.http.get(f"http://127.0.0.1:{port}/live")
        await next_event(stream)
    await ended(stream)


async def ended(stream: Any) -> None:
    """Wait until a stream has ended."""
    async with asyncio.timeout(30):
        await stream.read()


async def test_too_many_streams_are_told_to_come_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "MOST_LISTENERS", 0)
    async with service.runtime.http.get(service.base_url + "/live") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_a_strip_says_what_is_stopped_for_ones_own_lenders(service: Service) -> None:
    await an_account(service)
    await an_account(service, "of.another", other={Role.COMPLIANCE})
    async with production(service) as browser:
        await browser.sign_in()
        form = {"what": "acme channel sms", "reason": "provider incident", "confirmation": "stop"}
        await browser.submit("/stops", "/stops", **form)
        _, _, own = await browser.get("/tasks")
        _, _, chinese = await browser.get("/tasks", lang="zh")
        await browser.sign_in("of.another")
        _, _, others = await browser.get("/tasks")

    assert "Text message is stopped since 12:00 — Li.Wei: provider incident." in own
    assert "短信自 12:00 起停发——Li.Wei：provider incident。" in chinese
    assert "provider incident" not in others


async def test_a_choice_of_what_to_stop_says_what_it_would_hold(service: Service) -> None:
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    async with service.runtime.http.get(service.base_url + "/stops") as answer:
        before = await answer.text()
    await service.dispatch()
    async with service.runtime.http.get(service.base_url + "/stops") as answer:
        after = await answer.text()

    assert "Everything – Acme Lending · 1 people due would wait<" in before
    assert "Channel: Text message – Acme Lending · 1 already at the carrier<" in after
    assert "<option>Provider incident</option>" in after


async def test_an_account_shows_what_fails_and_what_it_costs_to_its_own_lenders(
    service: Service,
) -> None:
    await counted(service, trouble=True)
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await an_account(service)
    await an_account(service, "of.another", other={Role.ADMIN})
    async with production(service) as browser:
        await browser.sign_in()
        _, _, listed = await browser.get("/providers")
        _, _, one = await browser.get("/providers/twilio")
        missing = await browser.get("/providers/nobody")
        await browser.sign_in("of.another")
        others = [await browser.get("/providers/twilio"), await browser.get("/providers")]

    assert "20 (51%)" in listed
    assert "Doesn&#39;t answer" in listed
    assert "5 in a row: timeout" in one
    assert "USD 0.22" in one
    assert missing[0] == others[0][0] == 404
    assert "twilio" not in others[1][2]
