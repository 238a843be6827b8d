"""A draft sent to the operator who writes it, at a number or address that they proved is theirs."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.channels.provider import Accepted
from outreach.domain.template_versions import MAY_WRITE, Version
from outreach.runtime import Runtime
from outreach.usecases.send_test import RefusedTestError, said_of
from outreach.usecases.template_checks import check_words
from outreach.usecases.template_drafts import By
from outreach.usecases.template_testing import (
    ask_code,
    forget,
    list_addresses,
    send_words,
    verify,
)
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.templates_draft_page import DRAFT, EditorPage, by_visitor, draft_of
from outreach.web.console.templates_showing import draft_address
from outreach.web.console.words import say

_LONGEST: Final = 254
_DIGITS: Final = 18


class TemplateTestingPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._editor = EditorPage(runtime, renderer)

    def pages(self) -> list[Page]:
        """Return the page and its action; who writes words may try them."""
        return [
            Page(hdrs.METH_GET, DRAFT + "/test", self.get, MAY_WRITE),
            Page(hdrs.METH_POST, DRAFT + "/test", self.post, MAY_WRITE),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show the visitor's own numbers and addresses, and the samples that can be sent."""
        version = await draft_of(self._runtime, request)
        if version is None or not self._may(request, version):
            return self._editor.missing(request)
        return await self._show(request, version)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Send a code, take it, forget an address, or send the words."""
        version = await draft_of(self._runtime, request)
        if version is None or not self._may(request, version):
            return self._editor.missing(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        by = by_visitor(self._runtime, request, version.place.tenant)
        try:
            done = await self._do(version, form, by)
        except RefusedTestError as error:
            problem = say(language_for(request), f"templates.test.{error.why}")
            return await self._show(request, version, problem=problem, form=form, status=422)
        address = f"{draft_address(version)}/test?{urlencode({'done': done})}"
        return web.Response(status=303, headers={"Location": address})

    async def _do(self, version: Version, form: Mapping[str, str], by: By) -> str:
        """Do what a form asks for; return the word for what was done.

        Raises:
            RefusedTestError: It isn't done.
        """
        runtime, place = self._runtime, version.place
        chosen = form.get("address_id", "")
        number = (
            int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) <= _DIGITS else 0
        )
        match form.get("do", ""):
            case "ask":
                address = form.get("address", "").strip()[:_LONGEST]
                _, sent = await ask_code(runtime, place.tenant, address, by)
                return "coded" if isinstance(sent, Accepted) else "unsent"
            case "verify":
                code = form.get("code", "").strip()[:_DIGITS]
                await verify(runtime, place.tenant, number, code, by)
                return "verified"
            case "forget":
                await forget(runtime, place.tenant, number, by)
                return "forgotten"
            case _:
                checked = check_words(runtime, place, version.source, version.subject, now=by.now)
                if checked.template is None:
                    raise RefusedTestError("must_fix")
                sent = await send_words(
                    runtime, place.tenant, checked.template, number, form.get("sample", ""), by
                )
                return "sent" if isinstance(sent, Accepted) else f"unsent {said_of(sent)}"

    def _may(self, request: web.Request, version: Version) -> bool:
        return request[SESSION].operator.may(version.place.tenant, MAY_WRITE)

    async def _show(
        self,
        request: web.Request,
        version: Version,
        *,
        problem: str = "",
        form: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        place = version.place
        meta = self._runtime.considering.catalog.keys.get(place.key)
        samples = meta.samples.get(place.locale, {}) if meta else {}
        login = request[SESSION].operator.login
        done, _, detail = request.query.get("done", "").partition(" ")
        return self._renderer.page(
            request,
            "template_test.html",
            status=status,
            visitor=request[SESSION],
            version=version,
            place=place,
            address=draft_address(version),
            addresses=await list_addresses(self._runtime, login),
            samples=list(samples),
            problem=problem,
            form=form or {},
            done=f"templates.test.{done}" if done else "",
            detail=detail,
        )
