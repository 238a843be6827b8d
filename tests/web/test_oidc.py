"""Signing in by OpenID Connect: who gets in with which roles, and every way not to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest

from outreach.domain.operators import Role
from outreach.settings.oidc import Oidc
from outreach.store.operators import change_account, find_account, list_actions
from outreach.web.console import oidc_provider
from outreach.web.console.access import RETURN, SIGN_IN, SIGN_OUT
from outreach.web.console.oidc_page import BEGIN
from tests.e2e.service import Service, a_service
from tests.fakes.oidc import FakeOidc, Trick, running_oidc
from tests.web.console import PASSWORD, Browser, an_account, production

GROUPS = {"dunning": ["acme:operator"], "legal": ["acme:compliance", "acme:approver"]}
LI: dict[str, Any] = {"preferred_username": "Li.Wei", "name": "Li  Wei", "groups": ["dunning", "x"]}
NOT_LET_IN: tuple[Trick, ...] = tuple(one for one in get_args(Trick) if one)


@asynccontextmanager
async def installation(
    servers: tuple[str, str], **options: Any
) -> AsyncIterator[tuple[Service, FakeOidc, Browser]]:
    """Serve a production installation whose people sign in with a provider of this machine."""
    async with a_service(*servers) as service, running_oidc(**LI) as provider:
        told = {
            "issuer": provider.issuer,
            "client_id": provider.client_id,
            "client_secret": provider.secret,
            "name": "Acme accounts",
            "groups": GROUPS,
            **options,
        }
        runtime: Any = service.runtime
        update = {"oidc": Oidc.model_validate(told)}
        runtime.settings = runtime.settings.model_copy(update=update)
        async with production(service) as browser:
            yield service, provider, browser


@pytest.fixture
def servers(database_url: str, redis_url: str) -> tuple[str, str]:
    return database_url, redis_url


async def go(browser: Browser, following: str = "/menu") -> tuple[int, str, str]:
    """Go to the provider and come back; return what we are answered then."""
    return await browser.get(await answer_of(browser, following))


async def answer_of(browser: Browser, following: str = "/menu") -> str:
    """Go to the provider; return the path and query that it sends the browser back to."""
    status, location, text = await browser.get(BEGIN, next=following)
    assert status == 303, text
    async with browser.session.get(location, allow_redirects=False) as answered:
        back = urlsplit(answered.headers["Location"])
    assert back.path == RETURN
    return f"{back.path}?{back.query}"


async def roles(service: Service, login: str) -> set[Role] | None:
    async with service.runtime.db.acquire() as conn:
        found = await find_account(conn, login)
    if found is None:
        return None
    assert found.password_hash is None
    return set(found.operator.roles.get("acme", frozenset()))


async def test_somebody_new_gets_in_with_the_roles_of_their_groups_and_out_again(
    servers: tuple[str, str],
) -> None:
    async with installation(servers) as (service, provider, browser):
        _, _, text = await browser.get(SIGN_IN, next="/menu")
        assert "Sign in with Acme accounts" in text
        assert (await go(browser))[:2] == (303, "/menu")
        status, _, text = await browser.get("/menu")
        assert status == 200
        assert "Li Wei" in text
        assert await roles(service, "li.wei") == {Role.OPERATOR}

        provider.claims["groups"] = ["legal"]
        assert (await go(browser))[0] == 303
        assert await roles(service, "li.wei") == {Role.COMPLIANCE, Role.APPROVER}
        provider.claims |= {"preferred_username": "another.name", "name": "Li Wei-Smith"}
        assert (await go(browser))[0] == 303
        assert await roles(service, "another.name") is None
        _, _, text = await browser.get("/menu")
        assert "Li Wei-Smith" in text

        status, location, _ = await browser.submit("/menu", SIGN_OUT)
        assert status == 303
        assert location.startswith(provider.issuer + "/logout?")
        query = parse_qs(urlsplit(location).query)
        assert query["post_logout_redirect_uri"][0].endswith(SIGN_IN)
        assert query["id_token_hint"][0].count(".") == 2
        assert (await browser.get("/menu"))[0] == 303
        async with service.runtime.db.acquire() as conn:
            assert "signed_in" in {one.action for one in await list_actions(conn, "li.wei", 9)}


async def test_without_a_role_nobody_gets_in_and_is_told_whom_to_ask(
    servers: tuple[str, str],
) -> None:
    async with installation(servers) as (service, provider, browser):
        provider.claims["groups"] = ["x", "unknown"]
        status, _, text = await go(browser)
        assert status == 403
        assert "looks after your groups" in text.replace("\n", " ").replace("&#39;", "'")
        assert await roles(service, "li.wei") is None
        provider.claims["groups"] = ["dunning"]
        assert (await go(browser))[0] == 303
        provider.claims["groups"] = []
        assert (await go(browser))[0] == 403
        assert await roles(service, "li.wei") == set()
        assert (await browser.get("/contacts"))[0] in {303, 403}
        provider.claims["groups"] = ["dunning"]
        async with service.runtime.db.acquire() as conn:
            await change_account(conn, "li.wei", disabled=True)
        status, _, text = await go(browser)
        assert status == 403
        assert "disabled" in text


async def test_no_trick_lets_anybody_in(servers: tuple[str, str]) -> None:
    wrong = []
    async with installation(servers) as (service, provider, browser):
        for trick in NOT_LET_IN:
            provider.trick = trick
            status, location, text = await go(browser)
            if location or status not in {401, 503} or "session" in _cookies(browser):
                wrong.append((trick, status, location, text[:80]))
        assert wrong == []
        assert await roles(service, "li.wei") is None
        provider.trick = ""
        assert (await go(browser))[0] == 303


async def test_an_answer_fits_one_browser_once(servers: tuple[str, str]) -> None:
    async with installation(servers) as (_, _, browser):
        answer = await answer_of(browser)
        own = {one.key: one.value for one in browser.session.cookie_jar}
        browser.session.cookie_jar.clear()
        assert (await browser.get(answer))[0] == 400, "another browser's"
        browser.session.cookie_jar.update_cookies(own)
        assert (await browser.get(answer))[0] == 400, "spent by trying"

        answer = await answer_of(browser)
        assert (await browser.get(answer))[:2] == (303, "/menu")
        assert (await browser.get(answer))[0] == 400, "replayed"
        # A code that was used before, under a state of our own.
        code = parse_qs(urlsplit(answer).query)["code"][0]
        fresh = parse_qs(urlsplit(await answer_of(browser)).query)["state"][0]
        assert (await browser.get(RETURN, code=code, state=fresh))[0] == 401
        fresh = parse_qs(urlsplit(await answer_of(browser)).query)["state"][0]
        assert (await browser.get(RETURN, code="x", state=fresh, iss="https://evil.example"))[
            0
        ] == 401
        fresh = parse_qs(urlsplit(await answer_of(browser)).query)["state"][0]
        assert (await browser.get(RETURN, error="access_denied", state=fresh))[0] == 401
        assert (await browser.get(RETURN))[0] == 400
        assert (await go(browser, "https://evil.example/"))[1] == "/"


async def test_keys_rotate_and_clocks_may_differ(
    servers: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation(servers, leeway=120) as (_, provider, browser):
        assert (await go(browser))[0] == 303
        provider.trick = "expired"
        assert (await go(browser))[0] == 303, "61 s late, of 120 allowed"
        provider.trick = ""
        provider.rotate()
        assert (await go(browser))[0] == 401, "keys aren't asked for twice in five seconds"
        monkeypatch.setattr(oidc_provider, "_PAUSE", oidc_provider._PAUSE * 0)
        assert (await go(browser))[0] == 303
        assert provider.asked.count("discovery") == 1
        assert provider.asked.count("keys") == 2


async def test_a_name_alone_takes_nobodys_account(servers: tuple[str, str]) -> None:
    async with installation(servers) as (service, provider, browser):
        await an_account(service, "li.wei")
        status, _, text = await go(browser)
        assert status == 403
        assert "Somebody else" in text
        provider.claims |= {"preferred_username": "wang.min", "sub": "u-2"}
        assert (await go(browser))[0] == 303
        provider.claims |= {"sub": "u-3"}
        assert (await go(browser))[0] == 403, "the login is another subject's"


async def test_an_email_counts_once_it_is_verified_and_groups_lie_deeper(
    servers: tuple[str, str],
) -> None:
    options = {"login_claim": "email", "groups_claim": "realm_access.roles"}
    async with installation(servers, **options) as (service, provider, browser):
        provider.claims = {"email": "Li@acme.example", "realm_access": {"roles": ["legal"]}}
        assert (await go(browser))[0] == 403
        provider.claims["email_verified"] = True
        assert (await go(browser))[0] == 303
        assert await roles(service, "li@acme.example") == {Role.COMPLIANCE, Role.APPROVER}


async def test_passwords_can_be_turned_off(servers: tuple[str, str]) -> None:
    async with installation(servers, local_accounts=False) as (service, _, browser):
        await an_account(service, "zhao.lei")
        _, _, text = await browser.get(SIGN_IN)
        assert 'name="password"' not in text
        assert await browser.sign_in("zhao.lei", PASSWORD) == (403, "")
        assert (await go(browser))[0] == 303
    async with a_service(*servers) as service, production(service) as browser:
        assert (await browser.get(BEGIN))[0] == 404
        assert await browser.sign_in("zhao.lei", PASSWORD) == (303, "/")


async def test_a_provider_that_is_away_or_another_says_so(servers: tuple[str, str]) -> None:
    async with installation(servers) as (_, provider, browser):
        provider.discovered_issuer = "https://elsewhere.example"
        status, _, text = await browser.get(BEGIN)
        assert status == 503
        assert "reached" in text


def _cookies(browser: Browser) -> set[str]:
    return {one.key for one in browser.session.cookie_jar if one.value}
