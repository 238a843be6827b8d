"""Who changed or looked at what: the audit trail of one lender, or of the installation itself."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from outreach.domain.operators import Operator, Role
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.store.operators import Audited, TrailFilter, list_trail
from outreach.store.pool import Connection, reading_as
from outreach.web.console.access import ABOUT, SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/audit"
EXPORT: Final = "/audit/export"
MAY_LOOK: Final = frozenset({Role.COMPLIANCE, Role.ADMIN})
KINDS: Final = ("changed", "looked", "signed")
INSTALLATION: Final = ""
"""What was about no one lender: signing in, and what concerns all."""
_PAGE: Final = 50
_BATCH: Final = 2_000
_MOST_ROWS: Final = 100_000
_NEWEST: Final = 2**62
_USUAL: Final = timedelta(days=30)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One action as the page lists it: a verb, the part of the console, and the address."""

    when: Moment
    who: str
    verb: str
    area: str
    subject: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor asks for, read from the address."""

    lender: str
    zone: str
    chosen: TrailFilter
    said: Mapping[str, str]


class AuditPages:
    """Handlers of the page.

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
            Page(hdrs.METH_GET, PATH, self.get, MAY_LOOK),
            Page(hdrs.METH_GET, EXPORT, self.get_export, MAY_LOOK, recorded=True),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show one page of the trail, newest first."""
        operator, language = request[SESSION].operator, language_for(request)
        choices = self._choices(operator, language)
        asked = self._asked(request, choices)
        if asked is None:
            return self._renderer.page(
                request, "nothing.html", status=404, visitor=request[SESSION], what="audit",
                back=(PATH, "audit"),
            )  # fmt: skip
        request[ABOUT] = asked.lender
        told = request.query.get("before", "")
        before = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else _NEWEST
        async with self._reading(asked.lender) as conn:
            found = await list_trail(
                conn, asked.lender, asked.chosen, before=before, limit=_PAGE + 1
            )
        older = found[_PAGE - 1][0] if len(found) > _PAGE else None
        now = self._runtime.clock.wall_now()
        return self._renderer.page(
            request,
            "audit.html",
            visitor=request[SESSION],
            choices=choices,
            asked=asked,
            kinds=KINDS,
            rows=[_row(one, language, asked.zone) for _, one in found[:_PAGE]],
            older=f"{PATH}?{urlencode({**asked.said, 'before': older})}" if older else "",
            newest=f"{PATH}?{urlencode(asked.said)}" if before != _NEWEST else "",
            export=f"{EXPORT}?{urlencode(asked.said)}",
            as_of=show_moment(language, now, asked.zone),
        )

    async def get_export(self, request: web.Request) -> web.StreamResponse:
        """Stream what the filters choose, all pages of it, as CSV."""
        operator, language = request[SESSION].operator, language_for(request)
        asked = self._asked(request, self._choices(operator, language))
        if asked is None:
            return web.Response(status=404)
        request[ABOUT] = asked.lender
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
                hdrs.CONTENT_DISPOSITION: 'attachment; filename="audit.csv"',
                hdrs.CACHE_CONTROL: "private, no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        await response.prepare(request)
        await response.write("\ufeff".encode() + _csv([("at", "login", "action", "subject")]))
        before, left = _NEWEST, _MOST_ROWS
        while left > 0:
            async with self._reading(asked.lender) as conn:
                found = await list_trail(
                    conn, asked.lender, asked.chosen, before=before, limit=min(_BATCH, left)
                )
            if not found:
                break
            lines = [(one.at.isoformat(), one.login, one.action, one.subject) for _, one in found]
            await response.write(_csv(lines))
            before, left = found[-1][0], left - len(found)
        await response.write_eof()
        return response

    def _choices(self, operator: Operator, language: Language) -> dict[str, str]:
        """Return the trails that a visitor may read: their lenders', and the installation's.

        The installation's is for whoever may read that of every lender.
        """
        lenders = self._runtime.settings.lenders
        own = {slug: one.name for slug, one in lenders.items() if operator.may(slug, MAY_LOOK)}
        if own and len(own) == len(lenders):
            own[INSTALLATION] = say(language, "audit.installation")
        return own

    def _asked(self, request: web.Request, choices: Mapping[str, str]) -> Asked | None:
        query = request.query
        lender = query.get("lender", next(iter(choices), INSTALLATION))
        if lender not in choices:
            return None
        lenders = self._runtime.settings.lenders
        zone = lenders[lender].timezone if lender in lenders else "UTC"
        today = self._runtime.clock.wall_now().astimezone(ZoneInfo(zone)).date()
        first = _day(query.get("from", "")) or today - _USUAL
        last = _day(query.get("to", "")) or today
        kind = query.get("kind", "") if query.get("kind") in KINDS else ""
        login = query.get("who", "").strip().casefold()[:_LONGEST]
        said = {"lender": lender, "who": login, "kind": kind}
        said |= {name: query[name] for name in ("from", "to") if _day(query.get(name, ""))}
        since = datetime.combine(first, time.min, ZoneInfo(zone)).astimezone(UTC)
        until = datetime.combine(last, time.min, ZoneInfo(zone)).astimezone(UTC)
        chosen = TrailFilter(login, kind, since, until + timedelta(days=1))
        return Asked(lender, zone, chosen, {**said, "from": f"{first}", "to": f"{last}"})

    @asynccontextmanager
    async def _reading(self, lender: str) -> AsyncIterator[Connection]:
        if lender != INSTALLATION:
            async with reading_as(self._runtime.db, lender) as conn:
                yield conn
            return
        # No lender's rows: the query names "" itself, and the choice was checked.
        async with self._runtime.db.acquire() as conn:
            yield conn


def _row(one: Audited, language: Language, zone: str) -> Row:
    method, _, pattern = one.action.partition(" ")
    key = {"GET": "audit.looked", "POST": "audit.changed"}.get(method, f"audit.{one.action}")
    part = pattern.strip("/").partition("/")[0].replace("-", "_")
    area = say_or(language, f"audit.area.{part}", say_or(language, f"nav.{part}", part))
    return Row(
        show_moment(language, one.at, zone),
        one.login,
        say_or(language, key, one.action),
        area,
        one.subject,
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date.min.year < found.year < date.max.year else None


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV; what a spreadsheet would take for a formula is kept from being one."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([f"'{one}" if one[:1] in {"=", "+", "-", "@"} else one for one in row])
    return out.getvalue().encode()
