"""What every answer has: an id, security headers, and errors as problem documents."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import count
from secrets import token_hex
from typing import Final

import structlog
from aiohttp import web
from multidict import CIMultiDict

from outreach.web.problems import problem

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REQUEST_ID: Final = "X-Request-Id"
_LONGEST_ID: Final = 64
_PROCESS: Final = token_hex(6)
_numbers: Final = count(1)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_FIRST: Final = next(iter(_HEADERS))
_MESSAGES: Final = {
    404: "There is nothing at this address.",
    405: "This address doesn't take this method.",
    413: "The body is larger than is taken here.",
}


def stamped(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """Return headers that carry everything that `answered` adds, for answers made in numbers."""
    return CIMultiDict({**_HEADERS, **headers})


def answered(handler: Handler) -> Handler:
    """Return a handler whose errors are RFC 9457 documents and whose answers are stamped.

    Wrapped around each handler rather than installed as aiohttp's middleware, which would cost
    every webhook two more layers.
    """
    return partial(_answer, handler)


async def _answer(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as exc:
        response = _of_http(exc)
    except Exception:
        log.exception("request_failed", path=_route(request), method=request.method)
        response = problem(
            500, "Something went wrong here. It was logged; send the request again later."
        )
    headers = response.headers
    if _FIRST not in headers:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
    headers[_REQUEST_ID] = _request_id(request)
    return response


async def nothing_here(request: web.Request) -> web.StreamResponse:
    """Refuse an address or method that no route takes: 405 where another method would do."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource is not request.match_info.route.resource:
            allowed |= (await resource.resolve(request))[1]
    if allowed:
        raise web.HTTPMethodNotAllowed(request.method, sorted(allowed))
    raise web.HTTPNotFound


def _of_http(exc: web.HTTPException) -> web.StreamResponse:
    if exc.status < 400:
        return web.Response(status=exc.status, headers=exc.headers)
    allowed = {"Allow": exc.headers["Allow"]} if "Allow" in exc.headers else None
    return problem(exc.status, _MESSAGES.get(exc.status, exc.reason), headers=allowed)


def _request_id(request: web.Request) -> str:
    given = request.headers.get(_REQUEST_ID, "")
    if not given:
        return f"{_PROCESS}-{next(_numbers)}"
    usable = len(given) <= _LONGEST_ID and given.isascii() and given.replace("-", "").isalnum()
    return given if usable else f"{_PROCESS}-{next(_numbers)}"


def _route(request: web.Request) -> str:
    """Return the route's pattern: an address may hold a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"
