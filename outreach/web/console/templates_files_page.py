"""Words as files: a lender's live texts to download, and files to make drafts of."""

import asyncio
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.operators import EVERYBODY
from outreach.domain.template_versions import MAY_WRITE, RefusedError
from outreach.rendering.errors import TemplateFileError
from outreach.runtime import Runtime
from outreach.usecases.template_files import Imported, export_words, import_words
from outreach.usecases.template_reading import standing
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.showing import Tag
from outreach.web.console.templates_draft_page import by_visitor
from outreach.web.console.templates_showing import (
    PATH,
    comparison,
    lender_of,
    place_address,
    place_of,
)
from outreach.web.console.words import Language, say

FILES: Final = PATH + "/files"
_MOST_FILES: Final = 2_000
_MOST_BYTES: Final = 4_000_000
_NAME: Final = re.compile(
    r"(?:[a-z0-9_.-]+/)?((?:[a-z][a-z0-9_]*/[a-z]{2,3}(?:-[A-Za-z0-9]+)*/[a-z_]+(?:\.subject)?"
    r"\.txt\.j2)|versions\.yaml)"
)
"""Files of a zip that are read: words, subjects, and what an export was of; in a folder or not."""
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip
_TONES: Final = {
    "same": ("off", "="),
    "draft": ("ok", "✓"),
    "kept": ("info", "●"),
    "conflict": ("stop", "✕"),
    "unknown": ("wait", "?"),
}


class _UnreadableError(Exception):
    """What was sent is no zip of words, or too large."""


class TemplateFilesPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._kept = PrivateSearch(runtime.redis, runtime.vault, "template files")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them; they come before those of keys."""
        return [
            Page(hdrs.METH_GET, FILES, self.get, EVERYBODY),
            Page(hdrs.METH_GET, FILES + ".zip", self.get_zip, EVERYBODY, recorded=True),
            Page(hdrs.METH_POST, FILES, self.post, MAY_WRITE),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show the two forms, and what became of an import."""
        told = None
        if name := request.query.get("s", ""):
            try:
                told = await self._kept.find(request[SESSION].operator, name)
            except RedisError:
                return self._renderer.page(request, "away.html", status=503)
        return self._show(request, told=told)

    async def get_zip(self, request: web.Request) -> web.StreamResponse:
        """Return a lender's words as files; that they were taken is kept."""
        tenant = lender_of(request)
        if tenant is None:
            return self._missing(request)
        request[ABOUT] = tenant
        root = self._runtime.settings.templates_dir / "messages"
        everything = request.query.get("everything", "") == "yes"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            await export_words(self._runtime, tenant, folder, root, everything=everything)
            packed = await asyncio.to_thread(_pack, folder)
        headers = {
            "Content-Disposition": f'attachment; filename="templates-{tenant}.zip"',
            "Cache-Control": "private, no-store",
        }
        return web.Response(body=packed, content_type="application/zip", headers=headers)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Make drafts of the files that differ; nothing that somebody wrote is overwritten."""
        form = await request.post()
        tenant = lender_of(request, str(form.get("lender", "")))
        if tenant is None:
            return self._missing(request)
        request[ABOUT] = tenant
        sent = form.get("files")
        body = sent.file.read(_MOST_BYTES + 1) if isinstance(sent, web.FileField) else b""
        by = by_visitor(self._runtime, request, tenant)
        try:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                await asyncio.to_thread(_unpack, body, folder)
                found = await import_words(self._runtime, tenant, folder, by)
                result = msgspec.json.encode([_as_kept(one, folder) for one in found]).decode()
            kept = await self._kept.keep(request[SESSION].operator, {"files": result})
        except RefusedError as error:
            return self._show(request, problem=f"templates.refused.{error.why}", status=403)
        except TemplateFileError:
            return self._show(request, problem="templates.files.not_ours", status=422)
        except (_UnreadableError, UnicodeDecodeError):
            return self._show(request, problem="templates.files.unreadable", status=422)
        except RedisError:
            return self._renderer.page(request, "away.html", status=503)
        query = urlencode({"lender": tenant, "s": kept})
        return web.Response(status=303, headers={"Location": f"{FILES}?{query}"})

    def _missing(self, request: web.Request) -> web.Response:
        return self._renderer.page(
            request, "template_missing.html", status=404, visitor=request[SESSION]
        )

    def _show(
        self,
        request: web.Request,
        *,
        told: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        tenant = lender_of(request)
        if tenant is None:
            return self._missing(request)
        language = language_for(request)
        found: list[dict[str, str]] = msgspec.json.decode(told["files"]) if told else []
        return self._renderer.page(
            request,
            "template_files.html",
            status=status,
            visitor=request[SESSION],
            tenant=tenant,
            lender=self._runtime.settings.lenders[tenant].name,
            rows=[self._row(language, tenant, one) for one in found],
            is_told=told is not None,
            may_write=request[SESSION].operator.may(tenant, MAY_WRITE),
            problem=problem,
        )

    def _row(self, language: Language, tenant: str, one: Mapping[str, str]) -> dict[str, Any]:
        """Return one file of an import, with both texts compared where they are in conflict."""
        tone, sign = _TONES[one["outcome"]]
        place = place_of(tenant, one["key"], one["locale"], one["channel"])
        row: dict[str, Any] = {
            **one,
            "tag": Tag(tone, sign, say(language, f"templates.files.{one['outcome']}")),
            "address": place_address(place) if place and one["outcome"] != "unknown" else "",
            "changes": [],
        }
        if one["outcome"] == "conflict" and place is not None:
            row["changes"] = comparison(standing(self._runtime, place).source, one["source"])[0]
        return row


def _as_kept(one: Imported, folder: Path) -> dict[str, str]:
    place, source = one.place, ""
    if one.outcome == "conflict":
        path = folder / place.key / place.locale / f"{place.channel}.txt.j2"
        source = path.read_text(encoding="utf-8")
    return {
        "key": place.key,
        "locale": place.locale,
        "channel": str(place.channel),
        "outcome": one.outcome,
        "number": str(one.number),
        "source": source,
    }


def _pack(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return packed.getvalue()


def _unpack(body: bytes, folder: Path) -> None:
    """Write the files of words of a zip below a folder; whatever else is in it isn't read.

    Raises:
        _UnreadableError: It is no zip, too large, or holds no words.
    """
    if len(body) > _MOST_BYTES:
        raise _UnreadableError
    left, count = _MOST_BYTES, 0
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_FILES:
                raise _UnreadableError
            for member in members:
                named = _NAME.fullmatch(member.filename)
                if named is None:
                    continue
                with archive.open(member) as opened:
                    content = opened.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise _UnreadableError
                path = folder / named.group(1)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                count += 1
    except _BROKEN as error:
        raise _UnreadableError from error
    if not count:
        raise _UnreadableError
