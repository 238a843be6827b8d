"""How the console looks and acts for one visitor, in this browser; and their password."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY
from outreach.runtime import Runtime
from outreach.store.operators import change_account, find_account, keep_action
from outreach.usecases.signing_in import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    WeakPasswordError,
    check_password,
    hash_password,
    is_password,
)
from outreach.web.console.access import SESSION, SIGN_IN, Page
from outreach.web.console.page import Renderer
from outreach.web.console.words import LANGUAGES

PATH: Final = "/settings"
THEMES: Final = ("system", "light", "dark")
SHORTCUTS: Final = ("on", "off")
_CHOICES: Final = {"language": LANGUAGES, "theme": THEMES, "shortcuts": SHORTCUTS}
_YEAR: Final = 31_536_000


class SettingsPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get, EVERYBODY),
            Page(hdrs.METH_POST, PATH, self.post, EVERYBODY),
            Page(hdrs.METH_POST, f"{PATH}/password", self.post_password, EVERYBODY),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show what is chosen."""
        return await self._show(request)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Keep what was chosen, in cookies of this browser; what can't be chosen is passed over."""
        form = await request.post()
        response = web.Response(status=303, headers={"Location": f"{PATH}?done=yes"})
        for name, choices in _CHOICES.items():
            if (chosen := str(form.get(name, ""))) in choices:
                response.set_cookie(
                    name, chosen, max_age=_YEAR, httponly=True, samesite="Lax", path="/"
                )
        return response

    async def post_password(self, request: web.Request) -> web.StreamResponse:
        """Change the visitor's own password; they sign in with it everywhere."""
        form = await request.post()
        old, new = str(form.get("old", "")), str(form.get("new", ""))
        login = request[SESSION].operator.login
        async with self._runtime.db.acquire() as conn:
            account = await find_account(conn, login)
        if account is None or account.password_hash is None:
            return await self._show(request, problem="wrong", status=403)
        if not await asyncio.to_thread(is_password, account.password_hash, old[:LONGEST_PASSWORD]):
            return await self._show(request, problem="wrong", status=422)
        try:
            check_password(new, login)
        except WeakPasswordError:
            return await self._show(request, problem="weak", status=422)
        hashed = await asyncio.to_thread(hash_password, new)
        at = self._runtime.clock.wall_now()
        async with self._runtime.db.acquire() as conn, conn.transaction():
            await change_account(conn, login, password_hash=hashed)
            await keep_action(conn, login, "password_changed", login, tenant="", at=at)
        return web.Response(status=303, headers={"Location": f"{SIGN_IN}?next={PATH}"})

    async def _show(
        self, request: web.Request, *, problem: str = "", status: int = 200
    ) -> web.Response:
        operator = request[SESSION].operator
        account = None
        if operator.operator_id:
            async with self._runtime.db.acquire() as conn:
                account = await find_account(conn, operator.login)
        cookies = request.cookies
        theme, shortcuts = cookies.get("theme", ""), cookies.get("shortcuts", "")
        return self._renderer.page(
            request,
            "settings.html",
            status=status,
            visitor=request[SESSION],
            themes=THEMES,
            chosen_theme=theme if theme in THEMES else THEMES[0],
            shortcuts=SHORTCUTS,
            chosen_shortcuts=shortcuts if shortcuts in SHORTCUTS else SHORTCUTS[0],
            has_password=account is not None and account.password_hash is not None,
            lengths={"shortest": SHORTEST_PASSWORD, "longest": LONGEST_PASSWORD},
            problem=problem,
            done=request.query.get("done", "") == "yes" and not problem,
        )
