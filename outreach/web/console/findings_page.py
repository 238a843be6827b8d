"""Findings of compliance: raised, given to somebody, closed with a reason; everybody reads them."""

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from outreach.domain.findings import Change, FindingError, FindingState, Severity, following
from outreach.domain.operators import EVERYBODY
from outreach.runtime import Runtime
from outreach.store.findings import (
    Finding,
    NewFinding,
    find_finding,
    list_changes,
    list_contacts,
    list_findings,
)
from outreach.store.pool import reading_as
from outreach.store.samples import Named, find_sample
from outreach.usecases.raising_findings import move_finding, raise_one
from outreach.usecases.read_log import Entry, read_named
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.samples_page import named_of, number_of
from outreach.web.console.showing import Shower, Tag
from outreach.web.console.story_page import MAY_REVIEW
from outreach.web.console.whose import whose
from outreach.web.console.words import Language, say

PATH: Final = "/findings"
_PAGE: Final = 50
_LONGEST: Final = 4_000
_STATES: Final = {
    FindingState.OPEN: ("wait", "◇"),
    FindingState.IN_PROGRESS: ("info", "▶"),
    FindingState.CLOSED: ("off", "✓"),
}
_SEVERITIES: Final = {
    Severity.LOW: ("off", "▽"),
    Severity.MEDIUM: ("wait", "◇"),
    Severity.HIGH: ("stop", "△"),
}


class FindingsPages:
    """Handlers of the pages.

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
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, PATH + "/new", self.get_new, MAY_REVIEW),
            Page(hdrs.METH_POST, PATH, self.post_new, MAY_REVIEW),
            Page(hdrs.METH_GET, PATH + "/{number}", self.get, EVERYBODY),
            Page(hdrs.METH_POST, PATH + "/{number}/change", self.post_change, MAY_REVIEW),
        ]

    async def get_list(self, request: web.Request) -> web.Response:
        """Show the lender's findings, those that aren't closed unless asked otherwise."""
        about = whose(request, self._runtime)
        if about is None:
            return self._missing(request)
        asked = request.query.get("state", "")
        states = [FindingState(asked)] if asked in set(FindingState) else list(FindingState)
        before = number_of(request.query.get("before", ""))
        async with reading_as(self._runtime.db, about.slug) as conn:
            found = await list_findings(conn, about.slug, states, before=before, limit=_PAGE + 1)
        language = language_for(request)
        return self._page(
            request,
            "findings.html",
            about=about,
            state=asked if asked in set(FindingState) else "",
            states=tuple(FindingState),
            findings=[self._shown(language, one) for one in found[:_PAGE]],
            older=found[_PAGE - 1].finding_id if len(found) > _PAGE else None,
            may_review=request[SESSION].operator.may(about.slug, MAY_REVIEW),
        )

    async def get_new(self, request: web.Request) -> web.Response:
        """Show the form; a contact that shows what is wrong may be named in the address."""
        contact = request.query.get("contact", "")
        lender = await self._lender_of(request, named_of(contact)) if contact else ""
        about = whose(request, self._runtime, MAY_REVIEW, chosen=lender or "")
        if about is None or lender is None:
            return self._missing(request)
        said = {"contact": contact, "severity": str(Severity.MEDIUM)}
        return self._page(request, "finding_new.html", about=about, said=said, problem="")

    async def post_new(self, request: web.Request) -> web.Response:
        """Raise it, and show it."""
        form = await request.post()
        names = ("what", "severity", "owner", "due", "contact")
        said = {name: str(form.get(name, "")).strip()[:_LONGEST] for name in names}
        named = named_of(said["contact"]) if said["contact"] else None
        lender = await self._lender_of(request, named) if said["contact"] else ""
        chosen = lender or str(form.get("lender", ""))
        about = whose(request, self._runtime, MAY_REVIEW, chosen=chosen)
        if about is None or lender is None:
            return self._missing(request)
        try:
            found = await raise_one(
                self._runtime,
                about.slug,
                NewFinding(
                    said["what"],
                    Severity(said["severity"])
                    if said["severity"] in set(Severity)
                    else Severity.MEDIUM,
                    said["owner"],
                    _day(said["due"]),
                    await self._sample_of(about.slug, str(form.get("sample", ""))),
                ),
                contacts=(named,) if named else (),
                by=request[SESSION].operator.signature,
                wall_now=self._runtime.clock.wall_now(),
            )
        except FindingError as error:
            problem = f"findings.problem.{error.reason}"
            return self._page(
                request, "finding_new.html", status=422, about=about, said=said, problem=problem
            )
        return web.Response(status=303, headers={"Location": f"{PATH}/{found}?done=1"})

    async def get(self, request: web.Request) -> web.Response:
        """Show one finding whole."""
        found = await self._finding(request)
        return self._missing(request) if found is None else await self._one(request, found)

    async def post_change(self, request: web.Request) -> web.Response:
        """Change a finding, and show it again."""
        found = await self._finding(request)
        if found is None or not request[SESSION].operator.may(found.tenant, MAY_REVIEW):
            return self._missing(request)
        form = await request.post()
        names = ("state", "owner", "due", "note")
        said = {name: str(form.get(name, "")).strip()[:_LONGEST] for name in names}
        try:
            await move_finding(
                self._runtime,
                found.finding_id,
                Change(_state(said["state"]), said["owner"], _day(said["due"]), said["note"]),
                by=request[SESSION].operator.signature,
                wall_now=self._runtime.clock.wall_now(),
            )
        except FindingError as error:
            problem = f"findings.problem.{error.reason}"
            return await self._one(request, found, problem=problem, said=said, status=422)
        return web.Response(status=303, headers={"Location": f"{PATH}/{found.finding_id}?done=1"})

    async def _one(
        self,
        request: web.Request,
        found: Finding,
        *,
        problem: str = "",
        said: dict[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        language = language_for(request)
        async with reading_as(self._runtime.db, found.tenant) as conn:
            changes = await list_changes(conn, found.finding_id)
            named = await list_contacts(conn, found.finding_id, limit=_PAGE)
            entries = await read_named(conn, self._runtime.vault, named)
        shower = self._shower(language, found.tenant)
        states = following(FindingState(found.state))
        return self._page(
            request,
            "finding.html",
            status=status,
            one=self._shown(language, found),
            finding=found,
            lender=self._runtime.settings.lenders[found.tenant].name,
            states=states,
            changes=[
                (one, shower.moment(one.at, None), _state_tag(language, one.state))
                for one in changes
            ],
            lines=[shower.line(entries[one]) for one in named if one in entries],
            may_review=request[SESSION].operator.may(found.tenant, MAY_REVIEW),
            said=said
            or {"state": found.state, "owner": found.owner, "due": str(found.due_on or "")},
            problem=problem,
            done="done" in request.query,
        )

    async def _finding(self, request: web.Request) -> Finding | None:
        """Return the finding that the address names, if it is of a lender of the visitor's."""
        number = number_of(request.match_info["number"])
        if number is None:
            return None
        for lender in request[SESSION].operator.lenders(EVERYBODY):
            async with reading_as(self._runtime.db, lender) as conn:
                found = await find_finding(conn, number)
            if found is not None and lender in self._runtime.settings.lenders:
                request[ABOUT] = lender
                return found
        return None

    async def _lender_of(self, request: web.Request, named: Named | None) -> str | None:
        """Return whose contact it is, if compliance of that lender asks; None if nobody's."""
        if named is None:
            return None
        for lender in request[SESSION].operator.lenders(MAY_REVIEW):
            async with reading_as(self._runtime.db, lender) as conn:
                found: dict[tuple[int, int], Entry] = await read_named(
                    conn, self._runtime.vault, [named]
                )
            if found:
                return lender
        return None

    async def _sample_of(self, tenant: str, text: str) -> int | None:
        number = number_of(text)
        if number is None:
            return None
        async with reading_as(self._runtime.db, tenant) as conn:
            found = await find_sample(conn, number)
        return found.sample_id if found else None

    def _shown(self, language: Language, one: Finding) -> dict[str, Any]:
        """Return a finding as the pages show it."""
        zone = self._runtime.settings.lenders[one.tenant].timezone
        today = self._runtime.clock.wall_now().astimezone(ZoneInfo(zone)).date()
        shower = self._shower(language, one.tenant)
        severity = Severity(one.severity)
        return {
            "number": one.finding_id,
            "what": one.what,
            "state": _state_tag(language, one.state),
            "severity": Tag(*_SEVERITIES[severity], say(language, f"findings.severity.{severity}")),
            "owner": one.owner,
            "due": one.due_on,
            "is_late": one.closed_at is None and one.due_on is not None and one.due_on < today,
            "raised": shower.moment(one.raised_at, None),
            "by": one.raised_by,
            "contacts": one.contacts,
        }

    def _shower(self, language: Language, tenant: str) -> Shower:
        zone = self._runtime.settings.lenders[tenant].timezone
        return Shower(language, zone, self._runtime.considering.rulebook.packs)

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _state_tag(language: Language, state: str) -> Tag:
    return Tag(*_STATES[FindingState(state)], say(language, f"findings.state.{state}"))


def _state(text: str) -> FindingState:
    """Return a state of a form.

    Raises:
        FindingError: `state`: there is none so called.
    """
    if text not in set(FindingState):
        raise FindingError("state")
    return FindingState(text)


def _day(text: str) -> date | None:
    """Return a date of a form; None where it is left out.

    Raises:
        FindingError: `due`: it is none.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FindingError("due") from None
