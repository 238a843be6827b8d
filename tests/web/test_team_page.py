"""Accounts and keys as administrators look after them; never their own, never another lender's."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest

from outreach.domain.operators import Role
from outreach.store.operators import find_account, list_actions
from tests.e2e.service import Service, a_service
from tests.web.console import PASSWORD, Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """Two lenders: `acme`, and `other`."""
    async with a_service(database_url, redis_url) as running:
        runtime: Any = running.runtime
        lenders = {**runtime.settings.lenders, "other": runtime.settings.lenders["acme"]}
        runtime.settings = runtime.settings.model_copy(update={"lenders": lenders})
        await an_account(running, "the.admin", acme={Role.ADMIN})
        await an_account(running, "li.wei", acme={Role.OPERATOR})
        await an_account(running, "of.both", acme={Role.OPERATOR}, other={Role.APPROVER})
        await an_account(running, "of.other", other={Role.ADMIN})
        yield running


async def roles(service: Service, login: str) -> dict[str, set[Role]]:
    async with service.runtime.db.acquire() as conn:
        found = await find_account(conn, login)
    assert found is not None
    return {lender: set(own) for lender, own in found.operator.roles.items()}


async def shown_once(browser: Browser, location: str) -> str:
    """Follow to the page, return the secret on it, and see that it is gone the next time."""
    _, _, text = await browser.get(location)
    [secret] = re.findall(r'<code class="secret">([^<]+)</code>', text)
    _, _, again = await browser.get(location)
    assert secret not in again
    return unescape(secret)


async def test_an_admin_invites_somebody_who_signs_in_with_the_password_shown_once(
    service: Service,
) -> None:
    async with production(service) as browser:
        await browser.sign_in("the.admin")
        told = {"login": " Wang.Min", "name": "Wang Min", "grant": "acme:approver"}
        status, location, _ = await browser.submit("/team", "/team/invite", **told)
        assert status == 303
        password = await shown_once(browser, location)
        assert await roles(service, "wang.min") == {"acme": {Role.APPROVER}}
        for wrong in (told, {**told, "login": "x"}, {**told, "login": "zhao", "name": " "}):
            assert (await browser.submit("/team", "/team/invite", **wrong))[0] == 422
        # A role for a lender that one doesn't administer is none.
        wrong = {**told, "login": "zhao.lei", "grant": "other:admin"}
        assert (await browser.submit("/team", "/team/invite", **wrong))[0] == 422
        assert await browser.sign_in("wang.min", password) == (303, "/")


async def test_roles_are_given_for_ones_own_lender_and_never_to_oneself(service: Service) -> None:
    async with production(service) as browser:
        await browser.sign_in("the.admin")
        _, _, text = await browser.get("/team")
        assert "of.both" in text
        assert "of.other" not in text
        told = {"login": "of.both", "grant": "acme:compliance"}
        assert (await browser.submit("/team", "/team/roles", **told))[0] == 303
        assert await roles(service, "of.both") == {
            "acme": {Role.COMPLIANCE},
            "other": {Role.APPROVER},
        }
        own = {"login": "the.admin", "grant": "acme:compliance"}
        assert (await browser.submit("/team", "/team/roles", **own))[0] == 403
        for login, status in (("of.both", 403), ("the.admin", 403), ("of.other", 404)):
            for action in ("disable", "reset"):
                asked = await browser.submit("/team", f"/team/{action}", login=login)
                assert (asked[0], login, action) == (status, login, action)
        async with service.runtime.db.acquire() as conn:
            kept = {one.action: one.subject for one in await list_actions(conn, "the.admin", 9)}
        assert kept["roles_changed"] == "of.both: operator → compliance"


async def test_somebody_is_shut_out_at_once_and_let_in_again(service: Service) -> None:
    async with production(service) as other, production(service) as browser:
        assert (await other.sign_in("li.wei"))[0] == 303
        await browser.sign_in("the.admin")
        told = {"login": "li.wei", "undo": "no"}
        assert (await browser.submit("/team", "/team/disable", **told))[0] == 303
        assert (await other.get("/menu"))[0] == 303
        assert await other.sign_in("li.wei") == (401, "")
        await browser.submit("/team", "/team/disable", login="li.wei", undo="yes")
        _, location, _ = await browser.submit("/team", "/team/reset", login="li.wei")
        password = await shown_once(browser, location)
        assert await other.sign_in("li.wei", PASSWORD) == (401, "")
        assert (await other.sign_in("li.wei", password))[0] == 303
        chosen = {"old": password, "new": "seven blue kettles"}
        assert (await other.submit("/settings", "/settings/password", **chosen))[0] == 303
        assert (await other.get("/menu"))[0] == 303
        assert (await other.sign_in("li.wei", "seven blue kettles"))[0] == 303
        for wrong in (chosen, {"old": "seven blue kettles", "new": "short"}):
            assert (await other.submit("/settings", "/settings/password", **wrong))[0] == 422


async def test_a_key_is_made_rotated_and_revoked_by_those_who_administer_its_lender(
    service: Service,
) -> None:
    async with production(service) as browser:
        await browser.sign_in("the.admin")
        told = {"name": "dialer", "lender": "acme", "scope": "contacts:read", "mode": "live"}
        _, location, _ = await browser.submit("/team", "/team/keys", days="30", **told)
        token = await shown_once(browser, location)
        assert await asks(service, token) == 200
        _, location, _ = await browser.submit("/team", "/team/keys/rotate", key=token.split("_")[2])
        fresh = await shown_once(browser, location)
        assert await asks(service, fresh) == 200
        prefix = fresh.split("_")[2]
        assert (await browser.submit("/team", "/team/keys/revoke", key=prefix))[0] == 303
        assert (await browser.submit("/team", "/team/keys/revoke", key=prefix))[0] == 409
        for wrong in (
            {**told, "lender": "other"},
            {**told, "scope": "everything"},
            {**told, "mode": "x"},
            {**told, "days": "0"},
            {**told, "name": ""},
        ):
            assert (await browser.submit("/team", "/team/keys", **wrong))[0] == 422, wrong
        await browser.sign_in("of.other")
        _, _, text = await browser.get("/team")
        assert prefix not in text
        assert (await browser.submit("/team", "/team/keys/revoke", key=token.split("_")[2]))[
            0
        ] == 409


async def asks(service: Service, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{service.base_url}/v1/contacts"
    async with service.runtime.http.get(url, headers=headers) as answer:
        return answer.status
