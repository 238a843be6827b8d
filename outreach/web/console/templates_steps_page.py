"""The way of a version to live: approve, send back, withdraw, plan, publish, go back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from outreach.domain.template_lifecycle import Trial
from outreach.domain.template_versions import (
    MAY_APPROVE,
    MAY_PUBLISH,
    MAY_ROLL_BACK,
    MAY_WRITE,
    OPEN,
    Refusal,
    RefusedError,
    Version,
)
from outreach.runtime import Runtime
from outreach.usecases.template_approving import approve, publish, roll_back, schedule, send_back
from outreach.usecases.template_drafts import By, withdraw
from outreach.web.console.access import ABOUT, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.templates_draft_page import DRAFT, EditorPage, by_visitor, draft_of
from outreach.web.console.templates_showing import (
    PATH,
    draft_address,
    lender_of,
    place_address,
    place_of,
)
from outreach.web.console.words import say

_MAY_TAKE_STEPS: Final = MAY_WRITE | MAY_APPROVE | MAY_PUBLISH
_LONGEST: Final = 500
_ALL: Final = 100


class TemplateStepsPages:
    """Handlers of the steps.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._editor = EditorPage(runtime, renderer)

    def pages(self) -> list[Page]:
        """Return the actions, and who may take them; a step asks for its own role again."""
        return [
            Page(hdrs.METH_POST, DRAFT + "/steps", self.post, _MAY_TAKE_STEPS),
            Page(hdrs.METH_POST, PATH + "/{key}/back", self.post_back, MAY_ROLL_BACK),
        ]

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Take one step; what was said comes back where it is refused."""
        version = await draft_of(self._runtime, request)
        if version is None:
            return self._editor.missing(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        by = by_visitor(self._runtime, request, version.place.tenant)
        try:
            done, version = await self._take(version, form, by)
        except RefusedError as error:
            return await self._refused(request, version, form, error)
        word = f"templates.done.{done}"
        address = draft_address(version, done=word)
        if version.state not in OPEN:
            address = place_address(version.place, done=word)
        return web.Response(status=303, headers={"Location": address})

    async def post_back(self, request: web.Request) -> web.StreamResponse:
        """Go back to words that were live, or to those of the files."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        tenant = lender_of(request, form.get("lender", ""))
        names = (form.get("locale", ""), form.get("channel", ""))
        place = place_of(tenant, request.match_info["key"], *names) if tenant else None
        number = form.get("to", "")
        if place is None or not (number.isascii() and number.isdigit() and len(number) < 10):
            return self._editor.missing(request)
        request[ABOUT] = place.tenant
        by = by_visitor(self._runtime, request, place.tenant)
        reason = form.get("reason", "").strip()[:_LONGEST]
        done = "templates.done.back"
        try:
            await roll_back(self._runtime, place, by, to=int(number), reason=reason)
        except RefusedError as error:
            done = f"templates.refused.{error.why}"
        return web.Response(status=303, headers={"Location": place_address(place, done=done)})

    async def _take(self, version: Version, form: Mapping[str, str], by: By) -> tuple[str, Version]:
        """Take the step that a form names; return what was done, and the version after it.

        Raises:
            RefusedError: It isn't taken.
        """
        runtime, tenant, number = self._runtime, version.place.tenant, version.version_id
        revision = _number(form.get("revision", ""), -1)
        reason = form.get("reason", "").strip()[:_LONGEST]
        match form.get("do", ""):
            case "approve":
                sentences = _sentences(form)
                return "approved", await approve(
                    runtime, tenant, number, by, revision=revision, sentences=sentences
                )
            case "send_back":
                return "sent_back", await send_back(
                    runtime, tenant, number, by, revision=revision, reason=reason
                )
            case "withdraw":
                return "withdrawn", await withdraw(runtime, tenant, number, by, reason=reason)
            case "schedule":
                at = self._instant(version, form.get("at", ""))
                return "planned", await schedule(runtime, tenant, number, by, at=at)
            case "unschedule":
                return "unplanned", await schedule(runtime, tenant, number, by, at=None)
            case "publish":
                percent = _number(form.get("percent", ""), _ALL)
                hold_out = _number(form.get("hold_out", ""), 0)
                trial = Trial(percent, hold_out) if percent != _ALL or hold_out else None
                return "published", await publish(runtime, tenant, number, by, trial=trial)
            case _:
                raise RefusedError(Refusal.NOT_OPEN, form.get("do", ""))

    def _instant(self, version: Version, text: str) -> datetime:
        """Return the lender's local time that a form tells.

        Raises:
            RefusedError: It is none.
        """
        zone = ZoneInfo(self._runtime.settings.lenders[version.place.tenant].timezone)
        try:
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        except ValueError:
            raise RefusedError(Refusal.IN_THE_PAST, "no time") from None

    async def _refused(
        self, request: web.Request, version: Version, form: Mapping[str, str], error: RefusedError
    ) -> web.StreamResponse:
        latest = await draft_of(self._runtime, request) or version
        told: dict[str, Any] = {
            name: form.get(name, "") for name in ("reason", "at", "percent", "hold_out")
        }
        told["sentences"] = _sentences(form)
        status = 403 if error.why in {Refusal.NOT_YOURS, Refusal.OWN_WORDS} else 422
        if latest.state not in OPEN:
            query = urlencode({"done": f"templates.refused.{error.why}"})
            address = f"{place_address(latest.place)}&{query}"
            return web.Response(status=303, headers={"Location": address})
        said = say(language_for(request), f"templates.refused.{error.why}")
        return await self._editor.show(
            request, latest, problems=[said], refused=str(error.why), status=status, **told
        )


def _sentences(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was said on each finding: one sentence may be about several of them."""
    found: dict[str, str] = {}
    for name, said in form.items():
        if name.startswith("why.") and said.strip():
            found |= dict.fromkeys(name.removeprefix("why.").split("."), said.strip()[:_LONGEST])
    return found


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
