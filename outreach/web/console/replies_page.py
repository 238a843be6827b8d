"""Who is waiting for an answer: replies that weren't understood, and requests to stop in doubt."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind, Intent, OptOutScope, TaskKind
from outreach.runtime import Runtime
from outreach.store.pool import reading_as
from outreach.store.vault import ErasedError
from outreach.usecases.person_file import PersonFile, load_person_file
from outreach.usecases.reading_replies import (
    OTHER,
    READABLE,
    NotDoneError,
    ReadAs,
    settle_as,
    suggest,
)
from outreach.usecases.reviewing import NoReviewError, Waiting, find_waiting, list_waiting
from outreach.usecases.tasks import (
    NoTaskError,
    TakenError,
    deadlines_of,
    list_items,
    take,
)
from outreach.usecases.telling_by_hand import NotToldError
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.forms import read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.person_desk import MAY_WORK, masked_name, number_of, shower_for, zone_of
from outreach.web.console.person_words import where_of
from outreach.web.console.showing import Moment, reply_text, show_moment
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/replies"
SCOPES: Final = (OptOutScope.MEDIUM, OptOutScope.ENDPOINT, OptOutScope.ALL)
_NAMES: Final = ("intent", "scope", "loan", "amount", "day", "answers", "why")
_MOST: Final = 50
_LONGEST: Final = 500
_TALK: Final = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One reply in the list: since when it waits, what it might be, who has taken it.

    `holds` is whether the channel waits meanwhile.
    """

    number: int
    since: Moment
    minutes: int
    lender: str
    channel: str
    suggested: str
    holds: bool
    assignee: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation; `is_theirs` is the borrower's."""

    when: Moment
    words: str
    is_theirs: bool
    is_this: bool


class RepliesPages:
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
        one = PATH + "/{number}"
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, one, self.get, MAY_WORK, recorded=True),
            Page(hdrs.METH_POST, one + "/take", self.post_take, MAY_WORK),
            Page(hdrs.METH_POST, one, self.post, MAY_WORK),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Show what waits for the visitor's lenders, the oldest first."""
        language, now = language_for(request), self._runtime.clock.business_now()
        waiting = await self._waiting(request)
        taken = await self._taken(request)
        done = request.query.get("done", "")
        return self._page(
            request,
            "replies.html",
            rows=[
                self._row(language, one, now, taken.get(one.number, "")) for one in waiting[:_MOST]
            ],
            more=len(waiting) > _MOST,
            done=done if done in _DONE else "",
            may_work=bool(request[SESSION].operator.lenders(MAY_WORK)),
            as_of=show_moment(language, now, self._zone(waiting)),
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show one reply with its conversation; that it was read is kept."""
        found = await self._find(request)
        return self._missing(request) if found is None else self._reply(request, *found)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Settle it as what the visitor read, and lead to the next one."""
        found = await self._find(request)
        if found is None:
            return self._missing(request)
        waiting, person = found
        said = read_form(await request.post(), _NAMES, longest=_LONGEST)
        read, problem = _read(said)
        if read is None:
            return self._reply(request, waiting, person, said=said, problem=problem, status=422)
        operator, clock = request[SESSION].operator, self._runtime.clock
        try:
            await settle_as(
                self._runtime, waiting.number, read, by=operator.signature,
                now=clock.business_now(), wall=clock.wall_now(),
                deadlines=deadlines_of(self._runtime.settings),
            )  # fmt: skip
        except NotToldError as wrong:
            key = f"people.wrong.{wrong.code}"
            return self._reply(request, waiting, person, said=said, problem=key, status=422)
        except NotDoneError:
            key = "replies.not_done"
            return self._reply(request, waiting, person, said=said, problem=key, status=422)
        except (NoReviewError, ErasedError):
            return _to("replies.gone")
        for kind in ("dispatch", "receipts"):
            self._runtime.wake(kind)
        left = await self._waiting(request)
        return _to("replies.done", left[0].number if left else None)

    async def _waiting(self, request: web.Request) -> list[Waiting]:
        found: list[Waiting] = []
        for lender in request[SESSION].operator.lenders(EVERYBODY):
            found += await list_waiting(self._runtime, lender, limit=_MOST + 1)
        return sorted(found, key=lambda one: (one.since, one.number))

    async def _taken(self, request: web.Request) -> Mapping[int, str]:
        """Return who has taken which reply."""
        items = []
        for lender in request[SESSION].operator.lenders(EVERYBODY):
            items += await list_items(
                self._runtime, tenant=lender, kind=TaskKind.REPLY_REVIEW, limit=_MOST + 1
            )
        return {one.row.task_id: one.row.assignee or "" for one in items}

    async def post_take(self, request: web.Request) -> web.StreamResponse:
        """Note that the visitor reads it, so that nobody else begins."""
        found = await self._find(request)
        if found is None:
            return self._missing(request)
        waiting, person = found
        by, now = request[SESSION].operator.signature, self._runtime.clock.business_now()
        try:
            await take(self._runtime, waiting.number, by=by, now=now)
        except TakenError:
            return self._reply(request, waiting, person, problem="tasks.taken", status=409)
        except (NoTaskError, ErasedError):
            return _to("replies.gone")
        return _to("replies.taken", waiting.number)

    async def _find(self, request: web.Request) -> tuple[Waiting, PersonFile] | None:
        number = number_of(request.match_info["number"])
        if number is None:
            return None
        try:
            waiting = await find_waiting(self._runtime, number)
        except NoReviewError:
            return None
        if not request[SESSION].operator.may(waiting.tenant, MAY_WORK):
            return None
        if waiting.tenant not in self._runtime.settings.lenders:
            return None
        async with reading_as(self._runtime.db, waiting.tenant) as conn:
            person = await load_person_file(conn, self._runtime.vault, waiting.person_id)
        if person is None:
            return None
        request[ABOUT] = waiting.tenant
        return waiting, person

    def _reply(
        self,
        request: web.Request,
        waiting: Waiting,
        person: PersonFile,
        *,
        said: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        language = language_for(request)
        lender = self._runtime.settings.lenders[person.tenant]
        zone, now = zone_of(self._runtime, person), self._runtime.clock.business_now()
        found = suggest(waiting, now.astimezone(ZoneInfo(zone)).date())
        loans = sorted(one.ref for one in person.loans.values() if one.is_open)
        ids = {one.ref: str(one.loan_id) for one in person.loans.values()}
        suggested = {
            "intent": found.intent,
            "scope": str(waiting.read_as.get("scope") or OptOutScope.MEDIUM),
            "loan": ids[loans[0]] if len(loans) == 1 else "",
            "amount": f"{found.amount:f}" if found.amount is not None else "",
            "day": found.day.isoformat() if found.day else "",
            "answers": "yes",
            "why": "",
        }
        intents = [(str(one), say(language, f"intent.{one}")) for one in (*READABLE, OTHER)]
        shower = shower_for(self._runtime, request, person.tenant)
        return self._page(
            request,
            "reply.html",
            status=status,
            one=waiting,
            name=masked_name(person),
            whose=person.borrower or say(language, "people.unnamed", number=person.person_id),
            person=person,
            lender=lender.name,
            channel=where_of(language, waiting.channel),
            since=shower.moment(waiting.since, zone),
            talk=_talk(shower.moment, person, waiting, zone),
            suggested=found.intent,
            suggested_words=say_or(language, f"intent.{found.intent}", found.intent),
            heard=[
                say_or(language, f"heard.{one}", one) for one in waiting.read_as.get("heard", ())
            ],
            said=said or suggested,
            intents=intents,
            scopes=[str(one) for one in SCOPES],
            loans=[(ids[ref], ref) for ref in loans],
            problem=problem,
            done=done if (done := request.query.get("done", "")) in _DONE else "",
            modules=("queue",),
        )

    def _row(self, language: Language, one: Waiting, now: datetime, assignee: str) -> Row:
        lender = self._runtime.settings.lenders.get(one.tenant)
        zone = lender.timezone if lender else "UTC"
        found = suggest(one, now.astimezone(ZoneInfo(zone)).date())
        return Row(
            one.number,
            show_moment(language, one.since, zone),
            max(0, int((now - one.since).total_seconds() // 60)),
            lender.name if lender else one.tenant,
            where_of(language, one.channel),
            say_or(language, f"intent.{found.intent}", found.intent),
            one.holds,
            assignee,
        )

    def _zone(self, waiting: list[Waiting]) -> str:
        lenders = self._runtime.settings.lenders
        known = [lenders[one.tenant] for one in waiting if one.tenant in lenders]
        return next((one.timezone for one in (*known, *lenders.values())), "UTC")

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


_DONE: Final = frozenset({"replies.done", "replies.gone", "replies.taken"})


def _to(done: str, number: int | None = None) -> web.Response:
    where = f"{PATH}/{number}" if number is not None else PATH
    return web.Response(status=303, headers={"Location": f"{where}?{urlencode({'done': done})}"})


def _read(said: Mapping[str, str]) -> tuple[ReadAs | None, str]:
    """Return what somebody says that a reply is, or what is to be mended."""
    if said["intent"] not in {*READABLE, OTHER}:
        return None, "replies.choose"
    is_opt_out, is_promise = said["intent"] == Intent.OPT_OUT, said["intent"] == Intent.PROMISE
    scope = next((one for one in SCOPES if one == said["scope"]), None)
    if is_opt_out and scope is None:
        return None, "replies.choose"
    amount: Decimal | None = None
    day: date | None = None
    try:
        if is_promise and said["amount"]:
            amount = Decimal(said["amount"].replace(",", ""))
        if is_promise:
            day = date.fromisoformat(said["day"])
    except InvalidOperation:
        return None, "people.wrong.amount"
    except ValueError:
        return None, "people.wrong.day"
    if amount is not None and not amount.is_finite():
        return None, "people.wrong.amount"
    return ReadAs(
        said["intent"],
        scope if is_opt_out else None,
        (),
        number_of(said["loan"]),
        amount,
        day,
        bool(said["answers"]),
        said["why"],
    ), ""


def _talk(moment: Any, person: PersonFile, waiting: Waiting, zone: str) -> list[Said]:
    """Return the last messages either way, oldest first, this reply among them."""
    found = []
    for one in person.entries:
        if one.kind == EventKind.INBOUND:
            words = reply_text(one.body) or ""
            is_this = one.body.get("ref") == waiting.ref
            found.append(Said(moment(one.at, zone), words, is_theirs=True, is_this=is_this))
        elif one.kind == EventKind.DECIDED and one.body.get("words"):
            words = str(one.body["words"])
            found.append(Said(moment(one.at, zone), words, is_theirs=False, is_this=False))
    shown = found[:_TALK]
    if not any(one.is_this for one in shown):
        since = moment(waiting.since, zone)
        shown.insert(0, Said(since, waiting.text, is_theirs=True, is_this=True))
    return list(reversed(shown))
