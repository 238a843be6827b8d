"""Treatments: who gets what on which day, in pictures and words, and where the cases are now."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import hdrs, web
from markupsafe import Markup

from outreach.config_files.treatment_lint import Finding
from outreach.config_files.treatments import treatment_from
from outreach.domain.operators import EVERYBODY
from outreach.domain.steps import TreatmentError
from outreach.domain.treatment import Treatment
from outreach.domain.versions import in_force
from outreach.facts.conditions import compile_condition
from outreach.plans import treatment_files
from outreach.rendering.treatment_words import about_words, segment_words
from outreach.runtime import Runtime
from outreach.store.treatment_versions import KeptVersion, list_versions
from outreach.usecases.insight import CaseDays, read_case_days
from outreach.usecases.reporting import may_treat
from outreach.usecases.treating import EVER
from outreach.usecases.treatment_cases import cases_by_treatment, spread_of
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import show_moment
from outreach.web.console.treatment_showing import (
    arms_of,
    find_doubts,
    picture,
    show_changes,
    show_events,
    show_stages,
    show_versions,
)
from outreach.web.console.whose import Whose, whose
from outreach.web.console.words import Language

PATH: Final = "/treatments"


class TreatmentsPages:
    """Handlers of the pages.

    Args:
        runtime: Open; its treatments are those that decide now.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._folder = runtime.settings.config_dir / "treatments"
        self._doubts: dict[tuple[tuple[Path, int], ...], list[Finding]] = {}
        self._drawn: dict[tuple[str, Language, str], Markup] = {}

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, PATH + "/{name}", self.get_one, EVERYBODY),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Show what is in force for a lender."""
        about = whose(request, self._runtime)
        if about is None:
            return self._missing(request)
        language = language_for(request)
        counted = await read_case_days(self._runtime.db, about.plan)
        cases = self._cases(about, counted)
        rows = [
            {
                "treatment": one,
                "since": self._since(one),
                "segments": [segment_words(each, language) for each in one.segments],
                "steps": sum(len(span.steps) for span in one.stages),
                "cases": sum(cases.get(one.name, Counter()).values()) if counted else None,
            }
            for one in self._current(about)
        ]
        return self._page(request, "treatments.html", about=about, rows=rows, **_as_of(
            self._runtime, request, about, counted,
        ))  # fmt: skip

    async def get_one(self, request: web.Request) -> web.StreamResponse:
        """Show one treatment, and what changed if its address names a version to compare."""
        about = whose(request, self._runtime)
        name = request.match_info["name"]
        current = next((one for one in self._current(about) if one.name == name), None)
        if about is None or current is None:
            return self._missing(request)
        language = language_for(request)
        kept = await self._kept(name)
        chosen = request.query.get("version", current.content_hash)
        treatment = self._named(kept, current, chosen)
        if treatment is None:
            return self._missing(request)
        counted = await read_case_days(self._runtime.db, about.plan)
        cases = self._cases(about, counted)
        is_current = treatment is current
        spread = spread_of(treatment, cases.get(name, Counter())) if counted else None
        return self._page(
            request,
            "treatment.html",
            about=about,
            treatment=treatment,
            said=about_words(treatment, language),
            segments=[segment_words(each, language) for each in treatment.segments],
            users=self._users(about, treatment),
            is_current=is_current,
            since=self._since(treatment),
            spread=spread if is_current else None,
            stages=show_stages(treatment, language, spread if is_current else None),
            events=show_events(treatment, language),
            drawn=self._picture(treatment, language),
            arms=arms_of(treatment),
            findings=await asyncio.to_thread(self._find_doubts, name) if is_current else (),
            folder=self._folder,
            versions=show_versions(kept, current.content_hash),
            change=self._change(kept, treatment, current, language) if "compare" in request.query
            else None,
            **_as_of(self._runtime, request, about, counted),
        )  # fmt: skip

    def _picture(self, treatment: Treatment, language: Language, key: str = "") -> Markup:
        """Return a drawing; versions don't change, so each is drawn once."""
        name = (treatment.content_hash, language, key)
        if name not in self._drawn:
            folder = self._runtime.settings.templates_dir / "console"
            self._drawn[name] = picture(treatment, folder, language, key)
        return self._drawn[name]

    def _current(self, about: Whose | None) -> Sequence[Treatment]:
        """Return the treatments in force that a lender's loans may get."""
        if about is None:
            return ()
        zone = ZoneInfo(about.plan.timezone)
        today = self._runtime.clock.business_now().astimezone(zone).date()
        versions = self._runtime.considering.rulebook.treating.versions.values()
        found = (in_force(each, today) for each in versions)
        return [one for one in found if one is not None and may_treat(about.plan, one)]

    def _users(self, about: Whose, treatment: Treatment) -> list[str]:
        """Return the visitor's lenders that may use a treatment."""
        known = self._runtime.considering.rulebook.lenders
        return [name for slug, name in about.lenders.items() if may_treat(known[slug], treatment)]

    def _cases(self, about: Whose, counted: CaseDays | None) -> Mapping[str, Counter[int]]:
        if counted is None:
            return {}
        now = self._runtime.clock.business_now()
        return cases_by_treatment(self._runtime.considering.rulebook, about.plan, counted.days, now)

    def _since(self, treatment: Treatment) -> Any:
        versions = self._runtime.considering.rulebook.treating.versions[treatment.name]
        since = [one.since for one in versions if one.treatment is treatment]
        return None if not since or since[0] == EVER else since[0]

    async def _kept(self, name: str) -> list[KeptVersion]:
        """Return versions on record; what is in the files where no worker has run yet."""
        async with self._runtime.db.acquire() as conn:
            kept = [one for one in await list_versions(conn) if one.name == name]
        if kept:
            return kept
        files = await asyncio.to_thread(treatment_files, self._runtime.settings)
        never = datetime.min.replace(tzinfo=UTC)
        return [
            KeptVersion(
                name,
                one.treatment.effective_from or EVER,
                one.treatment.content_hash,
                one.content,
                never,
            )
            for one in files
            if one.treatment.name == name
        ]

    def _named(
        self, kept: Sequence[KeptVersion], current: Treatment, content_hash: str
    ) -> Treatment | None:
        """Return a version by its hash; None if there is none, or this release can't read it."""
        if content_hash == current.content_hash:
            return current
        for one in kept:
            if one.content_hash == content_hash:
                try:
                    return treatment_from(one.content, compile_condition)
                except (TreatmentError, msgspec.ValidationError):
                    return None
        return None

    def _change(
        self,
        kept: Sequence[KeptVersion],
        treatment: Treatment,
        current: Treatment,
        language: Language,
    ) -> Any:
        """Return what changed to a version from the one before it; None for the first."""
        place = [one.content_hash for one in kept].index(treatment.content_hash)
        before = self._named(kept, current, kept[place - 1].content_hash) if place else None
        if before is None:
            return None
        return {
            "old": before.content_hash,
            "new": treatment.content_hash,
            "lines": show_changes(kept[place - 1], kept[place], (before, treatment)),
            "moves": f"treatments.moves.{treatment.on_change}",
            "pictures": [
                ("before_picture", self._picture(before, language, "old-")),
                ("after_picture", self._picture(treatment, language, "new-")),
            ],
        }

    def _find_doubts(self, name: str) -> list[Finding]:
        """Check the files of a name; what was found stands until one of them changes."""
        files = [*self._folder.glob(f"{name}.yaml"), *self._folder.glob(f"{name}.*.yaml")]
        key = tuple((file, file.stat().st_mtime_ns) for file in sorted(files))
        if key not in self._doubts:
            self._doubts[key] = find_doubts(sorted(files), self._runtime.considering.catalog)
        return self._doubts[key]

    def _missing(self, request: web.Request) -> web.StreamResponse:
        return self._page(
            request, "nothing.html", status=404, what="treatments.missing",
            back=(PATH, "treatments.back"),
        )  # fmt: skip

    def _page(self, request: web.Request, template: str, **values: Any) -> web.Response:
        return self._renderer.page(request, template, visitor=request[SESSION], **values)


def _as_of(
    runtime: Runtime, request: web.Request, about: Whose, counted: CaseDays | None
) -> dict[str, Any]:
    at = counted.as_of if counted else runtime.clock.business_now()
    return {"as_of": show_moment(language_for(request), at, about.plan.timezone)}
