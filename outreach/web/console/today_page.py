"""Is today's run going as planned? The first page: numbers, what needs somebody, and why not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from outreach.domain.decisions import Reason, Verdict
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.rendering.charts.columns import Column, columns
from outreach.rendering.verdicts import RuleIndex, index_rules, say_cause, say_reason
from outreach.runtime import Runtime
from outreach.settings.lenders import Lender
from outreach.store.today_log import RuleRow
from outreach.usecases.today import Today, Whose, read_today
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.live_page import LivePages
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.today_board import Board
from outreach.web.console.today_showing import (
    contacts_address,
    figures,
    local_day,
    show_clock,
    show_need,
)
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/"
_MOST_RULES: Final = 8
_VERDICTS: Final = ("allowed", "deferred", "blocked")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule that held people back today, in words, and where its contacts are listed."""

    title: str
    rule: str
    verdict: str
    count: str
    clears: str
    address: str


class HourShown(NamedTuple):
    """Decisions of one hour."""

    label: str
    counts: tuple[int, ...]


class TodayPages:
    """Handlers of the page, and of the stream that keeps it true.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._board = Board(self._count)
        self._live = LivePages(runtime, renderer, self._board)

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [Page(hdrs.METH_GET, PATH, self.get, EVERYBODY), *self._live.pages()]

    async def _count(self, tenant: str) -> Today:
        lender = self._runtime.settings.lenders[tenant]
        accounts = frozenset(one.provider for one in lender.senders.values())
        return await read_today(
            self._runtime, Whose(tenant, lender.timezone, lender.mode, accounts)
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show one lender's day as of now."""
        language, operator = language_for(request), request[SESSION].operator
        known = self._runtime.settings.lenders
        lenders = {slug: known[slug] for slug in operator.lenders(EVERYBODY) if slug in known}
        if not lenders:
            return self._page(request, lender="", lenders={}, today=None, problem="")
        asked = request.query.get("lender", "")
        chosen = asked if asked in lenders else next(iter(lenders))
        request[ABOUT] = chosen
        today = await self._board.now(chosen)
        problem = ""
        if asked and asked not in lenders:
            problem = say(language, "lender.unknown", slug=asked[:40])
        names = {slug: one.name for slug, one in lenders.items()}
        if today is None:
            return self._page(
                request, lender=chosen, lenders=names, today=None, problem=problem, status=503
            )
        return self._page(
            request,
            lender=chosen,
            lenders=names,
            today=today,
            problem=problem,
            **self._shown(language, today, lenders[chosen]),
        )

    def _shown(self, language: Language, today: Today, lender: Lender) -> dict[str, Any]:
        zone = lender.timezone
        hours = _hours(today, zone)
        contacts = partial(contacts_address, today.tenant, local_day(today.starts, zone))
        return {
            "figures": figures(language, today, zone, lender.currency),
            "needs": [show_need(language, one, today, zone) for one in today.needs],
            "contacts": contacts,
            "rules": self._rules(language, today, zone, contacts) if today.log else [],
            "counted": today.log is not None,
            "hours": hours,
            "chart": _chart(language, today, zone, hours),
            "day": _day(show_moment(language, today.now, zone)),
            "as_of": show_moment(language, today.now, zone),
            "zone": zone,
            "mode": lender.mode,
            "ill": sum(one.kind == "circuit" for one in today.needs),
        }

    def _rules(
        self, language: Language, today: Today, zone: str, contacts: Callable[..., str]
    ) -> list[RuleShown]:
        assert today.log is not None, "the caller has looked"  # noqa: S101 - a programming error
        rules = index_rules(self._runtime.considering.rulebook.packs)
        return [
            RuleShown(
                title_of(one.rule, rules, language),
                one.rule,
                one.verdict,
                f"{one.contacts:,}",
                _clears(language, one, today, zone),
                contacts(verdict=one.verdict, rule=one.rule),
            )
            for one in today.log.rules[:_MOST_RULES]
        ]

    def _page(self, request: web.Request, *, status: int = 200, **values: Any) -> web.Response:
        return self._renderer.page(
            request,
            "today.html",
            status=status,
            modules=("today",) if values["today"] else (),
            visitor=request[SESSION],
            **values,
        )


def title_of(rule: str, rules: RuleIndex, language: Language) -> str:
    """Return a rule's name in words, as packs and verdicts have it; its id where none is known.

    One id may stand for several rules of a pack: then all that it may be.
    """
    titles = []
    for (known, primitive), one in rules.items():
        if known == rule:
            reason = Reason(rule=rule, code=f"{primitive}.", verdict=Verdict.BLOCK)
            index = {(rule, primitive): one}
            said = say_reason(reason, index, at=_EPOCH, zone="UTC", language=language)
            titles.append(said.title)
    otherwise = say_or(language, f"today.rule.{rule}", say_cause(rule, language))
    return " · ".join(dict.fromkeys(titles)) or otherwise


def _clears(language: Language, one: RuleRow, today: Today, zone: str) -> str:
    """Return when what a rule holds back clears by itself; that it doesn't, where it doesn't."""
    if one.first_until is None or one.last_until is None:
        return say(language, "clears.never")
    first = show_clock(language, one.first_until, today.now, zone)
    if one.first_until == one.last_until:
        return first
    last = show_clock(language, one.last_until, one.first_until, zone)
    return say(language, "today.clears.between", start=first, end=last)


def _hours(today: Today, zone: str) -> list[HourShown]:
    """Return decisions by hour of the lender's day, from its first instant to its last."""
    if today.log is None:
        return []
    place = ZoneInfo(zone)
    counts: dict[datetime, list[int]] = {}
    at = today.starts
    while at < today.ends:
        counts[at] = [0] * len(_VERDICTS)
        at += timedelta(hours=1)
    for slot, verdict, contacts in today.log.slots:
        if verdict in _VERDICTS:
            hour = today.starts + (slot - today.starts) // timedelta(hours=1) * timedelta(hours=1)
            counts[hour][_VERDICTS.index(verdict)] += contacts
    return [HourShown(f"{at.astimezone(place):%H:%M}", tuple(one)) for at, one in counts.items()]


def _chart(language: Language, today: Today, zone: str, hours: list[HourShown]) -> str:
    """Return the day's bars as SVG; "" while there is nothing to show."""
    most = max(range(len(hours)), key=lambda place: sum(hours[place].counts), default=None)
    if most is None or not sum(hours[most].counts):
        return ""
    ends = hours[most + 1].label if most + 1 < len(hours) else "24:00"
    count = f"{sum(hours[most].counts):,}"
    title = say(language, "today.hours.most", start=hours[most].label, end=ends, count=count)
    day = _day(show_moment(language, today.now, zone))
    said = say(language, "today.hours.said", day=day)
    return columns(title, said, [Column(one.label, one.counts) for one in hours], key="hours")


def _day(moment: Moment) -> str:
    """Return the day of a moment, without its time of day."""
    return moment.text.rpartition(",")[0] or moment.text[: -len("00:00")]
