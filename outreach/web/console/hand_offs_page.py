"""One visit, placement or case for court: its steps, and the form of the next one."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from outreach.domain.hand_offs import (
    COURSES,
    HandOffError,
    HandOffKind,
    begun_at,
    is_open,
    state_of,
)
from outreach.domain.money import AmountError, Money
from outreach.domain.signals import SignalError
from outreach.domain.visits import VisitOutcome
from outreach.runtime import Runtime
from outreach.store.hand_offs import KeptHandOff
from outreach.store.pool import reading_as
from outreach.usecases.following_up import recall
from outreach.usecases.handing_off import NotFoundError, find, take_step
from outreach.usecases.person_file import PersonFile, load_person_file
from outreach.usecases.visiting import assign
from outreach.usecases.visiting_outcomes import MADE, VisitTold, record_visit
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.forms import Field, Form, read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.person_desk import MAY_WORK, shower_for, zone_of
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/hand-offs"
STAFF: Final = "staff"
RECALLED: Final = "recalled"
_LONGEST: Final = 2000
_TOLD: Final[Mapping[str, tuple[tuple[str, str, bool], ...]]] = {
    "accepted": (("evidence", "people.reason", False),),
    "filed": (("court", "hand_offs.court", True), ("case_no", "hand_offs.case_no", False)),
    "judged": (("result", "hand_offs.result", True),),
    "withdrawn": (("reason", "people.reason", True),),
    "canceled": (("reason", "people.reason", True),),
    "recalled": (("reason", "people.reason", True),),
}
"""What is told of each step: the name it is kept by, its words, and whether it must be."""


class HandOffsPages:
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
        one = PATH + "/{ref}"
        return [
            Page(hdrs.METH_GET, one, self.get, MAY_WORK, recorded=True),
            Page(hdrs.METH_POST, one + "/{step}", self.post, MAY_WORK),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show it whole; that it was looked at is kept."""
        found = await self._find(request)
        return self._missing(request) if found is None else self._show(request, *found)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Record a step, or name other people for a visit."""
        found = await self._find(request)
        step = request.match_info["step"]
        if found is None:
            return self._missing(request)
        kept, person = found
        language = language_for(request)
        form = self._forms(language, kept).get(step)
        if form is None:
            return self._show(request, kept, person, problem="hand_offs.wrong.not_now", status=409)
        said = read_form(await request.post(), [one.name for one in form.fields], longest=_LONGEST)
        wrong = {
            one.name: say(language, "forms.missing")
            for one in form.fields
            if one.required and not said[one.name]
        }
        problem = ""
        if not wrong:
            try:
                await self._take(kept, person, step, said, request[SESSION].operator.signature)
            except HandOffError as error:
                problem = f"hand_offs.wrong.{error.code}"
            except OSError:
                problem = "hand_offs.wrong.files"
            except (AmountError, SignalError):
                wrong["promised"] = say(language, "people.wrong.amount")
            except ValueError as error:
                wrong[str(error)] = say(language, "forms.day")
        if wrong or problem:
            forms = {step: form.filled(said, wrong)} if wrong else {}
            return self._show(request, kept, person, forms=forms, problem=problem, status=422)
        self._runtime.wake("dispatch")
        where = f"/cases?{urlencode({'done': 'cases.hand_off.done'})}"
        return web.Response(status=303, headers={"Location": where})

    async def _take(
        self, kept: KeptHandOff, person: PersonFile, step: str, said: Mapping[str, str], by: str
    ) -> None:
        """Carry a step out.

        Raises:
            HandOffError: It can't be taken.
            ValueError: A day or time is unreadable; `args[0]` names the field.
        """
        runtime, ref, clock = self._runtime, kept.hand_off.ref, self._runtime.clock
        now = clock.business_now()
        if step == STAFF:
            names = [one.strip() for one in said[STAFF].replace("，", ",").split(",")]
            await assign(runtime, ref, [one for one in names if one], by=by, now=now)
        elif step == MADE:
            told = self._visit(kept, person, said, by, now)
            await record_visit(runtime, ref, told, now=now, wall=clock.wall_now())
        elif step == RECALLED:
            await recall(runtime, ref, by=by, reason=said["reason"], now=now)
        else:
            words = {name: value for name, value in said.items() if value}
            await take_step(runtime, ref, step, by=by, told=words, now=now)

    def _visit(
        self,
        kept: KeptHandOff,
        person: PersonFile,
        said: Mapping[str, str],
        by: str,
        now: datetime,
    ) -> VisitTold:
        zone = ZoneInfo(self._runtime.settings.lenders[kept.tenant_id].timezone)
        try:
            at = datetime.fromisoformat(said["at"]).replace(tzinfo=zone)
        except ValueError:
            raise ValueError("at") from None
        begun = begun_at(kept.hand_off)
        if at > now or begun is None or at < begun.replace(second=0, microsecond=0):
            raise ValueError("at")
        outcome = next((one for one in VisitOutcome if one == said["outcome"]), None)
        if outcome is None:
            raise ValueError("outcome")
        promise = None
        if said["promised"] or said["promised_on"]:
            currency = person.loans[kept.hand_off.loan_id].currency
            amount = Money.from_decimal_text(said["promised"].replace(",", "") or "-", currency)
            try:
                promise = (date.fromisoformat(said["promised_on"]), amount.minor)
            except ValueError:
                raise ValueError("promised_on") from None
        return VisitTold(
            outcome,
            at,
            by,
            said["note"],
            promise,
            disputes=bool(said["dispute"]),
            hardship=bool(said["hardship"]),
        )

    async def _find(self, request: web.Request) -> tuple[KeptHandOff, PersonFile] | None:
        try:
            kept = await find(self._runtime, request.match_info["ref"])
        except NotFoundError:
            return None
        tenant = kept.tenant_id
        known = tenant in self._runtime.settings.lenders
        if not known or not request[SESSION].operator.may(tenant, MAY_WORK):
            return None
        async with reading_as(self._runtime.db, tenant) as conn:
            person = await load_person_file(conn, self._runtime.vault, kept.person_id)
        if person is None:
            return None
        request[ABOUT] = tenant
        return kept, person

    def _forms(self, language: Language, kept: KeptHandOff) -> dict[str, Form]:
        """Return the form of each step that may follow; a proposal is answered under Approvals."""
        one = kept.hand_off
        course, state = COURSES[one.kind], state_of(one)
        if not is_open(one) or state == "proposed":
            return {}
        forms = {}
        for step in course.moves[state]:
            fields = (
                self._visit_fields(language, kept)
                if step == MADE
                else tuple(
                    Field(name, say(language, words), required=must)
                    for name, words, must in _TOLD.get(step, ())
                )
            )
            button = say(language, f"hand_off.take.{step}")
            forms[step] = Form(f"{PATH}/{one.ref}/{step}", fields, button, step in course.exits)
        if one.kind is HandOffKind.VISIT:
            names = ", ".join(one.terms.get("staff", ()))
            staff = Field(
                STAFF, say(language, "hand_offs.staff"), value=names, required=True,
                note=say(language, "hand_offs.staff.note"),
            )  # fmt: skip
            button = say(language, f"hand_off.take.{STAFF}")
            forms[STAFF] = Form(f"{PATH}/{one.ref}/{STAFF}", (staff,), button)
        return forms

    def _visit_fields(self, language: Language, kept: KeptHandOff) -> tuple[Field, ...]:
        def t(key: str) -> str:
            return say(language, key)

        zone = ZoneInfo(self._runtime.settings.lenders[kept.tenant_id].timezone)
        local = self._runtime.clock.business_now().astimezone(zone)
        outcomes = [(one.value, t(f"visit.{one}")) for one in VisitOutcome]
        return (
            Field("outcome", t("hand_offs.outcome"), "select", outcomes, required=True),
            Field(
                "at", t("hand_offs.at"), "datetime-local", value=f"{local:%Y-%m-%dT%H:%M}",
                required=True,
            ),
            Field("promised", t("people.promise.amount")),
            Field("promised_on", t("people.promise.day"), "date"),
            Field("dispute", t("people.said.dispute"), "checkbox"),
            Field("hardship", t("people.said.hardship"), "checkbox"),
            Field("note", t("hand_offs.note"), "textarea"),
        )  # fmt: skip

    def _show(
        self,
        request: web.Request,
        kept: KeptHandOff,
        person: PersonFile,
        *,
        forms: Mapping[str, Form] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        language, one = language_for(request), kept.hand_off
        log, zone = (
            shower_for(self._runtime, request, kept.tenant_id),
            zone_of(self._runtime, person),
        )
        marks = sorted(one.marks.values(), key=lambda mark: mark.at)
        loan = person.loans.get(one.loan_id)
        return self._page(
            request,
            "hand_off.html",
            status=status,
            kind=say(language, f"hand_off.{one.kind}"),
            state=say_or(language, f"hand_off.step.{state_of(one)}", state_of(one)),
            loan=loan.ref if loan else "–",
            loan_at=f"/loans/{person.person_id}-{one.loan_id}",
            whose=person.borrower or say(language, "people.unnamed", number=person.person_id),
            person_at=f"/people/{person.person_id}",
            lender=self._runtime.settings.lenders[kept.tenant_id].name,
            opened_by=one.opened_by,
            to=one.to,
            marks=[
                (
                    log.moment(mark.at, zone),
                    say_or(language, f"hand_off.step.{mark.step}", mark.step),
                    mark.by,
                    "; ".join(str(value) for value in mark.told.values() if value),
                )
                for mark in marks
            ],
            staff=", ".join(one.terms.get("staff", ())),
            forms=[
                (form.button, (forms or {}).get(step, form))
                for step, form in self._forms(language, kept).items()
            ],
            is_open=is_open(one),
            problem=problem,
        )

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )
