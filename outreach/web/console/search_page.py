"""Where an id, number or address is found: posted, so that no address of a page ever holds it."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.contacts import attempt_id
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.store.pool import reading_as
from outreach.usecases.searching import Hit, search
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.showing import masked
from outreach.web.console.words import Language, say

PATH: Final = "/search"
_LONGEST: Final = 200
_FEWEST: Final = 7


@dataclass(frozen=True, slots=True)
class Found:
    """One line of what was found: where it leads, what it is, whose lender's."""

    address: str
    kind: str
    what: str
    lender: str
    by: str


class SearchPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._kept = PrivateSearch(runtime.redis, runtime.vault, "search")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get, EVERYBODY),
            Page(hdrs.METH_POST, PATH, self.post, EVERYBODY),
        ]

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Keep what is looked for, and lead to what was found."""
        form = await request.post()
        words = str(form.get("q", "")).strip()[:_LONGEST]
        if not words:
            return web.Response(status=303, headers={"Location": PATH})
        try:
            name = await self._kept.keep(request[SESSION].operator, {"q": words})
        except RedisError:
            return self._page(request, "away.html", status=503)
        return web.Response(status=303, headers={"Location": f"{PATH}?s={name}"})

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show the form, and what was found where something was looked for."""
        language, name = language_for(request), request.query.get("s", "")
        said: Mapping[str, str] | None = None
        if name:
            try:
                said = await self._kept.find(request[SESSION].operator, name)
            except RedisError:
                return self._page(request, "away.html", status=503)
        words = said["q"] if said else ""
        found = [self._line(language, one) for one in await self._find(request, words)]
        if len(found) == 1 and request.query.get("stay") is None:
            return web.Response(status=303, headers={"Location": found[0].address})
        return self._page(
            request,
            "search.html",
            found=found,
            shown=_shown(words),
            is_asked=bool(words),
            has_lapsed=bool(name) and said is None,
        )

    async def _find(self, request: web.Request, words: str) -> list[Hit]:
        if not words:
            return []
        hits: list[Hit] = []
        for slug in request[SESSION].operator.lenders(EVERYBODY):
            lender = self._runtime.settings.lenders.get(slug)
            if lender is None:
                continue
            async with reading_as(self._runtime.db, slug) as conn:
                hits += await search(conn, self._runtime.vault, slug, words, country=lender.country)
        return hits

    def _line(self, language: Language, hit: Hit) -> Found:
        lender = self._runtime.settings.lenders[hit.tenant].name
        unnamed = say(language, "people.unnamed", number=hit.person_id)
        address, kind, what = f"/people/{hit.person_id}", "person", hit.borrower or unnamed
        if hit.loan_id is not None:
            address, kind = f"/loans/{hit.person_id}-{hit.loan_id}", "loan"
        if hit.contact_id is not None:
            address = f"/contacts/{attempt_id(hit.person_id, hit.contact_id)}"
            kind = "contact"
        by = say(language, f"search.by.{hit.by}")
        return Found(address, say(language, f"search.{kind}"), what, lender, by)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _shown(words: str) -> str:
    """Return what was looked for as a page may show it: numbers and e-mail addresses masked."""
    digits = sum(char.isdigit() for char in words)
    if "@" in words:
        return masked(words)
    if digits >= _FEWEST and not any(char.isalpha() for char in words):
        return masked(words)
    return words
