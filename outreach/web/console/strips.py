"""What every page says at its top while something is stopped: what, since when, by whom and why."""

import asyncio
from typing import Final

import asyncpg
from aiohttp import web

from outreach.domain.operators import EVERYBODY, Operator
from outreach.runtime import Runtime
from outreach.store.pauses import BY_ITSELF, EVERY_LENDER, PlacedPause, list_pauses
from outreach.web.console.page import language_for
from outreach.web.console.today_showing import show_clock
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/stops"
_MOST: Final = 2
_KEPT_SECONDS: Final = 1.0
# The broadest first.
_BREADTH: Final = ("everything", "channel", "account", "sender", "treatment", "template")


class Strips:
    """Reads what is stopped at most once a second, for all who look at a page.

    Args:
        runtime: Open.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._read_at = float("-inf")
        self._placed: list[PlacedPause] = []

    def forget(self) -> None:
        """Read anew the next time: somebody may just have stopped something."""
        self._read_at = float("-inf")

    async def of(self, request: web.Request, operator: Operator) -> tuple[tuple[str, str], ...]:
        """Return (sentence, address) for the stops that concern a visitor, the broadest first.

        While the database is away what was read last is said.
        """
        own = {EVERY_LENDER, *operator.lenders(EVERYBODY)}
        found = [one for one in await self._now() if one.tenant_id in own]
        if not found:
            return ()
        found.sort(key=lambda one: (_breadth(one), -one.placed_at.timestamp()))
        language = language_for(request)
        said = [(self._sentence(language, one, operator), PATH) for one in found[:_MOST]]
        if len(found) > _MOST:
            said.append((say(language, "strip.more", count=len(found) - _MOST), PATH))
        return tuple(said)

    async def _now(self) -> list[PlacedPause]:
        at = asyncio.get_running_loop().time()
        if at - self._read_at >= _KEPT_SECONDS:
            self._read_at = at  # before reading, so that one request reads and the others don't
            try:
                async with self._runtime.db.acquire() as conn:
                    self._placed = await list_pauses(conn)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                return self._placed
        return self._placed

    def _sentence(self, language: Language, one: PlacedPause, operator: Operator) -> str:
        lenders = self._runtime.settings.lenders
        named = one.subject
        if one.scope == "channel":
            named = say_or(language, f"channel.{one.subject}", one.subject)
        elif one.scope == "everything":
            named = say(language, "stops.everything")
        else:
            scope = say_or(language, f"stops.{one.scope}", one.scope)
            named = f"{scope} {one.subject}"
        lender = lenders.get(one.tenant_id)
        if lender is not None and len(operator.lenders(EVERYBODY)) > 1:
            named = say(language, "strip.of", what=named, lender=lender.name)
        zone = lender.timezone if lender else next(iter(lenders.values())).timezone
        clock = self._runtime.clock.business_now()
        by = one.placed_by.partition(" (")[0]
        if one.placed_by == BY_ITSELF:
            by = say(language, "strip.itself")
        return say(
            language, "strip.stopped",
            what=named, time=show_clock(language, one.placed_at, clock, zone),
            by=by, reason=one.reason.rstrip("."),
        )  # fmt: skip


def _breadth(one: PlacedPause) -> int:
    return _BREADTH.index(one.scope) if one.scope in _BREADTH else len(_BREADTH)
