"""Random samples of the contact log: drawn, reviewed one after the other, drawn again as proof."""

from typing import Any, Final

from aiohttp import hdrs, web

from outreach.runtime import Runtime
from outreach.store.pool import reading_as
from outreach.store.samples import (
    Member,
    Named,
    Sample,
    find_next,
    find_sample,
    list_members,
    list_samples,
)
from outreach.usecases.read_log import Entry, read_named
from outreach.usecases.sampling import SampleError, Wish, draw_sample
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.filter_words import filter_in_words
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Shower, Tag, address_of
from outreach.web.console.story_page import MARKS, MAY_REVIEW
from outreach.web.console.whose import Whose, whose
from outreach.web.console.words import Language, say

PATH: Final = "/samples"
_PAGE: Final = 50
_USUAL: Final = "50"
_LONGEST: Final = 19
_LONGEST_TEXT: Final = 2_000


class SamplesPages:
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
            Page(hdrs.METH_GET, PATH, self.get_list, MAY_REVIEW),
            Page(hdrs.METH_GET, PATH + "/new", self.get_new, MAY_REVIEW),
            Page(hdrs.METH_POST, PATH, self.post_new, MAY_REVIEW),
            Page(hdrs.METH_GET, PATH + "/{number}", self.get, MAY_REVIEW),
            Page(hdrs.METH_GET, PATH + "/{number}/next", self.get_next, MAY_REVIEW),
        ]

    async def get_list(self, request: web.Request) -> web.Response:
        """Show the lender's samples, the newest first."""
        about = whose(request, self._runtime, MAY_REVIEW)
        if about is None:
            return self._missing(request)
        before = number_of(request.query.get("before", ""))
        async with reading_as(self._runtime.db, about.slug) as conn:
            found = await list_samples(conn, about.slug, before=before, limit=_PAGE + 1)
        language = language_for(request)
        shower = self._shower(language, about.slug)
        return self._page(
            request,
            "samples.html",
            about=about,
            samples=[
                (one, shower.moment(one.drawn_at, None), filter_in_words(language, one.filter))
                for one in found[:_PAGE]
            ],
            older=found[_PAGE - 1].sample_id if len(found) > _PAGE else None,
        )

    async def get_new(self, request: web.Request) -> web.Response:
        """Show the form; a filter of the contact log may be handed over in the address."""
        about = whose(request, self._runtime, MAY_REVIEW)
        if about is None:
            return self._missing(request)
        said = {"stratum": request.query.get("filter", "")[:_LONGEST_TEXT], "size": _USUAL}
        return self._form(request, about, said)

    async def post_new(self, request: web.Request) -> web.Response:
        """Draw, and show the sample."""
        form = await request.post()
        about = whose(request, self._runtime, MAY_REVIEW, chosen=str(form.get("lender", "")))
        if about is None:
            return self._missing(request)
        fields = ("name", "stratum", "size", "seed")
        said = {name: str(form.get(name, "")).strip()[:_LONGEST_TEXT] for name in fields}
        clock, by = self._runtime.clock, request[SESSION].operator.signature
        try:
            found = await draw_sample(
                self._runtime,
                about.slug,
                _wish(said),
                zone=self._runtime.settings.lenders[about.slug].timezone,
                by=by,
                now=clock.business_now(),
                wall_now=clock.wall_now(),
            )
        except SampleError as error:
            problem = say(
                language_for(request), f"samples.problem.{error.reason}", detail=error.detail
            )
            return self._form(request, about, said, problem=problem, status=422)
        return web.Response(status=303, headers={"Location": f"{PATH}/{found}"})

    async def get(self, request: web.Request) -> web.Response:
        """Show a sample's members and how far they are reviewed."""
        sample = await self._sample(request)
        if sample is None:
            return self._missing(request)
        after = number_of(request.query.get("after", "")) or 0
        vault = self._runtime.vault
        async with reading_as(self._runtime.db, sample.tenant) as conn:
            members = await list_members(conn, sample.sample_id, after=after, limit=_PAGE + 1)
            entries = await read_named(conn, vault, [one.named for one in members[:_PAGE]])
        language = language_for(request)
        shower = self._shower(language, sample.tenant)
        return self._page(
            request,
            "sample.html",
            sample=sample,
            lender=self._runtime.settings.lenders[sample.tenant].name,
            drawn=shower.moment(sample.drawn_at, None),
            words=filter_in_words(language, sample.filter),
            members=[
                (one, _line(shower, entries.get(one.named), sample), mark_tag(language, one))
                for one in members[:_PAGE]
            ],
            older=members[_PAGE - 1].position if len(members) > _PAGE else None,
        )

    async def get_next(self, request: web.Request) -> web.Response:
        """Lead to the first member that nobody has reviewed; to the sample once all are."""
        sample = await self._sample(request)
        if sample is None:
            return self._missing(request)
        async with reading_as(self._runtime.db, sample.tenant) as conn:
            found = await find_next(conn, sample.sample_id)
        address = f"{PATH}/{sample.sample_id}"
        if found is not None:
            address = f"/decisions/{found.person_id}-{found.event_id}?sample={sample.sample_id}"
        return web.Response(status=303, headers={"Location": address})

    async def _sample(self, request: web.Request) -> Sample | None:
        """Return the sample that the address names, if it is of a lender of the visitor's."""
        number = number_of(request.match_info["number"])
        if number is None:
            return None
        for lender in request[SESSION].operator.lenders(MAY_REVIEW):
            async with reading_as(self._runtime.db, lender) as conn:
                found = await find_sample(conn, number)
            if found is not None and lender in self._runtime.settings.lenders:
                request[ABOUT] = lender
                return found
        return None

    def _form(
        self,
        request: web.Request,
        about: Whose,
        said: dict[str, str],
        *,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        return self._page(
            request,
            "sample_new.html",
            status=status,
            about=about,
            said=said,
            words=filter_in_words(language_for(request), said["stratum"]),
            problem=problem,
        )

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


def _wish(said: dict[str, str]) -> Wish:
    size = number_of(said["size"])
    start = None
    if said["seed"]:
        try:
            start = int(said["seed"][: _LONGEST + 1])
        except ValueError:
            raise SampleError("seed") from None
    return Wish(said["name"], said["stratum"], size or 0, start)


def _line(shower: Shower, entry: Entry | None, sample: Sample) -> Any:
    """Return a member as a line of the log; None once retention has removed its row."""
    if entry is None:
        return None
    return shower.line(entry), f"{address_of(entry)}?sample={sample.sample_id}"


def mark_tag(language: Language, one: Member) -> Tag | None:
    """Return a member's mark; None until it is reviewed."""
    return Tag(*MARKS[one.mark], say(language, f"mark.{one.mark}")) if one.mark else None


def named_of(text: str) -> Named | None:
    """Return the row that `person-event` names; None if it names none."""
    person, _, event = text.partition("-")
    numbers = number_of(person), number_of(event)
    return None if None in numbers else Named(numbers[0] or 0, numbers[1] or 0)


def number_of(text: str) -> int | None:
    """Return a whole number that an address or a form holds; None for anything else."""
    usable = text.isascii() and text.isdigit() and len(text) < _LONGEST
    return int(text) if usable else None
