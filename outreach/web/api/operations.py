"""Routes as data: what the router serves and the OpenAPI document describes is one list."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from outreach.domain.records import dataclass
from outreach.web.middleware import Handler


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    Attributes:
        method: In capitals.
        path: As aiohttp and OpenAPI both write it: `/v1/signals/{source}`.
        handler: What answers.
        summary: One line, for the list.
        description: What a caller must know; Markdown.
        parameters: Path and header parameters by name, each with `in` and `description`.
        request: Media types taken, each with the name of a published schema, or None.
        responses: What each status means; statuses from 400 are problem documents.
        tag: Heading it is listed under.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    description: str = ""
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    request: Mapping[str, str | None] = field(default_factory=dict)
    responses: Mapping[int, str] = field(default_factory=dict)
    tag: str = "Service"
