"""Somebody in front of the console of a production installation."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from outreach.domain.operators import EVERYBODY, Role
from outreach.settings import Profile
from outreach.store.operators import add_account, set_roles
from outreach.usecases.signing_in import hash_password
from outreach.web.console.access import SIGN_IN
from outreach.web.server import serving
from tests.e2e.service import Service

PASSWORD = "nine green lamps"
_HASHED = hash_password(PASSWORD)
_STREAM = "text/event-stream"
"""Goes on for as long as somebody listens."""


class Browser:
    """A visitor with cookies."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def get(self, path: str, **query: str) -> tuple[int, str, str]:
        """Return status, address to go on to, and text."""
        async with self.session.get(
            self.base + path, params=query, allow_redirects=False
        ) as answer:
            text = "" if answer.content_type == _STREAM else await answer.text(errors="replace")
            return answer.status, answer.headers.get("Location", ""), text

    async def post(self, path: str, **form: str) -> tuple[int, str, str]:
        """Post a form; as `get`."""
        async with self.session.post(self.base + path, data=form, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def submit(self, page: str, path: str, **form: str) -> tuple[int, str, str]:
        """Open a page and post a form of it."""
        _, _, text = await self.get(page)
        [token, *_] = re.findall(r'name="form_token" value="([0-9a-f]+)"', text)
        return await self.post(path, form_token=token, **form)

    async def sign_in(self, login: str = "li.wei", password: str = PASSWORD) -> tuple[int, str]:
        """Return the status and where it leads; whoever was signed in before is forgotten."""
        self.session.cookie_jar.clear()
        status, location, _ = await self.post(SIGN_IN, login=login, password=password)
        return status, location


@asynccontextmanager
async def production(service: Service) -> AsyncIterator[Browser]:
    """Serve the installation as production does; plain HTTP on the loopback."""
    runtime: Any = service.runtime
    update = {"profile": Profile.PRODUCTION, "public_base_url": "http://127.0.0.1"}
    runtime.settings = runtime.settings.model_copy(update=update)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        serving(runtime, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession(cookie_jar=jar) as session,
    ):
        yield Browser(session, f"http://127.0.0.1:{port}")


async def an_account(service: Service, login: str = "li.wei", **roles: set[Role]) -> None:
    """Add an account, for `acme` with every role unless told otherwise."""
    runtime = service.runtime
    own = {name: frozenset(each) for name, each in roles.items()} or {"acme": EVERYBODY}
    async with runtime.db.acquire() as conn, conn.transaction():
        at = runtime.clock.wall_now()
        found = await add_account(conn, login, login.title(), _HASHED, at=at)
        assert found is not None
        await set_roles(conn, found, own)
