"""Every place at once: what a phone has in place of the left rail."""

from aiohttp import hdrs, web

from outreach.domain.operators import EVERYBODY
from outreach.runtime import Runtime
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer


class MenuPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages, and knows where one can go.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:  # noqa: ARG002 - as all parts
        self._renderer = renderer

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [Page(hdrs.METH_GET, "/menu", self.get, EVERYBODY)]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show where the visitor can go."""
        return self._renderer.page(request, "menu.html", visitor=request[SESSION])
