"""What is stopped, by whom and why; one person can stop, another lets go."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY, Operator, Role
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel
from outreach.runtime import Runtime
from outreach.store.pauses import EVERY_LENDER, Pause, PlacedPause, list_pauses
from outreach.usecases.pausing import Effect, Said, effects_of, place, take_off
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/stops"
MAY_STOP: Final = frozenset({Role.OPERATOR, Role.COMPLIANCE, Role.ADMIN})
MAY_LIFT: Final = frozenset({Role.APPROVER, Role.COMPLIANCE, Role.ADMIN})
CONFIRMATIONS: Final = frozenset({"stop", "停止"})
_LONGEST: Final = 500
_SEPARATOR: Final = " "
_READY: Final = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A pause as the page lists it.

    Attributes:
        key: What the form names it by.
        what: In words.
        lender: Its name, or that it is every lender.
        why: As whoever placed it said.
        by: Who placed it.
        since: When.
        may_lift: Whether the visitor may: somebody else's, for a lender of theirs.
    """

    key: str
    what: str
    lender: str
    why: str
    by: str
    since: Moment
    may_lift: bool


class StopsPages:
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
            Page(hdrs.METH_POST, PATH, self.post, MAY_STOP),
            Page(hdrs.METH_POST, f"{PATH}/lift", self.post_lift, MAY_LIFT),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show what is stopped, and the form that stops."""
        return await self._show(request)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Stop something; everything that was said comes back where a part of it is missing."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        operator = request[SESSION].operator
        one = _pause_of(form.get("what", ""))
        reason = form.get("reason", "").strip()[:_LONGEST]
        problems = []
        if one is None or one not in self._choices(operator):
            problems.append("stops.what.unknown")
        if not reason:
            problems.append("stops.reason.missing")
        if form.get("confirmation", "").strip().casefold() not in CONFIRMATIONS:
            problems.append("stops.confirmation.wrong")
        if problems or one is None:
            return await self._show(request, problems=problems, form=form, status=422)
        request[ABOUT] = one.tenant_id
        await place(self._runtime, one, self._said(operator, reason))
        return _done("stops.placed")

    async def post_lift(self, request: web.Request) -> web.StreamResponse:
        """Let go of what somebody else, or the service itself, has stopped."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        operator = request[SESSION].operator
        reason = form.get("reason", "").strip()[:_LONGEST]
        found = _pause_of(form.get("what", ""))
        placed = [one for one in await self._placed(operator) if Pause(*one[:3]) == found]
        if not placed or found is None:
            return await self._show(request, problems=["stops.gone"], status=409)
        if not _may_lift(self._runtime, operator, placed[0]):
            return await self._show(request, problems=["stops.own"], status=403)
        if not reason:
            return await self._show(request, problems=["stops.reason.missing"], status=422)
        request[ABOUT] = found.tenant_id
        await take_off(self._runtime, found, self._said(operator, reason))
        return _done("stops.lifted")

    def _said(self, operator: Operator, reason: str) -> Said:
        clock = self._runtime.clock
        return Said(operator.signature, reason, clock.business_now(), clock.wall_now())

    async def _placed(self, operator: Operator) -> list[PlacedPause]:
        """Return what is stopped for the visitor's lenders."""
        async with self._runtime.db.acquire() as conn:
            found = await list_pauses(conn)
        own = {EVERY_LENDER, *operator.lenders(EVERYBODY)}
        return [one for one in found if one.tenant_id in own]

    def _choices(self, operator: Operator) -> list[Pause]:
        """Return what the visitor may stop: of each of their lenders, and of all if all are theirs.

        An order that doesn't change: what is listed is what is taken.
        """
        settings = self._runtime.settings
        own = [slug for slug in settings.lenders if operator.may(slug, MAY_STOP)]
        found = []
        if own and len(own) == len(settings.lenders):
            found.append(Pause(EVERY_LENDER, "everything", ""))
            found += [Pause(EVERY_LENDER, "channel", channel) for channel in self._channels(own)]
            found += [Pause(EVERY_LENDER, "account", name) for name in sorted(settings.providers)]
        for slug in own:
            found.append(Pause(slug, "everything", ""))
            found += [Pause(slug, "channel", channel) for channel in self._channels([slug])]
            senders = settings.lenders[slug].senders.values()
            found += [Pause(slug, "sender", one.address) for one in senders]
            rulebook = self._runtime.considering.rulebook
            found += [Pause(slug, "treatment", one.name) for one in rulebook.treatments]
            keys = sorted({one.key for one in self._runtime.considering.catalog})
            found += [Pause(slug, "template", key) for key in keys]
        return found

    def _channels(self, lenders: Sequence[str]) -> list[Channel]:
        """Return the channels that lenders have senders on, in the vocabulary's order."""
        used = {
            sender.channel
            for slug in lenders
            for sender in self._runtime.settings.lenders[slug].senders.values()
        }
        return [channel for channel in Channel if channel in used]

    async def _show(
        self,
        request: web.Request,
        *,
        problems: Sequence[str] = (),
        form: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        language = language_for(request)
        operator = request[SESSION].operator
        lenders = self._runtime.settings.lenders

        def lender_of(slug: str) -> str:
            if slug == EVERY_LENDER:
                return say(language, "stops.every_lender")
            return lenders[slug].name if slug in lenders else slug

        def what(one: Pause) -> str:
            named = one.subject
            if one.scope == "channel":
                named = say_or(language, f"channel.{one.subject}", one.subject)
            scope = say(language, f"stops.{one.scope}")
            return f"{scope}: {named}" if named else scope

        clock = self._runtime.clock
        now, wall_now = clock.business_now(), clock.wall_now()
        choices, own = self._choices(operator), list(operator.lenders(EVERYBODY))
        effects = await effects_of(self._runtime, choices, own, now=now, wall_now=wall_now)
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in choices:
            effect = _effect(language, effects[one]) if effects else ""
            words = f"{what(one)} – {lender_of(one.tenant_id)}{effect}"
            groups.setdefault(lender_of(one.tenant_id), []).append((_key(one), words))
        zone = next(iter(lenders.values())).timezone if lenders else "UTC"
        shown = [
            Shown(
                _key(Pause(*one[:3])),
                what(Pause(*one[:3])),
                lender_of(one.tenant_id),
                one.reason,
                one.placed_by,
                show_moment(language, one.placed_at, zone),
                _may_lift(self._runtime, operator, one),
            )
            for one in await self._placed(operator)
        ]
        return self._renderer.page(
            request,
            "stops.html",
            status=status,
            visitor=request[SESSION],
            shown=shown,
            groups=groups,
            effect="stops.effect" if effects else "stops.effect.slow",
            reasons=[say(language, f"stops.ready.{number}") for number in range(1, _READY + 1)],
            as_of=show_moment(language, now, zone),
            problems=problems,
            form=form or {},
            done=request.query.get("done", "") if not problems else "",
        )


def _may_lift(runtime: Runtime, operator: Operator, one: PlacedPause) -> bool:
    """Whether somebody may let go of a pause: never of their own, and of all lenders only with all.

    A development installation has one visitor, who may.
    """
    lenders = runtime.settings.lenders
    concerned = lenders if one.tenant_id == EVERY_LENDER else [one.tenant_id]
    is_own = operator.signed(one.placed_by) and operator.operator_id != 0
    return not is_own and all(operator.may(slug, MAY_LIFT) for slug in concerned)


def _effect(language: Language, one: Effect) -> str:
    """Return what a stop would do, in numbers; "" where nothing is under way."""
    said = [
        say(language, f"stops.effect.{name}", count=f"{count:,}")
        for name, count in (("due", one.due), ("held", one.held), ("gone", one.gone))
        if count
    ]
    return " · " + say(language, "stops.effect.and").join(said) if said else ""


def _key(one: Pause) -> str:
    return _SEPARATOR.join(one)


def _pause_of(key: str) -> Pause | None:
    parts = key.split(_SEPARATOR, 2)
    return Pause(*parts) if len(parts) == len(Pause._fields) else None


def _done(word: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"{PATH}?{urlencode({'done': word})}"})
