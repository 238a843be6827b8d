"""The web process: every route of the product on one port, drained before it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from outreach.runtime import Runtime, settle_heap
from outreach.web.api.reading_operations import operations as reading_operations
from outreach.web.app import create_app
from outreach.web.callbacks import routes as callback_routes
from outreach.web.console.routes import routes as page_routes
from outreach.web.pages import routes as message_page_routes
from outreach.web.selfservice.pages import routes as self_service_routes
from outreach.web.visits import operations as visit_operations

_DRAIN_SECONDS: Final = 10.0
_KEEP_ALIVE_SECONDS: Final = 75.0


def build(runtime: Runtime) -> web.Application:
    """Return the whole application: signals, callbacks, API and pages."""
    routes = [
        *callback_routes(runtime),
        *message_page_routes(runtime),
        *page_routes(runtime),
        *self_service_routes(runtime),
    ]
    further = [*reading_operations(runtime), *visit_operations(runtime)]
    return create_app(runtime, routes=routes, further=further)


@asynccontextmanager
async def serving(runtime: Runtime, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve for as long as the block runs; yields the port (of use when 0 was asked for).

    On the way out no connection is taken any more, requests under way are finished for up to ten
    seconds, and what waits to be committed is committed.
    """
    runner = web.AppRunner(
        build(runtime),
        access_log=None,  # addresses hold secrets; metrics count by source and status
        auto_decompress=False,  # signatures cover the bytes that were sent
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
        shutdown_timeout=_DRAIN_SECONDS,
    )
    await runner.setup()
    settle_heap()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
