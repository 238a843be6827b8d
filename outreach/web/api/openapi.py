"""The OpenAPI 3.1 document, generated from the operations and the published schemas."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from aiohttp import web

import outreach
from outreach.sources.schema import published
from outreach.web.api.operations import Operation

_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457 problem document.",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and how to mend it."},
        "errors": {
            "type": "array",
            "description": "With 422: each field that breaks the schema.",
            "items": {
                "type": "object",
                "required": ["field", "wrong", "allowed"],
                "properties": {
                    "field": {"type": "string", "examples": ["data.installment.outstanding"]},
                    "wrong": {"type": "string"},
                    "allowed": {"type": "string"},
                },
            },
        },
    },
}
_RECEIPT: Final = {
    "type": "object",
    "required": ["signals"],
    "properties": {
        "signals": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "type", "result"],
                "properties": {
                    "id": {"type": "string"},
                    "type": {"type": "string", "description": "As it was stored."},
                    "result": {
                        "enum": ["stored", "duplicate", "conflict"],
                        "description": "`conflict`: this id came with another body before.",
                    },
                },
            },
        }
    },
}
_FIRST_ERROR: Final = 400


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Outreach",
            "version": outreach.__version__,
            "description": "Signed signals from lending platforms in, lawful contacts out.",
        },
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": _PROBLEM,
                "Receipt": _RECEIPT,
                **{name: {"$ref": f"/v1/schemas/{name}"} for name in published()},
            },
            "securitySchemes": {
                "standardWebhooks": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "webhook-signature",
                    "description": "`v1,` and base64 of HMAC-SHA256 over"
                    " `webhook-id.webhook-timestamp.body`; several, separated by spaces, while a"
                    " secret is rotated.",
                },
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of one lender, `ork_…`, made by `outreach keys add` or on"
                    " the console's team page.",
                },
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{operation.method.lower()} {operation.path}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": {
            str(status): _response(status, text) for status, text in operation.responses.items()
        },
    }
    if operation.description:
        described["description"] = operation.description
    if operation.parameters:
        described["parameters"] = [
            {"name": name, "schema": {"type": "string"}, "required": about["in"] == "path", **about}
            for name, about in operation.parameters.items()
        ]
    if operation.request:
        described["requestBody"] = {
            "required": True,
            "content": {
                media: {"schema": {"$ref": f"/v1/schemas/{name}"} if name else {}}
                for media, name in operation.request.items()
            },
        }
    if "webhook-signature" in operation.parameters:
        described["security"] = [{"standardWebhooks": []}]
    if "authorization" in operation.parameters:  # by OpenAPI the scheme says it, not a parameter
        described["security"] = [{"apiKey": []}]
        described["parameters"] = [
            one for one in described["parameters"] if one["name"] != "authorization"
        ]
    return described


def _response(status: int, text: str) -> dict[str, Any]:
    if status >= _FIRST_ERROR:
        schema = {"$ref": "#/components/schemas/Problem"}
        return {"description": text, "content": {"application/problem+json": {"schema": schema}}}
    return {"description": text}


class OpenApi:
    """Serves the document and the schemas; everything is encoded once."""

    def __init__(self) -> None:
        self._document = b"{}"
        self._schemas = published()
        index = {"schemas": {name: f"/v1/schemas/{name}" for name in self._schemas}}
        self._index = msgspec.json.format(msgspec.json.encode(index), indent=1)

    def describe(self, operations: Iterable[Operation]) -> dict[str, Any]:
        """Take the operations to serve, and return their document."""
        described = document(operations)
        self._document = msgspec.json.format(msgspec.json.encode(described), indent=1)
        return described

    async def get_document(self, _: web.Request) -> web.Response:
        """Return the OpenAPI document."""
        return web.Response(body=self._document, content_type="application/json")

    async def get_schemas(self, _: web.Request) -> web.Response:
        """Return the names and addresses of the published schemas."""
        return web.Response(body=self._index, content_type="application/json")

    async def get_schema(self, request: web.Request) -> web.Response:
        """Return one JSON Schema."""
        found = self._schemas.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found, content_type="application/schema+json")
