"""What replaying signals would do, and the replay itself, by an administrator who says why."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.records import dataclass
from outreach.plans import products_of
from outreach.runtime import Runtime
from outreach.store.signal_list import FIRST
from outreach.usecases.intake import Terms
from outreach.usecases.signal_inbox import MOST_AT_ONCE, Trial, Words, replay, try_replay
from outreach.usecases.tasks import deadlines_of
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Tag
from outreach.web.console.signals_page import MAY_REPLAY
from outreach.web.console.signals_showing import PATH as SIGNALS
from outreach.web.console.signals_showing import reason_of
from outreach.web.console.whose import whose
from outreach.web.console.words import Language, say

PATH: Final = SIGNALS + "/replay"
_LONGEST: Final = 500
_TAGS: Final = {"taken": ("ok", "✓"), "read_back": ("wait", "◷"), "refused": ("stop", "✕")}


@dataclass(frozen=True, slots=True)
class TrialShown:
    """What would come of one signal, in words."""

    number: int
    source: str
    type: str
    was: str
    tag: Tag
    states: tuple[str, ...]
    why: str


class ReplayPages:
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
            Page(hdrs.METH_GET, PATH, self.get, MAY_REPLAY),
            Page(hdrs.METH_POST, PATH, self.post, MAY_REPLAY),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show what a replay of the chosen signals would do; nothing is changed."""
        about = whose(request, self._runtime, MAY_REPLAY)
        if about is None:
            return self._page(request, "missing.html", status=404)
        return await self._preview(request, about.slug, _numbers(request.query.getall("id", [])))

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Replay them, and keep who did and why."""
        form = await request.post()
        about = whose(request, self._runtime, MAY_REPLAY, chosen=str(form.get("lender", "")))
        if about is None:
            return self._page(request, "missing.html", status=404)
        numbers = _numbers([str(one) for one in form.getall("id", [])])
        why = str(form.get("why", "")).strip()[:_LONGEST]
        if not why:
            return await self._preview(
                request, about.slug, numbers, problem="signal.why.missing", status=422
            )
        wall_now = self._runtime.clock.wall_now()
        words = Words(request[SESSION].operator.login, why, wall_now)
        moved = await replay(
            self._runtime, numbers[:MOST_AT_ONCE], wall_now=wall_now, tenant=about.slug, words=words
        )
        self._runtime.wake("intake")
        query = urlencode({"lender": about.slug, "done": len(moved)})
        return web.Response(status=303, headers={"Location": f"{SIGNALS}?{query}"})

    async def _preview(
        self,
        request: web.Request,
        tenant: str,
        numbers: Sequence[int],
        *,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        language, clock = language_for(request), self._runtime.clock
        settings = self._runtime.settings
        preview = await try_replay(
            self._runtime,
            tenant,
            numbers,
            now=clock.business_now(),
            wall_now=clock.wall_now(),
            terms=Terms(deadlines_of(settings), products_of(settings)),
        )
        return self._page(
            request,
            "replay.html",
            status=status,
            tenant=tenant,
            trials=[_shown(language, one) for one in preview.trials],
            preview=preview,
            too_many=len(numbers) > MOST_AT_ONCE,
            most=MOST_AT_ONCE,
            problem=problem,
        )

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _numbers(texts: Sequence[str]) -> list[int]:
    """Return the numbers among texts that may name a signal."""
    usable = (one for one in texts if one.isascii() and one.isdigit() and len(one) <= 19)
    return [number for number in map(int, usable) if number < FIRST]


def _shown(language: Language, one: Trial) -> TrialShown:
    tone, sign = _TAGS[one.outcome]
    why = f"{reason_of(language, one.reason)}: {one.detail}" if one.reason else ""
    return TrialShown(
        one.inbox_id,
        one.source,
        one.type,
        reason_of(language, one.was),
        Tag(tone, sign, say(language, f"replay.{one.outcome}")),
        one.states,
        why,
    )
