"""Where our books and the platform's figures differ: compared, and closed by whoever asked."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY, Role
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.store.discrepancies import DiscrepancyRow
from outreach.usecases.reading_books import close, read_differences, read_note
from outreach.web.console.access import SESSION, Page
from outreach.web.console.amounts import show_money
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.whose import whose
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/discrepancies"
MAY_CLOSE: Final = frozenset({Role.OPERATOR, Role.COMPLIANCE, Role.ADMIN})
_MOST: Final = 50
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference as the page shows it: what, and both sides by their parts."""

    loan: str
    kind: str
    about: str
    address: str
    what: str
    parts: tuple[tuple[str, str, str], ...]
    found: Moment
    state: str
    note: str
    is_open: bool


class DiscrepanciesPages:
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
            Page(hdrs.METH_POST, PATH + "/close", self.post_close, MAY_CLOSE),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show what differs, the oldest first."""
        return await self._show(request)

    async def post_close(self, request: web.Request) -> web.StreamResponse:
        """Close one with what the platform answered; no figure changes."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        about = whose(request, self._runtime, MAY_CLOSE, chosen=form.get("lender", ""))
        if about is None:
            return self._page(request, "missing.html", status=404)
        note = form.get("note", "").strip()[:_LONGEST]
        if not note:
            return await self._show(
                request, chosen=about.slug, problem="differences.missing", status=422
            )
        loan = form.get("loan", "")
        rows = await read_differences(
            self._runtime, [about.slug], loan=loan, closed=False, limit=_MOST
        )
        wanted = (form.get("kind", ""), form.get("about", ""))
        by, now = request[SESSION].operator.signature, self._runtime.clock.business_now()
        closed = [
            await close(self._runtime, row, by=by, note=note, now=now)
            for row in rows
            if (row.kind, row.about) == wanted and row.loan == loan
        ]
        if not any(closed):
            return await self._show(
                request, chosen=about.slug, problem="differences.gone", status=409
            )
        query = urlencode({"lender": about.slug, "done": "differences.done"})
        return web.Response(status=303, headers={"Location": f"{PATH}?{query}"})

    async def _show(
        self, request: web.Request, *, chosen: str = "", problem: str = "", status: int = 200
    ) -> web.Response:
        language, query = language_for(request), request.query
        about = whose(request, self._runtime, EVERYBODY, chosen=chosen)
        if about is None:
            return self._page(request, "missing.html", status=404)
        loan = query.get("loan", "").strip()[:_LONGEST]
        closed = query.get("state", "") == "all"
        rows = await read_differences(
            self._runtime, [about.slug], loan=loan or None, closed=closed, limit=_MOST
        )
        zone = self._runtime.settings.lenders[about.slug].timezone
        return self._page(
            request,
            "discrepancies.html",
            status=status,
            about=about,
            loan=loan,
            closed=closed,
            shown=[self._shown(language, one, zone) for one in rows],
            may_close=request[SESSION].operator.may(about.slug, MAY_CLOSE),
            problem=problem,
            done=query.get("done", "") == "differences.done" and not problem,
            as_of=show_moment(language, self._runtime.clock.business_now(), zone),
        )

    def _shown(self, language: Language, row: DiscrepancyRow, zone: str) -> Shown:
        state = ""
        if row.closed_at is not None:
            state = say(language, "differences.closed", by=row.closed_by or "?")
        elif row.agreed_at is not None:
            at = show_moment(language, row.agreed_at, zone).text
            state = say(language, "differences.agrees", at=at)
        return Shown(
            row.loan,
            row.kind,
            row.about,
            f"/loans/{row.person_id}-{row.loan_id}",
            say_or(language, f"difference.{row.kind}", row.kind),
            tuple(_parts(language, row.ours, row.theirs, row.currency)),
            show_moment(language, row.found_at, zone),
            state,
            read_note(self._runtime.vault, row),
            row.closed_at is None,
        )

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _parts(
    language: Language, ours: Mapping[str, int], theirs: Mapping[str, int], currency: str
) -> list[tuple[str, str, str]]:
    """Return each part with both amounts; "–" where a side has none."""

    def amount(side: Mapping[str, int], name: str) -> str:
        return show_money(language, side[name], currency) if name in side else "–"

    return [
        (
            say_or(language, f"difference.part.{name}", name),
            amount(ours, name),
            amount(theirs, name),
        )
        for name in dict.fromkeys((*ours, *theirs))
    ]
