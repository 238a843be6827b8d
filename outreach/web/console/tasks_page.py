"""What only people can do: the most urgent first, taken by one, closed with what came of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY, Role
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import TaskKind
from outreach.runtime import Runtime
from outreach.store.vault import ErasedError
from outreach.usecases.tasks import (
    Item,
    NeedsVerdictError,
    NoTaskError,
    TakenError,
    close,
    list_items,
    show_item,
    take,
)
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.words import Language, say, say_or

_LONGEST_NUMBER: Final = 18
PATH: Final = "/tasks"
MAY_WORK: Final = frozenset({Role.OPERATOR, Role.COMPLIANCE, Role.ADMIN})
_WORKED_AT: Final[Mapping[str, str]] = {
    TaskKind.REPLY_REVIEW: "/replies",
    TaskKind.DISPUTE: "/cases",
    TaskKind.HARDSHIP: "/cases",
    TaskKind.COMPLAINT: "/cases",
    TaskKind.CONFIRM_DEATH: "/cases",
}
"""Kinds of work that have a page of their own."""
_MOST: Final = 100
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """A task as the pages show it.

    Attributes:
        number: Names it.
        kind: In words.
        lender: Its name.
        loan: The platform's reference, or a dash.
        since: When it was opened.
        due: Its deadline, if it has one.
        is_late: Whether that is over.
        assignee: Who has it, or nothing.
        address: The page it is worked on at.
    """

    number: int
    kind: str
    lender: str
    loan: str
    since: Moment
    due: Moment | None
    is_late: bool
    assignee: str
    address: str


class TasksPages:
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
            Page(hdrs.METH_GET, PATH + "/{number}", self.get, MAY_WORK, recorded=True),
            Page(hdrs.METH_POST, PATH + "/{number}/take", self.post_take, MAY_WORK),
            Page(hdrs.METH_POST, PATH + "/{number}/close", self.post_close, MAY_WORK),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Show what waits for the visitor's lenders, of one kind where one is asked for."""
        language, now = language_for(request), self._runtime.clock.business_now()
        asked = request.query.get("kind", "")
        kind = TaskKind(asked) if asked in set(TaskKind) else None
        found: list[Item] = []
        for lender in request[SESSION].operator.lenders(EVERYBODY):
            found += await list_items(self._runtime, tenant=lender, kind=kind, limit=_MOST + 1)
        found.sort(key=lambda one: (one.row.due_at is None, one.row.due_at or one.row.opened_at))
        return self._renderer.page(
            request,
            "tasks.html",
            visitor=request[SESSION],
            shown=[self._shown(language, one, now) for one in found[:_MOST]],
            more=len(found) > _MOST,
            kind=kind or "",
            kinds=[(one.value, say(language, f"task.{one}")) for one in TaskKind],
            problems=[] if not asked or kind else ["tasks.kind.unknown"],
            done=request.query.get("done", ""),
            as_of=show_moment(language, now, "UTC"),
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show one task whole; that it was looked at is kept."""
        item = await self._item(request)
        if item is None:
            return self._missing(request)
        return self._page(request, item)

    async def post_take(self, request: web.Request) -> web.StreamResponse:
        """Note that the visitor does it, so that nobody else begins."""
        item = await self._item(request)
        if item is None:
            return self._missing(request)
        by, now = request[SESSION].operator.signature, self._runtime.clock.business_now()
        try:
            await take(self._runtime, item.row.task_id, by=by, now=now)
        except TakenError:
            return self._page(request, item, problem="tasks.taken", status=409)
        except (NoTaskError, ErasedError):
            return self._page(request, item, problem="tasks.closed", status=409)
        return web.Response(status=303, headers={"Location": f"{PATH}/{item.row.task_id}"})

    async def post_close(self, request: web.Request) -> web.StreamResponse:
        """Close it with what came of it."""
        item = await self._item(request)
        if item is None:
            return self._missing(request)
        form = await request.post()
        by, now = request[SESSION].operator.signature, self._runtime.clock.business_now()
        outcome = str(form.get("outcome", "")).strip()[:_LONGEST]
        why = str(form.get("why", "")).strip()[:_LONGEST]
        try:
            await close(self._runtime, item.row.task_id, by=by, outcome=outcome, why=why, now=now)
        except NeedsVerdictError:
            return self._page(request, item, problem="tasks.verdict", status=409)
        except (NoTaskError, ErasedError):
            return self._page(request, item, problem="tasks.closed", status=409)
        except ValueError:
            said = {"outcome": outcome, "why": why}
            return self._page(request, item, problem="tasks.outcome", said=said, status=422)
        query = urlencode({"done": "tasks.done"})
        return web.Response(status=303, headers={"Location": f"{PATH}?{query}"})

    async def _item(self, request: web.Request) -> Item | None:
        """Return the task that the address names, if it is of a lender of the visitor's."""
        number = request.match_info["number"]
        if not number.isascii() or not number.isdigit() or len(number) > _LONGEST_NUMBER:
            return None
        try:
            item = await show_item(self._runtime, int(number))
        except NoTaskError:
            return None
        if not request[SESSION].operator.may(item.row.tenant_id, MAY_WORK):
            return None
        request[ABOUT] = item.row.tenant_id
        return item

    def _missing(self, request: web.Request) -> web.Response:
        return self._renderer.page(request, "missing.html", status=404, visitor=request[SESSION])

    def _page(
        self,
        request: web.Request,
        item: Item,
        *,
        problem: str = "",
        said: dict[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        language, now = language_for(request), self._runtime.clock.business_now()
        return self._renderer.page(
            request,
            "task.html",
            status=status,
            visitor=request[SESSION],
            one=self._shown(language, item, now),
            about=_lines(item.about),
            borrower=item.row.borrower or "",
            closed=item.row.outcome,
            person=f"/people/{item.row.person_id}",
            elsewhere=_WORKED_AT.get(item.row.kind, ""),
            is_own=item.row.assignee == request[SESSION].operator.signature,
            problem=problem,
            said=said or {},
        )

    def _shown(self, language: Language, item: Item, now: datetime) -> Shown:
        row, lenders = item.row, self._runtime.settings.lenders
        lender = lenders.get(row.tenant_id)
        zone = lender.timezone if lender else "UTC"
        return Shown(
            row.task_id,
            say_or(language, f"task.{row.kind}", row.kind),
            lender.name if lender else row.tenant_id,
            row.loan or "–",
            show_moment(language, row.opened_at, zone),
            show_moment(language, row.due_at, zone) if row.due_at else None,
            row.done_at is None and row.due_at is not None and row.due_at < now,
            row.assignee or "",
            f"{_WORKED_AT.get(row.kind, PATH)}/{row.task_id}",
        )


def _lines(about: Any) -> list[tuple[str, str]]:
    """Return what is known of a task, a line each; what is nested is written as it is."""
    return [(str(name), str(value)) for name, value in about.items() if value not in ("", None)]
