"""The contact log for people: what was sent, held back or refused, searched from any side.

The address is the filter, and says nothing personal: numbers and references are posted, and an id
stands for them (see `private_search`). Whoever looks sees the lenders for which they have a role.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.local_time import day_ends
from outreach.domain.log_filters import DEFAULT_FROM, LogFilter, read_query
from outreach.domain.operators import EVERYBODY, Operator, Role
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.settings.lenders import Lender
from outreach.store import saved_filters
from outreach.store.contact_log_search import EVERYBODY as EVERYBODYS
from outreach.store.contact_log_search import Whose
from outreach.store.pool import reading_as
from outreach.store.saved_filters import SavedFilter
from outreach.usecases.search_log import (
    Kind,
    LogPage,
    Place,
    behind,
    find_whose,
    query_of,
    read_number,
    search_log,
)
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.log_address import PATH, Address, read_address
from outreach.web.console.log_showing import FilterWords
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.showing import Shower, masked
from outreach.web.console.story_page import MAY_REVIEW
from outreach.web.console.words import Language, say

_LONGEST: Final = 200
_LONGEST_NAME: Final = 60
_LONGEST_QUERY: Final = 2000
_LONGEST_ID: Final = 18
_LAST_EVENT: Final = 2**62


@dataclass(frozen=True, slots=True)
class Private:
    """Somebody who was looked for; `words` says by what, masked."""

    whose: Whose
    words: str = ""


class LogPages:
    """Handlers of the pages.

    Args:
        runtime: Open; settings name the lenders, packs name the rules.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._private = PrivateSearch(runtime.redis, runtime.vault, "contacts")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_POST, f"{PATH}/search", self.post_search, EVERYBODY),
            Page(hdrs.METH_POST, f"{PATH}/filters", self.post_filter, EVERYBODY),
            Page(hdrs.METH_POST, f"{PATH}/filters/delete", self.post_delete, EVERYBODY),
        ]

    async def get_list(self, request: web.Request) -> web.Response:
        """Return one page of the log."""
        language, lenders = language_for(request), self._lenders(request)
        if not lenders:
            return self._page(request, "log.html", address=None)
        asked_for = request.query.get("lender", "")
        lender = asked_for if asked_for in lenders else next(iter(lenders))
        request[ABOUT] = lender
        address, problems = read_address(request.query.items(), lender)
        words = FilterWords(language)
        said = words.problems(problems)
        if asked_for not in ("", lender):
            said.insert(0, say(language, "lender.unknown", slug=asked_for[:_LONGEST]))
        if (jump := _day(request.query.get("jump", ""))) is not None:
            return _to(str(self._from_day(address, jump, lenders[lender])))
        try:
            private = await self._find_private(request, address, language)
        except RedisError:
            return self._page(request, "away.html", status=503)
        if private is None:
            said.append(say(language, "log.lapsed"))
            address, private = address.first(search=""), Private(EVERYBODYS)
        return await self._show(request, address, private, said)

    async def post_search(self, request: web.Request) -> web.Response:
        """Look for somebody's lines, without a word of it in an address."""
        form = await request.post()
        language = language_for(request)
        address = self._posted(request, form)
        if address is None:
            return self._page(request, "missing.html", status=404)
        kind, text = str(form.get("kind", "")), str(form.get("text", "")).strip()[:_LONGEST]
        problem = ""
        if kind not in set(Kind) or not text:
            problem = "log.search.empty"
        elif kind == Kind.PHONE:
            country = self._runtime.settings.lenders[address.lender].country
            text = read_number(text, country) or ""
            problem = "" if text else "log.search.whole"
        if problem:
            said = [say(language, problem)]
            return await self._show(request, address, Private(EVERYBODYS), said, status=422)
        try:
            search = await self._private.keep(
                request[SESSION].operator, {"lender": address.lender, "kind": kind, "text": text}
            )
        except RedisError:
            return self._page(request, "away.html", status=503)
        return _to(str(address.first(search=search)))

    async def post_filter(self, request: web.Request) -> web.Response:
        """Keep the filter under a name."""
        form = await request.post()
        language, operator = language_for(request), request[SESSION].operator
        address = self._posted(request, form)
        if address is None:
            return self._page(request, "missing.html", status=404)
        name = str(form.get("name", "")).strip()[:_LONGEST_NAME]
        shared = str(form.get("shared", ""))
        kept = False
        if name and (not shared or shared in set(Role)):
            async with self._runtime.db.acquire() as conn:
                kept = await saved_filters.save(
                    conn,
                    address.lender,
                    operator.login,
                    name,
                    address.asked.query(),
                    shared=shared,
                    at=self._runtime.clock.wall_now(),
                )
        if not kept:
            problem = "log.save.many" if name else "log.save.unnamed"
            said = [say(language, problem, most=saved_filters.MOST)]
            return await self._show(request, address, Private(EVERYBODYS), said, status=422)
        return _to(str(address.first()))

    async def post_delete(self, request: web.Request) -> web.Response:
        """Forget a kept filter."""
        form = await request.post()
        address = self._posted(request, form)
        number = str(form.get("filter", ""))
        if address is None or not (number.isascii() and number.isdigit()):
            return self._page(request, "missing.html", status=404)
        async with self._runtime.db.acquire() as conn:
            login = request[SESSION].operator.login
            await saved_filters.delete(conn, address.lender, login, int(number[:_LONGEST_ID]))
        return _to(str(address.first()))

    def _lenders(self, request: web.Request) -> Mapping[str, Lender]:
        """Return the lenders that the visitor may look at."""
        known = self._runtime.settings.lenders
        own = request[SESSION].operator.lenders(EVERYBODY)
        return {slug: lender for slug, lender in known.items() if slug in own}

    def _posted(self, request: web.Request, form: Mapping[str, Any]) -> Address | None:
        """Return the list that a form was posted from; None where its lender isn't theirs."""
        lender = str(form.get("lender", ""))
        if lender not in self._lenders(request):
            return None
        request[ABOUT] = lender
        query = str(form.get("query", ""))[:_LONGEST_QUERY]
        return read_address(parse_qsl(query), lender)[0].first(search="")

    def _from_day(self, address: Address, day: date, lender: Lender) -> Address:
        """Return the list from the end of a day on, over a period that reaches so far."""
        zone, now = ZoneInfo(lender.timezone), self._runtime.clock.business_now()
        first, last = address.asked.days(now, zone)
        asked = address.asked
        if day < first or (last is not None and day > last):
            asked = asked.within(day.isoformat())
        place: Place = (day_ends(day, zone), 0)
        return Address(address.lender, asked, address.search, before=place)

    async def _find_private(
        self, request: web.Request, address: Address, language: Language
    ) -> Private | None:
        """Return whom the visitor looks for; None once their search has lapsed."""
        if not address.search:
            return Private(EVERYBODYS)
        said = await self._private.find(request[SESSION].operator, address.search)
        if said is None or said.get("lender") != address.lender:
            return None
        kind, text = Kind(said["kind"]), said["text"]
        async with reading_as(self._runtime.db, address.lender) as conn:
            whose = await find_whose(conn, self._runtime.vault, address.lender, kind, text)
        shown = masked(text) if kind is Kind.PHONE else text
        words = FilterWords(language).named(say(language, f"log.search.{kind}"), shown)
        return Private(Whose(()) if whose is None else whose, words)

    async def _show(
        self,
        request: web.Request,
        address: Address,
        private: Private,
        problems: Sequence[str],
        *,
        status: int = 200,
    ) -> web.Response:
        language, runtime = language_for(request), self._runtime
        lender = runtime.settings.lenders[address.lender]
        zone = ZoneInfo(lender.timezone)
        now, wall = runtime.clock.business_now(), runtime.clock.wall_now()
        asked = query_of(address.lender, address.asked, now, zone, private.whose)
        page = await search_log(
            runtime.db,
            runtime.vault,
            asked.at(before=address.before, after=address.after, top=address.top),
        )
        late = await behind(runtime.db, wall)
        operator = request[SESSION].operator
        saved = await self._saved(operator, address)
        packs = runtime.considering.rulebook.packs
        shower, words = Shower(language, lender.timezone, packs), FilterWords(language)
        top = address.top or (page.lines[0].place if page.lines else None)
        here = address.first(search="")
        treatments = [one.name for one in runtime.considering.rulebook.treatments]
        counted = {one.name: [value for value, _ in one.counts or ()] for one in page.facets}
        return self._page(
            request,
            "log.html",
            status=status,
            address=address,
            query=address.asked.query(),
            lenders={slug: one.name for slug, one in self._lenders(request).items()},
            problems=problems,
            tabs=[(one, str(here.first(asked=read_query(one.query)))) for one in saved],
            own=[one for one in saved if one.owner == operator.login],
            chips=words.chips(address, private.words),
            clear=str(Address(address.lender, LogFilter())),
            wider=str(address.first(asked=address.asked.within("-90d"))),
            is_filtered=bool(address.asked.chosen or private.words),
            is_default=address.asked.start == DEFAULT_FROM and not address.asked.end,
            found=page,
            count=_count(language, page),
            lines=[shower.line(entry) for entry in page.entries],
            facets=words.facets(address, page),
            fields=words.fields(address.asked, {**counted, "treatment": treatments}),
            periods=words.periods(address),
            pairs=address.first().pairs(),
            roles=[role.value for role in Role],
            kinds=[kind.value for kind in Kind],
            handed_over=urlencode({"lender": address.lender, "filter": address.asked.query()}),
            may_draw=operator.may(address.lender, MAY_REVIEW),
            newest=str(address.first()),
            newer=_beside(address, page, top, newer=True),
            older=_beside(address, page, top, newer=False),
            late=late,
            minutes=int(late.total_seconds() // 60) + 1 if late and late.days < 1 else None,
            as_of=shower.moment(now - late if late and late.days < 1 else now, lender.timezone),
        )

    async def _saved(self, operator: Operator, address: Address) -> list[SavedFilter]:
        roles = operator.roles.get(address.lender, frozenset())
        async with reading_as(self._runtime.db, address.lender) as conn:
            return await saved_filters.list_seen(conn, address.lender, operator.login, roles)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _beside(address: Address, page: LogPage, top: Place | None, *, newer: bool) -> str:
    """Return the page of newer lines, or of older ones; "" where there are none."""
    if not page.lines or not (page.newer if newer else page.older):
        return ""
    edge = page.lines[0 if newer else -1].place
    place: Mapping[str, Place] = {"after" if newer else "before": edge}
    return str(Address(address.lender, address.asked, address.search, top=top, **place))


def _count(language: Language, page: LogPage) -> str:
    """Return how many lines match, as far as they were counted."""
    if page.count is None:
        return say(language, "log.count.late")
    if page.is_more:
        return say(language, "log.count.more", count=f"{page.count:,}")
    key = "log.count.one" if page.count == 1 else "log.count"
    return say(language, key, count=f"{page.count:,}")


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a calendar day
    except ValueError:
        return None


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
