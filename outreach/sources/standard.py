"""Standard Webhooks in our own schema: the recommended way in.

The body is `{type, timestamp, data}` with `webhook-id` as the signal's id, or a whole CloudEvent
that brings its own source and id, or an array of either; the signature covers all of it.
"""

from typing import Final

from multidict import istr

from outreach.domain.signals import Signal
from outreach.sources.canonical import check, map_canonical, split_body
from outreach.sources.payload import is_json, media_type, read_json
from outreach.sources.signature import Credential
from outreach.sources.source import (
    Envelope,
    FieldProblem,
    IncomingRequest,
    MediaTypeError,
    RawSignal,
    ReadsBack,
    SchemaError,
    SourceOptions,
)

_CONTENT_TYPE: Final = istr("Content-Type")
_ID: Final = istr("webhook-id")
_JSON: Final = "application/json"


class StandardSource:
    """One lender's own signals, signed."""

    def __init__(self, options: SourceOptions, reader: ReadsBack | None = None) -> None:
        self.options = options
        self.reader = reader
        self._credential = Credential(options)

    def authenticate(self, request: IncomingRequest) -> None:
        """Check the signature, or the secret address; see `Source.authenticate`."""
        self._credential.check(request)

    def split(self, request: IncomingRequest) -> list[Envelope]:
        """Cut and check; see `Source.split`."""
        kind = request.headers.get(_CONTENT_TYPE)
        if kind != _JSON and (kind := media_type(kind)) and not is_json(kind):
            raise MediaTypeError(
                "This source takes JSON.", "application/json, application/cloudevents+json"
            )
        message_id = request.headers.get(_ID, "")
        envelopes = check(split_body(request.body, standard_id=message_id or "?"), self.options)
        if not message_id and any(envelope.source == self.options.uri for envelope in envelopes):
            missing = FieldProblem(
                "webhook-id", "is missing", "a header with an id that stays the same over retries"
            )
            raise SchemaError((missing,))
        return envelopes

    def map(self, raw: RawSignal) -> list[Signal]:
        """Return the signal as it was checked; see `Source.map`."""
        return map_canonical(raw, read_json(raw.body), self.options)
