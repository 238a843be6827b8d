"""Replies that people read on the page: what each is settled as takes effect as if understood."""

import re
from collections.abc import AsyncIterator

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import list_actions
from tests.e2e.service import US_NUMBER, Service, a_service
from tests.web.console import Browser, an_account, production

ADA = "+12125550143"
DOUBTFUL = "hmm well maybe friday i will see what i can do about some of it ok"


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, with one borrower who was contacted once."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        await running.dispatch()
        yield running


async def writes(service: Service, text: str) -> None:
    """Let the borrower write, and fold it."""
    await service.twilio.inbound(ADA, US_NUMBER, text)
    await service.receipts()


async def the_reply(browser: Browser) -> str:
    """Return the address of the one reply that waits."""
    _, _, text = await browser.get("/replies")
    [link] = set(re.findall(r'href="(/replies/\d+)"', text))
    return str(link)


async def test_a_reply_is_read_as_a_promise_and_the_next_one_opens(service: Service) -> None:
    await an_account(service)
    await writes(service, "not clear what you mean by this at all")
    await writes(service, "qwerty asdf zxcv")
    waiting = await service.rows("SELECT task_id FROM tasks ORDER BY task_id")
    assert len(waiting) == 2
    [loan] = await service.rows("SELECT person_id, loan_id FROM loans")
    first, second = (f"/replies/{one['task_id']}" for one in waiting)
    form = {"intent": "promise", "loan": str(loan["loan_id"]), "amount": "100"}
    async with production(service) as browser:
        await browser.sign_in()
        status, _, text = await browser.get(first)
        assert status == 200
        assert "not clear what you mean" in text
        taken = await browser.submit(first, f"{first}/take")
        _, _, shown = await browser.get("/replies")
        for wrong in ({"day": ""}, {"day": "2020-01-01"}, {"amount": "ten", "day": "2026-11-27"},
                      {"intent": "nonsense"}, {"loan": "", "day": "2026-11-27"}):  # fmt: skip
            assert (await browser.submit(first, first, **{**form, **wrong}))[0] == 422, wrong
        done = await browser.submit(first, first, **form, day="2026-11-27")
        again = await browser.get(first)
        last = await browser.submit(second, second, intent="other", why="a cat")
        _, _, listed = await browser.get(last[1])
        _, _, page = await browser.get(f"/people/{loan['person_id']}")

    assert taken[:2] == (303, f"{first}?done=replies.taken")
    assert shown.count("Li.Wei (li.wei)") == 1
    assert done[:2] == (303, f"{second}?done=replies.done")
    assert again[0] == 404
    assert last[1] == "/replies?done=replies.done"
    assert "All answered." in listed
    assert "Promised USD 100.00 by Fri 27 Nov 2026" in page
    assert "A reply was read: Promise to pay" in page
    kept = await service.rows("SELECT outcome FROM tasks WHERE kind = 'reply_review' ORDER BY 1")
    assert [one["outcome"] for one in kept] == ["other", "promise"]
    assert await service.rows("SELECT FROM holds WHERE released_at IS NULL") == []
    async with service.runtime.db.acquire() as conn:
        actions = {one.action for one in await list_actions(conn, None, 50)}
    assert {"GET /replies/{number}", "POST /replies/{number}"} <= actions


async def test_what_a_reply_is_read_as_takes_effect(service: Service) -> None:
    await an_account(service)
    [loan] = await service.rows("SELECT loan_id FROM loans")
    effects = {
        "paid": "SELECT FROM tasks WHERE kind = 'already_paid_check'",
        "payoff": "SELECT FROM tasks WHERE kind = 'payoff_quote'",
        "help": "SELECT FROM confirmations WHERE kind = 'help'",
        "dispute": "SELECT FROM holds WHERE kind = 'dispute' AND released_at IS NULL",
        "hardship": "SELECT FROM holds WHERE kind = 'hardship' AND released_at IS NULL",
        "wrong_number": "SELECT FROM endpoints WHERE status = 'wrong_party'",
        "opt_out": "SELECT FROM consents WHERE status = 'revoked'",
    }
    missing = []
    async with production(service) as browser:
        await browser.sign_in()
        for number, (intent, effect) in enumerate(effects.items()):
            await writes(service, f"qwerty asdf zxcv {number}")
            link = await the_reply(browser)
            assert await service.rows(effect) == [], intent
            form = {"intent": intent, "loan": str(loan["loan_id"]), "scope": "all", "answers": "1"}
            status, _, text = await browser.submit(link, link, **form)
            if status != 303 or not await service.rows(effect):
                missing.append((intent, status, re.findall(r"role=.alert.*?</div>", text)))

    assert missing == []


async def test_another_lenders_reply_is_not_there(service: Service) -> None:
    await an_account(service)
    await an_account(service, "of.another", other=set(Role))
    await an_account(service, "approves", acme={Role.APPROVER})
    await writes(service, "qwerty asdf zxcv")
    async with production(service) as browser:
        await browser.sign_in()
        link = await the_reply(browser)
        await browser.sign_in("of.another")
        other = await browser.get(link)
        _, _, listed = await browser.get("/replies")
        await browser.sign_in("approves")
        approver = await browser.get(link)
        _, _, seen = await browser.get("/replies")
        await browser.sign_in()
        strange = [(await browser.get(f"/replies/{one}"))[0] for one in ("0", "x", "9" * 30)]

    assert (other[0], approver[0], strange) == (404, 403, [404, 404, 404])
    assert "All answered." in listed
    assert link not in seen
    assert "Text message" in seen
