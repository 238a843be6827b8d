"""Errors as RFC 9457 problem documents; the only place where a status is chosen for an error."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web

from outreach.sources.source import (
    ForgedError,
    MediaTypeError,
    SchemaError,
    SourceError,
    UnreadableError,
)
from outreach.usecases.receive import StoreAwayError

CONTENT_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = "5"


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> web.Response:
    """Return a problem document; `detail` says what to do, `members` are added as they are."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
    }
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type=CONTENT_TYPE, headers=headers
    )


def of_source(error: SourceError) -> web.Response:
    """Return what a sender is told of its request.

    A forged request isn't told which part of the proof was wrong.
    """
    if isinstance(error, ForgedError):
        detail = (
            "The signature, its timestamp or the address isn't valid. Sign the raw body with the"
            " source's secret as Standard Webhooks describes, with a clock at most 300 s off."
        )
        return problem(401, detail, headers={"WWW-Authenticate": "Webhook-Signature"})
    if isinstance(error, MediaTypeError):
        return problem(
            415, error.reason, headers={"Accept-Post": error.accepted}, accepted=error.accepted
        )
    if isinstance(error, SchemaError):
        detail = "The body breaks the schema at /v1/schemas/; `errors` names each field."
        fields = [
            {"field": one.path, "wrong": one.wrong, "allowed": one.allowed} for one in error.fields
        ]
        return problem(422, detail, errors=fields)
    if isinstance(error, UnreadableError):
        return problem(400, error.reason)
    return problem(400, "The request can't be read.")


def of_store(_: StoreAwayError) -> web.Response:
    """Return that nothing was stored and when to try again."""
    detail = "Nothing was stored. Send the same request again."
    return problem(503, detail, headers={"Retry-After": RETRY_SECONDS})
