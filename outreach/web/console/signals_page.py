"""What came in, was it understood? Signals that wait or could not take effect, one by one."""

from datetime import timedelta
from typing import Any, Final

import asyncpg
from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.operators import EVERYBODY, Role
from outreach.runtime import Runtime
from outreach.store.pool import reading_as
from outreach.store.signal_list import (
    FIRST,
    Asked,
    ReceiptRow,
    SignalRow,
    SourceRow,
    list_quarantined,
    list_receipts,
    list_sources,
    list_waiting,
)
from outreach.store.today import be_quick
from outreach.usecases.signal_inbox import Kept, Words, find_kept, note_shown
from outreach.usecases.today import day_of
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.showing import show_moment
from outreach.web.console.signals_masking import masked_payload, whole_payload
from outreach.web.console.signals_showing import (
    PATH,
    STATES,
    Filters,
    SourceShown,
    asked_for,
    older_than,
    row_of,
    show_receipt,
    show_signal,
)
from outreach.web.console.today_showing import show_age, show_count
from outreach.web.console.whose import whose
from outreach.web.console.words import Language, say

MAY_SEE: Final = frozenset({Role.COMPLIANCE, Role.ADMIN})
MAY_REPLAY: Final = frozenset({Role.ADMIN})
PAGE: Final = 50
SHOWN_SECONDS: Final = 60
_LATE_AFTER: Final = timedelta(minutes=1)
_PATIENCE_MS: Final = 1_000
_LONGEST_REASON: Final = 500


class SignalsPages:
    """Handlers of the pages.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._asked_to_see = PrivateSearch(runtime.redis, runtime.vault, "signals")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        one = PATH + r"/{number:\d+}"
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, one, self.get, EVERYBODY),
            Page(hdrs.METH_POST, one + "/show", self.post_show, MAY_SEE),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Show one page of signals in one state, with the sources above."""
        language, about = language_for(request), whose(request, self._runtime)
        if about is None:
            return self._page(request, "missing.html", status=404)
        asked = asked_for(request, about)
        clock, zone = self._runtime.clock, self._runtime.settings.lenders[about.slug].timezone
        starts, _ = day_of(clock.business_now(), zone)
        rows: list[SignalRow] | list[ReceiptRow] = []
        slow = False
        async with reading_as(self._runtime.db, about.slug) as conn:
            await be_quick(conn, _PATIENCE_MS)
            configured = [
                name
                for name, source in self._runtime.sources.items()
                if source.options.tenant == about.slug
            ]
            sources = await list_sources(conn, about.slug, configured, starts=starts)
            try:
                rows = await self._rows(conn, asked)
            except asyncpg.QueryCanceledError:
                slow = True
        more = len(rows) > PAGE
        rows = rows[:PAGE]
        newest = max((one.last_signal_at for one in sources if one.last_signal_at), default=None)
        signals = [show_signal(language, one, zone) for one in rows if isinstance(one, SignalRow)]
        receipts = [
            show_receipt(language, one, zone) for one in rows if isinstance(one, ReceiptRow)
        ]
        return self._page(
            request,
            "signals.html",
            about=about,
            asked=asked,
            states=STATES,
            sources=[self._source(language, one) for one in sources],
            signals=signals,
            receipts=receipts,
            slow=slow,
            older=older_than(asked, rows[-1]) if more else "",
            last=show_moment(language, newest, zone) if newest else None,
            may_replay=request[SESSION].operator.may(about.slug, MAY_REPLAY),
            done=request.query.get("done", "") if request.query.get("done", "").isdigit() else "",
            as_of=show_moment(language, clock.business_now(), zone),
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show one signal: why it was not understood, where, how to mend it; masked."""
        kept = await self._find(request)
        if kept is None:
            return self._page(request, "missing.html", status=404)
        return await self._one(request, kept)

    async def post_show(self, request: web.Request) -> web.StreamResponse:
        """Show a signal's personal data for a minute to whoever says why; it is recorded."""
        kept = await self._find(request)
        operator = request[SESSION].operator
        if kept is None or not operator.may(kept.row.tenant, MAY_SEE):
            return self._page(request, "missing.html", status=404)
        why = str((await request.post()).get("why", "")).strip()[:_LONGEST_REASON]
        if not why:
            return await self._one(request, kept, problem="signal.why.missing", status=422)
        number = kept.row.inbox_id
        try:
            name = await self._asked_to_see.keep(
                operator, {"signal": str(number)}, seconds=SHOWN_SECONDS
            )
        except RedisError:
            return self._page(request, "away.html", status=503)
        words = Words(operator.login, why, self._runtime.clock.wall_now())
        await note_shown(self._runtime, kept.row, words)
        return web.Response(status=303, headers={"Location": f"{PATH}/{number}?shown={name}"})

    async def _find(self, request: web.Request) -> Kept | None:
        """Return the signal that the address names, if it is of a lender of the visitor's."""
        number = request.match_info["number"]
        if len(number) > len(str(FIRST)) or int(number) > FIRST:
            return None
        kept = await find_kept(self._runtime, int(number))
        if kept is None or not request[SESSION].operator.may(kept.row.tenant, EVERYBODY):
            return None
        if kept.row.tenant not in self._runtime.settings.lenders:
            return None
        request[ABOUT] = kept.row.tenant
        return kept

    async def _one(
        self, request: web.Request, kept: Kept, *, problem: str = "", status: int = 200
    ) -> web.Response:
        language, operator, row = language_for(request), request[SESSION].operator, kept.row
        zone = self._runtime.settings.lenders[row.tenant].timezone
        body = kept.raw.body if kept.raw else b""
        may_see = operator.may(row.tenant, MAY_SEE)
        is_shown = may_see and await self._is_shown(request, row.inbox_id)
        payload = whole_payload(body) if is_shown else masked_payload(body)
        return self._page(
            request,
            "signal.html",
            status=status,
            one=show_signal(language, row_of(kept), zone),
            lender=self._runtime.settings.lenders[row.tenant].name,
            raw=kept.raw,
            payload=payload,
            size=len(body),
            is_shown=is_shown,
            may_see=may_see,
            may_replay=bool(row.reason) and operator.may(row.tenant, MAY_REPLAY),
            tenant=row.tenant,
            problem=problem,
        )

    async def _is_shown(self, request: web.Request, number: int) -> bool:
        """Whether the visitor has said within the last minute why they need to see this one."""
        name = request.query.get("shown", "")
        if not name:
            return False
        try:
            said = await self._asked_to_see.find(request[SESSION].operator, name)
        except RedisError:
            return False
        return said is not None and said.get("signal") == str(number)

    async def _rows(self, conn: Any, asked: Filters) -> list[SignalRow] | list[ReceiptRow]:
        by = Asked(asked.lender, asked.source, asked.type, asked.reason, asked.before)
        if asked.state == "receipts":
            return await list_receipts(conn, by, limit=PAGE + 1)
        if asked.state == "quarantined":
            return await list_quarantined(conn, by, limit=PAGE + 1)
        late = self._runtime.clock.wall_now() - _LATE_AFTER if asked.state == "late" else None
        return await list_waiting(conn, by, late_since=late, limit=PAGE + 1)

    def _source(self, language: Language, one: SourceRow) -> SourceShown:
        now = self._runtime.clock.business_now()
        lenders = self._runtime.settings.lenders.values()
        adapters = {
            name: each.adapter for lender in lenders for name, each in lender.sources.items()
        }
        last = say(language, "signals.never")
        if one.last_signal_at is not None:
            last = say(language, "today.last", age=show_age(language, one.last_signal_at, now))
        return SourceShown(
            one.source,
            adapters.get(one.source, "–"),
            last,
            f"{one.today:,}",
            show_count(language, one.refused),
            show_count(language, one.waiting),
        )

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )
