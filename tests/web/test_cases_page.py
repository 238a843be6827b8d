"""Cases, approvals and hand-offs on the page: decided, answered by a second person, recorded."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from outreach.domain.hand_offs import HandOffKind
from outreach.domain.operators import Role
from tests.e2e.late import late, only
from tests.e2e.service import Service, a_service
from tests.e2e.signals import a_dispute
from tests.web.console import Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, whose one borrower disputes the loan."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3), a_dispute(running))
        await running.fold()
        yield running


async def links(browser: Browser, page: str, pattern: str) -> list[str]:
    """Return the addresses on a page that a pattern finds, each once."""
    _, _, text = await browser.get(page)
    return list(dict.fromkeys(re.findall(pattern, text)))


async def test_a_dispute_is_decided_and_the_plan_goes_on(service: Service) -> None:
    await an_account(service)
    await an_account(service, "of.another", other=set(Role))
    async with production(service) as browser:
        await browser.sign_in("of.another")
        assert await links(browser, "/cases", r"/cases/\d+") == []
        await browser.sign_in()
        [link] = await links(browser, "/cases", r"/cases/\d+")
        _, _, seen = await browser.get(link)
        silent = await browser.submit(link, link, word="verified", why="")
        wrong = await browser.submit(link, link, word="nonsense", why="looked")
        taken = await browser.submit(link, f"{link}/take")
        done = await browser.submit(link, link, word="verified", why="the contract of May")
        late_answer = await browser.submit(link.replace("cases", "tasks"), link, word="verified")
        _, _, listed = await browser.get(done[1])
        await browser.sign_in("of.another")
        other = await browser.get(link)

    assert "I paid this in October" in seen
    assert (silent[0], wrong[0], taken[0], late_answer[0], other[0]) == (422, 422, 303, 409, 404)
    assert done[:2] == (303, "/cases?done=cases.done")
    assert "No open case." in listed
    assert await service.rows("SELECT FROM holds WHERE released_at IS NULL") == []
    [task] = await service.rows("SELECT state, outcome FROM tasks")
    assert tuple(task.values()) == ("done", "verified")
    await service.dispatch()
    assert len(await service.contacts()) == 1


@pytest.mark.parametrize(
    ("kind", "word", "stays"),
    [("hardship", "granted", True), ("hardship", "denied", False), ("complaint", "closed", False)],
)
async def test_relief_and_complaints_are_decided(
    service: Service, kind: str, word: str, stays: bool
) -> None:
    await an_account(service)
    [person] = await service.rows("SELECT person_id FROM persons")
    page = f"/people/{person['person_id']}"
    async with production(service) as browser:
        await browser.sign_in()
        form = f"{page}/matter"
        await browser.submit(form, form, kind=kind, loan="", text="lost my job")
        [link] = await links(browser, f"/cases?kind={kind}", r"/cases/\d+")
        done = await browser.submit(link, link, word=word, why="letter", until="2027-01-31")

    assert done[0] == 303
    [hold] = await service.rows("SELECT released_at, ends_at FROM holds WHERE kind = $1", kind)
    assert (hold["released_at"] is None, hold["ends_at"] is not None) == (stays, stays)
    [task] = await service.rows("SELECT outcome FROM tasks WHERE kind = $1", kind)
    assert task["outcome"] == word


async def test_a_visit_is_approved_by_a_second_person_made_and_recorded(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with late((database_url, redis_url), tmp_path, "US", 60) as service:
        await service.dispatch()
        ref = (await only(service, HandOffKind.VISIT)).hand_off.ref
        await an_account(service)
        await an_account(service, "works", acme={Role.OPERATOR})
        key = f"/approvals/hand-offs/{ref}"
        async with production(service) as browser:
            await browser.sign_in("works")
            assert key not in str(await browser.get("/approvals"))
            assert (await browser.post(key, answer="approve"))[0] == 403
            await browser.sign_in()
            silent = await browser.submit("/approvals", key, answer="back")
            strange = await browser.submit("/approvals", "/approvals/nothing/1", answer="approve")
            nobody = await browser.submit(
                "/approvals", "/approvals/hand-offs/1-2", answer="approve"
            )
            yes = await browser.submit(
                "/approvals", key, answer="approve", staff="Li Wei, Zhang Min", why="seen"
            )
            again = await browser.submit("/approvals", key, answer="approve", staff="Li Wei")
            page = f"/hand-offs/{ref}"
            assert await links(browser, "/cases", r'href="(/hand-offs/[^"]+)"') == [page]
            _, _, text = await browser.get(page)
            at = re.findall(r'name="at" type="datetime-local" value="([^"]+)"', text)[0]
            form = {"outcome": "spoke", "at": at, "note": "friendly"}
            bad = await browser.submit(page, f"{page}/made", **form, promised="10")
            made = await browser.submit(
                page, f"{page}/made", **form, promised="247.50", promised_on="2026-11-28"
            )
            over = await browser.submit(page, f"{page}/made", **form)
            _, _, after = await browser.get(page)

    assert (silent[0], strange[0], nobody[0], again[0]) == (422, 404, 404, 409)
    assert yes[:2] == (303, "/approvals?done=approvals.done.approved")
    assert "Li Wei, Zhang Min" in text
    assert (bad[0], made[0], over[0]) == (422, 303, 409)
    assert "It is over." in after


async def test_an_erasure_needs_a_second_person_and_no_open_loan(service: Service) -> None:
    await an_account(service)
    await an_account(service, "chen.yu", acme={Role.COMPLIANCE})
    [person] = await service.rows("SELECT person_id FROM persons")
    page = f"/people/{person['person_id']}"
    key = f"/approvals/erasures/{person['person_id']}"
    async with production(service) as browser:
        await browser.sign_in()
        await browser.submit(f"{page}/erase", f"{page}/erase", because="asked")
        own = await browser.submit("/approvals", key, answer="approve")
        _, _, seen = await browser.get("/approvals")
        await browser.sign_in("chen.yu")
        kept = await browser.submit("/approvals", key, answer="approve")
        back = await browser.submit("/approvals", key, answer="back", why="has a loan")
        gone = await browser.submit("/search", key, answer="approve")

    assert own[0] == 409
    assert "You asked for this" in seen
    assert (kept[0], back[0], gone[0]) == (409, 303, 404)
    assert "a loan of theirs is open" in kept[2]
    [row] = await service.rows("SELECT outcome, decided_by FROM erasures")
    assert tuple(row.values()) == ("declined", "Chen.Yu (chen.yu)")


async def test_who_was_never_a_borrower_is_erased_for_good(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await service.post(service.borrower())
        await service.fold()
        await an_account(service)
        await an_account(service, "chen.yu", acme={Role.APPROVER})
        [person] = await service.rows("SELECT person_id FROM persons")
        page = f"/people/{person['person_id']}"
        key = f"/approvals/erasures/{person['person_id']}"
        async with production(service) as browser:
            await browser.sign_in()
            await browser.submit(f"{page}/note", f"{page}/note", text="wrong number, says Ada")
            _, _, before = await browser.get(page)
            await browser.submit(f"{page}/erase", f"{page}/erase", because="never_ours")
            await browser.sign_in("chen.yu")
            done = await browser.submit("/approvals", key, answer="approve")
            after = await browser.get(page)
            _, _, listed = await browser.get("/approvals")
        await service.post(service.borrower())
        await service.fold()
        await service.dispatch()

        assert "wrong number, says Ada" in before
        assert done[:2] == (303, "/approvals?done=approvals.done.approved")
        assert after[0] == 404
        assert "Nothing waits for you." in listed
        left = await service.rows("SELECT wrapped_key, profile FROM persons")
        assert [tuple(one.values()) for one in left] == [(None, None)]
        for table in ("endpoints", "consents", "preferences", "holds"):
            assert await service.rows(f"SELECT FROM {table}") == [], table
