"""A borrower's page: what happened, whether they may be contacted, and what can be done."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import list_actions
from tests.e2e.service import Service, a_service
from tests.web.console import Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, with one borrower who was contacted once."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        await running.dispatch()
        yield running


async def the_page(service: Service) -> str:
    """Return the address of the one borrower's page."""
    [row] = await service.rows("SELECT person_id FROM persons")
    return f"/people/{row['person_id']}"


async def the_loan(service: Service) -> str:
    """Return the id of the one loan."""
    [row] = await service.rows("SELECT loan_id FROM loans")
    return str(row["loan_id"])


async def do(browser: Browser, page: str, name: str, **form: str) -> tuple[int, str, str]:
    """Fill in one of a borrower's forms."""
    return await browser.submit(f"{page}/{name}", f"{page}/{name}", **form)


async def test_a_page_tells_what_happened_and_what_is_planned(service: Service) -> None:
    await an_account(service)
    page = await the_page(service)
    async with production(service) as browser:
        await browser.sign_in()
        status, _, text = await browser.get(page)
        _, _, chinese = await browser.get(page, lang="zh", who="people")
        _, _, check = await browser.get(page + "/check", lang="en")
        _, _, loan = await browser.get(f"/loans/{page[8:]}-{await the_loan(service)}")

    assert status == 200
    for words in ("A. Sample", "BR-1", "LN-1", "Contacted by Text message", "USD 247.50",
                  "Overdue: instalment 4", "Next planned contact", "Consent given"):  # fmt: skip
        assert words in text, words
    assert "+12125550143" not in text + check
    assert "借款人" in chinese
    assert "Contacted by" not in chinese
    assert check.count("May be contacted") + check.count("Deferred") >= 2
    assert service.twilio.creates and len(await service.contacts()) == 1  # noqa: PT018 - sent once
    assert "USD 247.50 past due for 3 days." in loan


async def test_a_hold_stops_the_next_contact_until_compliance_lifts_it(service: Service) -> None:
    await an_account(service, "chen.yu", acme={Role.COMPLIANCE})
    await an_account(service, "li.wei", acme={Role.OPERATOR})
    page = await the_page(service)
    async with production(service) as browser:
        await browser.sign_in("li.wei")
        assert (await browser.get(page + "/hold"))[0] == 403
        assert (await browser.get(f"{page}?before={'0' * 20}{'9' * 20}"))[0] == 200, "no time"
        await browser.sign_in("chen.yu")
        empty = await do(browser, page, "hold", kind="operator", why="")
        assert empty[0] == 422
        assert "Fill this in." in empty[2]
        done = await do(browser, page, "hold", kind="operator", why="call of 23 Nov", loan="")
        assert done[:2] == (303, f"{page}?done=people.done.hold")
        _, _, held = await browser.get(done[1])
        await service.move_to(service.now + timedelta(days=3))
        await service.dispatch()
        before = len(await service.contacts())
        [case] = re.findall(r"/lift\?case=([^\"]+)", held)
        lifted = await browser.submit(
            f"{page}/lift?case={case}", f"{page}/lift", case=case.replace("%3A", ":"), why="over"
        )
        _, _, text = await browser.get(page)

    assert "Not to be contacted as usual" in held
    assert "call of 23 Nov" in held
    assert before == 1
    assert lifted[0] == 303
    assert "Hold lifted" in text
    async with service.runtime.db.acquire() as conn:
        kept = {one.action for one in await list_actions(conn, None, 50)}
    assert {"GET /people/{person}", "POST /people/{person}/hold"} <= kept


async def test_a_call_counts_and_its_promise_pauses(service: Service) -> None:
    await an_account(service)
    page, loan = await the_page(service), await the_loan(service)
    at = f"{service.now - timedelta(hours=6):%Y-%m-%dT%H:%M}"
    told = {"result": "spoke", "number": "ph-1", "loan": loan, "at": at, "note": "was friendly"}
    async with production(service) as browser:
        await browser.sign_in()
        for wrong, words in (
            ({"result": "no_answer", "said": "refused"}, "Only the borrower can have said this"),
            ({"said": "promise", "amount": "9999", "day": "2026-11-27"}, "no more than is owed"),
            ({"said": "promise", "amount": "", "day": "2026-11-27"}, "Fill this in."),
            ({"said": "promise", "amount": "10", "day": "2020-01-01"}, "from today to a year"),
            ({"at": "2020-01-01T10:00"}, "within the last 31 days"),
        ):
            status, _, text = await do(browser, page, "call", **{**told, **wrong})
            assert (status, words in text) == (422, True), words
            assert "was friendly" in text
        assert len(await service.contacts()) == 1
        promise = {"said": "promise", "amount": "247.50", "day": "2026-11-27"}
        done = await do(browser, page, "call", **told, **promise)
        _, _, text = await browser.get(page)

    assert done[0] == 303
    [_, call] = sorted(await service.contacts(), key=lambda one: one["channel"], reverse=True)
    assert (call["channel"], call["outcome"], call["disposition"]) == (
        "call", "conversation", "rpc_promise",
    )  # fmt: skip
    [kept] = await service.rows("SELECT amount_minor, status FROM promises")
    assert tuple(kept.values()) == (24750, "open")
    assert "Promised USD 247.50 by Fri 27 Nov 2026" in text
    assert "Call: Spoke with the borrower" in text


async def test_a_form_that_is_posted_twice_counts_once(service: Service) -> None:
    await an_account(service)
    page = await the_page(service)
    told = {"text": "Prefers mornings", "once": "abc"}
    async with production(service) as browser:
        await browser.sign_in()
        empty = await do(browser, page, "note", text="", once="abc")
        first = await do(browser, page, "note", **told)
        second = await do(browser, page, "note", **told)

    assert (empty[0], first[0], second[0]) == (422, 303, 303)
    assert len(await service.rows("SELECT FROM borrower_notes")) == 1


async def test_what_else_is_told_takes_effect(service: Service) -> None:
    await an_account(service)
    page, loan = await the_page(service), await the_loan(service)
    told = [
        ("note", {"text": "Prefers mornings", "loan": loan}, "Prefers mornings"),
        ("promise", {"loan": loan, "amount": "100", "day": "2026-11-25"}, "Promised USD 100.00"),
        ("promise", {"loan": loan, "amount": "200", "day": "2026-11-26"}, "Called off"),
        ("preference", {"kind": "against", "hours": "12:00-14:00", "days": "mon,tue",
                        "why": "said so"}, "Not: Mon, Tue, 12:00–14:00"),
        ("matter", {"kind": "dispute", "loan": loan, "text": "not mine"}, "Work for people"),
        ("stop", {"channel": "email", "form": "oral", "why": "asked today"}, "Opted out: E-mail"),
        ("stop", {"channel": "all", "form": "written", "why": "letter"}, "Opted out: Every channel"),
        ("erase", {"because": "asked"}, "Borrower"),
    ]  # fmt: skip
    missing = []
    async with production(service) as browser:
        await browser.sign_in()
        for name, form, words in told:
            status, where, text = await do(browser, page, name, **form)
            assert (status, where) == (303, f"{page}?done=people.done.{name}"), (name, text)
            _, _, text = await browser.get(where)
            if words not in text:
                missing.append((name, words))
        [ref] = await service.rows("SELECT ref FROM preferences")
        gone = await browser.submit(
            f"{page}/forget?case={ref['ref']}", f"{page}/forget", case=ref["ref"], why="changed"
        )
        wrong = await do(browser, page, "preference", kind="against", why="says nothing")
        unread = await do(browser, page, "preference", kind="against", hours="noon", why="x")
        again = await do(browser, page, "hand-off", kind="visit", loan=loan)

    assert missing == []
    assert gone[0] == 303
    assert (wrong[0], unread[0], again[0]) == (422, 422, 422)
    assert "The rules stop it" in again[2]
    assert "outreach.dispute" in again[2]


async def test_an_address_is_shown_for_a_minute_with_a_reason(service: Service) -> None:
    await an_account(service)
    page = await the_page(service)
    async with production(service) as browser:
        await browser.sign_in()
        form = f"{page}/show?address=ph-1"
        silent = await browser.submit(form, f"{page}/show", address="ph-1", why=" ")
        status, where, _ = await browser.submit(form, f"{page}/show", address="ph-1", why="call")
        _, _, shown = await browser.get(where.partition("#")[0])
        [key] = [one async for one in service.runtime.redis.scan_iter("outreach:search:*")]
        lasts = await service.runtime.redis.ttl(key)
        strange = await browser.get(f"{page}/show?address=nobody")
        await service.runtime.redis.delete(key)
        _, _, later = await browser.get(where.partition("#")[0])

    assert (silent[0], status, strange[0]) == (422, 303, 404)
    assert 0 < lasts <= 60
    assert "+12125550143" in shown
    assert "+12125550143" not in later
    assert "An address was shown: call" in later


async def test_another_lenders_borrower_is_not_there(service: Service) -> None:
    await an_account(service)
    await an_account(service, "of.another", other=set(Role))
    page, loan = await the_page(service), await the_loan(service)
    paths = ["", "/check", "/note", "/hold", "/lift?case=x", "/call", "/show?address=ph-1"]
    async with production(service) as browser:
        await browser.sign_in("of.another")
        found = [(await browser.get(page + path))[0] for path in paths]
        found.append((await browser.get(f"/loans/{page[8:]}-{loan}"))[0])
        await browser.sign_in()
        found += [(await browser.get(path))[0] for path in ("/people/0", "/people/x", "/loans/1-x")]
        found.append((await browser.get(f"{page}/lift?case=nothing"))[0])

    assert set(found) == {404}


async def test_a_loan_is_paused_and_a_statement_asked_for(service: Service) -> None:
    await an_account(service)
    page = f"/loans/{(await the_page(service))[8:]}-{await the_loan(service)}"
    async with production(service) as browser:
        await browser.sign_in()
        silent = await browser.submit(f"{page}/pause", f"{page}/pause", why="")
        paused = await browser.submit(f"{page}/pause", f"{page}/pause", why="a mistake of ours")
        asked = await browser.submit(page, f"{page}/statement")
        _, _, text = await browser.get(paused[1])

    assert silent[0] == 422
    assert paused[:2] == (303, f"{page}?done=loans.done.pause")
    assert asked[:2] == (303, f"{page}?done=loans.done.statement")
    assert "Outreach of this loan is paused." in text
    [hold] = await service.rows("SELECT loan_id, kind FROM holds")
    assert (str(hold["loan_id"]), hold["kind"]) == (await the_loan(service), "operator")
