"""What a gateway's callbacks say, by its description. They were verified before."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec

from outreach.channels.code_table import reading
from outreach.channels.gateway_answers import AnswerReader, whole_number
from outreach.channels.gateway_description import Callbacks, InboundCallback, StatusCallback
from outreach.channels.gateway_paths import select, text_at
from outreach.channels.provider import (
    CallbackEvent,
    Ignored,
    InboundMessage,
    RawCallback,
    StatusUpdate,
)

_MOST_FIELDS: Final = 200
_MOST_MICROS: Final = 10**12
_UNREADABLE: Final = object()


def read_callback(
    raw: RawCallback, callbacks: Callbacks, reader: AnswerReader
) -> list[CallbackEvent]:
    """Read a verified callback; never empty, so that whatever came is kept."""
    events: list[CallbackEvent] = []
    status, inbound = callbacks.status, callbacks.inbound
    if status is not None and (raw.kind == "status" or callbacks.shared_address):
        query = parse_qs(urlsplit(raw.path_qs).query)
        events += [
            _status(item, status, query, reader) for item in _items(raw, status)
        ]  # fmt: skip
    if inbound is not None and (raw.kind == "inbound" or callbacks.shared_address):
        events += [
            event
            for item in _items(raw, inbound)
            if not isinstance(event := _inbound(item, inbound), Ignored)
            or not callbacks.shared_address
        ]
    return events or [Ignored("nothing that concerns us")]


def _items(raw: RawCallback, part: StatusCallback | InboundCallback) -> list[Any]:
    if part.format == "form":
        try:
            pairs = parse_qsl(
                raw.body.decode("utf-8"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_MOST_FIELDS,
            )
        except ValueError:
            return [_UNREADABLE]
        form: dict[str, str] = {}
        for name, value in pairs:
            form.setdefault(name, value)
        return [form]
    try:
        return select(part.items, msgspec.json.decode(raw.body))
    except msgspec.DecodeError:
        return [_UNREADABLE]


def _status(
    item: Any, part: StatusCallback, query: Mapping[str, list[str]], reader: AnswerReader
) -> CallbackEvent:
    if item is _UNREADABLE:
        return Ignored("unreadable")
    attempt = text_at(part.attempt_id, item) or None
    if attempt is None and part.attempt_query is not None:
        attempt = query.get(part.attempt_query, [None])[-1]
    ref = text_at(part.ref, item) or None
    if attempt is None and ref is None:
        return Ignored("nobody's report")
    state = reader.state(text_at(part.state, item))
    found = reading(state, text_at(part.error, item) or "", reader.codes)
    price = _micros(text_at(part.price, item))
    return StatusUpdate(
        attempt,
        ref,
        found.report,
        found.scope,
        alert=found.alert,
        confirmations=found.confirmations,
        parts=whole_number(text_at(part.parts, item)),
        price_micros=price,
        price_currency=text_at(part.currency, item) if price is not None else None,
    )


def _inbound(item: Any, part: InboundCallback) -> CallbackEvent:
    sender, text = text_at(part.sender, item), text_at(part.text, item)
    if not sender or text is None:
        return Ignored("no sender or text")
    to: list[str] = []
    for address in filter(None, (text_at(path, item) for path in part.to)):
        to += [address, _number(address, "")]
    # A reply without an id: told twice, it must read the same.
    ref = text_at(part.ref, item) or sha256(msgspec.json.encode(item)).hexdigest()[:32]
    return InboundMessage(ref, _number(sender, part.country_code), tuple(dict.fromkeys(to)), text)


def _number(address: str, country: str) -> str:
    """Return a number in E.164; what isn't digits alone is another kind of address."""
    if not address.isascii() or not address.isdigit():
        return address
    if country and not address.startswith(country):
        return f"+{country}{address.lstrip('0')}"
    return f"+{address}"


def _micros(text: str | None) -> int | None:
    """Return a price in millionths; gateways write what they take as negative, too."""
    try:
        price = abs(Decimal(text or ""))
    except InvalidOperation:
        return None
    micros = int(price * 1_000_000) if price.is_finite() and price < _MOST_MICROS else None
    return micros if micros is not None and micros <= _MOST_MICROS else None
