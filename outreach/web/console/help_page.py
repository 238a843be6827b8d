"""What the console's words mean: statuses, shortcuts, whom to ask; and the glossary."""

from typing import Final

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY, Role
from outreach.runtime import Runtime
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Tag
from outreach.web.console.words import say
from outreach.web.console.words.glossary import GLOSSARY
from outreach.web.console.words.help_words import SHORTCUTS, STATUSES

PATH: Final = "/help"
GLOSSARY_PATH: Final = "/help/glossary"


class HelpPages:
    """Handlers of the pages.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:  # noqa: ARG002 - as all parts
        self._renderer = renderer

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get, EVERYBODY),
            Page(hdrs.METH_GET, GLOSSARY_PATH, self.get_glossary, EVERYBODY),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show what statuses mean, what keys do, and what each role is for."""
        language = language_for(request)
        statuses = [
            (Tag(tone, sign, say(language, f"tag.{name}")), say(language, f"help.status.{name}"))
            for name, tone, sign in STATUSES
        ]
        return self._renderer.page(
            request,
            "help.html",
            visitor=request[SESSION],
            statuses=statuses,
            shortcuts=SHORTCUTS,
            roles=list(Role),
        )

    async def get_glossary(self, request: web.Request) -> web.StreamResponse:
        """Show the glossary, both languages beside each other."""
        return self._renderer.page(
            request, "glossary.html", visitor=request[SESSION], terms=GLOSSARY
        )
