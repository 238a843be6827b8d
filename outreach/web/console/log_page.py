"""The contact log for people, read only: the list, and one contact's story.

Whoever looks sees the lenders for which they have a role, and no others.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import hdrs, web

from outreach.domain.contacts import parse_attempt_id
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.runtime import Runtime
from outreach.settings.lenders import Lender
from outreach.store.pool import reading_as
from outreach.usecases import read_log
from outreach.usecases.read_log import LISTED, EntryPage, Story
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Shower, masked, reply_text
from outreach.web.console.words import Language, say

PATH: Final = "/contacts"
_LONGEST_REF: Final = 200
_LONGEST_ID: Final = 18
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "all": LISTED,
    "sent": (EventKind.DECIDED,),
    "deferred": (EventKind.DEFERRED,),
    "blocked": (EventKind.BLOCKED,),
    "inbound": (EventKind.INBOUND,),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, read and found valid."""

    lender: str
    kind: str
    loan: str
    before: int | None
    after: int | None
    problems: tuple[str, ...]

    def address(self, **changes: object) -> str:
        """Return the list's address with some of it changed; empty values are left out."""
        asked = {"lender": self.lender, "kind": self.kind, "loan": self.loan, **changes}
        if asked["kind"] == "all":
            asked["kind"] = ""
        return PATH + "?" + urlencode({name: value for name, value in asked.items() if value})


class LogPages:
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
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, "/contacts/{attempt}", self.get_contact, EVERYBODY),
            Page(hdrs.METH_GET, "/decisions/{person}-{event}", self.get_decision, EVERYBODY),
        ]

    def _lenders(self, request: web.Request) -> Mapping[str, Lender]:
        """Return the lenders that the visitor may look at."""
        known = self._runtime.settings.lenders
        own = request[SESSION].operator.lenders(EVERYBODY)
        return {slug: lender for slug, lender in known.items() if slug in own}

    async def get_list(self, request: web.Request) -> web.Response:
        """Return one page of the log."""
        language = language_for(request)
        lenders = self._lenders(request)
        if not lenders:
            return self._page(request, "log.html", asked=None, lenders={}, lines=())
        asked = self._asked(request, language)
        page, person = await self._entries(asked)
        problems = list(asked.problems)
        if asked.loan and person is None:
            problems.append(say(language, "loan.unknown", ref=asked.loan))
        shower = self._shower(language, asked.lender)
        first = page.entries[0].event_id if page.entries else 0
        last = page.entries[-1].event_id if page.entries else 0
        return self._page(
            request,
            "log.html",
            asked=asked,
            lenders={slug: one.name for slug, one in lenders.items()},
            lines=[shower.line(entry) for entry in page.entries],
            kinds=tuple(KINDS),
            problems=problems,
            newer=asked.address(after=first) if page.newer and first else "",
            older=asked.address(before=last) if page.older and last else "",
            as_of=shower.moment(self._runtime.clock.business_now(), None),
        )

    async def get_contact(self, request: web.Request) -> web.Response:
        """Return one contact's story."""
        attempt = parse_attempt_id(request.match_info["attempt"])
        if attempt is None:
            return self._missing(request)
        for lender in self._lenders(request):
            async with reading_as(self._runtime.db, lender) as conn:
                story = await read_log.find_contact(
                    conn, self._runtime.vault, attempt.person_id, UUID(attempt.contact_id)
                )
            if story is not None:
                return self._story(request, story)
        return self._missing(request)

    async def get_decision(self, request: web.Request) -> web.Response:
        """Return the story of a row that led to no contact."""
        person, event = _number(request.match_info["person"]), _number(request.match_info["event"])
        if person is None or event is None:
            return self._missing(request)
        for lender in self._lenders(request):
            async with reading_as(self._runtime.db, lender) as conn:
                story = await read_log.find_decision(conn, self._runtime.vault, person, event)
            if story is not None:
                return self._story(request, story)
        return self._missing(request)

    async def _entries(self, asked: Asked) -> tuple[EntryPage, int | None]:
        async with reading_as(self._runtime.db, asked.lender) as conn:
            person = None
            if asked.loan:
                person = await read_log.find_person(conn, asked.lender, asked.loan)
                if person is None:
                    return EntryPage((), newer=False, older=False), None
            page = await read_log.list_entries(
                conn,
                self._runtime.vault,
                asked.lender,
                kinds=KINDS[asked.kind],
                person_id=person,
                before=asked.before,
                after=asked.after,
            )
            return page, person

    def _asked(self, request: web.Request, language: Language) -> Asked:
        """Read the address; what is unknown in it is said, not passed over."""
        lenders = self._lenders(request)
        problems = []
        lender = request.query.get("lender", "") or next(iter(lenders))
        if lender not in lenders:
            problems.append(say(language, "lender.unknown", slug=lender[:_LONGEST_REF]))
            lender = next(iter(lenders))
        kind = request.query.get("kind", "") or "all"
        if kind not in KINDS:
            problems.append(say(language, "kind.unknown", kind=kind[:_LONGEST_REF]))
            kind = "all"
        return Asked(
            lender,
            kind,
            request.query.get("loan", "").strip()[:_LONGEST_REF],
            _number(request.query.get("before", "")),
            _number(request.query.get("after", "")),
            tuple(problems),
        )

    def _story(self, request: web.Request, story: Story) -> web.Response:
        language = language_for(request)
        first = story.first
        shower = self._shower(language, first.tenant)
        clears = [reason["until"] for reason in first.reasons if reason.get("until")]
        again = first.body.get("until")
        return self._page(
            request,
            "contact.html",
            entry=first,
            lender=self._runtime.settings.lenders[first.tenant].name,
            line=shower.line(first),
            reasons=[shower.because(reason, first) for reason in first.reasons],
            until=_instant(shower, max(clears) if clears else None, first.zone),
            again=_instant(shower, again, first.zone),
            needs=shower.needs(first),
            address=masked(story.address),
            words=_words(story),
            facts=first.body.get("facts", {}),
            steps=[
                (shower.moment(row.at, first.zone), row, _state(shower, row.body))
                for row in story.rows
            ],
            history=[shower.line(row) for row in story.history],
            error=shower.error,
            hold_word=shower.hold,
        )

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _shower(self, language: Language, lender: str) -> Shower:
        zone = self._runtime.settings.lenders[lender].timezone
        return Shower(language, zone, self._runtime.considering.rulebook.packs)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _number(text: str) -> int | None:
    usable = text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
    return int(text) if usable else None


def _instant(shower: Shower, iso: str | None, zone: str | None) -> Any:
    return shower.moment(datetime.fromisoformat(iso), zone) if iso else None


def _words(story: Story) -> str | None:
    body = story.first.body
    said = (body.get("subject"), body.get("words"))
    return "\n\n".join(str(one) for one in said if one) or reply_text(body)


def _state(shower: Shower, body: Mapping[str, Any]) -> Any:
    state = body.get("state")
    return shower.state_tag(str(state)) if state else None
