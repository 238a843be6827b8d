"""Searching: whole ids, numbers and addresses; never in an address of a page, never for another."""

from collections.abc import AsyncIterator

import pytest

from outreach.domain.operators import EVERYBODY, Operator, Role
from outreach.web.console.private_search import PrivateSearch
from tests.e2e.service import Service, a_service
from tests.web.console import Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, with one borrower who was contacted once."""
    async with a_service(database_url, redis_url) as running:
        email = {"id": "em-1", "address": "ada@example.com", "status": "active"}
        await running.post(running.borrower(emails=[email]), running.overdue(days=3))
        await running.fold()
        await running.dispatch()
        yield running


async def search(browser: Browser, words: str) -> tuple[str, str]:
    """Search; returns where the form led to, and where that led on to."""
    _, first, _ = await browser.submit("/search", "/search", q=words)
    _, then, text = await browser.get(first)
    return first, then or text


async def test_what_is_whole_is_found_and_never_stands_in_an_address(service: Service) -> None:
    await an_account(service)
    [loan] = await service.rows("SELECT person_id, loan_id FROM loans")
    [contact] = await service.contacts()
    person = f"/people/{loan['person_id']}"
    attempt = f"{loan['person_id']}-{contact['contact_id'].hex}"
    wanted = {
        "LN-1": f"/loans/{loan['person_id']}-{loan['loan_id']}",
        "BR-1": person,
        " (212) 555-0143 ": person,
        "+12125550143": person,
        "ADA@example.com": person,
        attempt: f"/contacts/{attempt}",
        str(contact["contact_id"]): f"/contacts/{attempt}",
    }
    wrong = []
    async with production(service) as browser:
        await browser.sign_in()
        for words, address in wanted.items():
            first, then = await search(browser, words)
            if then != address or not first.startswith("/search?s=") or words.strip() in first:
                wrong.append((words, first, then))
        for words in ("Sample", "555-0143", "LN-", "+12125550199", "1-" + "0" * 32, "f" * 32):
            _, text = await search(browser, words)
            if "No exact match" not in text:
                wrong.append((words, "", text[:80]))
        empty = await browser.submit("/search", "/search", q=" ")
        _, _, lapsed = await browser.get("/search?s=nothing")

    assert wrong == []
    assert empty[1] == "/search"
    assert "has lapsed" in lapsed


async def test_another_lenders_borrowers_are_not_found(service: Service) -> None:
    await an_account(service)
    await an_account(service, "of.another", other=set(Role))
    async with production(service) as browser:
        await browser.sign_in()
        first, _ = await search(browser, "BR-1")
        await browser.sign_in("of.another")
        _, text = await search(browser, "BR-1")
        _, _, stolen = await browser.get(first)

    assert "No exact match" in text
    assert "has lapsed" in stolen


async def test_what_was_looked_for_is_its_owners_alone_and_lapses(service: Service) -> None:
    kept = PrivateSearch(service.runtime.redis, service.runtime.vault, "search")
    own = Operator(1, "li.wei", "Li Wei", {"acme": EVERYBODY})
    other = Operator(2, "wang.min", "Wang Min", {"acme": EVERYBODY})
    name = await kept.keep(own, {"q": "+12125550143"})
    [key] = [one async for one in service.runtime.redis.scan_iter("outreach:search:*")]

    assert await kept.find(own, name) == {"q": "+12125550143"}
    assert await kept.find(other, name) is None
    assert await kept.find(own, "x" * 99) is None
    assert b"5550143" not in await service.runtime.redis.get(key)
    assert 0 < await service.runtime.redis.ttl(key) <= 900
    await service.runtime.redis.delete(key)
    assert await kept.find(own, name) is None


async def test_an_id_of_one_page_says_nothing_to_another(service: Service) -> None:
    visitor = Operator(0, "visitor", "visitor", {})
    mine, others = (
        PrivateSearch(service.runtime.redis, service.runtime.vault, page) for page in ("a", "b")
    )
    name = await mine.keep(visitor, {"q": "LN-1"})

    assert await others.find(visitor, name) is None
    assert await mine.find(visitor, name) == {"q": "LN-1"}
