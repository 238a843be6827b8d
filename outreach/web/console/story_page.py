"""One contact's page, or that of a decision that led to no contact: its whole story, and reviews.

Whoever looks sees the lenders for which they have a role, and no others. Reviews are written by
compliance alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import hdrs, web

from outreach.domain.contacts import parse_attempt_id
from outreach.domain.findings import Mark
from outreach.domain.operators import EVERYBODY, Role
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.store.pool import Connection, reading_as
from outreach.store.samples import Member, Named, Sample, find_member, find_sample
from outreach.usecases import read_log
from outreach.usecases.marking import MarkError, mark_contact
from outreach.usecases.read_log import Story
from outreach.usecases.retelling import Whole, by_packs_of_then, retell
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.case_sheet import print_case
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, Shower, Tag, address_of, masked, reply_text
from outreach.web.console.story_view import SHOWN_BY, StoryShower, cost_in_words
from outreach.web.console.words import Language, say

DECISION: Final = "/decisions/{person}-{event}"
MAY_REVIEW: Final = frozenset({Role.COMPLIANCE})
_LONGEST_ID: Final = 18
MARKS: Final[Mapping[str, tuple[str, str]]] = {
    Mark.SEEN: ("info", "◉"),
    Mark.IN_ORDER: ("ok", "✓"),
    Mark.NOT_IN_ORDER: ("stop", "✕"),
}
_PEOPLE: Final = frozenset({"person", "borrower"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request found: a contact, and the sample in which it is looked at, if in any."""

    whole: Whole
    sample: Sample | None = None
    member: Member | None = None


class StoryPages:
    """Handlers of the pages.

    Args:
        runtime: Open; settings name the lenders, packs name the rules.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        pdf = DECISION + "/case.pdf"
        return [
            Page(hdrs.METH_GET, "/contacts/{attempt}", self.get_contact, EVERYBODY, recorded=True),
            Page(hdrs.METH_GET, DECISION, self.get_decision, EVERYBODY, recorded=True),
            Page(hdrs.METH_GET, pdf, self.get_case, EVERYBODY, recorded=True),
            Page(hdrs.METH_POST, DECISION + "/marks", self.post_mark, MAY_REVIEW),
        ]

    async def get_contact(self, request: web.Request) -> web.Response:
        """Show one contact's story; that it was looked at is kept."""
        attempt = parse_attempt_id(request.match_info["attempt"])
        if attempt is None:
            return self._missing(request)
        person, contact = attempt.person_id, UUID(attempt.contact_id)
        for lender in request[SESSION].operator.lenders(EVERYBODY):
            async with reading_as(self._runtime.db, lender) as conn:
                story = await read_log.find_contact(conn, self._runtime.vault, person, contact)
                found = await self._shown(request, conn, story) if story else None
            if found is not None:
                return self._story(request, await self._judged(found))
        return self._missing(request)

    async def get_decision(self, request: web.Request) -> web.Response:
        """Show the story of a row that led to no contact."""
        found = await self._find(request, EVERYBODY)
        return self._missing(request) if found is None else self._story(request, found)

    async def get_case(self, request: web.Request) -> web.Response:
        """Return the document of one case; that it was taken is kept."""
        found = await self._find(request, EVERYBODY)
        if found is None:
            return self._missing(request)
        language, first = language_for(request), found.whole.story.first
        made = await print_case(
            found.whole,
            language,
            self._story_shower(language, found.whole),
            lender=self._runtime.settings.lenders[first.tenant],
            by=request[SESSION].operator.signature,
            now=self._runtime.clock.wall_now(),
        )
        if isinstance(made, str):
            problem = say(language, "case.unprintable", detail=made)
            return self._story(request, found, problem=problem, status=409)
        name = f"case-{first.person_id}-{first.event_id}.pdf"
        return web.Response(
            body=made,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "private, no-store",
            },
        )

    async def post_mark(self, request: web.Request) -> web.Response:
        """Keep what a reviewer says, and show the contact again, or the sample's next."""
        found = await self._find(request, MAY_REVIEW)
        if found is None:
            return self._missing(request)
        form = await request.post()
        said = {name: str(form.get(name, "")) for name in ("mark", "comment")}
        first, sample = found.whole.story.first, found.sample
        try:
            await mark_contact(
                self._runtime,
                first.tenant,
                Named(first.person_id, first.event_id),
                mark=Mark(said["mark"]) if said["mark"] in set(Mark) else None,
                comment=said["comment"],
                by=request[SESSION].operator,
                wall_now=self._runtime.clock.wall_now(),
                sample_id=sample.sample_id if sample else None,
            )
        except MarkError as error:
            problem = say(language_for(request), f"review.problem.{error.reason}")
            return self._story(request, found, problem=problem, said=said, status=422)
        if sample is not None and said["mark"]:
            return _to(f"/samples/{sample.sample_id}/next")
        asked = {"done": "1", **({"sample": sample.sample_id} if sample else {})}
        return _to(f"{address_of(first)}?{urlencode(asked)}#review")

    async def _find(self, request: web.Request, roles: frozenset[Role]) -> Shown | None:
        """Return what the address names, if it is of a lender for which they have a role."""
        person, event = _number(request.match_info["person"]), _number(request.match_info["event"])
        if person is None or event is None:
            return None
        vault = self._runtime.vault
        for lender in request[SESSION].operator.lenders(roles):
            async with reading_as(self._runtime.db, lender) as conn:
                story = await read_log.find_decision(conn, vault, person, event)
                if story is None:
                    continue
                contact = story.first.contact_id
                if contact is not None and person:
                    story = await read_log.find_contact(conn, vault, person, contact) or story
                found = await self._shown(request, conn, story)
            return await self._judged(found)
        return None

    async def _judged(self, found: Shown) -> Shown:
        rulebook = self._runtime.considering.rulebook
        return replace(found, whole=await by_packs_of_then(self._runtime.db, rulebook, found.whole))

    async def _shown(self, request: web.Request, conn: Connection, story: Story) -> Shown:
        rulebook = self._runtime.considering.rulebook
        whole = await retell(conn, self._runtime.vault, rulebook, story)
        first = story.first
        request[ABOUT] = first.tenant
        form = await request.post() if request.method == hdrs.METH_POST else request.query
        number = _number(str(form.get("sample", "")))
        if number is None or not request[SESSION].operator.may(first.tenant, MAY_REVIEW):
            return Shown(whole)
        sample = await find_sample(conn, number)
        member = await find_member(conn, number, Named(first.person_id, first.event_id))
        return Shown(whole, sample, member) if sample and member else Shown(whole)

    def _story_shower(self, language: Language, whole: Whole) -> StoryShower:
        zone = self._runtime.settings.lenders[whole.story.first.tenant].timezone
        shower = Shower(language, zone, self._runtime.considering.rulebook.packs)
        return StoryShower(language, shower, whole, zone)

    def _story(
        self,
        request: web.Request,
        found: Shown,
        *,
        problem: str = "",
        said: dict[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        language, whole = language_for(request), found.whole
        story = whole.story
        first = story.first
        view = self._story_shower(language, whole)
        shower = view.shower
        lender = self._runtime.settings.lenders[first.tenant]
        clears = [reason["until"] for reason in first.reasons if reason.get("until")]
        asked = request.query.get("show", "")
        shown = asked if asked in SHOWN_BY else SHOWN_BY[0]
        items = view.timeline(self._runtime.clock.business_now())
        proof = whole.proofs.get(first.event_id)
        return self._page(
            request,
            "contact.html",
            status=status,
            entry=first,
            lender=lender.name,
            line=shower.line(first),
            reasons=[shower.because(reason, first) for reason in first.reasons],
            until=_instant(shower, max(clears) if clears else None, first.zone),
            again=_instant(shower, first.body.get("until"), first.zone),
            needs=shower.needs(first),
            address=masked(story.address),
            words=words_of(story),
            locale=(first.body.get("action") or {}).get("locale"),
            answers=[text for one in whole.replies if (text := reply_text(one.body))],
            cost=cost_in_words(whole.cost, lender.currency),
            rules=view.rules(),
            rejudged=whole.rejudged,
            facts=view.facts(),
            timeline=[one for one in items if _is_shown(one.actor, shown)],
            shown=shown,
            shown_by=SHOWN_BY,
            marks=[_said(language, shower, one) for one in whole.marks],
            findings=whole.findings,
            proof=proof,
            sealed_at=shower.moment(proof.sealed_at, lender.timezone) if proof else None,
            sealed_rows=len(whole.proofs),
            own_rows=len(story.rows),
            history=[shower.line(row) for row in story.history],
            error=shower.error,
            may_review=request[SESSION].operator.may(first.tenant, MAY_REVIEW),
            sample=found.sample,
            member=found.member,
            problem=problem,
            said=said or {},
            done="done" in request.query,
            modules=("review",),
        )

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """One review as the page shows it."""

    tag: Tag | None
    by: str
    when: Moment
    sample: int | None
    comment: str | None


def _said(language: Language, shower: Shower, one: Any) -> _Said:
    tag = Tag(*MARKS[one.mark], say(language, f"mark.{one.mark}")) if one.mark else None
    return _Said(tag, one.by, shower.moment(one.at, None), one.sample_id, one.comment)


def _is_shown(actor: str, shown: str) -> bool:
    return shown == "all" or (actor in _PEOPLE) == (shown == "people")


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})


def _number(text: str) -> int | None:
    usable = text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
    return int(text) if usable else None


def _instant(shower: Shower, iso: str | None, zone: str | None) -> Any:
    return shower.moment(datetime.fromisoformat(iso), zone) if iso else None


def words_of(story: Story) -> str | None:
    """Return the words that were sent, or that somebody wrote."""
    body = story.first.body
    said = (body.get("subject"), body.get("words"))
    return "\n\n".join(str(one) for one in said if one) or reply_text(body)
