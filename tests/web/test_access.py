"""Who gets into the console: sign-in, sessions, forms, roles; another lender's data never."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import change_account, list_actions
from outreach.usecases.signing_in import MOST_TRIES, Doorkeeper, SignInError
from outreach.web.console.access import SIGN_IN, SIGN_OUT
from outreach.web.console.page import Renderer
from outreach.web.console.routes import pages
from tests.e2e.service import Service, a_service
from tests.web.console import PASSWORD, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`, with one contact made."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        await running.dispatch()
        await running.fold_contact_log()
        yield running


async def actions(service: Service) -> list[str]:
    """Return what was recorded, newest first."""
    async with service.runtime.db.acquire() as conn:
        return [one.action for one in await list_actions(conn, None, 100)]


async def test_without_an_account_production_shows_the_sign_in_page_alone(service: Service) -> None:
    async with production(service) as browser:
        for path in ("/contacts", "/contacts/1-00000000000000000000000000000000", "/decisions/1-1"):
            status, location, text = await browser.get(path)
            assert (status, text) == (303, "")
            assert location.startswith(SIGN_IN + "?next=%2F")
        status, _, text = await browser.get(SIGN_IN)

    assert status == 200
    assert "<form" in text
    assert "Acme" not in text


async def test_who_signs_in_goes_on_to_the_page_they_wanted_and_out_again(service: Service) -> None:
    await an_account(service)
    async with production(service) as browser:
        status, location, _ = await browser.post(
            SIGN_IN + "?next=/contacts%3Fkind%3Dsent", login=" Li.Wei ", password=PASSWORD
        )
        assert (status, location) == (303, "/contacts?kind=sent")
        status, _, text = await browser.get(location)
        assert status == 200
        assert "Li.Wei" in text
        [token, *_] = re.findall(r'name="form_token" value="([0-9a-f]+)"', text)
        await browser.post(SIGN_OUT, form_token=token)
        status, location, _ = await browser.get("/contacts")

    assert (status, location) == (303, "/sign-in?next=%2Fcontacts")
    assert await actions(service) == ["signed_in"]


async def test_another_site_can_sign_nobody_out(service: Service) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        cookies = list(browser.session.cookie_jar)
        await browser.post(SIGN_OUT, form_token="0" * 64)
        browser.session.cookie_jar.update_cookies({one.key: one for one in cookies})
        status, _, _ = await browser.get("/contacts")

    assert status == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil", ""])
async def test_signing_in_leads_nowhere_else(service: Service, elsewhere: str) -> None:
    await an_account(service)
    async with production(service) as browser:
        form = {"login": "li.wei", "password": PASSWORD}
        async with browser.session.post(
            browser.base + SIGN_IN, params={"next": elsewhere}, data=form, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_wrong_passwords_are_counted_and_then_even_the_right_one_waits(
    service: Service,
) -> None:
    await an_account(service)
    async with production(service) as browser:
        for _ in range(MOST_TRIES):
            assert await browser.sign_in(password="wrong") == (401, "")
        assert await browser.sign_in() == (429, "")
        _, _, text = await browser.post(SIGN_IN, login="nobody", password="wrong")

    assert "quarter of an hour" in text
    assert set(await actions(service)) == {"sign_in_refused"}


async def test_guesses_that_come_together_are_counted_as_well(service: Service) -> None:
    await an_account(service)
    runtime = service.runtime
    door, now = Doorkeeper(runtime.db, runtime.redis), runtime.clock.wall_now()
    guesses = [
        door.sign_in("li.wei", f"guess {number}", address=f"192.0.2.{number}", wall_now=now)
        for number in range(MOST_TRIES + 5)
    ]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    reasons = Counter(one.reason for one in answers if isinstance(one, SignInError))

    assert reasons == {"wrong": MOST_TRIES, "too_many": 5}


async def test_behind_a_proxy_one_address_shuts_nobody_else_out(service: Service) -> None:
    await an_account(service)
    update = {"client_address_header": "X-Forwarded-For"}
    service.runtime.settings = service.runtime.settings.model_copy(update=update)
    async with production(service) as browser:
        browser.session.headers["X-Forwarded-For"] = "203.0.113.7"
        for number in range(MOST_TRIES):
            assert await browser.sign_in(f"guess-{number}", "wrong") == (401, "")
        assert await browser.sign_in() == (429, "")
        browser.session.headers["X-Forwarded-For"] = "198.51.100.9, 192.0.2.4"
        assert (await browser.sign_in())[0] == 303


async def test_what_is_taken_from_somebody_is_gone_at_once(service: Service) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        async with service.runtime.db.acquire() as conn:
            await change_account(conn, "li.wei", disabled=True)
        status, location, _ = await browser.get("/contacts")
        assert await browser.sign_in() == (401, "")

    assert (status, location) == (303, "/sign-in?next=%2Fcontacts")


async def test_a_session_whose_store_is_empty_has_ended(service: Service) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        await service.runtime.redis.flushall()
        status, _, _ = await browser.get("/contacts")

    assert status == 303


async def test_every_page_is_open_to_its_roles_alone(service: Service) -> None:
    listed = pages(service.runtime, Renderer(service.runtime.settings.templates_dir / "console"))
    assert all(page.roles for page in listed)
    for role in Role:
        await an_account(service, role, acme={role})
    await an_account(service, "none", other={Role.ADMIN})
    wrong = []
    async with production(service) as browser:
        for login in (*Role, "none"):
            assert (await browser.sign_in(login))[0] == 303
            for page in listed:
                path = re.sub(r"\{[^}]+\}", "1", page.path)
                ask = browser.get if page.method == "GET" else browser.post
                status, _, _ = await ask(path)
                is_open = login in page.roles or (login == "none" and Role.ADMIN in page.roles)
                refused = status == 403
                if refused == (is_open and page.method == "GET"):
                    wrong.append((login, page.path, status))

    assert wrong == []


async def test_another_lenders_contacts_are_not_there(service: Service) -> None:
    [contact] = await service.contacts()
    link = f"/contacts/{contact['person_id']}-{contact['contact_id'].hex}"
    await an_account(service)
    await an_account(service, "of.another", other={Role.COMPLIANCE})
    async with production(service) as browser:
        await browser.sign_in()
        own: Any = [await browser.get(link), await browser.get("/contacts")]
        await browser.sign_in("of.another")
        others: Any = [await browser.get(link), await browser.get("/contacts?lender=acme")]

    assert [status for status, _, _ in own] == [200, 200]
    assert others[0][0] == 404
    assert "LN-1" in own[1][2]
    assert "LN-1" not in others[1][2] + others[0][2]
    assert "Acme" not in others[1][2]


async def test_a_development_visitor_takes_a_role(service: Service) -> None:
    async with service.runtime.http.get(f"{service.base_url}/contacts?as=compliance") as answer:
        text = await answer.text()

    assert answer.status == 200
    assert answer.cookies["as"].value == "compliance"
    assert "Development page" in text
