"""Which text is live for whom: every template of a lender, and one with its translations."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.template_versions import (
    MAY_ROLL_BACK,
    MAY_WRITE,
    OPEN,
    Place,
    RefusedError,
    Version,
    actor_of,
)
from outreach.domain.vocabulary import Channel
from outreach.rendering.text_changes import text_changes
from outreach.runtime import Runtime
from outreach.usecases.template_drafts import By, open_draft
from outreach.usecases.template_reading import (
    Listed,
    count_contacts,
    list_lives,
    list_places,
    list_versions,
    report_arms,
    standing,
    used_by,
)
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Tag, show_moment
from outreach.web.console.templates_showing import (
    PATH,
    draft_address,
    first_of,
    key_address,
    lender_of,
    place_address,
    place_of,
    state_tag,
    version_address,
)
from outreach.web.console.words import Language, say

_MOST: Final = 50
_COUNTED: Final = 5
"""Of the newest versions the contacts are counted here; of older ones on their own pages."""
_FILTERS: Final = ("purpose", "channel", "locale", "state")
_STATES: Final = ("file", "live", "draft", "review", "approved")
_ARMS_SINCE: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Chip:
    """One text of a key: its language and channel, and its state where it is worth a word."""

    address: str
    words: str
    locale: str
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class Row:
    """One key in the list."""

    key: str
    address: str
    about: str
    purposes: tuple[str, ...]
    chips: tuple[Chip, ...]


class TemplatesPages:
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
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, PATH + "/{key}", self.get, EVERYBODY),
            Page(hdrs.METH_POST, PATH + "/{key}/drafts", self.post_draft, MAY_WRITE),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """List the keys of a lender, with the texts that match the filters."""
        language = language_for(request)
        tenant = lender_of(request)
        if tenant is None:
            return self._missing(request)
        request[ABOUT] = tenant
        every = await list_places(self._runtime, tenant)
        asked = {name: request.query[name] for name in _FILTERS if request.query.get(name)}
        choices = _choices(every)
        wrong = [name for name, value in asked.items() if value not in choices[name]]
        found = [one for one in every if _matches(one, asked)] if not wrong else []
        rows = [_row(language, tenant, own) for own in _by_key(found)]
        after = request.query.get("after", "")
        shown = [row for row in rows if row.key > after][: _MOST + 1]
        lenders = self._runtime.settings.lenders

        def without(name: str) -> str:
            kept = {one: value for one, value in asked.items() if one != name}
            return f"{PATH}?{urlencode({'lender': tenant, **kept})}"

        return self._renderer.page(
            request,
            "templates.html",
            visitor=request[SESSION],
            tenant=tenant,
            lenders={
                slug: lenders[slug].name
                for slug in request[SESSION].operator.lenders(EVERYBODY)
                if slug in lenders
            },
            asked=asked,
            choices=choices,
            rows=shown[:_MOST],
            older=(
                f"{PATH}?{urlencode({'lender': tenant, **asked, 'after': shown[_MOST - 1].key})}"
                if len(shown) > _MOST
                else ""
            ),
            newest=without("") if after else "",
            without=without,
            problems=[say(language, "templates.filter.unknown")] if wrong else [],
            may_write=request[SESSION].operator.may(tenant, MAY_WRITE),
            done=request.query.get("done", ""),
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show a key on one channel: its translations, who uses it, its versions."""
        return await self._show(request)

    async def post_draft(self, request: web.Request) -> web.StreamResponse:
        """Begin a draft, of what stands or of an older version, or go on with the open one."""
        form = await request.post()
        tenant = lender_of(request, str(form.get("lender", "")))
        names = (str(form.get("locale", "")), str(form.get("channel", "")))
        place = place_of(tenant, request.match_info["key"], *names) if tenant else None
        if place is None:
            return self._missing(request)
        request[ABOUT] = place.tenant
        based = str(form.get("based_on", ""))
        clock = self._runtime.clock
        actor = actor_of(request[SESSION].operator, place.tenant)
        by = By(actor, clock.business_now(), clock.wall_now())
        number = int(based) if based.isascii() and based.isdigit() and len(based) < 10 else None
        # One open version a place: older words can't begin a second one.
        newest = await list_versions(self._runtime, place, most=1)
        is_open = any(one.state in OPEN for one in newest)
        try:
            version = await open_draft(self._runtime, place, by, based_on=number)
        except RefusedError as error:
            return await self._show(request, problem=f"templates.refused.{error.why}")
        more = {"done": "templates.done.already_open"} if number is not None and is_open else {}
        return web.Response(status=303, headers={"Location": draft_address(version, **more)})

    def _missing(self, request: web.Request) -> web.Response:
        return self._renderer.page(
            request, "template_missing.html", status=404, visitor=request[SESSION]
        )

    async def _show(self, request: web.Request, *, problem: str = "") -> web.StreamResponse:
        language, tenant = language_for(request), lender_of(request)
        key = request.match_info["key"]
        listed = await list_places(self._runtime, tenant) if tenant else []
        every = [one for one in listed if one.place.key == key]
        if tenant is None or not every:
            return self._missing(request)
        request[ABOUT] = tenant
        lender = self._runtime.settings.lenders[tenant]
        channels = [one for one in Channel if any(each.place.channel is one for each in every)]
        asked = request.query.get("channel", "")
        channel = Channel(asked) if asked in channels else channels[0]
        here = [one for one in every if one.place.channel is channel]
        wanted = [request.query.get("locale", ""), lender.locale]
        place = first_of([one.place for one in here], wanted)
        if place is None:
            return self._missing(request)
        operator = request[SESSION].operator
        return self._renderer.page(
            request,
            "template.html",
            status=409 if problem else 200,
            visitor=request[SESSION],
            key=key,
            tenant=tenant,
            lender=lender.name,
            listed=every[0],
            channel=channel,
            channels=[(one, key_address(tenant, key, channel=str(one))) for one in channels],
            place=place,
            languages=[self._language(language, one, place) for one in here],
            absent=[
                locale
                for locale in sorted(self._runtime.considering.catalog.locales)
                if locale not in {one.place.locale for one in here}
            ],
            uses=used_by(self._runtime, place),
            may_write=operator.may(tenant, MAY_WRITE),
            may_roll_back=operator.may(tenant, MAY_ROLL_BACK),
            problem=problem,
            done=request.query.get("done", ""),
            **await self._history(language, place, lender.timezone),
        )

    def _language(self, language: Language, one: Listed, shown: Place) -> dict[str, object]:
        """Return one translation as the page puts it beside the others."""
        stands = standing(self._runtime, one.place)
        version = one.open
        return {
            "place": one.place,
            "address": place_address(one.place),
            "is_shown": one.place == shown,
            "subject": stands.subject,
            "words": text_changes(stands.source, stands.source),
            "number": stands.number,
            "tag": _standing_tag(language, one),
            "open": state_tag(language, version.state) if version else None,
            "draft": draft_address(version) if version else "",
            "file_changed": one.file_changed,
        }

    async def _history(self, language: Language, place: Place, zone: str) -> dict[str, Any]:
        """Return the versions of a place, when each was live, and what its arms came to."""
        now = self._runtime.clock.business_now()
        versions = await list_versions(self._runtime, place, most=_MOST)
        told: list[dict[str, Any]] = []
        for one in versions:
            counted = None
            if one.hashes and len(told) < _COUNTED:
                counted = await count_contacts(self._runtime, place.tenant, one)
            told.append(
                {
                    "one": one,
                    "address": _address(one),
                    "tag": state_tag(language, one.state),
                    "at": show_moment(language, one.live_at or one.changed_at, zone),
                    "contacts": counted,
                    "log": f"/contacts?{urlencode({'lender': place.tenant, 'template': one.ref})}",
                }
            )
        lives = [
            (one, show_moment(language, one.since, zone),
             show_moment(language, one.until, zone) if one.until else None)
            for one in await list_lives(self._runtime, place)
        ]  # fmt: skip
        arms = await report_arms(self._runtime, place, since=now - _ARMS_SINCE)
        return {
            "versions": told,
            "lives": lives,
            "arms": arms,
            "as_of": show_moment(language, now, zone),
        }


def _address(version: Version) -> str:
    if version.state in OPEN:
        return draft_address(version)
    return version_address(version.place, version.number)


def _choices(every: Sequence[Listed]) -> Mapping[str, list[str]]:
    """Return what can be asked for: of languages, channels and purposes, those that there are."""
    return {
        "purpose": sorted({str(purpose) for one in every for purpose in one.purposes}),
        "channel": [one for one in Channel if any(each.place.channel is one for each in every)],
        "locale": sorted({one.place.locale for one in every}),
        "state": list(_STATES),
    }


def _matches(one: Listed, asked: Mapping[str, str]) -> bool:
    states = {"live"} if one.live else {"file"}
    if one.open is not None:
        states.add(str(one.open.state))
    return (
        asked.get("purpose", "") in {"", *map(str, one.purposes)}
        and asked.get("channel", "") in {"", str(one.place.channel)}
        and asked.get("locale", "") in {"", one.place.locale}
        and asked.get("state", "") in {"", *states}
    )


def _by_key(found: Sequence[Listed]) -> list[list[Listed]]:
    keys: dict[str, list[Listed]] = {}
    for one in found:
        keys.setdefault(one.place.key, []).append(one)
    return [keys[key] for key in sorted(keys)]


def _row(language: Language, tenant: str, own: Sequence[Listed]) -> Row:
    first = own[0]
    chips = []
    for one in own:
        tag = state_tag(language, one.open.state) if one.open else None
        channel = say(language, f"channel.{one.place.channel}")
        chips.append(Chip(place_address(one.place), channel, one.place.locale, tag))
    return Row(
        first.place.key,
        key_address(tenant, first.place.key),
        first.about,
        tuple(sorted(map(str, first.purposes))),
        tuple(chips),
    )


def _standing_tag(language: Language, one: Listed) -> Tag:
    """Return which words stand: a version, several on trial, or those of the files."""
    if not one.live:
        return Tag("info", "●", say(language, "templates.standing.file"))
    if len(one.live) > 1 or one.live[0].percent < 100:
        return Tag("info", "◐", say(language, "templates.standing.trial"))
    return Tag("info", "●", say(language, "templates.standing.live", n=one.live[0].number))
