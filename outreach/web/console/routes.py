"""Every page of the console and who may open it; nothing is served that isn't listed here."""

from aiohttp import hdrs, web

from outreach.runtime import Runtime
from outreach.web.console.access import Access, Page
from outreach.web.console.log_page import LogPages
from outreach.web.console.menu_page import MenuPages
from outreach.web.console.page import Renderer
from outreach.web.console.stops_page import StopsPages
from outreach.web.console.tasks_page import TasksPages


def pages(runtime: Runtime, renderer: Renderer) -> list[Page]:
    """Return every page that needs a session, with its roles."""
    parts = (MenuPages, LogPages, TasksPages, StopsPages)
    return [page for part in parts for page in part(runtime, renderer).pages()]


def routes(runtime: Runtime) -> list[web.RouteDef]:
    """Return the console's routes, each behind its check."""
    renderer = Renderer(runtime.settings.templates_dir / "console")
    access = Access(runtime, renderer)
    served = pages(runtime, renderer)
    renderer.serves({page.path: page.roles for page in served if page.method == hdrs.METH_GET})
    return [
        *renderer.static_routes(),
        *access.routes(),
        *(access.route(page) for page in served),
    ]
