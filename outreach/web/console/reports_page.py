"""How it goes over weeks: the report's charts, each with its table and the same rows as CSV."""

import csv
from functools import lru_cache
from io import StringIO
from typing import Any, Final

from aiohttp import hdrs, web
from markupsafe import Markup

from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.usecases.insight import SPANS, Counted, read_report
from outreach.usecases.report_sections import sections_of
from outreach.usecases.report_tables import Section, about, plain_cell
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import show_moment
from outreach.web.console.whose import Whose, whose
from outreach.web.console.words import Language

PATH: Final = "/reports"
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: whose report, over how many days, and what was counted."""

    whose: Whose
    days: int
    counted: Counted | None


class ReportsPages:
    """Handlers of the pages.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        # The same figures are looked at section by section, and by several people.
        self._sections = lru_cache(maxsize=_KEPT)(_sections)
        self._counted: dict[tuple[str, int], Counted] = {}

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, PATH + "/{key}.csv", self.get_csv, EVERYBODY, recorded=True),
            Page(hdrs.METH_GET, PATH + "/{key}", self.get_one, EVERYBODY),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Show what each section of the report finds."""
        asked = await self._asked(request)
        if asked is None:
            return self._missing(request)
        return self._page(request, "reports.html", asked, found=self._of(asked, request))

    async def get_one(self, request: web.Request) -> web.StreamResponse:
        """Show one section: its chart, how to read it, and its table."""
        asked = await self._asked(request)
        if asked is None:
            return self._missing(request)
        found = self._of(asked, request)
        chosen = next((one for one in found if one.key == request.match_info["key"]), None)
        if asked.counted is None:
            return self._page(request, "reports.html", asked, found=())
        if chosen is None:
            return self._missing(request)
        return self._page(
            request,
            "report.html",
            asked,
            found=found,
            chosen=chosen,
            drawn=_drawn(chosen),
        )

    async def get_csv(self, request: web.Request) -> web.StreamResponse:
        """Return a section's rows as a file that spreadsheets read."""
        asked = await self._asked(request)
        found = self._of(asked, request) if asked is not None else ()
        chosen = next((one for one in found if one.key == request.match_info["key"]), None)
        if asked is None or asked.counted is None or chosen is None:
            return self._missing(request)
        said = about(asked.counted.figures, language_for(request))
        text = StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow((*chosen.headings, "of"))
        writer.writerows((*map(plain_cell, row), said) for row in chosen.rows)
        name = f"{asked.whose.slug}-{chosen.key}-{asked.days}.csv"
        return web.Response(
            # The mark at its beginning makes spreadsheets read it as UTF-8.
            body=text.getvalue().encode("utf-8-sig"),
            content_type="text/csv",
            charset="utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "private, no-store",
            },
        )

    async def _asked(self, request: web.Request) -> Asked | None:
        """Return what is asked for; what wasn't counted yet is asked of a worker."""
        found = whose(request, self._runtime)
        if found is None:
            return None
        wanted = request.query.get("days", "")
        days = int(wanted) if wanted in {str(one) for one in SPANS} else SPANS[1]
        counted = await read_report(self._runtime.db, found.plan, days)
        if counted is None:
            self._runtime.wake("insight")
            return Asked(found, days, None)
        # One object for the same count, so that its sections are made once.
        known = self._counted.get((found.slug, days))
        if known is not None and known.as_of == counted.as_of:
            counted = known
        self._counted[found.slug, days] = counted
        return Asked(found, days, counted)

    def _of(self, asked: Asked, request: web.Request) -> tuple[Section, ...]:
        if asked.counted is None:
            return ()
        return self._sections(_Same(asked.counted), language_for(request))

    def _missing(self, request: web.Request) -> web.StreamResponse:
        return self._renderer.page(
            request, "nothing.html", status=404, visitor=request[SESSION],
            what="reports.missing", back=(PATH, "reports.back"),
        )  # fmt: skip

    def _page(
        self, request: web.Request, template: str, asked: Asked, **values: Any
    ) -> web.Response:
        language, counted = language_for(request), asked.counted
        at = counted.as_of if counted else self._runtime.clock.business_now()
        return self._renderer.page(
            request,
            template,
            visitor=request[SESSION],
            about=asked.whose,
            days=asked.days,
            spans=SPANS,
            said=about(counted.figures, language) if counted else "",
            as_of=show_moment(language, at, asked.whose.plan.timezone),
            **values,
        )


class _Same:
    """A count, alike only to itself: figures hold lists, which can't be hashed."""

    def __init__(self, counted: Counted) -> None:
        self.counted = counted

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.counted is self.counted

    def __hash__(self) -> int:
        return id(self.counted)


def _sections(same: _Same, language: Language) -> tuple[Section, ...]:
    return tuple(sections_of(same.counted.figures, language))


def _drawn(section: Section) -> Markup | None:
    """Return a section's chart; our own template escapes what it fills in."""
    return None if section.svg is None else Markup(section.svg())  # noqa: S704
