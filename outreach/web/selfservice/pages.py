"""The self-service pages: a link, four digits, then one loan. GETs show, POSTs do and redirect.

Link previews and scanners open links, so a GET changes nothing and shows nothing personal before
the digits were right.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from math import ceil
from secrets import token_hex
from typing import Final, TypeAlias

import asyncpg
import structlog
from aiohttp import web

from outreach.runtime import Runtime
from outreach.settings.selfservice import SelfService
from outreach.sources import self_service_slug
from outreach.usecases.receive import StoreAwayError
from outreach.usecases.selfservice import Overview, Terms, load_locale, load_overview
from outreach.usecases.selfservice_access import (
    Check,
    Refused,
    Tried,
    Visit,
    open_link,
    try_digits,
)
from outreach.usecases.selfservice_sessions import begin, seal
from outreach.usecases.selfservice_telling import SHUNNED, STOPS, Teller, tell
from outreach.web.selfservice import actions
from outreach.web.selfservice.actions import ACTIONS, Filling, offered
from outreach.web.selfservice.forms import Form, plain_amount
from outreach.web.selfservice.guarding import COOKIE, HEADERS, Limits, Sessions
from outreach.web.selfservice.printing import ROOT, YEAR, Opened, Printer, chosen
from outreach.web.selfservice.showing import Shower, pay_address
from outreach.web.selfservice.words import Language, language_of
from outreach.web.state import COMMIT, METRICS

log = structlog.get_logger(__name__)

_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_MOST_FORM: Final = 16 * 1024
_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_STATUS: Final = {Refused.UNKNOWN: 404, Refused.EXPIRED: 410}


_Handle: TypeAlias = Callable[[Opened], Awaitable[web.Response]]


class SelfServicePages:
    """Handlers of the pages; one object a process.

    Args:
        runtime: Open; the settings name the lenders that have a page.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._printer = Printer(runtime.settings.templates_dir / "selfservice")
        self._limits = Limits(
            runtime.settings.client_address_header,
            max(page.rate_per_second for page in _pages(runtime)),
        )
        self._sessions = Sessions(runtime.vault)
        plans = runtime.considering.rulebook.lenders
        self._plans = plans
        self._makers = {slug: plan.links for slug, plan in plans.items() if plan.links}

    def routes(self) -> list[web.RouteDef]:
        """Return the pages' routes."""
        page = f"{ROOT}/{{token}}"
        found = [
            web.get(self._printer.style_path, self.get_style),
            web.get("/robots.txt", self.get_robots),
            web.get(page, partial(self._opened, self.get_page)),
            web.post(f"{page}/check", partial(self._opened, self.post_check)),
            web.post(f"{page}/close", partial(self._opened, self.post_close)),
        ]
        for name in ACTIONS:
            show, do = partial(self.get_form, name), partial(self.post_form, name)
            found.append(web.get(f"{page}/{name}", partial(self._opened, show)))
            found.append(web.post(f"{page}/{name}", partial(self._opened, do)))
        return found

    async def get_style(self, _: web.Request) -> web.Response:
        """Return the style sheet, whose address changes with its content."""
        return web.Response(
            body=self._printer.style,
            content_type="text/css",
            charset="utf-8",
            headers={"Cache-Control": f"public, max-age={YEAR}, immutable"},
        )

    async def get_robots(self, _: web.Request) -> web.Response:
        """Ask robots to stay away from everything."""
        return web.Response(text="User-agent: *\nDisallow: /\n")

    async def _opened(self, handle: _Handle, request: web.Request) -> web.Response:
        """Open the link and hand it on; say why, where it doesn't open or isn't open yet."""
        wait = self._limits.wait(request, asyncio.get_running_loop().time())
        if wait:
            _count(request, "", "limited")
            busy = self._printer.notice(request, "busy", 429)
            busy.headers["Retry-After"] = str(ceil(wait))
            return busy
        clock = self._runtime.clock
        try:
            async with self._runtime.db.acquire() as conn:
                visit = await open_link(
                    conn, self._makers, request.match_info["token"], clock.business_now()
                )
                if isinstance(visit, Refused):
                    _count(request, "", visit)
                    return self._printer.notice(request, visit, _STATUS[visit])
                spoken = await load_locale(conn, self._runtime.vault, visit.ref.person_id)
            opened = self._open(request, visit, spoken)
            if opened.session is not None or handle == self.post_check:
                return await handle(opened)
            form = Form({})
            if request.method == "POST":
                form.wrong("digits", "check.cookies")
            return await self._ask(opened, form, status=403 if form.errors else 200)
        except (*_AWAY, StoreAwayError) as exc:
            log.warning("self_service_failed", error=type(exc).__name__)
            return self._printer.notice(request, "away", 503)

    def _open(self, request: web.Request, visit: Visit, spoken: str | None) -> Opened:
        lender = self._runtime.settings.lenders[visit.tenant]
        page = lender.self_service
        if page is None:
            raise LookupError(visit.tenant)
        language = chosen(request) or language_of(spoken, lender.locale)
        session = self._sessions.find(request, self._runtime.clock.wall_now())
        mine = session is not None and session.passed and session.is_about(*visit.key[1:])
        return Opened(request, visit, lender, page, language, session if mine else None)

    async def _ask(self, opened: Opened, form: Form, *, status: int = 200) -> web.Response:
        """Ask for the digits, with a session of its own that has not passed yet."""
        wall = self._runtime.clock.wall_now()
        if opened.visit.guard.is_locked(wall):
            return self._printer.notice(opened.request, "locked", 403, opened)
        _, person, loan = opened.visit.key
        life = opened.page.session
        session = begin(person, loan, passed=False, life=life, wall_now=wall)
        cookie = seal(self._sessions.key, session)
        response = self._printer.page(
            opened.request, opened.language, "check.html", opened, status=status,
            csrf=self._sessions.token(cookie), errors=self._errors(opened.language, form),
            kind=opened.page.check,
        )  # fmt: skip
        self._keep(response, opened, cookie)
        if status == web.HTTPOk.status_code and opened.request.method == "GET":
            _count(opened.request, opened.visit.tenant, "opened")
        return response

    async def post_check(self, opened: Opened) -> web.Response:
        """Compare the digits; right ones open the page with a new session."""
        form = await self._form(opened)
        wall = self._runtime.clock.wall_now()
        if not self._sessions.is_own_form(opened.request, form.text("csrf")):
            form.wrong("digits", "check.cookies")
            return await self._ask(opened, form, status=422)
        digits = form.digits()
        if form.errors:
            return await self._ask(opened, form, status=422)
        page = opened.page
        check = Check(page.check, page.check_attribute)
        tried = await try_digits(self._runtime, opened.visit, check, digits, wall_now=wall)
        _count(opened.request, opened.visit.tenant, tried)
        if tried is Tried.LOCKED:
            return self._printer.notice(opened.request, "locked", 403, opened)
        if tried is Tried.FAILED:
            form.wrong("digits", "check.wrong")
            return await self._ask(opened, form, status=422)
        _, person, loan = opened.visit.key
        session = begin(person, loan, passed=True, life=page.session, wall_now=wall)
        response = _redirect(opened.home)
        self._keep(response, opened, seal(self._sessions.key, session))
        return response

    async def post_close(self, opened: Opened) -> web.Response:
        """End the session."""
        form = await self._form(opened)
        if not self._sessions.is_own_form(opened.request, form.text("csrf")):
            return _redirect(opened.home)
        response = self._printer.notice(opened.request, "closed", 200, opened)
        response.del_cookie(COOKIE, path=ROOT)
        return response

    async def get_page(self, opened: Opened) -> web.Response:
        """Show what is due, and what was told."""
        shown = await self._shown(opened)
        if shown is None:
            return self._printer.notice(opened.request, "unknown", 404)
        shower = Shower(opened.language, shown.loan.currency)
        done = opened.request.query.get("done", "")
        lines = (*shown.due, *shown.upcoming)
        return self._printer.page(
            opened.request, opened.language, "loan.html", opened, shown=shown,
            csrf=self._csrf(opened), done=done if done in ACTIONS else "",
            due=shower.money(shown.due_minor) if shown.due else "",
            late=shower.late(shown.days_late),
            since=shower.day(shown.due[0].due_on) if shown.days_late else "",
            next=_next(shower, shown), owed=shower.money(shown.owed_minor),
            as_of=shower.day(min(shown.loan.as_of.astimezone(shown.zone).date(), shown.today)),
            lines=[shower.line(one, shown.today) for one in lines],
            shares=shower.shares(shown), payoff=shower.payoff(shown),
            pay_url=pay_address(shown, opened.lender.pay_url),
            pay_channel=opened.lender.pay_channel if opened.language == _own(opened) else "",
            told=[shower.told(one, shown) for one in shown.told], actions=offered(shown),
        )  # fmt: skip

    async def get_form(self, name: str, opened: Opened) -> web.Response:
        """Show one form."""
        shown = await self._shown(opened)
        if shown is None or name not in offered(shown):
            return _redirect(opened.home)
        return self._shown_form(name, opened, shown, Form({}))

    async def post_form(self, name: str, opened: Opened) -> web.Response:
        """Tell what a form says, and go back to the page that says so."""
        form = await self._form(opened)
        shown = await self._shown(opened)
        if shown is None or name not in offered(shown):
            return _redirect(opened.home)
        if not (form.key and self._sessions.is_own_form(opened.request, form.text("csrf"))):
            form.wrong("", "error.session")
        if shown.borrower is None:
            form.wrong("", "error.unnamed")
        now = self._runtime.clock.business_now()
        loan, zone = shown.loan, opened.lender.timezone
        teller = Teller(shown.borrower or "", opened.visit.loan.ref, loan.currency, zone, form.key)
        said = ACTIONS[name](Filling(form, teller, shown, opened.page.promise_within, now))
        if form.errors:
            return self._shown_form(name, opened, shown, form, status=422)
        await tell(
            self._runtime.sources[self_service_slug(opened.visit.tenant)].options,
            opened.request.app[COMMIT],
            teller,
            said,
            now=now,
            wall_now=self._runtime.clock.wall_now(),
        )
        _count(opened.request, opened.visit.tenant, name)
        return _redirect(f"{opened.home}?done={name}")

    def _shown_form(
        self, name: str, opened: Opened, shown: Overview, form: Form, *, status: int = 200
    ) -> web.Response:
        shower = Shower(opened.language, shown.loan.currency)
        last = shown.today + opened.page.promise_within
        return self._printer.page(
            opened.request, opened.language, "form.html", opened, status=status,
            name=name, form=form, shown=shown, csrf=self._csrf(opened),
            key=form.key or token_hex(8), errors=self._errors(opened.language, form, shower),
            kinds={
                "hardship": actions.HARDSHIPS,
                "dispute": actions.DISPUTES,
                "complaint": actions.COMPLAINTS,
            }.get(name, ()),
            suggestion=shower.suggestion(shown) if name == "hardship" else None,
            stops=STOPS, shunned=SHUNNED, hours=actions.HOURS, locales=actions.LOCALES,
            amount=plain_amount(shown.due_minor or shown.owed_minor, shown.loan.currency),
            currency=shown.loan.currency, first=shown.today, last=last,
        )  # fmt: skip

    async def _shown(self, opened: Opened) -> Overview | None:
        now = self._runtime.clock.business_now()
        async with self._runtime.db.acquire() as conn:
            plan = self._plans[opened.visit.tenant]
            terms = Terms(plan.products, plan.country)
            return await load_overview(conn, self._runtime.vault, opened.visit, now, terms)

    async def _form(self, opened: Opened) -> Form:
        request = opened.request
        if request.content_type != _FORM_TYPE:
            raise web.HTTPUnsupportedMediaType
        if (request.content_length or 0) > _MOST_FORM:
            raise web.HTTPRequestEntityTooLarge(_MOST_FORM, request.content_length or 0)
        posted = await request.post()
        fields: dict[str, list[str]] = {}
        for name, value in posted.items():
            if isinstance(value, str):
                fields.setdefault(name, []).append(value)
        return Form(fields)

    def _errors(
        self, language: Language, form: Form, shower: Shower | None = None
    ) -> dict[str, str]:
        shower = shower or Shower(language)
        return {one.name: shower.t(one.key, **shower.written(one.values)) for one in form.errors}

    def _csrf(self, opened: Opened) -> str:
        return self._sessions.token(opened.request.cookies.get(COOKIE, ""))

    def _keep(self, response: web.Response, opened: Opened, cookie: str) -> None:
        response.set_cookie(
            COOKIE,
            cookie,
            path=ROOT,
            max_age=int(opened.page.session.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=opened.page.base_url.startswith("https://"),
        )


def routes(runtime: Runtime) -> list[web.RouteDef]:
    """Return the pages' routes; none where no lender has a page."""
    return SelfServicePages(runtime).routes() if _pages(runtime) else []


def _pages(runtime: Runtime) -> list[SelfService]:
    lenders = runtime.settings.lenders.values()
    return [one.self_service for one in lenders if one.self_service is not None]


def _count(request: web.Request, tenant: str, event: str) -> None:
    request.app[METRICS].self_service(tenant, event)


def _redirect(address: str) -> web.Response:
    return web.Response(status=303, headers={**HEADERS, "Location": address})


def _own(opened: Opened) -> Language:
    return language_of(opened.lender.locale)


def _next(shower: Shower, shown: Overview) -> str:
    if not shown.upcoming:
        return ""
    first = shown.upcoming[0]
    amount, day = shower.money(first.outstanding_minor), shower.day(first.due_on)
    return shower.t("due.next", amount=amount, day=day)
