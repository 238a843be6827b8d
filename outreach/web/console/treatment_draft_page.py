"""A draft of a treatment: checked, compared with what is in force, and drawn. Nothing is stored."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml
from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.config_files.treatment_changes import changes_between
from outreach.config_files.treatment_lint import Finding, lint_treatments
from outreach.config_files.treatments import Loaded, TreatmentFileError, read_treatment
from outreach.config_files.yaml_lines import load_yaml
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.treatment import Treatment
from outreach.domain.versions import in_force
from outreach.facts.conditions import compile_condition
from outreach.rendering.catalog import Catalog
from outreach.runtime import Runtime
from outreach.usecases.check_words import words_missing
from outreach.usecases.insight import read_case_days
from outreach.usecases.reporting import may_treat
from outreach.usecases.treatment_cases import cases_by_treatment, spread_of
from outreach.web.console.access import SESSION, Page
from outreach.web.console.forms import read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.treatment_showing import named_changes, picture, show_stages
from outreach.web.console.treatments_page import PATH
from outreach.web.console.whose import Whose, whose

LONGEST: Final = 64_000
# Aliases repeat what they stand for: a short text may say more than anybody could read.
_MOST_NODES: Final = 20_000
_MERGE: Final = "<<"


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a draft: what is to mend, and what it says where it can be read."""

    findings: tuple[Finding, ...]
    loaded: Loaded | None
    lines: tuple[tuple[str, str], ...]


class TreatmentDraftPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._search = PrivateSearch(runtime.redis, runtime.vault, "treatment draft")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        path = PATH + "/{name}/draft"
        return [
            Page(hdrs.METH_GET, path, self.get, EVERYBODY),
            Page(hdrs.METH_POST, path, self.post, EVERYBODY),
        ]

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Keep a draft for a while under a name that only its writer can use."""
        said = read_form(await request.post(), ("lender", "draft"), longest=LONGEST)
        about = whose(request, self._runtime, chosen=said["lender"])
        current = self._current(request, about)
        if about is None or current is None:
            return self._missing(request)
        try:
            name = await self._search.keep(request[SESSION].operator, said)
        except RedisError:
            return self._renderer.page(request, "away.html", status=503)
        address = f"{PATH}/{current.name}/draft?lender={about.slug}&s={name}"
        return web.Response(status=303, headers={"Location": address})

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show the form with the file in force, or what came of a draft."""
        about = whose(request, self._runtime)
        current = self._current(request, about)
        if about is None or current is None:
            return self._missing(request)
        said: Mapping[str, str] | None = None
        if name := request.query.get("s", ""):
            try:
                said = await self._search.find(request[SESSION].operator, name)
            except RedisError:
                return self._renderer.page(request, "away.html", status=503)
        file = self._runtime.settings.config_dir / "treatments" / f"{current.name}.yaml"
        text = await asyncio.to_thread(_text_of, file)
        values: dict[str, Any] = {"checked": None, "draft": text, "has_lapsed": bool(name)}
        if said is not None:
            values = await self._checked(request, about, current, said["draft"], file)
        return self._renderer.page(
            request,
            "treatment_draft.html",
            visitor=request[SESSION],
            about=about,
            treatment=current,
            **values,
        )

    async def _checked(
        self, request: web.Request, about: Whose, current: Treatment, draft: str, file: Path
    ) -> dict[str, Any]:
        catalog = self._runtime.considering.catalog
        found = await asyncio.to_thread(_check, draft, current.name, file, catalog)
        language, folder = language_for(request), self._runtime.settings.templates_dir / "console"
        stages: Any = ()
        if found.loaded is not None:
            counted = await read_case_days(self._runtime.db, about.plan)
            days: Mapping[int, int] = Counter()
            if counted is not None:
                rulebook, now = self._runtime.considering.rulebook, self._runtime.clock
                cases = cases_by_treatment(rulebook, about.plan, counted.days, now.business_now())
                days = cases.get(current.name, Counter())
            treatment = found.loaded.treatment
            spread = spread_of(treatment, days) if counted is not None else None
            stages = show_stages(treatment, language, spread)
        return {
            "checked": found,
            "draft": draft,
            "has_lapsed": False,
            "stages": stages,
            "moves": f"treatments.moves.{found.loaded.treatment.on_change}" if found.loaded else "",
            "drawn": picture(found.loaded.treatment, folder, language) if found.loaded else None,
        }

    def _current(self, request: web.Request, about: Whose | None) -> Treatment | None:
        versions = self._runtime.considering.rulebook.treating.versions
        named = versions.get(request.match_info["name"], ())
        if about is None or not named:
            return None
        zone = ZoneInfo(about.plan.timezone)
        today = self._runtime.clock.business_now().astimezone(zone).date()
        current = in_force(named, today)
        return current if current is not None and may_treat(about.plan, current) else None

    def _missing(self, request: web.Request) -> web.StreamResponse:
        return self._renderer.page(
            request, "nothing.html", status=404, visitor=request[SESSION],
            what="treatments.missing", back=(PATH, "treatments.back"),
        )  # fmt: skip


def _text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _check(draft: str, name: str, file: Path, catalog: Catalog) -> Checked:
    """Read a draft as a worker would read the file, and compare it with the one there is."""
    why = ""
    if _MERGE in draft:  # copies of copies: read from files alone
        why = f"merges ({_MERGE}) aren't read here: write out what they bring in"
    elif not _is_readable(draft):
        why = "it is no YAML, or far too long"
    if why:
        return Checked((Finding(f"{name}.yaml", 1, "error", why),), None, ())
    with TemporaryDirectory() as folder:
        own = Path(folder) / f"{name}.yaml"
        own.write_text(draft, encoding="utf-8")
        findings, loaded = lint_treatments([own], compile_condition)
    if not loaded:
        return Checked(tuple(findings), None, ())
    findings += [
        Finding(f"{name}.yaml", 1, "error", text)
        for text in words_missing([loaded[0].treatment], catalog)
    ]
    try:
        before = read_treatment(file, compile_condition)
    except TreatmentFileError:
        return Checked(tuple(findings), loaded[0], ())
    lines = named_changes(changes_between(before, loaded[0]))
    return Checked(tuple(findings), loaded[0], tuple(lines))


def _is_readable(draft: str) -> bool:
    """Whether a text is YAML of a size that may be read, its aliases written out."""
    try:
        waiting = [load_yaml(draft)]
    except (yaml.YAMLError, RecursionError):
        return False
    for _ in range(_MOST_NODES):
        if not waiting:
            return True
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False
