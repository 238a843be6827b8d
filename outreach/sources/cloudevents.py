"""CloudEvents 1.0 over HTTP in our own schema: structured, batch and binary mode.

In binary mode type, subject and id stand in headers. A Standard Webhooks signature covers the body
alone, so a signed request can't prove them: binary is taken by the secret address only.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from outreach.domain.signals import Signal
from outreach.sources.canonical import Told, check, map_canonical, split_body
from outreach.sources.payload import is_json, media_type, read_json, read_json_counting
from outreach.sources.signature import Credential
from outreach.sources.source import (
    ContentKind,
    Envelope,
    IncomingRequest,
    MediaTypeError,
    RawSignal,
    ReadsBack,
    SourceOptions,
    UnreadableError,
)

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_PREFIX: Final = "ce-"
_MOST_ATTRIBUTES: Final = 64
_LONGEST_ATTRIBUTE: Final = 2048


class CloudEventsSource:
    """A lender whose systems speak CloudEvents."""

    def __init__(self, options: SourceOptions, reader: ReadsBack | None = None) -> None:
        self.options = options
        self.reader = reader
        self._credential = Credential(options)

    def authenticate(self, request: IncomingRequest) -> None:
        """Check the signature, or the secret address; see `Source.authenticate`."""
        self._credential.check(request)

    def split(self, request: IncomingRequest) -> list[Envelope]:
        """Cut and check; see `Source.split`."""
        kind = media_type(request.headers.get("Content-Type"))
        if kind == BATCH:
            content = split_body(request.body, standard_id=None)
        elif kind == STRUCTURED:
            content = split_body(request.body, standard_id=None, batch_allowed=False)
        elif "ce-specversion" in request.headers or "ce-id" in request.headers:
            content = [self._binary(request, kind)]
        elif is_json(kind):
            content = split_body(request.body, standard_id=None)
        else:
            raise MediaTypeError("This source takes CloudEvents as JSON.", f"{STRUCTURED}, {BATCH}")
        return check(content, self.options)

    def _binary(self, request: IncomingRequest, kind: str) -> Told:
        if request.path_secret is None:
            raise MediaTypeError(
                "The signature doesn't cover ce- headers, so binary mode isn't taken here.",
                STRUCTURED,
            )
        if not is_json(kind):
            raise MediaTypeError("Binary mode takes JSON data.", "application/json")
        attributes = ce_attributes(request.headers)
        data, fractions = read_json_counting(request.body)
        members = {**attributes, "datacontenttype": "application/json", "data": data}
        return Told(
            members, fractions, request.body, ContentKind.CLOUDEVENT_DATA, headers=attributes
        )

    def map(self, raw: RawSignal) -> list[Signal]:
        """Return the signal as it was checked; see `Source.map`."""
        content = read_json(raw.body)
        members: Mapping[str, Any] = content
        if raw.kind is ContentKind.CLOUDEVENT_DATA:
            members = {**raw.headers, "data": content}
        return map_canonical(raw, members, self.options)


def ce_attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the `ce-` headers as attributes, percent-decoded.

    Raises:
        UnreadableError: Not UTF-8 once decoded, a NUL, too many or too long.
    """
    found: dict[str, str] = {}
    for name, value in headers.items():
        if not name.lower().startswith(_PREFIX):
            continue
        text = value.strip()
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        try:
            decoded = unquote_to_bytes(text).decode()
        except UnicodeError as exc:
            raise UnreadableError(
                f"The header {_PREFIX}… isn't UTF-8 once percent-decoded."
            ) from exc
        if "\x00" in decoded or len(decoded) > _LONGEST_ATTRIBUTE:
            raise UnreadableError("A ce- header holds a NUL or is too long.")
        found.setdefault(name.lower().removeprefix(_PREFIX), decoded)
        if len(found) > _MOST_ATTRIBUTES:
            raise UnreadableError("There are too many ce- headers.")
    return found
