"""The web application: routes, what they are given, and what runs beside them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final, cast

from aiohttp import web

from outreach.usecases.receive import GroupCommit
from outreach.web import health
from outreach.web.api.openapi import OpenApi
from outreach.web.api.operations import Operation
from outreach.web.api.page import Page
from outreach.web.metrics import Metrics
from outreach.web.middleware import Handler, answered, nothing_here
from outreach.web.notifications import PATH, Notifications
from outreach.web.state import COMMIT, DRAINING, METRICS, RUNTIME, WebRuntime
from outreach.web.webhooks import LARGEST_BODY, Webhooks

_SOURCE: Final = {
    "source": {
        "in": "path",
        "description": "Slug of the configured source; it names lender and adapter.",
    }
}
_SECRET: Final = {"secret": {"in": "path", "description": "The source's unguessable last part."}}
_SIGNED: Final = {
    "webhook-id": {"in": "header", "description": "The signal's id; the same over retries."},
    "webhook-timestamp": {
        "in": "header",
        "description": "Unix seconds of this attempt; at most 300 s off.",
    },
    "webhook-signature": {
        "in": "header",
        "description": "`v1,` and base64; several separated by spaces.",
    },
}
_ANSWERS: Final = {
    202: "Stored: on disk, and worked on. Also for types that aren't known, and for an id that was"
    " used with another body.",
    200: "All of it was stored before; nothing changes.",
    400: "The body isn't the JSON it claims to be.",
    401: "Signature, timestamp or secret address is missing, malformed or wrong.",
    404: "There is no source of this name.",
    413: "Larger than 256 KiB.",
    415: "A media type that this source doesn't take, or a compressed body.",
    422: "Our own schema is broken: `errors` names each field, what is wrong and what is allowed.",
    429: "Too many requests for this source; Retry-After says when.",
    503: "Nothing was stored; Retry-After says when to send it again.",
}
_BODIES: Final = {
    "application/json": "standard-webhook",
    "application/cloudevents+json": "signal",
    "application/cloudevents-batch+json": "cloudevents-batch",
}


_PAGED: Final = {
    "borrower": {"in": "path", "description": "The lender's own reference of the borrower."},
    "after": {"in": "query", "description": "`next` of the page before; left out for the newest."},
    "limit": {"in": "query", "description": "Most notifications, 1 to 100; 20 when left out."},
}
_FEED: Final = {
    200: "`notifications`, newest first, each with `id`, `at`, `title`, `text`, `delivered` and"
    " `read`; `next`, or null where there is nothing older.",
    400: "`limit` or `after` can't be read.",
    401: "Signature or timestamp is missing, malformed or wrong.",
    404: "The lender has told of no borrower of this reference.",
    429: "Too many requests for this source; Retry-After says when.",
    503: "The database is away; Retry-After says when to ask again.",
}


def create_app(
    runtime: WebRuntime,
    *,
    routes: Iterable[web.RouteDef] = (),
    further: Iterable[Operation] = (),
) -> web.Application:
    """Build the application.

    Args:
        runtime: Open for as long as the application runs; closed by whoever opened it.
        routes: Of other parts (provider callbacks, pages), served but not described.
        further: Operations of other parts, served and described.
    """
    app = web.Application(client_max_size=LARGEST_BODY)
    metrics = Metrics()
    app[RUNTIME] = runtime
    app[METRICS] = metrics
    app[COMMIT] = GroupCommit(runtime.db, runtime.vault, wake=runtime.wake, observe=metrics.commit)
    app[DRAINING] = asyncio.Event()
    app.on_shutdown.append(_drain)
    app.cleanup_ctx.append(_draining)
    openapi, page = OpenApi(), Page()
    operations = [*_operations(Webhooks(app), Notifications(app), openapi, page), *further]
    page.describe(openapi.describe(operations))
    for operation in operations:
        app.router.add_route(operation.method, operation.path, answered(operation.handler))
    app.router.add_routes(
        web.RouteDef(one.method, one.path, answered(cast("Handler", one.handler)), one.kwargs)
        for one in routes
    )
    app.router.add_route("*", "/{tail:.*}", answered(nothing_here))
    return app


async def _drain(app: web.Application) -> None:
    app[DRAINING].set()


async def _draining(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[COMMIT].close()


def _operations(
    webhooks: Webhooks, notifications: Notifications, openapi: OpenApi, page: Page
) -> list[Operation]:
    signals = "Signals"
    signed = (
        "Sign as Standard Webhooks describes. The answer comes after the commit: a 2xx means that"
        " it is on disk."
    )
    by_address = (
        "For platforms that can't sign, and for CloudEvents in binary mode. What an unsigned hook"
        " tells of money is read back from the platform before it is believed."
    )
    return [
        Operation(
            "POST",
            "/v1/signals/{source}",
            webhooks.post,
            "Post signed signals",
            signed,
            parameters={**_SOURCE, **_SIGNED},
            request=_BODIES,
            responses=_ANSWERS,
            tag=signals,
        ),
        Operation(
            "POST",
            "/v1/signals/{source}/{secret}",
            webhooks.post,
            "Post signals to a secret address",
            by_address,
            parameters={**_SOURCE, **_SECRET},
            request={**_BODIES, "application/json": None},
            responses=_ANSWERS,
            tag=signals,
        ),
        Operation(
            "OPTIONS",
            "/v1/signals/{source}",
            webhooks.options,
            "CloudEvents handshake",
            parameters=_SOURCE,
            responses={204: "WebHook-Allowed-Origin and -Rate.", 404: _ANSWERS[404]},
            tag=signals,
        ),
        Operation(
            "OPTIONS",
            "/v1/signals/{source}/{secret}",
            webhooks.options,
            "CloudEvents handshake at a secret address",
            parameters={**_SOURCE, **_SECRET},
            responses={204: "WebHook-Allowed-Origin and -Rate.", 404: _ANSWERS[404]},
            tag=signals,
        ),
        Operation(
            "GET",
            PATH,
            notifications.get,
            "Read a borrower's notifications",
            "For the inbox of the lender's own app. Sign as Standard Webhooks describes, with a"
            " secret of any of the lender's sources; in place of a body, the request's path and"
            " query are signed as they are sent. The app's `app.delivered` and `app.read` signals"
            " mark what was shown and opened.",
            parameters={**_PAGED, **_SIGNED},
            responses=_FEED,
            tag="Notifications",
        ),
        Operation(
            "GET",
            "/v1/schemas/",
            openapi.get_schemas,
            "List the JSON Schemas",
            responses={200: "Names and addresses."},
        ),
        Operation(
            "GET",
            "/v1/schemas/{name}",
            openapi.get_schema,
            "Read one JSON Schema",
            parameters={
                "name": {
                    "in": "path",
                    "description": "`signal`, `standard-webhook`, `cloudevents-batch`, a type.",
                }
            },
            responses={200: "JSON Schema 2020-12.", 404: "There is no schema of this name."},
        ),
        Operation(
            "GET",
            "/v1/openapi.json",
            openapi.get_document,
            "This document",
            responses={200: "OpenAPI 3.1."},
        ),
        Operation("GET", "/v1/docs", page.get, "This document as a page", responses={200: "HTML."}),
        Operation(
            "GET", "/healthz", health.live, "Is the process alive", responses={200: "It is."}
        ),
        Operation(
            "GET",
            "/readyz",
            health.ready,
            "Can it take signals",
            responses={200: "The database answers.", 503: "It doesn't; `checks` says why."},
        ),
        Operation(
            "GET", "/metrics", health.metrics, "Prometheus metrics", responses={200: "Text format."}
        ),
    ]
