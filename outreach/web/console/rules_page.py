"""Packs and rules: what they say in plain words, on whose authority, and whom they stopped."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from outreach.compliance import select_packs
from outreach.compliance.pack import OnFail, Pack, Rule
from outreach.config_files.pack_changes import changes
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.rendering.rule_sheet import rule_sheet, rule_title
from outreach.rendering.rule_words import in_words
from outreach.rendering.verdicts.sentences import sentences
from outreach.runtime import Runtime
from outreach.store.pack_versions import PackVersion, list_pack_versions
from outreach.store.pool import reading_as
from outreach.store.rule_stops import count_rule_stops
from outreach.usecases.pack_versions import pack_from
from outreach.usecases.rule_cases import PASSED, CaseRun, Cases, case_files, run_cases
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import show_moment
from outreach.web.console.whose import Whose, whose
from outreach.web.console.words import Language, say

PATH: Final = "/rules"
PACKS: Final = "/packs"
_SPAN: Final = timedelta(days=29)
_PATIENCE_SECONDS: Final = 0.1

Stops = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in a list: how it is called, how it binds, whom it stopped, how its cases went."""

    rule: Rule
    title: str
    force: str
    notes: tuple[str, ...]
    stopped: Mapping[str, int]
    passed: int
    cases: int


class RulesPages:
    """Handlers of the pages.

    Args:
        runtime: Open; its packs are those that decide now.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._running: asyncio.Future[Cases] | None = None

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get_packs, EVERYBODY),
            Page(hdrs.METH_GET, PACKS + "/{pack}", self.get_pack, EVERYBODY),
            Page(hdrs.METH_GET, PATH + "/{rule}", self.get_rule, EVERYBODY),
        ]

    async def get_packs(self, request: web.Request) -> web.StreamResponse:
        """Show which packs judge a lender's contacts with borrowers of its own country."""
        about = whose(request, self._runtime)
        if about is None:
            return self._missing(request)
        language = language_for(request)
        run, stops = await self._run(), await self._stops(about)
        cases = run or {}
        lender = about.plan
        packs = self._runtime.considering.rulebook.packs
        selection = select_packs(packs, lender.role, lender.country, lender.packs)
        chosen = [one for one in selection.choices if one.chosen]
        known = {pack.id: pack for pack in selection.packs}
        rows = [
            {
                "pack": known[one.pack],
                "why": say(language, f"rules.{one.cause}", places=_places(known[one.pack])),
                **_sums(known[one.pack].rules, cases, stops),
            }
            for one in chosen
        ]
        return self._page(
            request,
            "rules.html",
            about=about,
            rows=rows,
            is_running=run is None,
            left_out=sorted({pack.id for pack in packs} - known.keys()),
            folder="config/compliance",
            as_of=self._as_of(language, about),
        )

    async def get_pack(self, request: web.Request) -> web.StreamResponse:
        """Show a pack's rules, its versions, and what changed if the address asks for it."""
        about = whose(request, self._runtime)
        packs = {one.id: one for one in self._runtime.considering.rulebook.packs}
        pack = packs.get(request.match_info["pack"])
        if about is None or pack is None:
            return self._missing(request)
        language = language_for(request)
        run, stops, today = await self._run(), await self._stops(about), self._today(about)
        cases = run or {}
        async with self._runtime.db.acquire() as conn:
            kept = await list_pack_versions(conn, pack.id)
        return self._page(
            request,
            "pack.html",
            about=about,
            pack=pack,
            places=_places(pack),
            rows=[_row(one, language, cases, stops, today) for one in pack.rules],
            is_running=run is None,
            governance=pack.governance,
            versions=self._versions(kept, pack, language, about),
            change=_change(kept, request.query.get("compare", "")),
            as_of=self._as_of(language, about),
        )

    async def get_rule(self, request: web.Request) -> web.StreamResponse:
        """Show one rule in words, wherever packs have it."""
        about = whose(request, self._runtime)
        name = request.match_info["rule"]
        packs = self._runtime.considering.rulebook.packs
        found = [(pack, rule) for pack in packs for rule in pack.rules if name in rule.ids]
        if about is None or not found:
            return self._missing(request)
        language = language_for(request)
        run, stops = await self._run(), await self._stops(about)
        cases = run or {}
        ids = sorted({name}.union(*(rule.ids for _, rule in found)))
        own = {one.id: one for each in ids for one in cases.get(each, ())}
        runs = sorted(own.values(), key=lambda one: one.id)
        today = self._today(about)
        return self._page(
            request,
            "rule.html",
            about=about,
            name=name,
            sheets=[
                (pack, rule, rule_sheet(rule, language), _notes(rule, language, today))
                for pack, rule in found
            ],
            title=rule_title(found[0][1], language),
            stopped=stops.get(name, {}),
            cases=runs,
            passed=sum(one.state == PASSED for one in runs),
            has_cases=bool(cases),
            is_running=run is None,
            as_of=self._as_of(language, about),
        )

    async def _run(self) -> Cases | None:
        """Return how golden cases end; None while they run, once in the life of the process."""
        if self._running is None:
            files = case_files(self._runtime.settings.config_dir)
            packs = self._runtime.considering.rulebook.packs
            self._running = asyncio.ensure_future(asyncio.to_thread(run_cases, packs, files))
        done, _ = await asyncio.wait({self._running}, timeout=_PATIENCE_SECONDS)
        return self._running.result() if done else None

    async def _stops(self, about: Whose) -> Stops:
        today = self._today(about)
        async with reading_as(self._runtime.db, about.slug) as conn:
            return await count_rule_stops(conn, about.slug, today - _SPAN, today)

    def _today(self, about: Whose) -> date:
        now = self._runtime.clock.business_now()
        return now.astimezone(ZoneInfo(about.plan.timezone)).date()

    def _versions(
        self, kept: list[PackVersion], pack: Pack, language: Language, about: Whose
    ) -> list[dict[str, Any]]:
        """Return versions, the newest first; `before` is what it is compared with."""
        shown, before = [], ""
        for one in kept:
            shown.append(
                {
                    "version": one.version,
                    "hash": one.content_hash,
                    "seen": show_moment(language, one.seen_at, about.plan.timezone),
                    "is_current": one.content_hash == pack.content_hash,
                    "before": before,
                }
            )
            before = one.content_hash
        return shown[::-1]

    def _as_of(self, language: Language, about: Whose) -> Any:
        return show_moment(language, self._runtime.clock.business_now(), about.plan.timezone)

    def _missing(self, request: web.Request) -> web.StreamResponse:
        return self._page(
            request, "nothing.html", status=404, what="rules.missing", back=(PATH, "rules.back")
        )

    def _page(self, request: web.Request, template: str, **values: Any) -> web.Response:
        return self._renderer.page(request, template, visitor=request[SESSION], **values)


def _row(rule: Rule, language: Language, cases: Cases, stops: Stops, today: date) -> Row:
    runs = _about(rule, cases)
    return Row(
        rule,
        rule_title(rule, language),
        sentences(language).forces[rule.force],
        _notes(rule, language, today),
        stops.get(rule.id, {}),
        sum(one.state == PASSED for one in runs),
        len(runs),
    )


def _notes(rule: Rule, language: Language, today: date) -> tuple[str, ...]:
    """Return what keeps a rule from stopping anything."""
    notes = []
    starts, ends = rule.effective.start, rule.effective.end
    if (starts is not None and today < starts) or (ends is not None and today >= ends):
        notes.append(say(language, "rules.not_in_force"))
    if not rule.enforce:
        notes.append(say(language, "rules.shadow"))
    elif rule.on_fail is OnFail.WARN:
        notes.append(say(language, "rules.warns"))
    return tuple(notes)


def _about(rule: Rule, cases: Cases) -> list[CaseRun]:
    return list({one.id: one for each in rule.ids for one in cases.get(each, ())}.values())


def _sums(rules: Iterable[Rule], cases: Cases, stops: Stops) -> dict[str, Any]:
    listed = list(rules)
    runs = {one.id: one for rule in listed for one in _about(rule, cases)}.values()
    ids = {rule.id for rule in listed}
    return {
        "rules": len(ids),
        "cases": len(runs),
        "passed": sum(one.state == PASSED for one in runs),
        "stopped": sum(sum(stops.get(name, {}).values()) for name in ids),
    }


def _places(pack: Pack) -> str:
    return ", ".join(sorted(pack.requires.regions or pack.requires.countries))


def _change(kept: list[PackVersion], wanted: str) -> Any:
    """Return what changed to a version from the one before it; None where nothing was asked."""
    hashes = [one.content_hash for one in kept]
    if wanted not in hashes or not (place := hashes.index(wanted)):
        return None
    old, new = pack_from(kept[place - 1]), pack_from(kept[place])
    if old is None or new is None:
        return None
    return {
        "old": kept[place - 1],
        "new": kept[place],
        "rows": [
            (one.rule, one.kind, [(key, in_words(a), in_words(b)) for key, a, b in one.details])
            for one in changes([old], [new])
        ],
    }
