"""One version: what changed, who approved it, who got it; and how a draft looks on paper."""

from typing import Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY
from outreach.domain.template_versions import MAY_WRITE, Place, Version
from outreach.domain.vocabulary import Channel
from outreach.rendering.letter_pdf import PrintError, page_picture
from outreach.rendering.lint_letters import sample_sheet
from outreach.runtime import Runtime
from outreach.usecases.real_words import facts_of_loan
from outreach.usecases.template_checks import check_words
from outreach.usecases.template_reading import (
    count_contacts,
    find_number,
    list_approvals,
    list_versions,
    standing,
    used_by,
)
from outreach.usecases.trying_words import try_words
from outreach.usecases.word_fixes import Wording
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import show_moment
from outreach.web.console.templates_draft_page import DRAFT, EditorPage, draft_of
from outreach.web.console.templates_showing import (
    PATH,
    comparison,
    draft_address,
    lender_of,
    look_at,
    place_address,
    place_of,
    say_case,
    state_tag,
    version_address,
)

VERSION: Final = PATH + "/{key}/versions/{number}"
_LOAN: Final = 64
_WAYS: Final = ("line", "sides")


class TemplateVersionPages:
    """Handlers of the pages.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._editor = EditorPage(runtime, renderer)

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them. A borrower's words are personal data."""
        return [
            Page(hdrs.METH_GET, VERSION, self.get, EVERYBODY),
            Page(hdrs.METH_GET, DRAFT + "/borrower", self.get_borrower, EVERYBODY, recorded=True),
            Page(hdrs.METH_GET, DRAFT + "/page.png", self.get_picture, EVERYBODY),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show a version beside another one of its place, or beside the file's words."""
        version = await self._version(request)
        if version is None:
            return self._editor.missing(request)
        runtime, language, place = self._runtime, language_for(request), version.place
        request[ABOUT] = place.tenant
        others = await list_versions(runtime, place)
        compared, before = await self._compared(request, version)
        changes, added, removed = comparison(before.source, version.source)
        now, lender = runtime.clock.business_now(), runtime.settings.lenders[place.tenant]
        wording = Wording(version.source, version.subject)
        tried, checked = await look_at(runtime, place, wording, language, now)
        earlier, old = await look_at(runtime, place, before, language, now)
        uses = [set(one.template.uses) if one.template else set() for one in (old, checked)]
        way = request.query.get("diff", _WAYS[0])
        numbers = [0, *(one.number for one in others if one.number != version.number)]
        counted = await count_contacts(runtime, place.tenant, version) if version.hashes else None
        approvals = await list_approvals(runtime, place.tenant, version.version_id)
        return self._renderer.page(
            request,
            "template_version.html",
            modules=("editor",),
            visitor=request[SESSION],
            version=version,
            place=place,
            lender=lender.name,
            key_page=place_address(place),
            tag=state_tag(language, version.state),
            live=show_moment(language, version.live_at, lender.timezone)
            if version.live_at
            else None,
            compared=compared,
            numbers=sorted(numbers),
            is_first=not before.source and not version.based_number,
            shown_way=way if way in _WAYS else _WAYS[0],
            ways=[
                (one, version_address(place, version.number, compare=compared, diff=one))
                for one in _WAYS
            ],
            changes=changes,
            subject_changes=comparison(before.subject, version.subject)[0]
            if before.subject != version.subject
            else [],
            added=added,
            removed=removed,
            gained=sorted(uses[1] - uses[0]),
            lost=sorted(uses[0] - uses[1]),
            length_before=earlier.status,
            length=tried.status,
            contacts=counted,
            log=f"/contacts?{urlencode({'lender': place.tenant, 'template': version.ref})}",
            tried=tried,
            approvals=[(one, show_moment(language, one.at, lender.timezone)) for one in approvals],
            uses=used_by(runtime, place),
            may_write=request[SESSION].operator.may(place.tenant, MAY_WRITE),
            done=request.query.get("done", ""),
        )

    async def get_borrower(self, request: web.Request) -> web.StreamResponse:
        """Show how a saved draft comes out for a real borrower, masked; that it was is kept."""
        version = await draft_of(self._runtime, request)
        if version is None:
            return self._editor.missing(request)
        runtime, language, place = self._runtime, language_for(request), version.place
        now = runtime.clock.business_now()
        loan = request.query.get("loan", "").strip()[:_LOAN]
        checked = check_words(runtime, place, version.source, version.subject, now=now)
        case, status = None, ""
        if loan and checked.template is not None:
            purpose = min(checked.template.purposes)
            facts = await facts_of_loan(runtime, place.tenant, loan, place.channel, purpose, now)
            lender = runtime.considering.rulebook.lenders[place.tenant]
            if facts is not None:
                [real, *_] = try_words(checked.template, lender, real=(loan, facts)).cases
                case = say_case(language, real, place.channel)
                if real.count is not None:
                    units = real.count.segments
                    status = f"{units.encoding.upper()} {units.units}/{real.count.room}"
        return self._renderer.page(
            request,
            "template_borrower.html",
            modules=("editor",),
            visitor=request[SESSION],
            version=version,
            place=place,
            lender=runtime.settings.lenders[place.tenant].name,
            address=draft_address(version),
            loan=loan,
            case=case,
            count=status,
        )

    async def get_picture(self, request: web.Request) -> web.StreamResponse:
        """Return the first page of a letter as it is printed, of sample facts."""
        version = await draft_of(self._runtime, request)
        if version is None or version.place.channel is not Channel.LETTER:
            return web.Response(status=404)
        runtime, place = self._runtime, version.place
        now = runtime.clock.business_now()
        checked = check_words(runtime, place, version.source, version.subject, now=now)
        if checked.template is None:
            return web.Response(status=404)
        cases = try_words(checked.template, runtime.considering.rulebook.lenders[place.tenant])
        case = cases.get(request.query.get("show", "")) or cases.get("typical")
        if case is None or case.rendered is None:
            return web.Response(status=404)
        try:
            picture = await page_picture(sample_sheet(case.rendered))
        except PrintError:
            return web.Response(status=404)
        headers = {"Cache-Control": "private, no-store"}
        return web.Response(body=picture, content_type="image/png", headers=headers)

    async def _version(self, request: web.Request) -> Version | None:
        tenant, number = lender_of(request), request.match_info["number"]
        names = (request.query.get("locale", ""), request.query.get("channel", ""))
        place = place_of(tenant, request.match_info["key"], *names) if tenant else None
        if place is None or not _is_number(number):
            return None
        return await find_number(self._runtime, place, int(number))

    async def _compared(self, request: web.Request, version: Version) -> tuple[int, Wording]:
        """Return what a version is compared with: its own basis, unless another is asked for."""
        asked = request.query.get("compare", "")
        if not _is_number(asked):
            return version.based_number, Wording(version.based_source, version.based_subject)
        if asked != "0":
            other = await find_number(self._runtime, version.place, int(asked))
            if other is not None:
                return other.number, Wording(other.source, other.subject)
        return 0, _file_words(self._runtime, version.place)


def _file_words(runtime: Runtime, place: Place) -> Wording:
    stands = standing(runtime, place)
    return Wording(stands.file_source, stands.file_subject)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
