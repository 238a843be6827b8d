"""Who may open which page: sign-in, sessions, roles, and forms that no other site can post.

Every page is declared with the roles that may open it (`Page`), and `Access.route` puts the check
before its handler, so that a page without roles can't be written. A development installation signs
its visitor in; a production one shows nothing but the sign-in page to whoever hasn't.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from urllib.parse import urlencode, urlsplit

import structlog
from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.operators import EVERYBODY, Operator, Role
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.settings import Profile
from outreach.usecases.signing_in import (
    LONGEST_SECONDS,
    Doorkeeper,
    Session,
    SignInError,
    form_token_of,
)
from outreach.web.console.oidc_provider import Provider, ProviderAwayError
from outreach.web.console.page import STRIPS, Renderer
from outreach.web.console.strips import Strips
from outreach.web.throttle import address_of

log = structlog.get_logger(__name__)

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
RETURN: Final = "/sign-in/provider/return"
"""Where a provider of sign-in sends people back to."""
FORM_TOKEN: Final = "form_token"  # noqa: S105 - a field's name
SESSION: Final = web.RequestKey("session", Session)
ABOUT: Final = web.RequestKey("about", str)
"""Of which lender a request turned out to be; kept with what was done."""
STILL: Final = web.RequestKey("still", partial)
"""Asked without an argument: the session as it is now, or None once it has ended."""
_COOKIE: Final = "session"
_AS: Final = "as"
_VISITOR: Final = "visitor"
_REFUSED: Final = 400

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page or action.

    Attributes:
        method: GET or POST; what changes something is a POST.
        path: As aiohttp writes it.
        handler: Called with `request[SESSION]` set.
        roles: Who may, for at least one lender. The handler asks again for the lender it shows.
        recorded: Looking at it is kept as well, as every POST that was carried out is.
        is_look: A POST that changes nothing and shows nothing that is kept, so it isn't recorded:
            how a text would come out that somebody is typing.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[Role]
    recorded: bool = False
    is_look: bool = False


class Access:
    """Signs people in and stands before every page.

    Args:
        runtime: Open.
        renderer: Makes the sign-in page.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._door = Doorkeeper(runtime.db, runtime.redis)
        self._strips = Strips(runtime)
        self._is_development = runtime.settings.profile is Profile.DEVELOPMENT
        base = runtime.settings.public_base_url
        self.is_secure = str(base or "").startswith("https:") and not self._is_development
        self._public = str(base).rstrip("/")
        oidc = runtime.settings.oidc
        self.provider = Provider(oidc, runtime.http, self._public + RETURN) if oidc else None
        if oidc is not None:
            renderer.sends_forms_to(_origin(oidc.issuer))

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that need no session."""
        return [
            web.get(SIGN_IN, self.get_sign_in),
            web.post(SIGN_IN, self.post_sign_in),
            web.post(SIGN_OUT, self.post_sign_out),
        ]

    def route(self, page: Page) -> web.RouteDef:
        """Return a page's route with the check before it."""

        async def checked(request: web.Request) -> web.StreamResponse:
            try:
                session = await self._session(request)
            except RedisError:
                return self._renderer.page(request, "away.html", status=503)
            if session is None:
                return self._to_sign_in(request)
            if not session.operator.lenders(page.roles):
                return self._refuse(request, session, page)
            if request.method == hdrs.METH_POST:
                form = await request.post()
                if not session.is_own_form(str(form.get(FORM_TOKEN, ""))):
                    return self._refuse(request, session, page)
            request[SESSION] = session
            request[STILL] = partial(self._still, request)
            request[STRIPS] = await self._strips.of(request, session.operator)
            response = await page.handler(request)
            acts = request.method == hdrs.METH_POST and not page.is_look
            if acts:
                self._strips.forget()
            if (page.recorded or acts) and response.status < _REFUSED:
                await self._record(request, page, session)
            if self._is_development and (chosen := request.query.get(_AS)) is not None:
                response.set_cookie(_AS, chosen, httponly=True, samesite="Lax", path="/")
            return response

        return web.route(page.method, page.path, checked)

    async def get_sign_in(self, request: web.Request) -> web.StreamResponse:
        """Show the form."""
        return self.form(request)

    async def post_sign_in(self, request: web.Request) -> web.StreamResponse:
        """Sign in and go on to the page that was asked for."""
        form = await request.post()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        if not self._has_local:
            return self.form(request, problem="sign_in.elsewhere", status=403)
        try:
            cookie = await self._door.sign_in(
                login,
                password,
                address=address_of(request, self._runtime.settings.client_address_header),
                wall_now=self._runtime.clock.wall_now(),
            )
        except SignInError as error:
            status = 429 if error.reason == "too_many" else 401
            return self.form(request, problem=f"sign_in.{error.reason}", login=login, status=status)
        except RedisError:
            return self.form(request, problem="sign_in.away", login=login, status=503)
        return self._let_in(cookie, inside(request.query.get("next")))

    async def admit(
        self, request: web.Request, operator: Operator, *, following: str, hint: str
    ) -> web.StreamResponse:
        """Open a session for somebody whom a provider vouches for, and go on to their page.

        Raises:
            RedisError: Redis is away.
        """
        header = self._runtime.settings.client_address_header
        cookie = await self._door.admit(
            operator,
            address=address_of(request, header),
            wall_now=self._runtime.clock.wall_now(),
            hint=hint,
        )
        return self._let_in(cookie, inside(following))

    async def record_refusal(self, request: web.Request, login: str) -> None:
        """Keep that somebody came with a provider's word and didn't get in."""
        header = self._runtime.settings.client_address_header
        address, now = address_of(request, header), self._runtime.clock.wall_now()
        await self._door.record(login, "sign_in_refused", address, tenant="", wall_now=now)

    def _let_in(self, cookie: str, following: str) -> web.StreamResponse:
        response = web.Response(status=303, headers={"Location": following})
        response.set_cookie(
            _COOKIE,
            cookie,
            max_age=LONGEST_SECONDS,
            httponly=True,
            secure=self.is_secure,
            samesite="Lax",
            path="/",
        )
        return response

    async def post_sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session, at a provider as well that knows how; a form of another site can't."""
        cookie, location = request.cookies.get(_COOKIE, ""), SIGN_IN
        form = await request.post()
        if cookie and str(form.get(FORM_TOKEN, "")) == form_token_of(cookie):
            try:
                hint = await self._door.sign_out(cookie)
                location = await self._farewell(hint)
            except RedisError:
                return self.form(request, problem="sign_in.away", status=503)
        response = web.Response(status=303, headers={"Location": location})
        response.del_cookie(_COOKIE, path="/")
        return response

    async def _farewell(self, hint: str) -> str:
        """Return where to go on to after signing out.

        The provider's own page, if it has one below its issuer's host: forms lead nowhere else.
        """
        if self.provider is None or not hint:
            return SIGN_IN
        now = self._runtime.clock.wall_now()
        try:
            found = await self.provider.farewell(hint, self._public + SIGN_IN, now=now)
        except ProviderAwayError:
            return SIGN_IN
        oidc = self._runtime.settings.oidc
        return found if oidc and found and _origin(found) == _origin(oidc.issuer) else SIGN_IN

    @property
    def _has_local(self) -> bool:
        oidc = self._runtime.settings.oidc
        return oidc is None or oidc.local_accounts

    async def _record(self, request: web.Request, page: Page, session: Session) -> None:
        """Keep that somebody did, or looked at, something: the page's pattern and its address."""
        await self._door.record(
            session.operator.login,
            f"{page.method} {page.path}",
            request.path,
            tenant=request.get(ABOUT, ""),
            wall_now=self._runtime.clock.wall_now(),
        )

    async def _session(self, request: web.Request) -> Session | None:
        cookie = request.cookies.get(_COOKIE, "")
        if cookie:
            found = await self._door.find(cookie, wall_now=self._runtime.clock.wall_now())
            if found is not None:
                return found
        return self._visitor(request) if self._is_development else None

    async def _still(self, request: web.Request) -> Session | None:
        """Return the session as it is now; asking isn't using it."""
        if self._is_development:
            return request[SESSION]
        cookie, wall_now = request.cookies.get(_COOKIE, ""), self._runtime.clock.wall_now()
        try:
            return await self._door.find(cookie, wall_now=wall_now, is_used=False)
        except RedisError:
            return None

    def _visitor(self, request: web.Request) -> Session:
        """Return the session of whoever looks at a development installation, in a chosen role."""
        chosen = request.query.get(_AS, request.cookies.get(_AS, ""))
        own = frozenset({Role(chosen)}) if chosen in set(Role) else EVERYBODY
        lenders = dict.fromkeys(self._runtime.settings.lenders, own)
        visitor = Operator(0, _VISITOR, _VISITOR, lenders or {"": own})
        return Session(visitor, self._runtime.vault.signing_key("console").hex())

    def _to_sign_in(self, request: web.Request) -> web.StreamResponse:
        """Send a visitor to the form, and from there back to where they wanted to go."""
        wanted = {"next": request.path_qs} if request.method == hdrs.METH_GET else {}
        query = f"?{urlencode(wanted)}" if wanted else ""
        return web.Response(status=303, headers={"Location": SIGN_IN + query})

    def _refuse(self, request: web.Request, session: Session, page: Page) -> web.StreamResponse:
        log.warning("page_refused", login=session.operator.login, page=page.path)
        return self._renderer.page(
            request, "refused.html", status=403, visitor=session, needed=sorted(page.roles)
        )

    def form(
        self, request: web.Request, *, problem: str = "", login: str = "", status: int = 200
    ) -> web.Response:
        """Return the sign-in page, with what went wrong; `problem` is a key of the words."""
        following = inside(request.query.get("next"))
        oidc = self._runtime.settings.oidc
        return self._renderer.page(
            request,
            "sign_in.html",
            status=status,
            problem=problem,
            login=login,
            action=f"{SIGN_IN}?{urlencode({'next': following})}",
            provider=(oidc.name or urlsplit(oidc.issuer).hostname) if oidc else "",
            begin=f"{SIGN_IN}/provider?{urlencode({'next': following})}",
            has_local=self._has_local,
        )


def inside(address: str | None) -> str:
    """Return an address of our own; what leads elsewhere becomes the first page."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    return address if address.isprintable() and "\\" not in address else "/"


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
