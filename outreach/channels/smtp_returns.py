"""Mail that comes back: bounces (RFC 3464), complaints (RFC 5965), and what people answer.

It is read with the standard library, as a tree of bounded depth. What ties it to a contact is our
own Message-ID, which nobody can guess who didn't get the message.
"""

import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import getaddresses
from html import unescape
from typing import Final

from outreach.channels.code_table import reading
from outreach.channels.provider import (
    CallbackEvent,
    Ignored,
    InboundMessage,
    StatusUpdate,
)
from outreach.channels.smtp_errors import smtp_codes
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import Channel, DeliveryState

_OURS: Final = re.compile(r"\b([1-9a-f][0-9a-f]{0,15}-[0-9a-f]{32})\b", re.ASCII)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b", re.ASCII)
_ACTIONS: Final[Mapping[str, DeliveryState | None]] = {
    "failed": DeliveryState.UNDELIVERED,
    "delayed": None,
    "delivered": DeliveryState.DELIVERED,
    "relayed": DeliveryState.SENT,
    "expanded": DeliveryState.SENT,
}
_NO_STATUS: Final = "5.0.0"
_COMPLAINTS: Final = frozenset({"abuse", "fraud", "opt-out", "other"})
_ANSWERS: Final = ("re:", "re：", "aw:", "回复", "答复")
_MOST_PARTS: Final = 50
_MOST_WORDS: Final = 20_000
_MOST_ADDRESSES: Final = 20
_TAG: Final = re.compile(r"(?s)<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>")
_SPACE: Final = re.compile(r"[ \t]+")
_BROKEN: Final = (ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What the standard library raises for mail that is broken in ways it doesn't foresee."""


def read_returned(body: bytes, answered_at: Mapping[str, str]) -> list[CallbackEvent]:
    """Read one raw mail.

    Args:
        body: The mail, headers first.
        answered_at: Address that answers go to → the sender's own, both in lower case.
    """
    try:
        mail = message_from_bytes(body, policy=default)
        return [_read(mail, body, answered_at)]
    except _BROKEN:
        return [Ignored("unreadable mail", _named(body.decode("utf-8", "replace")))]


def _read(mail: EmailMessage, body: bytes, answered_at: Mapping[str, str]) -> CallbackEvent:
    parts = _parts(mail)
    kinds = {part.get_content_type(): part for part in reversed(parts)}
    attempt = _attempt(mail, parts, body)
    if "message/feedback-report" in kinds:
        return _complaint(kinds["message/feedback-report"], attempt)
    if "message/delivery-status" in kinds:
        return _bounce(kinds["message/delivery-status"], attempt)
    auto = str(mail.get("Auto-Submitted", "no")).strip().lower()
    if auto != "no" or _is_from_a_machine(mail):
        return Ignored("automatic mail", attempt)
    return _reply(mail, attempt, answered_at)


def _parts(mail: EmailMessage) -> list[Message]:
    """Return the parts, outermost first; of those of a returned message none."""
    found: list[Message] = []
    waiting: list[Message] = [mail]
    while waiting and len(found) < _MOST_PARTS:
        part = waiting.pop(0)
        found.append(part)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [*part.iter_parts(), *waiting] if isinstance(part, EmailMessage) else waiting
    return found


def _attempt(mail: EmailMessage, parts: list[Message], body: bytes) -> str | None:
    """Return the contact that a mail is about: told by its parts, else anywhere in it."""
    told: list[str] = []
    for part in parts:
        for block in _blocks(part):
            told += [str(block.get("Original-Envelope-Id", "")), str(block.get("Message-ID", ""))]
    told += [str(mail.get("In-Reply-To", "")), str(mail.get("References", ""))]
    for text in (*told, body.decode("utf-8", "replace")):
        if (named := _named(text)) is not None:
            return named
    return None


def _named(text: str) -> str | None:
    found = _OURS.search(text)
    return found[1] if found is not None else None


def _blocks(part: Message) -> Iterator[Message]:
    """Yield what a report's part holds: groups of fields, or the returned message."""
    kind = part.get_content_type()
    if kind in {"message/delivery-status", "message/feedback-report", "message/rfc822"}:
        content = part.get_payload()
        if isinstance(content, list):
            yield from (block for block in content if isinstance(block, Message))
        elif isinstance(content, str):
            yield message_from_bytes(content.encode("utf-8", "replace"), policy=default)
    elif kind in {"text/rfc822-headers", "message/global-headers"}:
        raw = part.get_payload(decode=True)
        if isinstance(raw, bytes):
            yield message_from_bytes(raw, policy=default)


def _bounce(report: Message, attempt: str | None) -> CallbackEvent:
    """Read what became of the one recipient that each of our messages has."""
    for block in _blocks(report):
        action = str(block.get("Action", "")).split(";")[0].strip().lower()
        if not action:
            continue
        if action not in _ACTIONS:
            return Ignored("unknown action of a bounce", attempt)
        state = _ACTIONS[action]
        if state is None:
            return Ignored("delayed", attempt)
        status = _STATUS.search(str(block.get("Status", ""))) or _STATUS.search(
            str(block.get("Diagnostic-Code", ""))
        )
        found = reading(state, status[1] if status else _NO_STATUS, smtp_codes())
        return StatusUpdate(
            attempt,
            None,
            found.report,
            found.scope,
            alert=found.alert,
            confirmations=found.confirmations,
        )
    return Ignored("a bounce that names no recipient", attempt)


def _complaint(report: Message, attempt: str | None) -> CallbackEvent:
    """Read a complaint: the message arrived, and they want no more of them."""
    kind = ""
    for block in _blocks(report):
        kind = kind or str(block.get("Feedback-Type", "")).strip().lower()
    if kind not in _COMPLAINTS:
        return Ignored("not a complaint", attempt)
    return StatusUpdate(attempt, None, Report(DeliveryState.DELIVERED), opted_out="complaint")


def _is_from_a_machine(mail: EmailMessage) -> bool:
    """Tell notes of absence and old-fashioned bounces from what people write."""
    if str(mail.get("Return-Path", "")).strip() == "<>" or mail.get("X-Autoreply"):
        return True
    if str(mail.get("Precedence", "")).strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    addresses = _addresses(mail, "From")
    local = addresses[0].partition("@")[0] if addresses else ""
    return local in {"mailer-daemon", "postmaster"}


def _reply(
    mail: EmailMessage, attempt: str | None, answered_at: Mapping[str, str]
) -> CallbackEvent:
    senders, ref = _addresses(mail, "From"), str(mail.get("Message-ID", "")).strip()
    if len(senders) != 1 or not ref:
        return Ignored("no one sender, or no id", attempt)
    to = [answered_at.get(one, one) for one in _addresses(mail, "To")]
    text, subject = _words(mail), str(mail.get("Subject", "")).strip()
    # The subject of an answer is ours; whoever writes anew may say all of it there.
    if subject and not subject.lower().startswith(_ANSWERS):
        text = f"{subject}\n{text}".strip()
    return InboundMessage(
        ref, senders[0], tuple(dict.fromkeys(to)), text[:_MOST_WORDS], channel=Channel.EMAIL
    )


def _addresses(mail: EmailMessage, name: str) -> list[str]:
    headers = [str(one) for one in mail.get_all(name, [])]
    found = [address.lower() for _, address in getaddresses(headers) if "@" in address]
    return found[:_MOST_ADDRESSES]


def _words(mail: EmailMessage) -> str:
    """Return what was written; of a mail that is HTML only, what is left without the markup."""
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    content = part.get_content()
    text = content if isinstance(content, str) else ""
    if part.get_content_type() == "text/html":
        text = _SPACE.sub(" ", unescape(_TAG.sub("\n", text)))
    return "\n".join(text.splitlines()).strip()
