"""What happened with one borrower, and whether they may be contacted now."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.borrowers import Endpoint
from outreach.domain.decisions import Decision, Verdict
from outreach.domain.operators import EVERYBODY, Role
from outreach.domain.records import dataclass
from outreach.rendering.verdicts import DecisionWords, index_rules, say_decision
from outreach.runtime import Runtime
from outreach.store.vault import ErasedError
from outreach.usecases.checking import BY_PEOPLE, ChannelCheck, PersonCheck, check_person
from outreach.usecases.noting import log_shown
from outreach.usecases.person_file import PersonFile
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.person_desk import (
    MAY_HOLD,
    MAY_WORK,
    explain_person,
    find_file,
    masked_name,
    shower_for,
    zone_of,
)
from outreach.web.console.person_showing import PersonShower, covered
from outreach.web.console.person_timeline import (
    FILTERS,
    TimelineWriter,
    Who,
    of_whom,
    page_of,
)
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.showing import Tag
from outreach.web.console.words import Language, say

PATH: Final = "/people"
SHOWN_SECONDS: Final = 60
"""How long an address stays readable that somebody asked to see."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_LONGEST: Final = 500
_LATEST: Final = 253_370_764_800_000_000  # the year 9999, in microseconds
ACTIONS: Final = {
    "note": MAY_WORK,
    "call": MAY_WORK,
    "promise": MAY_WORK,
    "stop": MAY_WORK,
    "preference": MAY_WORK,
    "matter": MAY_WORK,
    "hand-off": MAY_WORK,
    "hold": MAY_HOLD,
    "erase": MAY_WORK,
}
"""What can be done about a borrower, and who may, in the order in which it is offered."""
DONE: Final = frozenset(f"people.done.{name}" for name in (*ACTIONS, "lift", "forget"))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The rules' answer about one channel, in words."""

    channel: str
    address: str
    tag: Tag
    said: DecisionWords | None
    why_not: str


class PeoplePages:
    """Handlers of the pages.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._shown = PrivateSearch(runtime.redis, runtime.vault, "people")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        one = PATH + "/{person}"
        return [
            Page(hdrs.METH_GET, one, self.get, EVERYBODY, recorded=True),
            Page(hdrs.METH_GET, one + "/check", self.get_check, EVERYBODY, recorded=True),
            Page(hdrs.METH_GET, one + "/show", self.get_show, MAY_WORK),
            Page(hdrs.METH_POST, one + "/show", self.post_show, MAY_WORK),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show the borrower; that somebody looked is kept."""
        person = await find_file(self._runtime, request)
        if person is None:
            return self._missing(request)
        shown = await self._asked_to_see(request, person)
        language, now = language_for(request), self._runtime.clock.business_now()
        zone = zone_of(self._runtime, person)
        log = shower_for(self._runtime, request, person.tenant)
        shower = PersonShower(language, log, person, zone, now)
        first = shower.first_open()
        told = await explain_person(self._runtime, person, first.ref) if first else None
        who = _who(request)
        writer = TimelineWriter(language, log, zone)
        happened = of_whom(writer.history(person), who)
        page, older = page_of(happened, _before(request))
        begins = _before(request) is None
        return self._page(
            request,
            "person.html",
            person=person,
            title=person.borrower or say(language, "people.unnamed", number=person.person_id),
            name=masked_name(person),
            lender=self._runtime.settings.lenders[person.tenant].name,
            base=f"{PATH}/{person.person_id}",
            answer=shower.answer(told),
            loans=shower.loans(),
            plan=shower.plan(told),
            addresses=shower.addresses(shown),
            holds=shower.holds(),
            wishes=shower.wishes(),
            actions=self._actions(request, person),
            may_hold=self._may(request, person, MAY_HOLD),
            may_work=self._may(request, person, MAY_WORK),
            planned=writer.days(shower.planned(told)) if begins and who != "people" else [],
            days=writer.days(page),
            who=who,
            filters=FILTERS,
            older=str((older - _EPOCH) // _MICRO) if older else "",
            is_first=begins,
            as_of=log.moment(now, zone),
            done=done if (done := request.query.get("done", "")) in DONE else "",
        )

    async def get_check(self, request: web.Request) -> web.StreamResponse:
        """Judge every channel now; nothing is sent."""
        person = await find_file(self._runtime, request)
        if person is None:
            return self._missing(request)
        now = self._runtime.clock.business_now()
        found = await check_person(self._runtime, person.person_id, now=now)
        language = language_for(request)
        log = shower_for(self._runtime, request, person.tenant)
        return self._page(
            request,
            "person_check.html",
            person=person,
            title=person.borrower or say(language, "people.unnamed", number=person.person_id),
            base=f"{PATH}/{person.person_id}",
            purpose=found.purpose if found else "",
            verdicts=_verdicts(language, person, found) if found else [],
            as_of=log.moment(now, zone_of(self._runtime, person)),
        )

    async def get_show(self, request: web.Request) -> web.StreamResponse:
        """Ask what somebody needs an address for."""
        person = await find_file(self._runtime, request, MAY_WORK)
        if person is None or _endpoint(person, request.query.get("address", "")) is None:
            return self._missing(request)
        return self._ask_why(request, person, request.query["address"])

    async def post_show(self, request: web.Request) -> web.StreamResponse:
        """Show one address for a minute, once somebody said what for; that is kept."""
        person = await find_file(self._runtime, request, MAY_WORK)
        form = await request.post()
        asked, why = str(form.get("address", "")), str(form.get("why", "")).strip()[:_LONGEST]
        if person is None or _endpoint(person, asked) is None:
            return self._missing(request)
        if not why:
            return self._ask_why(request, person, asked, problem="people.show.missing", status=422)
        operator, now = request[SESSION].operator, self._runtime.clock.business_now()
        said = {"person": str(person.person_id), "endpoint": asked}
        try:
            await log_shown(
                self._runtime, person.person_id, asked, by=operator.signature, why=why, now=now
            )
            name = await self._shown.keep(operator, said, seconds=SHOWN_SECONDS)
        except ErasedError:
            return self._missing(request)
        except RedisError:
            return self._page(request, "away.html", status=503)
        where = f"{PATH}/{person.person_id}?shown={name}#addresses"
        return web.Response(status=303, headers={"Location": where})

    async def _asked_to_see(self, request: web.Request, person: PersonFile) -> str:
        """Return the id of the address that the visitor may read for now, "" for none."""
        name = request.query.get("shown", "")
        if not name:
            return ""
        try:
            said = await self._shown.find(request[SESSION].operator, name)
        except RedisError:
            return ""
        if said is None or said.get("person") != str(person.person_id):
            return ""
        return said.get("endpoint", "")

    def _ask_why(
        self,
        request: web.Request,
        person: PersonFile,
        asked: str,
        *,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        return self._page(
            request,
            "person_show.html",
            status=status,
            person=person,
            base=f"{PATH}/{person.person_id}",
            asked=asked,
            shown=covered(_endpoint(person, asked)),
            problem=problem,
        )

    def _actions(self, request: web.Request, person: PersonFile) -> list[str]:
        return [name for name, roles in ACTIONS.items() if self._may(request, person, roles)]

    def _may(self, request: web.Request, person: PersonFile, roles: frozenset[Role]) -> bool:
        return request[SESSION].operator.may(person.tenant, roles)

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _who(request: web.Request) -> Who:
    asked = request.query.get("who", "")
    return next((one for one in FILTERS if one == asked), "all")


def _before(request: web.Request) -> datetime | None:
    text = request.query.get("before", "")
    if not text.isascii() or not text.isdigit() or len(text) > len(str(_LATEST)):
        return None
    if int(text) > _LATEST:
        return None
    return _EPOCH + int(text) * _MICRO


def _endpoint(person: PersonFile, asked: str) -> Endpoint | None:
    endpoints = person.state.profile.endpoints
    return next((one for one in endpoints if one.endpoint_id == asked), None)


def _verdicts(language: Language, person: PersonFile, found: PersonCheck) -> list[Verdicts]:
    rules = index_rules(found.packs)

    def words(one: ChannelCheck) -> Verdicts:
        channel = say(language, f"channel.{one.channel}")
        if one.way == BY_PEOPLE:
            channel = say(language, "people.check.by_people")
        address = covered(_endpoint(person, one.endpoint_id))
        if one.decision is None:
            why = say(language, "people.check.no_address")
            return Verdicts(channel, "–", Tag("off", "–", why), None, "")
        said = say_decision(one.decision, rules, at=found.at, zone=found.zone, language=language)
        why_not = "" if one.has_sender else say(language, "people.check.no_sender")
        return Verdicts(channel, address, _verdict(language, one.decision), said, why_not)

    return [words(one) for one in found.checks]


def _verdict(language: Language, decision: Decision) -> Tag:
    match decision.verdict:
        case Verdict.ALLOW:
            return Tag("ok", "✓", say(language, "people.check.allowed"))
        case Verdict.DEFER:
            return Tag("wait", "◷", say(language, "tag.deferred"))
        case Verdict.BLOCK:
            return Tag("stop", "⬢", say(language, "tag.blocked"))
