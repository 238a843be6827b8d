"""Signals and sources for these tests, valid unless a test says otherwise."""

import json
from copy import deepcopy
from datetime import datetime
from typing import Any

from multidict import CIMultiDict

from outreach.sources import ADAPTERS
from outreach.sources.signature import secret_key, sign
from outreach.sources.source import Envelope, IncomingRequest, RawSignal, Source, SourceOptions
from tests.sources.samples import NOW, PATH_SECRET, sample

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXMtZm9yLXVz"


def a_source(adapter: str, **changes: Any) -> Source:
    """Return a source by its secret address, or signed where `secrets` are given."""
    settings = {"tenant": "acme", "slug": "core", "timezone": "America/New_York"} | changes
    if "secrets" not in settings and "path_secret" not in settings:
        settings["path_secret"] = PATH_SECRET
    return ADAPTERS[adapter](SourceOptions(**settings), None)


def an_event(number: str = "062", **changes: Any) -> dict[str, Any]:
    """Return a recorded canonical event with members of its envelope replaced."""
    event: dict[str, Any] = json.loads(sample(number).body)
    return deepcopy(event) | changes


def put(content: Any, path: str, value: Any) -> Any:
    """Set the member at `a.b.0.c`, or remove it when the value is `...`; returns the content."""
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    node = content
    for step in steps:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return content


def a_request(
    content: Any, *, headers: dict[str, str] | None = None, secret: str | None = PATH_SECRET
) -> IncomingRequest:
    """Return a POST of JSON, or of raw bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    sent = CIMultiDict({"Content-Type": "application/cloudevents+json"} | (headers or {}))
    return IncomingRequest(sent, body, secret, NOW)


def signed(
    content: Any,
    *,
    message_id: str = "msg_1",
    at: datetime = NOW,
    headers: dict[str, str] | None = None,
) -> IncomingRequest:
    """Return a POST signed with `SECRET`."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    stamp = int(at.timestamp())
    proof = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secret_key(SECRET), message_id, stamp, body),
    }
    return IncomingRequest(CIMultiDict(proof | (headers or {})), body, None, NOW)


def stored(envelope: Envelope, source: Source) -> RawSignal:
    """Return a signal as the worker reads it back from disk."""
    return RawSignal.unpack(RawSignal.of(envelope, source.options, NOW).pack())
