"""Twilio's callbacks: is it theirs, and what does it say.

The signature covers our configured public address, never what a proxy shows us, and every form
field as it came, blank ones included. Nothing of a callback is trusted before it is checked.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
from multidict import MultiDict
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
)

from outreach.channels.code_table import Reading
from outreach.channels.provider import (
    BadSignatureError,
    CallbackEvent,
    Ignored,
    InboundMessage,
    RawCallback,
    StatusUpdate,
)
from outreach.channels.twilio_statuses import message_report
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel

MESSAGE_KINDS: Final = ("sms/status", "sms/inbound", "events")
WHATSAPP_KINDS: Final = ("whatsapp/status", "whatsapp/inbound")
WHATSAPP: Final = "whatsapp:"
"""What the vendor writes before a number that is meant there."""

_MAX_FIELDS: Final = 200
_KEYWORDS: Final[Mapping[str, Literal["STOP", "START", "HELP"]]] = {
    "STOP": "STOP",
    "START": "START",
    "HELP": "HELP",
}
_MESSAGE_EVENT: Final = "com.twilio.messaging.message."


@dataclass(frozen=True, slots=True)
class SignatureKeys:
    """The public address and the secrets that may have signed for it."""

    public_base_url: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    shared_keys: Mapping[str, str] = field(repr=False)
    """Key id → secret. A signature by such a key is refused unless its id is listed here."""


def read_events(raw: RawCallback, keys: SignatureKeys) -> list[CallbackEvent]:
    """Verify one callback and read it.

    Raises:
        BadSignatureError: No key of this account signed it, or it can't be read enough to tell.
    """
    attempt = query_of(raw).get("a")
    if raw.kind == "events":
        return _stream_events(_verified_json(raw, keys))
    form = verified_form(raw, keys)
    match raw.kind:
        case "sms/status" | "whatsapp/status":
            reading = message_report(
                form.get("MessageStatus") or form.get("SmsStatus", ""), form.get("ErrorCode", "")
            )
            return [status_update(attempt, form.get("MessageSid") or form.get("SmsSid"), reading)]
        case "sms/inbound" | "whatsapp/inbound":
            return [_inbound(form)]
        case _:
            return [Ignored("unknown kind of callback", attempt)]


def query_of(raw: RawCallback) -> dict[str, str]:
    """Return what we wrote into the address that was called; of a repeated name the last."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(raw.path_qs).query).items()}


def status_update(attempt: str | None, ref: str | None, reading: Reading) -> StatusUpdate:
    """Return what a reading says of a contact."""
    return StatusUpdate(
        attempt,
        ref or None,
        reading.report,
        reading.scope,
        alert=reading.alert,
        confirmations=reading.confirmations,
    )


def _inbound(form: Mapping[str, str]) -> CallbackEvent:
    sender, ref = form.get("From", ""), form.get("MessageSid") or form.get("SmsSid", "")
    if not sender or not ref:
        return Ignored("no sender or id")
    to = tuple(
        address.removeprefix(WHATSAPP)
        for address in (form.get("To"), form.get("MessagingServiceSid"))
        if address
    )
    return InboundMessage(
        ref,
        sender.removeprefix(WHATSAPP),
        to,
        form.get("Body", ""),
        _KEYWORDS.get(form.get("OptOutType", "").upper()),
        # A service's pool may take both, whatever address it posts them to.
        Channel.WHATSAPP if sender.startswith(WHATSAPP) else Channel.SMS,
    )


def _stream_events(items: object) -> list[CallbackEvent]:
    """Read an Event Streams batch: CloudEvents of which message statuses concern us."""
    found: list[CallbackEvent] = []
    for item in items if isinstance(items, list) else [items]:
        event: dict[str, Any] = item if isinstance(item, dict) else {}
        data = event.get("data")
        if not isinstance(data, dict) or not str(event.get("type")).startswith(_MESSAGE_EVENT):
            found.append(Ignored("not a message event"))
            continue
        status, ref = str(data.get("messageStatus", "")).lower(), data.get("messageSid")
        reading = message_report(status, str(data.get("errorCode") or ""))
        found.append(status_update(None, str(ref) if ref else None, reading))
    return found


def verified_form(raw: RawCallback, keys: SignatureKeys) -> Mapping[str, str]:
    """Return the first value of each field, once the signature over all of them holds.

    Raises:
        BadSignatureError: As `read_events`.
    """
    try:
        pairs = parse_qsl(
            raw.body.decode("utf-8"),
            keep_blank_values=True,  # blank fields are signed
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise BadSignatureError from None
    _verify(raw, keys, MultiDict(pairs))
    form: dict[str, str] = {}
    for name, value in pairs:
        form.setdefault(name, value)
    return form


def _verified_json(raw: RawCallback, keys: SignatureKeys) -> object:
    """Return the body, once its hash is the one in the signed query."""
    try:
        text = raw.body.decode("utf-8")
    except ValueError:
        raise BadSignatureError from None
    if len(parse_qs(urlsplit(raw.path_qs).query).get("bodySHA256", [])) != 1:
        raise BadSignatureError  # without it the validator wouldn't look at the body at all
    _verify(raw, keys, text)
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _verify(raw: RawCallback, keys: SignatureKeys, params: MultiDict[str] | str) -> None:
    """Hold the signature against every key that may be meant.

    The header chooses between auth tokens and shared keys only as far as the settings allow, so
    that nobody can talk us into a weaker algorithm or another key.
    """
    signature = raw.headers.get(SIGNATURE_HEADER, "")
    settings = dict(
        part.strip().partition("=")[::2]
        for part in raw.headers.get(SIGNATURE_SETTINGS_HEADER, "").split(",")
    )
    algorithm = (settings.get("algorithm") or HMAC_SHA1).upper()
    if algorithm == HMAC_SHA1:
        secrets = keys.auth_tokens
    elif algorithm == HMAC_SHA256:
        secrets = tuple(
            secret for key, secret in keys.shared_keys.items() if key == settings.get("key")
        )
    else:
        raise BadSignatureError
    if not signature or not signature.isascii():
        raise BadSignatureError
    url = keys.public_base_url + raw.path_qs
    for secret in secrets:
        validator: Any = RequestValidator(secret)  # type: ignore[no-untyped-call] # the SDK's own gap
        try:
            if validator.validate(url, params, signature, algorithm):
                return
        except ValueError:  # a port or host in the address that can't be parsed
            break
    raise BadSignatureError
