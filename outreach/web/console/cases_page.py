"""Which disputes, requests for relief and complaints are open, by when, and what decides them."""

from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.hand_offs import HandOffKind, state_of
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.signals import SignalError
from outreach.domain.vocabulary import TaskKind
from outreach.runtime import Runtime
from outreach.store.hand_offs import KeptHandOff, list_hand_offs
from outreach.store.pool import reading_as
from outreach.store.vault import ErasedError
from outreach.usecases.deciding import DECISIONS, GRANTED, Decided, decide
from outreach.usecases.person_file import PersonFile, load_person_file
from outreach.usecases.protecting import NobodyError
from outreach.usecases.tasks import (
    Item,
    NoTaskError,
    TakenError,
    deadlines_of,
    list_items,
    show_item,
    take,
)
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.forms import Field, Form, read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.person_desk import MAY_WORK, about, number_of, shower_for, zone_of
from outreach.web.console.person_showing import PersonShower
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/cases"
KINDS: Final = tuple(DECISIONS)
_MOST: Final = 50
_LONGEST: Final = 500
_DONE: Final = frozenset({"cases.done", "cases.hand_off.done"})


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the list: what it is, by when, whose, and who has it."""

    address: str
    kind: str
    due: Moment | None
    is_late: bool
    loan: str
    whose: str
    person: str
    lender: str
    state: str


class CasesPages:
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
        """Show what is open for the visitor's lenders, the most urgent first."""
        language, now = language_for(request), self._runtime.clock.business_now()
        asked = request.query.get("kind", "")
        lenders = [
            one
            for one in request[SESSION].operator.lenders(EVERYBODY)
            if one in self._runtime.settings.lenders
        ]
        items: list[Item] = []
        for lender in lenders:
            for kind in KINDS:
                if asked in {"", kind}:
                    items += await list_items(
                        self._runtime, tenant=lender, kind=kind, limit=_MOST + 1
                    )
        items.sort(key=lambda one: (one.row.due_at is None, one.row.due_at or one.row.opened_at))
        hand_offs = await self._hand_offs(lenders, asked)
        done = request.query.get("done", "")
        return self._page(
            request,
            "cases.html",
            rows=[self._row(language, one, now) for one in items[:_MOST]],
            hand_offs=[self._hand_off(language, one) for one in hand_offs],
            more=len(items) > _MOST,
            kind=asked,
            kinds=[(str(one), say(language, f"task.{one}")) for one in KINDS]
            + [(str(one), say(language, f"hand_off.{one}")) for one in HandOffKind],
            may_work=bool(request[SESSION].operator.lenders(MAY_WORK)),
            done=done if done in _DONE else "",
            as_of=show_moment(language, now, self._zone(lenders)),
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show one case with what decides it; that it was looked at is kept."""
        found = await self._find(request)
        return self._missing(request) if found is None else self._case(request, *found)

    async def post_take(self, request: web.Request) -> web.StreamResponse:
        """Note that the visitor does it."""
        found = await self._find(request)
        if found is None:
            return self._missing(request)
        item, person = found
        by, now = request[SESSION].operator.signature, self._runtime.clock.business_now()
        try:
            await take(self._runtime, item.row.task_id, by=by, now=now)
        except TakenError:
            return self._case(request, item, person, problem="tasks.taken", status=409)
        except (NoTaskError, ErasedError):
            return self._case(request, item, person, problem="tasks.closed", status=409)
        return web.Response(status=303, headers={"Location": f"{PATH}/{item.row.task_id}"})

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Decide it: the hold goes or stays as the decision says, and the case is closed."""
        found = await self._find(request)
        if found is None:
            return self._missing(request)
        item, person = found
        language = language_for(request)
        form = self._form(language, item)
        said = read_form(await request.post(), ["word", "why", "until"], longest=_LONGEST)
        wrong = {} if said["why"] else {"why": say(language, "forms.missing")}
        until: date | None = None
        try:
            until = date.fromisoformat(said["until"]) if said["until"] else None
        except ValueError:
            wrong["until"] = say(language, "forms.day")
        if item.row.done_at is not None:
            return self._case(request, item, person, problem="tasks.closed", status=409)
        if not wrong:
            operator, now = request[SESSION].operator, self._runtime.clock.business_now()
            try:
                await decide(
                    self._runtime, item.row, about(self._runtime, person),
                    Decided(said["word"], said["why"], until), by=operator.signature, now=now,
                    deadlines=deadlines_of(self._runtime.settings),
                )  # fmt: skip
            except (ValueError, NobodyError) as error:
                detail = error.detail if isinstance(error, SignalError) else ""
                key = "people.wrong.borrower" if isinstance(error, NobodyError) else "forms.choose"
                wrong["word"] = detail or say(language, key)
        if wrong:
            filled = form.filled(said, wrong)
            return self._case(request, item, person, form=filled, status=422)
        self._runtime.wake("dispatch")
        where = f"{PATH}?{urlencode({'done': 'cases.done'})}"
        return web.Response(status=303, headers={"Location": where})

    async def _find(self, request: web.Request) -> tuple[Item, PersonFile] | None:
        number = number_of(request.match_info["number"])
        if number is None:
            return None
        try:
            item = await show_item(self._runtime, number)
        except NoTaskError:
            return None
        tenant = item.row.tenant_id
        known = tenant in self._runtime.settings.lenders and item.row.kind in set(KINDS)
        if not known or not request[SESSION].operator.may(tenant, MAY_WORK):
            return None
        async with reading_as(self._runtime.db, tenant) as conn:
            person = await load_person_file(conn, self._runtime.vault, item.row.person_id)
        if person is None:
            return None
        request[ABOUT] = tenant
        return item, person

    async def _hand_offs(self, lenders: list[str], asked: str) -> list[KeptHandOff]:
        """Return what people are about: proposals wait under Approvals."""
        found: list[KeptHandOff] = []
        async with self._runtime.db.acquire() as conn, conn.transaction(readonly=True):
            for kind in HandOffKind:
                if asked in {"", kind}:
                    found += await list_hand_offs(
                        conn, self._runtime.vault, lenders, kind, ended=False
                    )
        return [one for one in found if state_of(one.hand_off) != "proposed"][:_MOST]

    def _form(self, language: Language, item: Item) -> Form:
        kind = TaskKind(item.row.kind)
        words = [(one, say(language, f"decision.{kind}.{one}")) for one in DECISIONS[kind]]
        until = None
        if GRANTED in DECISIONS[kind]:
            note = say(language, "cases.until.note")
            until = Field("until", say(language, "cases.until"), "date", note=note)
        fields = [
            Field("word", say(language, "cases.decision"), "select", words, required=True),
            Field(
                "why", say(language, "people.reason"), note=say(language, "people.reason.note"),
                required=True,
            ),
            until,
        ]  # fmt: skip
        kept = tuple(one for one in fields if one is not None)
        return Form(f"{PATH}/{item.row.task_id}", kept, say(language, "cases.decide"))

    def _case(
        self,
        request: web.Request,
        item: Item,
        person: PersonFile,
        *,
        form: Form | None = None,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        language, now = language_for(request), self._runtime.clock.business_now()
        zone = zone_of(self._runtime, person)
        log = shower_for(self._runtime, request, person.tenant)
        holds = PersonShower(language, log, person, zone, now).holds()
        kind = TaskKind(item.row.kind)
        return self._page(
            request,
            "case.html",
            status=status,
            row=self._row(language, item, now),
            since=log.moment(item.row.opened_at, zone),
            told=[
                (say_or(language, f"cases.told.{name}", name), str(value))
                for name, value in item.about.items()
                if value not in ("", None, [])
            ],
            holds=[one for one in holds if one.case == item.row.ref],
            number=item.row.task_id,
            assignee=item.row.assignee or "",
            is_own=item.row.assignee == request[SESSION].operator.signature,
            closed=item.row.outcome,
            form=form or self._form(language, item),
            effects=[
                (
                    say(language, f"decision.{kind}.{one}"),
                    say(language, f"decision.{kind}.{one}.does"),
                )
                for one in DECISIONS[kind]
            ],
            problem=problem,
        )

    def _row(self, language: Language, item: Item, now: datetime) -> CaseRow:
        row = item.row
        lender = self._runtime.settings.lenders.get(row.tenant_id)
        zone = lender.timezone if lender else "UTC"
        return CaseRow(
            f"{PATH}/{row.task_id}",
            say_or(language, f"task.{row.kind}", row.kind),
            show_moment(language, row.due_at, zone) if row.due_at else None,
            row.done_at is None and row.due_at is not None and row.due_at < now,
            row.loan or "–",
            row.borrower or say(language, "people.unnamed", number=row.person_id),
            f"/people/{row.person_id}",
            lender.name if lender else row.tenant_id,
            row.assignee or "",
        )

    def _hand_off(self, language: Language, one: KeptHandOff) -> CaseRow:
        lender = self._runtime.settings.lenders[one.tenant_id]
        return CaseRow(
            f"/hand-offs/{one.hand_off.ref}",
            say(language, f"hand_off.{one.hand_off.kind}"),
            show_moment(language, one.opened_at, lender.timezone),
            is_late=False,
            loan="",
            whose=say(language, "people.unnamed", number=one.person_id),
            person=f"/people/{one.person_id}",
            lender=lender.name,
            state=say_or(language, f"hand_off.step.{state_of(one.hand_off)}", "–"),
        )

    def _zone(self, lenders: list[str]) -> str:
        known = self._runtime.settings.lenders
        return next((known[one].timezone for one in lenders), "UTC")

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )
