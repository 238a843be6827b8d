"""The form of a visit's outcome, for a phone: a signed link, no sign-in, no script.

Opening it changes nothing. It shows whether the visit may be made now, judged when it is opened.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from outreach.domain.hand_offs import HandOffError
from outreach.domain.tokens import Tokens
from outreach.domain.visits import VisitOutcome
from outreach.rendering.papers import LANGUAGES, Language, Papers, language_of
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.considering import Considering
from outreach.usecases.handing_off import NotFoundError
from outreach.usecases.visiting import PATH, VisitNow, look_at_visit
from outreach.usecases.visiting_outcomes import record_visit
from outreach.web.api.operations import Operation
from outreach.web.visit_form import blank, read_form

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_TAG: Final = "Visits"
_SHOWN_DAYS: Final = 2


class Clocks(Protocol):
    """Business time is when people were there; wall time stamps what is written."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""

    def business_now(self) -> datetime:
        """Return the time of decisions."""


class Front(Protocol):
    """What the form takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Packs and lenders."""

    @property
    def clock(self) -> Clocks:
        """The two clocks."""

    @property
    def papers(self) -> Papers:
        """What lays out pages."""

    @property
    def visit_links(self) -> Tokens:
        """Reads the links."""

    def wake(self, kind: str) -> None:
        """Ask the workers for one run of a kind of work."""


_TOKEN: Final = {
    "token": {"in": "path", "description": "From the visit's sheet: signed, and good for a time."},
    "lang": {"in": "query", "description": "`en` or `zh`; the phone's language if left out."},
}


def operations(runtime: Front) -> list[Operation]:
    """Return the form's operations."""
    page, path = VisitPage(runtime), f"{PATH}{{token}}"
    answers = {
        200: "HTML: the visit, whether it may be made now, and the form; or that it is recorded.",
        404: "The link isn't ours, or has lapsed.",
        410: "The visit is over, or was never ordered.",
    }
    return [
        Operation(
            "GET", path, page.show, "Show the form of a visit's outcome", parameters=_TOKEN,
            responses=answers, tag=_TAG,
        ),
        Operation(
            "POST", path, page.take, "Record what came of a visit",
            "Fields of the form as they are posted by a browser: `outcome`, `at`, `by`, and, as"
            " far as there is something to say, `promised_on`, `promised`, `dispute`, `hardship`,"
            " `left_alone`, `note`.",
            parameters=_TOKEN,
            responses={
                **answers,
                409: "Its outcome was recorded meanwhile.",
                422: "HTML: the form, with what is to be mended.",
            },
            tag=_TAG,
        ),
    ]  # fmt: skip


class VisitPage:
    """Handlers of the form."""

    def __init__(self, runtime: Front) -> None:
        self._runtime = runtime

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the visit and its empty form."""
        now = self._runtime.clock.business_now()
        visit = await self._visit(request, now)
        if isinstance(visit, web.StreamResponse):
            return visit
        local = now.astimezone(ZoneInfo(visit.zone))
        given = blank() | {"at": f"{local:%Y-%m-%dT%H:%M}"}
        return self._form(request, visit, given, frozenset())

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Record what came of the visit, or say what is to be mended."""
        clock = self._runtime.clock
        now = clock.business_now()
        visit = await self._visit(request, now)
        if isinstance(visit, web.StreamResponse):
            return visit
        fields = await request.post()
        texts = {name: value for name, value in fields.items() if isinstance(value, str)}
        read = read_form(texts, visit, now)
        if read.told is None:
            return self._form(request, visit, read.given, read.wrong, status=422)
        try:
            await record_visit(self._runtime, visit.ref, read.told, now=now, wall=clock.wall_now())
        except HandOffError:
            return self._message(request, "visit.over", 409)
        self._runtime.wake("dispatch")
        return self._message(request, "visit.done", 200)

    async def _visit(self, request: web.Request, now: datetime) -> VisitNow | web.StreamResponse:
        """Return the visit that the link names; a page that says what is wrong if there is none."""
        ref = self._runtime.visit_links.read(request.match_info["token"], now)
        if ref is None:
            return self._message(request, "visit.lapsed", 404)
        try:
            return await look_at_visit(self._runtime, ref, now=now, days=_SHOWN_DAYS)
        except NotFoundError:
            return self._message(request, "visit.over", 410)

    def _form(
        self,
        request: web.Request,
        visit: VisitNow,
        given: Mapping[str, Any],
        wrong: frozenset[str],
        *,
        status: int = 200,
    ) -> web.StreamResponse:
        lender = self._runtime.considering.rulebook.lenders[visit.tenant]
        language = _language(request, language_of(lender.locale))
        rules = sorted({str(one["rule"]) for one in visit.reasons})
        known = {
            "message": "",
            "visit": _shown(visit, rules),
            "lender": lender.name,
            "outcomes": [one.value for one in VisitOutcome],
            "given": given,
            "wrong": wrong,
        }
        return self._page(known, language, status)

    def _message(self, request: web.Request, key: str, status: int) -> web.StreamResponse:
        language = _language(request, "en")
        known: dict[str, Any] = {"message": key, "visit": None, "lender": "", "outcomes": []}
        return self._page(known | {"given": {}, "wrong": frozenset()}, language, status)

    def _page(
        self, known: Mapping[str, Any], language: Language, status: int
    ) -> web.StreamResponse:
        other = next(one for one in LANGUAGES if one != language)
        text = self._runtime.papers.page(
            "visit", {**known, "lang": language, "other": other}, language
        )
        headers = {
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex",
        }
        return web.Response(status=status, text=text, content_type="text/html", headers=headers)


def _language(request: web.Request, usual: Language) -> Language:
    """Return the language that the address asks for, else the phone's, else the lender's."""
    asked = request.query.get("lang", "")
    for language in LANGUAGES:
        if asked == language:
            return language
    accepted = request.headers.get("Accept-Language", "")
    return language_of(accepted) if accepted else usual


def _shown(visit: VisitNow, rules: list[str]) -> dict[str, Any]:
    return {
        "name": visit.name,
        "address": visit.address,
        "staff": visit.staff,
        "loan": visit.loan,
        "past_due_minor": visit.past_due_minor,
        "currency": visit.currency,
        "zone": visit.zone,
        "may": visit.may and visit.is_staffed,
        "until": visit.until,
        "reasons": rules,
        "hours": visit.hours,
        "duties": visit.duties,
    }
