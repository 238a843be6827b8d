"""The editor: is this text right, lawful and short?"""

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY
from outreach.domain.template_versions import (
    MAY_WRITE,
    OPEN,
    NewWords,
    Refusal,
    RefusedError,
    Version,
    actor_of,
)
from outreach.domain.template_way import Action, may, steps
from outreach.rendering.context import VARIABLES
from outreach.runtime import Runtime
from outreach.usecases.template_drafts import By, Conflict, save_draft, submit
from outreach.usecases.template_reading import find_version, list_approvals, used_by
from outreach.usecases.word_fixes import Wording, apply_fix, insert_variable, parse_fix
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import show_moment
from outreach.web.console.templates_showing import (
    PATH,
    comparison,
    draft_address,
    has_subject,
    look_at,
    place_address,
    state_tag,
    version_address,
)
from outreach.web.console.words import say

DRAFT: Final = PATH + "/{key}/drafts/{number}"
MAY_SEE: Final = EVERYBODY
_DIGITS: Final = 18
_ACTIONS: Final[tuple[Action, ...]] = (
    "save", "submit", "withdraw", "approve", "send_back", "schedule", "publish",
)  # fmt: skip
_OFTEN: Final = (
    "signature", "lender_name", "sender_name", "amount", "due_date", "account_tail", "phone",
    "pay_channel", "repay_link", "self_service_link", "if_paid_ignore", "opt_out_instructions",
)  # fmt: skip
"""Variables that nearly every text uses: at hand; all others are folded away."""


async def draft_of(runtime: Runtime, request: web.Request) -> Version | None:
    """Return the version that an address names, if it is of a lender of the visitor's."""
    number = request.match_info["number"]
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        return None
    for tenant in request[SESSION].operator.lenders(MAY_SEE):
        found = await find_version(runtime, tenant, int(number))
        if found is not None and found.place.key == request.match_info["key"]:
            request[ABOUT] = tenant
            return found
    return None


def by_visitor(runtime: Runtime, request: web.Request, tenant: str) -> By:
    """Return who acts for a lender, and when."""
    clock = runtime.clock
    actor = actor_of(request[SESSION].operator, tenant)
    return By(actor, clock.business_now(), clock.wall_now())


class EditorPage:
    """Makes the editor's page; other pages come back to it with what they refused.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer

    def missing(self, request: web.Request) -> web.Response:
        """Say that there is no such template, here."""
        return self._renderer.page(
            request, "template_missing.html", status=404, visitor=request[SESSION]
        )

    async def show(
        self,
        request: web.Request,
        version: Version,
        *,
        wording: Wording | None = None,
        problems: Sequence[str] = (),
        status: int = 200,
        conflict: Conflict | None = None,
        refused: str = "",
        **values: Any,
    ) -> web.Response:
        """Show the words, how they come out, what is wrong with them, and the way to live."""
        runtime, language = self._runtime, language_for(request)
        place = version.place
        lender = runtime.settings.lenders[place.tenant]
        now = runtime.clock.business_now()
        wording = wording or Wording(version.source, version.subject)
        show = request.query.get("show", "")
        tried, checked = await look_at(runtime, place, wording, language, now, show=show)
        approvals = await list_approvals(runtime, place.tenant, version.version_id)
        actor = actor_of(request[SESSION].operator, place.tenant)
        blocked = {action: may(action, version, approvals, actor) for action in _ACTIONS}
        changes, added, removed = comparison(version.based_source, wording.source)
        theirs = None
        if conflict is not None:
            theirs = comparison(conflict.theirs.source, wording.source)[0]
        return self._renderer.page(
            request,
            "template_draft.html",
            status=status,
            modules=("editor",),
            visitor=request[SESSION],
            version=version,
            place=place,
            lender=lender.name,
            address=draft_address(version),
            key_page=place_address(place),
            based=version_address(place, version.based_number) if version.based_number else "",
            wording=wording,
            has_subject=has_subject(place.channel),
            tried=tried,
            tag=state_tag(language, version.state),
            saved=show_moment(language, version.changed_at, lender.timezone),
            often=[one for one in _OFTEN if one in VARIABLES],
            further=[one for one in VARIABLES if one not in _OFTEN],
            changes=changes,
            added=added,
            removed=removed,
            uses=used_by(runtime, place),
            steps=[
                (one, show_moment(language, one.at, lender.timezone) if one.at else None)
                for one in steps(version, approvals)
            ],
            approvals=[(one, show_moment(language, one.at, lender.timezone)) for one in approvals],
            blocked={
                action: f"templates.refused.{why}" if why else "" for action, why in blocked.items()
            },
            may_write=blocked["save"] is None,
            consider=[one for one in tried.checks if one.force == "consider"],
            needs_compliance=version.needs_compliance or checked.needs_compliance,
            zone=lender.timezone,
            local_now=now.astimezone(ZoneInfo(lender.timezone)).strftime("%Y-%m-%dT%H:%M"),
            problems=problems,
            refused=refused,
            conflict=conflict,
            theirs=theirs,
            done=request.query.get("done", ""),
            show=show or (tried.shown.name if tried.shown else ""),
            **{"reason": "", "at": "", "percent": "", "hold_out": "", "sentences": {}, **values},
        )


class TemplateDraftPages:
    """Handlers of the editor.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._editor = EditorPage(runtime, renderer)

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, DRAFT, self.get, MAY_SEE),
            Page(hdrs.METH_POST, DRAFT, self.post, MAY_WRITE),
            Page(hdrs.METH_POST, DRAFT + "/preview", self.post_preview, MAY_SEE, is_look=True),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show an open version; one that was live has a page of its own."""
        version = await draft_of(self._runtime, request)
        if version is None:
            return self._editor.missing(request)
        if version.state not in OPEN:
            address = version_address(version.place, version.number)
            return web.Response(status=303, headers={"Location": address})
        return await self._editor.show(request, version)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Save, and then do what the button says; nobody else's words are ever overwritten."""
        version = await draft_of(self._runtime, request)
        if version is None:
            return self._editor.missing(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        do, _, what = form.get("do", "save").partition(":")
        wording = Wording(form.get("source", ""), form.get("subject", ""))
        if do == "insert":
            wording = insert_variable(wording, what)
        if do == "fix" and (fix := parse_fix(what)) is not None:
            wording = apply_fix(wording, fix)
        revision = form.get("revision", "")
        by = by_visitor(self._runtime, request, version.place.tenant)
        words = NewWords(wording.source, wording.subject, form.get("note", version.note))
        try:
            saved = await save_draft(
                self._runtime,
                version.place.tenant,
                version.version_id,
                words,
                by,
                revision=int(revision) if revision.isascii() and revision.isdigit() else -1,
                onto_standing=do == "onto",
            )
            if isinstance(saved, Conflict):
                return await self._conflict(request, saved, wording, do)
            version = saved.version
            if do == "submit":
                version = await submit(
                    self._runtime,
                    version.place.tenant,
                    version.version_id,
                    by,
                    revision=version.revision,
                )
        except RefusedError as error:
            return await self._refused(request, version, wording, error, do)
        if do == "autosave":
            return self._kept(request, version)
        done = "voided" if saved.voided else {"submit": "submitted"}.get(do, "saved")
        more = {"show": what} if do == "preview" and what else {}
        address = draft_address(version, done=f"templates.done.{done}", **more)
        return web.Response(status=303, headers={"Location": address})

    async def post_preview(self, request: web.Request) -> web.StreamResponse:
        """Return how unsaved words come out; nothing is kept."""
        version = await draft_of(self._runtime, request)
        if version is None:
            return self._editor.missing(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        wording = Wording(form.get("source", ""), form.get("subject", ""))
        language, now = language_for(request), self._runtime.clock.business_now()
        show = form.get("show", "")
        tried, _ = await look_at(self._runtime, version.place, wording, language, now, show=show)
        changes, added, removed = comparison(version.based_source, wording.source)
        return self._renderer.page(
            request,
            "template_tried.html",
            visitor=request[SESSION],
            version=version,
            place=version.place,
            address=draft_address(version),
            tried=tried,
            show=show,
            changes=changes,
            added=added,
            removed=removed,
            may_write=request[SESSION].operator.may(version.place.tenant, MAY_WRITE),
        )

    async def _conflict(
        self, request: web.Request, conflict: Conflict, wording: Wording, do: str
    ) -> web.StreamResponse:
        if do == "autosave":
            return web.Response(status=409)
        return await self._editor.show(
            request,
            conflict.theirs,
            wording=wording,
            conflict=conflict,
            problems=[say(language_for(request), "templates.conflict")],
            status=409,
        )

    async def _refused(
        self, request: web.Request, version: Version, wording: Wording, error: RefusedError, do: str
    ) -> web.StreamResponse:
        if do == "autosave":
            return web.Response(status=409)
        latest = await draft_of(self._runtime, request) or version
        if latest.state not in OPEN:
            address = version_address(latest.place, latest.number)
            return web.Response(status=303, headers={"Location": address})
        said = say(language_for(request), f"templates.refused.{error.why}")
        status = 403 if error.why is Refusal.NOT_YOURS else 422
        return await self._editor.show(
            request, latest, wording=wording, problems=[said], refused=str(error.why), status=status
        )

    def _kept(self, request: web.Request, version: Version) -> web.Response:
        lender = self._runtime.settings.lenders[version.place.tenant]
        at = self._runtime.clock.business_now().astimezone(ZoneInfo(lender.timezone))
        said = say(language_for(request), "templates.saved_at", at=f"{at:%H:%M:%S}")
        body = msgspec.json.encode({"revision": version.revision, "said": said})
        return web.Response(body=body, content_type="application/json")
