"""Who may not be reached, where and since when; and the way to record that somebody asked."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY, Role
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.runtime import Runtime
from outreach.store.opt_outs import LAST_TIE, OptOutRow, list_opt_outs
from outreach.store.people import PersonRow, load_people
from outreach.store.pool import reading_as
from outreach.store.reading import find_loans
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, masked, show_moment
from outreach.web.console.whose import whose
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/opt-outs"
MAY_RECORD: Final = frozenset({Role.OPERATOR, Role.COMPLIANCE})
_DAYS: Final = (30, 90, 365)
_SHOWN: Final = 50
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One request to stop."""

    since: Moment
    what: str
    where: str
    how: str
    person: int | None


class OptOutsPages:
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
            Page(hdrs.METH_GET, PATH, self.get, EVERYBODY, recorded=True),
            Page(hdrs.METH_POST, PATH, self.post, MAY_RECORD),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show a page of the list."""
        return await self._show(request)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Lead to the form that stops contacts with the borrower of a loan."""
        form = await request.post()
        about = whose(request, self._runtime, MAY_RECORD, chosen=str(form.get("lender", "")))
        if about is None:
            return self._nothing(request)
        ref = str(form.get("loan", "")).strip()[:_LONGEST]
        async with reading_as(self._runtime.db, about.slug) as conn:
            found = await find_loans(conn, [ref_digest(about.slug, "loan", ref)])
        if not ref or not found:
            return await self._show(request, wrong="what_if.loan.unknown", chosen=about.slug)
        return web.Response(status=303, headers={"Location": f"/people/{found[0].person_id}/stop"})

    async def _show(
        self, request: web.Request, *, wrong: str = "", chosen: str = ""
    ) -> web.StreamResponse:
        about = whose(request, self._runtime, chosen=chosen)
        if about is None:
            return self._nothing(request)
        language, now = language_for(request), self._runtime.clock.business_now()
        days = _days(request.query.get("days", ""))
        before = _cursor(request.query.get("before", "")) or (now + timedelta(days=1), LAST_TIE)
        async with reading_as(self._runtime.db, about.slug) as conn:
            rows = await list_opt_outs(
                conn,
                about.slug,
                before=before,
                since=now - timedelta(days=days),
                limit=_SHOWN + 1,
            )
            shown = rows[:_SHOWN]
            known = {row.person_id for row in shown if row.person_id is not None}
            people = await load_people(conn, self._runtime.vault, sorted(known))
        zone = about.plan.timezone
        address = {"lender": about.slug, "days": str(days)}
        older = ""
        if len(rows) > _SHOWN:
            last = shown[-1]
            cursor = f"{last.at.astimezone(UTC).isoformat()}|{last.tie}"
            older = f"{PATH}?{urlencode({**address, 'before': cursor})}"
        operator = request[SESSION].operator
        return self._renderer.page(
            request,
            "opt_outs.html",
            status=422 if wrong else 200,
            visitor=request[SESSION],
            about=about,
            lines=[_line(row, people, language, zone) for row in shown],
            days=days,
            spans=_DAYS,
            older=older,
            is_first="before" not in request.query,
            may_record=operator.may(about.slug, MAY_RECORD),
            wrong=wrong,
            as_of=show_moment(language, now, zone),
        )

    def _nothing(self, request: web.Request) -> web.StreamResponse:
        return self._renderer.page(
            request, "nothing.html", status=404, visitor=request[SESSION],
            what="empty.lenders", back=("/", "nav.today"),
        )  # fmt: skip


def _line(row: OptOutRow, people: dict[int, PersonRow], language: Language, zone: str) -> Line:
    medium = say_or(language, f"channel.{row.medium}", row.medium)
    where = say(language, "opt_outs.everywhere") if row.tie.startswith("person:") else "–"
    person: Any = people.get(row.person_id) if row.person_id is not None else None
    if person is not None and row.endpoint_id:
        endpoints = person.state.profile.endpoints
        named = [one.address for one in endpoints if one.endpoint_id == row.endpoint_id]
        where = masked(next(iter(named), None))
    what = say_or(language, f"opt_outs.medium.{row.medium}", medium)
    if row.sender_scope != "*":
        what = f"{what} · {say(language, 'opt_outs.sender', sender=row.sender_scope)}"
    how = say_or(language, f"opt_outs.origin.{row.origin}", row.origin)
    return Line(show_moment(language, row.at, zone), what, where, how, row.person_id)


def _days(text: str) -> int:
    return int(text) if text in {str(one) for one in _DAYS} else _DAYS[1]


def _cursor(text: str) -> tuple[datetime, str] | None:
    at, _, tie = text.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, tie[:_LONGEST]) if moment.tzinfo is not None else None
