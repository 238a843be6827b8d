"""Exports of the contact log: asked for, watched, downloaded; a worker writes them.

Files are never served by their address alone: each download asks again who may, and is kept.
"""

from typing import Any, Final
from urllib.parse import quote

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY, Role
from outreach.rendering.tables import Format
from outreach.runtime import Runtime
from outreach.store.exports import Export, find_export, list_exports, resume_export, stop_export
from outreach.store.pool import reading_as
from outreach.usecases.exporting import KEPT, MANIFEST, ExportError, Wish, ask_export
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.filter_words import filter_in_words
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.samples_page import number_of
from outreach.web.console.showing import Tag, show_moment
from outreach.web.console.whose import Whose, whose
from outreach.web.console.words import Language, say

PATH: Final = "/exports"
MAY_UNMASK: Final = frozenset({Role.COMPLIANCE})
_PAGE: Final = 50
_LONGEST: Final = 2_000
_KILO: Final = 1_000
_STATES: Final = {
    "waiting": ("wait", "◷"),
    "running": ("info", "▶"),
    "done": ("ok", "✓"),
    "failed": ("stop", "✕"),
    "stopped": ("off", "⏸"),
    "expired": ("off", "⊘"),
}
_UNDER_WAY: Final = frozenset({"waiting", "running"})


class ExportsPages:
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
        one, file = PATH + "/{number}", PATH + "/{number}/files/{name}"
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, PATH + "/new", self.get_new, EVERYBODY),
            Page(hdrs.METH_POST, PATH, self.post_new, EVERYBODY),
            Page(hdrs.METH_GET, one, self.get, EVERYBODY),
            Page(hdrs.METH_GET, file, self.get_file, EVERYBODY, recorded=True),
            Page(hdrs.METH_POST, one + "/stop", self.post_stop, EVERYBODY),
            Page(hdrs.METH_POST, one + "/resume", self.post_resume, EVERYBODY),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Show the lender's exports, the newest first."""
        about = whose(request, self._runtime)
        if about is None:
            return self._missing(request)
        before = number_of(request.query.get("before", ""))
        async with reading_as(self._runtime.db, about.slug) as conn:
            found = await list_exports(conn, about.slug, before=before, limit=_PAGE + 1)
        language = language_for(request)
        return self._page(
            request,
            "exports.html",
            about=about,
            exports=[self._shown(language, one) for one in found[:_PAGE]],
            older=found[_PAGE - 1].export_id if len(found) > _PAGE else None,
        )

    async def get_new(self, request: web.Request) -> web.StreamResponse:
        """Show the form; a filter of the contact log may be handed over in the address."""
        about = whose(request, self._runtime)
        if about is None:
            return self._missing(request)
        return self._form(request, about, {"filter": request.query.get("filter", "")[:_LONGEST]})

    async def post_new(self, request: web.Request) -> web.StreamResponse:
        """Ask for an export, and show how far it is."""
        form = await request.post()
        about = whose(request, self._runtime, chosen=str(form.get("lender", "")))
        if about is None:
            return self._missing(request)
        names = ("filter", "format", "unmasked", "reason")
        said = {name: str(form.get(name, "")).strip()[:_LONGEST] for name in names}
        language, operator = language_for(request), request[SESSION].operator
        if said["unmasked"] and not operator.may(about.slug, MAY_UNMASK):
            problem = say(language, "exports.problem.unmasked")
            return self._form(request, about, said, problem=problem, status=422)
        wish = Wish(
            about.slug,
            said["filter"],
            Format(said["format"]) if said["format"] in set(Format) else Format.CSV,
            language,
            bool(said["unmasked"]),
            said["reason"] if said["unmasked"] else "",
        )
        try:
            found = await ask_export(
                self._runtime, wish, login=operator.login, name=operator.signature
            )
        except ExportError as error:
            problem = say(language, f"exports.problem.{error.reason}", detail=error.detail)
            return self._form(request, about, said, problem=problem, status=422)
        self._runtime.wake("exports")
        return _to(f"{PATH}/{found}")

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show how far an export is, what it holds, and its files."""
        export = await self._export(request)
        if export is None:
            return self._missing(request)
        shown = self._shown(language_for(request), export)
        folder = self._runtime.settings.exports_dir / str(export.export_id)
        return self._page(
            request,
            "export.html",
            one=shown,
            export=export,
            lender=self._runtime.settings.lenders[export.tenant].name,
            is_under_way=export.state in _UNDER_WAY,
            may_take=self._may_take(request, export),
            is_here=folder.is_dir(),
            manifest=MANIFEST if export.state == "done" else "",
            kilos={part.name: f"{part.bytes / _KILO:,.1f}" for part in export.parts},
        )

    async def get_file(self, request: web.Request) -> web.StreamResponse:
        """Hand over one file; that it was is kept."""
        export = await self._export(request)
        name = request.match_info["name"]
        if export is None or export.state == "expired" or not self._may_take(request, export):
            return self._missing(request)
        known = {part.name for part in export.parts} | {MANIFEST}
        path = self._runtime.settings.exports_dir / str(export.export_id) / name
        over = export.expires_at
        if name not in known or not path.is_file():
            return self._missing(request)
        if over is not None and over < self._runtime.clock.wall_now():
            return self._missing(request)
        return web.FileResponse(
            path,
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
                "Content-Type": "application/octet-stream",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    async def post_stop(self, request: web.Request) -> web.StreamResponse:
        """Stop an export; what is finished stays."""
        return await self._change(request, is_stop=True)

    async def post_resume(self, request: web.Request) -> web.StreamResponse:
        """Let an export go on behind what is finished."""
        return await self._change(request, is_stop=False)

    async def _change(self, request: web.Request, *, is_stop: bool) -> web.StreamResponse:
        export = await self._export(request)
        if export is None or not self._may_take(request, export):
            return self._missing(request)
        async with self._runtime.db.acquire() as conn:
            if is_stop:
                over = self._runtime.clock.wall_now() + KEPT
                await stop_export(conn, export.export_id, expires_at=over)
            else:
                await resume_export(conn, export.export_id)
        self._runtime.wake("exports")
        return _to(f"{PATH}/{export.export_id}")

    async def _export(self, request: web.Request) -> Export | None:
        """Return the export that the address names, if it is of a lender of the visitor's."""
        number = number_of(request.match_info["number"])
        if number is None:
            return None
        for lender in request[SESSION].operator.lenders(EVERYBODY):
            async with reading_as(self._runtime.db, lender) as conn:
                found = await find_export(conn, number)
            if found is not None and lender in self._runtime.settings.lenders:
                request[ABOUT] = lender
                return found
        return None

    def _may_take(self, request: web.Request, export: Export) -> bool:
        """Whether the files are for the visitor: those with full numbers only for who asked."""
        operator = request[SESSION].operator
        if not export.unmasked:
            return bool(operator.may(export.tenant, EVERYBODY))
        return operator.login == export.asked_by and operator.may(export.tenant, MAY_UNMASK)

    def _form(
        self,
        request: web.Request,
        about: Whose,
        said: dict[str, str],
        *,
        problem: str = "",
        status: int = 200,
    ) -> web.StreamResponse:
        return self._page(
            request,
            "export_new.html",
            status=status,
            about=about,
            said=said,
            formats=tuple(Format),
            may_unmask=request[SESSION].operator.may(about.slug, MAY_UNMASK),
            words=filter_in_words(language_for(request), said.get("filter", "")),
            problem=problem,
        )

    def _shown(self, language: Language, one: Export) -> dict[str, Any]:
        zone = self._runtime.settings.lenders[one.tenant].timezone
        return {
            "number": one.export_id,
            "filter": one.filter,
            "words": filter_in_words(language, one.filter),
            "format": one.format,
            "rows": f"{one.rows:,}",
            "expected": "" if one.expected is None else f"{one.expected:,}",
            "state": Tag(*_STATES[one.state], say(language, f"exports.state.{one.state}")),
            "asked": show_moment(language, one.asked_at, zone),
            "as_of": show_moment(language, one.as_of, zone),
            "expires": show_moment(language, one.expires_at, zone) if one.expires_at else None,
            "by": one.asked_name,
            "is_masked": not one.unmasked,
        }

    def _missing(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.StreamResponse:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
