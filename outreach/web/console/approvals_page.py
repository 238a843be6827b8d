"""What waits for a second person's yes: hand-offs, letters, erasures, words. Never one's own."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import hdrs, web

from outreach.domain.hand_offs import COURSES, SERVICE, HandOffError, HandOffKind, state_of
from outreach.domain.operators import EVERYBODY, Operator, Role
from outreach.domain.records import dataclass
from outreach.domain.signals import SignalError
from outreach.domain.vocabulary import Channel, TaskKind
from outreach.runtime import Runtime
from outreach.store.hand_offs import KeptHandOff, list_hand_offs
from outreach.store.vault import ErasedError
from outreach.usecases import erasing
from outreach.usecases.following_up import write_hand_off_folder
from outreach.usecases.handing_off import (
    Approver,
    NotFoundError,
    RefusedError,
    approve,
    find,
    take_step,
)
from outreach.usecases.protecting import About, NobodyError, Word, record
from outreach.usecases.tasks import Item, NoTaskError, close, deadlines_of, list_items, show_item
from outreach.usecases.template_reading import list_waiting
from outreach.usecases.visiting import check_staff
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.forms import read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.person_desk import number_of, refused_words
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.words import Language, say

PATH: Final = "/approvals"
MAY_APPROVE: Final = frozenset({Role.APPROVER, Role.COMPLIANCE})
_MOST: Final = 50
_LONGEST: Final = 500
_DONE: Final = frozenset({"approvals.done.approved", "approvals.done.back"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that waits.

    Attributes:
        key: What its form is posted to.
        what: In words.
        since: When it was asked for.
        by: Who asked.
        whose: The borrower, "" where it is about nobody.
        look: Address that shows more.
        lender: Its name.
        needs: What has to be approved.
        is_own: The visitor asked for it, or has no role that answers it.
        has_staff: Somebody has to be named who goes.
        staff: Who would go.
        is_elsewhere: It is answered on a page of its own.
    """

    key: str
    what: str
    since: Moment
    by: str
    whose: str
    look: str
    lender: str
    needs: str = ""
    is_own: bool = False
    has_staff: bool = False
    staff: str = ""
    is_elsewhere: bool = False


class AnswerError(Exception):
    """An answer can't be given; `key` names the words, `values` fill them."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class ApprovalsPages:
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
            Page(hdrs.METH_GET, PATH, self.get, EVERYBODY),
            Page(hdrs.METH_POST, PATH + "/{kind}/{ref}", self.post, MAY_APPROVE),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show what waits for the visitor's lenders, the longest waiting first."""
        return await self._show(request)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Approve one thing, or send it back with a reason."""
        answers = {"hand-offs": self._hand_off, "letters": self._letter, "erasures": self._erasure}
        answer = answers.get(request.match_info["kind"])
        if answer is None:
            return self._missing(request)
        said = read_form(await request.post(), ["answer", "why", "staff"], longest=_LONGEST)
        is_yes = said["answer"] == "approve"
        if not is_yes and not said["why"]:
            return await self._show(request, problem="approvals.reason.missing", status=422)
        try:
            found = await answer(request, said, is_yes=is_yes)
        except AnswerError as error:
            words = say(language_for(request), error.key, **error.values)
            return await self._show(request, problem_words=words, status=409)
        if not found:
            return self._missing(request)
        self._runtime.wake("dispatch")
        done = "approvals.done.approved" if is_yes else "approvals.done.back"
        return web.Response(status=303, headers={"Location": f"{PATH}?{urlencode({'done': done})}"})

    async def _hand_off(
        self, request: web.Request, said: Mapping[str, str], *, is_yes: bool
    ) -> bool:
        """Let people loose, or decline; the rules are asked once more."""
        runtime, now = self._runtime, self._runtime.clock.business_now()
        ref = request.match_info["ref"]
        try:
            kept = await find(runtime, ref)
        except NotFoundError:
            return False
        operator = request[SESSION].operator
        if not self._may(request, kept.tenant_id):
            return False
        one = kept.hand_off
        try:
            if not is_yes:
                step = next(iter(COURSES[one.kind].exits))
                told = {"reason": said["why"]}
                await take_step(runtime, ref, step, by=operator.signature, told=told, now=now)
                return True
            terms: dict[str, Any] = {}
            if one.kind is HandOffKind.VISIT:
                names = [name.strip() for name in said["staff"].replace("，", ",").split(",")]
                terms = {"staff": [name for name in names if name]}
                check_staff(terms["staff"], one.terms.get("duties", ()))
            role = _role(operator, kept.tenant_id)
            approver = Approver(_second(operator), role, said["why"])
            kept = await approve(runtime, ref, approver, now=now, terms=terms)
        except HandOffError as error:
            raise AnswerError(f"hand_offs.wrong.{error.code}") from error
        except SignalError as error:
            raise AnswerError("hand_offs.wrong.same_person") from error
        except RefusedError as error:
            raise AnswerError("approvals.refused", rules=self._rules(request, error)) from error
        if one.kind is not HandOffKind.VISIT:
            wall = runtime.clock.wall_now()
            await write_hand_off_folder(runtime, kept, now=now, wall=wall)
        return True

    async def _letter(self, request: web.Request, said: Mapping[str, str], *, is_yes: bool) -> bool:
        """Approve one letter about one loan, or let it wait for good."""
        number = number_of(request.match_info["ref"])
        try:
            item = await show_item(self._runtime, number or 0)
        except NoTaskError:
            return False
        row, operator = item.row, request[SESSION].operator
        if row.kind != TaskKind.LETTER_APPROVAL or not self._may(request, row.tenant_id):
            return False
        if row.done_at is not None or row.loan is None:
            raise AnswerError("approvals.gone")
        now, by = self._runtime.clock.business_now(), operator.signature
        try:
            if not is_yes:
                await close(
                    self._runtime, row.task_id, by=by, outcome="declined", why=said["why"], now=now
                )
                return True
            approval = {
                "id": f"operator:{uuid4().hex[:12]}",
                "for": str(item.about["needs"]),
                "role": _role(operator, row.tenant_id),
                "by": by,
                "requested_by": SERVICE,
                "channel": Channel.LETTER.value,
                "evidence": said["why"],
            }
            zone = self._runtime.settings.lenders[row.tenant_id].timezone
            told = {name: value for name, value in approval.items() if value}
            await record(
                self._runtime, About(row.tenant_id, "loan", row.loan, zone),
                [Word("approval.granted", {"approval": told})], by=by, now=now,
                deadlines=deadlines_of(self._runtime.settings),
            )  # fmt: skip
        except (NoTaskError, ErasedError, NobodyError) as error:
            raise AnswerError("approvals.gone") from error
        return True

    async def _erasure(
        self, request: web.Request, said: Mapping[str, str], *, is_yes: bool
    ) -> bool:
        """Erase somebody, or decline to."""
        del said
        number, operator = number_of(request.match_info["ref"]), request[SESSION].operator
        lenders = operator.lenders(MAY_APPROVE)
        asked = await erasing.list_asked(self._runtime, lenders)
        one = next((each for each in asked if each.person_id == number), None)
        if one is None or not self._may(request, one.tenant_id):
            return False
        now = self._runtime.clock.business_now()
        try:
            await erasing.decide(
                self._runtime, one.person_id, erase=is_yes, by=operator.signature,
                is_only_one=operator.operator_id == 0, now=now,
            )  # fmt: skip
        except erasing.OwnRequestError as error:
            raise AnswerError("approvals.own") from error
        except erasing.NotAskedError as error:
            raise AnswerError("approvals.gone") from error
        except erasing.MustBeKeptError as error:
            words = say(language_for(request), "approvals.kept.open_loan")
            if error.reasons[0]["rule"] != erasing.OPEN_LOAN:
                words = self._rules(request, error)
            raise AnswerError("approvals.kept", rules=words) from error
        return True

    def _rules(self, request: web.Request, refused: RefusedError | erasing.MustBeKeptError) -> str:
        language = language_for(request)
        return refused_words(self._runtime, language, refused.reasons, "UTC")

    def _may(self, request: web.Request, tenant: str) -> bool:
        known = tenant in self._runtime.settings.lenders
        if not known or not request[SESSION].operator.may(tenant, MAY_APPROVE):
            return False
        request[ABOUT] = tenant
        return True

    async def _show(
        self,
        request: web.Request,
        *,
        problem: str = "",
        problem_words: str = "",
        status: int = 200,
    ) -> web.Response:
        language, operator = language_for(request), request[SESSION].operator
        known = self._runtime.settings.lenders
        lenders = [one for one in operator.lenders(EVERYBODY) if one in known]
        asked = [
            *await self._hand_offs(language, operator, lenders),
            *await self._letters(language, operator, lenders),
            *await self._erasures(language, operator, lenders),
            *await self._words(language, operator, lenders),
        ]
        asked.sort(key=lambda one: one.since.iso)
        zone = next((known[one].timezone for one in lenders), "UTC")
        done = request.query.get("done", "")
        return self._renderer.page(
            request,
            "approvals.html",
            status=status,
            visitor=request[SESSION],
            asked=asked[:_MOST],
            problem=problem_words or (say(language, problem) if problem else ""),
            done=done if done in _DONE and not problem else "",
            as_of=show_moment(language, self._runtime.clock.business_now(), zone),
        )

    async def _hand_offs(
        self, language: Language, operator: Operator, lenders: list[str]
    ) -> list[Asked]:
        found: list[KeptHandOff] = []
        async with self._runtime.db.acquire() as conn, conn.transaction(readonly=True):
            for kind in HandOffKind:
                found += await list_hand_offs(conn, self._runtime.vault, lenders, kind, ended=False)
        rows = []
        for kept in found:
            one = kept.hand_off
            if state_of(one) != "proposed":
                continue
            lender = self._runtime.settings.lenders[kept.tenant_id]
            is_service = one.opened_by == SERVICE
            rows.append(
                Asked(
                    f"hand-offs/{one.ref}",
                    say(language, f"hand_off.{one.kind}"),
                    show_moment(language, kept.opened_at, lender.timezone),
                    say(language, "approvals.service") if is_service else one.opened_by,
                    say(language, "people.unnamed", number=kept.person_id),
                    f"/people/{kept.person_id}",
                    lender.name,
                    ", ".join(one.needs),
                    _is_closed(operator, kept.tenant_id, one.opened_by),
                    one.kind is HandOffKind.VISIT,
                    ", ".join(one.terms.get("staff", ())),
                )
            )
        return rows

    async def _letters(
        self, language: Language, operator: Operator, lenders: list[str]
    ) -> list[Asked]:
        items: list[Item] = []
        for lender in lenders:
            items += await list_items(
                self._runtime, tenant=lender, kind=TaskKind.LETTER_APPROVAL, limit=_MOST
            )
        return [
            Asked(
                f"letters/{one.row.task_id}",
                say(language, "approvals.letter", step=one.about.get("step", "")),
                self._moment(language, one.row.tenant_id, one.row.opened_at),
                say(language, "approvals.service"),
                one.row.borrower or say(language, "people.unnamed", number=one.row.person_id),
                f"/people/{one.row.person_id}",
                self._runtime.settings.lenders[one.row.tenant_id].name,
                str(one.about.get("needs", "")),
                _is_closed(operator, one.row.tenant_id, SERVICE),
            )
            for one in items
        ]

    async def _erasures(
        self, language: Language, operator: Operator, lenders: list[str]
    ) -> list[Asked]:
        return [
            Asked(
                f"erasures/{one.person_id}",
                say(language, "approvals.erasure"),
                self._moment(language, one.tenant_id, one.asked_at),
                one.asked_by,
                one.borrower or say(language, "people.unnamed", number=one.person_id),
                f"/people/{one.person_id}",
                self._runtime.settings.lenders[one.tenant_id].name,
                say(language, f"people.erase.{one.because}"),
                _is_closed(operator, one.tenant_id, one.asked_by),
            )
            for one in await erasing.list_asked(self._runtime, lenders)
        ]

    async def _words(
        self, language: Language, operator: Operator, lenders: list[str]
    ) -> list[Asked]:
        rows = []
        for one in await list_waiting(self._runtime, lenders, _MOST):
            place = one.place
            channel = say(language, f"channel.{place.channel}")
            named = {"template": place.key, "channel": channel, "locale": place.locale}
            words = say(language, "approvals.words", **named)
            asked_at = one.submitted_at or one.changed_at
            rows.append(
                Asked(
                    "",
                    words,
                    self._moment(language, place.tenant, asked_at),
                    one.submitted_by,
                    "",
                    f"/templates/{place.key}/drafts/{one.version_id}",
                    self._runtime.settings.lenders[place.tenant].name,
                    is_own=operator.login in one.authors and operator.operator_id != 0,
                    is_elsewhere=True,
                )
            )
        return rows

    def _moment(self, language: Language, tenant: str, at: Any) -> Moment:
        return show_moment(language, at, self._runtime.settings.lenders[tenant].timezone)

    def _missing(self, request: web.Request) -> web.Response:
        return self._renderer.page(request, "missing.html", status=404, visitor=request[SESSION])


def _role(operator: Operator, tenant: str) -> str:
    """Return what an approver is to the lender: compliance, where they are that too."""
    own = operator.roles.get(tenant, frozenset())
    return Role.COMPLIANCE.value if Role.COMPLIANCE in own else Role.APPROVER.value


def _second(operator: Operator) -> str:
    """Return whom an approval is by; a development installation's one visitor is both people."""
    return operator.signature if operator.operator_id else f"{operator.signature}, approving"


def _is_closed(operator: Operator, tenant: str, by: str) -> bool:
    """Whether the visitor may not answer: they asked, or have no role that answers."""
    is_own = operator.signed(by) and operator.operator_id != 0
    return is_own or not operator.may(tenant, MAY_APPROVE)
