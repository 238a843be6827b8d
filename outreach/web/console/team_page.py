"""Who may do what: accounts with their roles for each lender, and the keys of machines."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.api_keys import ApiKey, KeyMode, Scope
from outreach.domain.operators import Operator, Role
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.store.api_keys import list_keys
from outreach.store.operators import Account
from outreach.usecases import looking_after_team as team
from outreach.usecases.api_keys import By, KeyUnknownError, make_key, revoke_key, rotate_key
from outreach.usecases.looking_after_team import ADMINS, Admin, TeamError, list_team
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.showing import Moment, show_moment

PATH: Final = "/team"
MAY_LOOK: Final = frozenset({Role.ADMIN, Role.COMPLIANCE})
_SHOWN_SECONDS: Final = 120
_MOST_DAYS: Final = 3_650


@dataclass(frozen=True, slots=True)
class Member:
    """An account as the page lists it; `grants` are `lender:role`, of the visitor's lenders."""

    login: str
    name: str
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    grants: frozenset[str]
    signs_in: str
    is_disabled: bool
    is_self: bool
    has_password: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the page lists it."""

    prefix: str
    name: str
    lender: str
    scopes: tuple[str, ...]
    mode: str
    state: str
    used: Moment | None
    until: Moment | None
    may_change: bool


class TeamPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._once = PrivateSearch(runtime.redis, runtime.vault, "team")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get, MAY_LOOK),
            Page(hdrs.METH_POST, f"{PATH}/invite", self.post_invite, ADMINS),
            Page(hdrs.METH_POST, f"{PATH}/roles", self.post_roles, ADMINS),
            Page(hdrs.METH_POST, f"{PATH}/disable", self.post_disable, ADMINS),
            Page(hdrs.METH_POST, f"{PATH}/reset", self.post_reset, ADMINS),
            Page(hdrs.METH_POST, f"{PATH}/keys", self.post_key, ADMINS),
            Page(hdrs.METH_POST, f"{PATH}/keys/rotate", self.post_rotate, ADMINS),
            Page(hdrs.METH_POST, f"{PATH}/keys/revoke", self.post_revoke, ADMINS),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show accounts and keys; a secret that was just made, once."""
        return await self._show(request)

    async def post_invite(self, request: web.Request) -> web.StreamResponse:
        """Make an account, and show its first password once."""
        form, admin = await self._read(request)
        oidc = self._runtime.settings.oidc
        has_password = oidc is None or oidc.local_accounts
        login = form.get("login", "").strip().casefold()
        try:
            await self._reachable()
            async with self._runtime.db.acquire() as conn, conn.transaction():
                password = await team.invite(
                    conn, admin, login, form.get("name", ""), await _grants(request),
                    has_password=has_password,
                )  # fmt: skip
        except TeamError as error:
            return await self._show(request, problem=error.reason, form=form, status=422)
        except RedisError:
            return await self._show(request, problem="away", form=form, status=503)
        return await self._done(request, "invited", {"login": login, "password": password or ""})

    async def post_roles(self, request: web.Request) -> web.StreamResponse:
        """Replace somebody's roles."""
        form, admin = await self._read(request)
        roles = await _grants(request)
        try:
            async with self._runtime.db.acquire() as conn, conn.transaction():
                await team.change_roles(conn, admin, form.get("login", ""), roles)
        except TeamError as error:
            return await self._show(request, problem=error.reason, status=_status(error))
        return await self._done(request, "roles", {})

    async def post_disable(self, request: web.Request) -> web.StreamResponse:
        """Keep somebody out, or let them in again."""
        form, admin = await self._read(request)
        undo = form.get("undo") == "yes"
        try:
            async with self._runtime.db.acquire() as conn, conn.transaction():
                await team.disable(conn, admin, form.get("login", ""), undo=undo)
        except TeamError as error:
            return await self._show(request, problem=error.reason, status=_status(error))
        return await self._done(request, "enabled" if undo else "disabled", {})

    async def post_reset(self, request: web.Request) -> web.StreamResponse:
        """Make somebody a new password, and show it once."""
        form, admin = await self._read(request)
        login = form.get("login", "")
        try:
            await self._reachable()
            async with self._runtime.db.acquire() as conn, conn.transaction():
                password = await team.reset_password(conn, admin, login)
        except TeamError as error:
            return await self._show(request, problem=error.reason, status=_status(error))
        except RedisError:
            return await self._show(request, problem="away", status=503)
        return await self._done(request, "", {"login": login, "password": password})

    async def post_key(self, request: web.Request) -> web.StreamResponse:
        """Make a key, and show it once."""
        form, admin = await self._read(request)
        lender, days = form.get("lender", ""), form.get("days", "").strip()
        posted = await request.post()
        scopes = [Scope(str(one)) for one in posted.getall("scope", ()) if one in set(Scope)]
        mode = form.get("mode", "")
        usable = not days or (
            days.isascii() and days.isdigit() and 1 <= int(days[:5]) <= _MOST_DAYS
        )
        if lender not in admin.lenders() or mode not in set(KeyMode) or not usable:
            return await self._show(request, problem="key", form=form, status=422)
        request[ABOUT] = lender
        try:
            await self._reachable()
            async with self._runtime.db.acquire() as conn, conn.transaction():
                made = await make_key(
                    conn, lender, form.get("name", ""), scopes, mode=KeyMode(mode),
                    expires_at=admin.at + timedelta(days=int(days)) if days else None,
                    by=By(admin.operator.login, admin.at),
                )  # fmt: skip
        except ValueError:
            return await self._show(request, problem="key", form=form, status=422)
        except RedisError:
            return await self._show(request, problem="away", form=form, status=503)
        return await self._done(request, "", {"login": made.key.name, "key": made.token})

    async def post_rotate(self, request: web.Request) -> web.StreamResponse:
        """Make a key's successor, and show it once."""
        form, admin = await self._read(request)
        try:
            await self._reachable()
            async with self._runtime.db.acquire() as conn, conn.transaction():
                made = await rotate_key(
                    conn, form.get("key", ""), sorted(admin.lenders()),
                    by=By(admin.operator.login, admin.at),
                )  # fmt: skip
        except KeyUnknownError:
            return await self._show(request, problem="key_gone", status=409)
        except RedisError:
            return await self._show(request, problem="away", status=503)
        request[ABOUT] = made.key.tenant
        return await self._done(request, "", {"login": made.key.name, "key": made.token})

    async def post_revoke(self, request: web.Request) -> web.StreamResponse:
        """Take a key back."""
        form, admin = await self._read(request)
        by = By(admin.operator.login, admin.at)
        try:
            async with self._runtime.db.acquire() as conn, conn.transaction():
                await revoke_key(conn, form.get("key", ""), sorted(admin.lenders()), by=by)
        except KeyUnknownError:
            return await self._show(request, problem="key_gone", status=409)
        return await self._done(request, "revoked", {})

    async def _read(self, request: web.Request) -> tuple[dict[str, str], Admin]:
        form = {name: str(value) for name, value in (await request.post()).items()}
        return form, Admin(request[SESSION].operator, self._runtime.clock.wall_now())

    async def _reachable(self) -> None:
        """Make sure that a secret can be shown before it is made.

        Raises:
            RedisError: It can't.
        """
        await self._runtime.redis.ping()

    async def _done(
        self, request: web.Request, word: str, secret: Mapping[str, str]
    ) -> web.StreamResponse:
        query = {"done": word} if word else {}
        if secret.get("password") or secret.get("key"):
            owner = request[SESSION].operator
            query["shown"] = await self._once.keep(owner, secret, seconds=_SHOWN_SECONDS)
        return web.Response(status=303, headers={"Location": f"{PATH}?{urlencode(query)}"})

    async def _show(
        self,
        request: web.Request,
        *,
        problem: str = "",
        form: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        operator, settings = request[SESSION].operator, self._runtime.settings
        own = [slug for slug in settings.lenders if operator.may(slug, MAY_LOOK)]
        administered = [slug for slug in own if operator.may(slug, ADMINS)]
        async with self._runtime.db.acquire() as conn:
            accounts = await list_team(conn, own)
            keys = await list_keys(conn, own)
        shown = await self._shown(request, operator) if not problem else None
        return self._renderer.page(
            request,
            "team.html",
            status=status,
            visitor=request[SESSION],
            members=[self._member(one, operator, own, administered) for one in accounts],
            keys=[self._key(request, one, administered) for one in keys],
            lenders=[(slug, settings.lenders[slug].name) for slug in administered],
            roles=list(Role),
            scopes=list(Scope),
            modes=list(KeyMode),
            shown=shown,
            problem=problem,
            form=form or {},
            done=request.query.get("done", "") if not problem else "",
            is_vouched=settings.oidc is not None,
            has_local=settings.oidc is None or settings.oidc.local_accounts,
        )

    async def _shown(self, request: web.Request, operator: Operator) -> Mapping[str, str] | None:
        try:
            return await self._once.find(operator, request.query.get("shown", ""), once=True)
        except RedisError:
            return None

    def _member(
        self, one: Account, visitor: Operator, own: Sequence[str], administered: Sequence[str]
    ) -> Member:
        account, lenders = one.operator, self._runtime.settings.lenders
        roles = [(slug, tuple(sorted(account.roles.get(slug, ())))) for slug in own]
        is_self = account.login == visitor.login
        signs_in = "password" if one.password_hash else "vouched" if one.is_vouched else "waiting"
        return Member(
            account.login,
            account.name,
            tuple((lenders[slug].name, found) for slug, found in roles if found),
            frozenset(f"{slug}:{role}" for slug, found in roles for role in found),
            signs_in,
            account.disabled,
            is_self,
            one.password_hash is not None,
            bool(administered) and not is_self,
        )

    def _key(self, request: web.Request, one: ApiKey, administered: Sequence[str]) -> Key:
        language, lender = language_for(request), self._runtime.settings.lenders[one.tenant]
        zone, now = lender.timezone, self._runtime.clock.wall_now()
        state = "revoked" if one.revoked_at else "good" if one.is_good(now) else "expired"
        used, until = one.last_used_at, one.expires_at
        return Key(
            one.prefix,
            one.name,
            lender.name,
            tuple(sorted(one.scopes)),
            one.mode,
            state,
            show_moment(language, used, zone) if used else None,
            show_moment(language, until, zone) if until else None,
            state == "good" and one.tenant in administered,
        )


async def _grants(request: web.Request) -> dict[str, frozenset[Role]]:
    """Return what was ticked: `grant` is `lender:role`, once for each."""
    found: dict[str, set[Role]] = {}
    for one in (await request.post()).getall("grant", ()):
        lender, _, role = str(one).partition(":")
        if role in set(Role):
            found.setdefault(lender, set()).add(Role(role))
    return {lender: frozenset(own) for lender, own in found.items()}


def _status(error: TeamError) -> int:
    return 403 if error.reason in {"self", "others"} else 404
