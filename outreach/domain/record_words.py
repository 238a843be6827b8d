"""Readers of signals about approvals and notices, and of refusals in contacts. See `reading`."""

import re
from typing import Final

from outreach.domain.contacts import parse_attempt_id
from outreach.domain.members import Json, block, flag, moment_or, text, text_or, wrong
from outreach.domain.on_record import Approval, Record, Refusal, SentNotice, StatementRequest
from outreach.domain.preference_words import read_end
from outreach.domain.signals import Signal
from outreach.domain.statements import ContactTold
from outreach.domain.vocabulary import Channel, Outcome, Purpose, RecipientRole

_SUBJECT: Final = re.compile(r"[a-z][a-z0-9_.]*", re.ASCII)
_CHANNELS: Final = {"voice": Channel.CALL.value}
# What never reached the person as a notice.
_LOST: Final = frozenset(
    {
        Outcome.ABANDONED,
        Outcome.NO_ANSWER,
        Outcome.NOT_CONNECTED,
        Outcome.THIRD_PARTY_SPOKEN,
        Outcome.UNDELIVERED,
        Outcome.WRONG_PARTY,
    }
)
_ARRIVED: Final = frozenset({Outcome.CONVERSATION, Outcome.DELIVERED, Outcome.READ})


def read_statement_request(signal: Signal) -> tuple[Record, ...]:
    """Return what a `statement.requested` puts on record; nothing of any other type."""
    if signal.type != "statement.requested":
        return ()
    return (StatementRequest(text(block(signal.data, "statement"), "id"), signal.time),)


def read_approval(signal: Signal, zone: str) -> Approval:
    """Return what `approval.granted` or `approval.revoked` states.

    Args:
        signal: Canonical.
        zone: The source's business zone, for an end that is a date.

    Raises:
        SignalError: `malformed`, with the member's name; `approval.by` where the person who asked
            for it is the one who gave it.
    """
    told = block(signal.data, "approval")
    ref, by = text(told, "id"), text_or(told, "by")
    if signal.type == "approval.revoked":
        at = moment_or(told, "revoked_at", signal.time)
        return Approval(ref, at, by=by, revoked=True)
    channel = text_or(told, "channel")
    purpose = text_or(told, "purpose")
    approval = Approval(
        ref,
        moment_or(told, "granted_at", signal.time),
        subject=_subject(told),
        role=text(told, "role"),
        by=by or text(told, "by"),
        requested_by=text_or(told, "requested_by"),
        channel=_word(told, "channel", _CHANNELS.get(channel, channel), Channel),
        purpose=_word(told, "purpose", purpose, Purpose),
        endpoint_id=text_or(told, "endpoint") or None,
        expires_at=read_end(told, zone),
        evidence=text_or(told, "evidence"),
    )
    check_approval(approval)
    return approval


def check_approval(approval: Approval) -> None:
    """Refuse leave that somebody gave themselves.

    Raises:
        SignalError: `malformed`: `approval.by`.
    """
    if approval.is_by_requester:
        raise wrong("approval.by is who asked for it")


def _subject(told: Json) -> str:
    subject = text(told, "for")
    if not _SUBJECT.fullmatch(subject):
        raise wrong("approval.for")
    return subject


def _word(
    told: Json, name: str, word: str, vocabulary: type[Channel] | type[Purpose]
) -> str | None:
    if not told.get(name):
        return None
    try:
        return vocabulary(word).value
    except ValueError:
        raise wrong(f"approval.{name}") from None


def read_contact_records(told: Json, contact: ContactTold) -> tuple[Record, ...]:
    """Return what one recorded contact puts on record: a notice it was, a refusal it met.

    Args:
        told: The signal's `contact`, with `notice` (what kind it was) and `refused` (the one who
            was spoken to, not the borrower, asked not to be contacted).
        contact: The same, as read.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    found: list[Record] = []
    if about := text_or(told, "notice"):
        found.append(_notice(contact, about))
    if flag(told, "refused") and contact.recipient_role != RecipientRole.DEBTOR:
        found.append(Refusal(contact.ref, contact.endpoint_id, contact.at))
    return tuple(found)


def _notice(contact: ContactTold, about: str) -> SentNotice:
    lost, arrived = contact.outcome in _LOST, contact.outcome in _ARRIVED
    return SentNotice(
        contact.ref,
        about,
        sent_at=contact.at,
        delivered_at=contact.at if arrived else None,
        returned_at=contact.at if lost else None,
    )


def read_letter(signal: Signal) -> tuple[Record, ...]:
    """Return what a letter's receipt says; nothing of a contact of ours, whose provider tells.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    if "receipt" not in signal.data:
        return ()
    told = block(signal.data, "receipt")
    ref = text_or(told, "contact_id")
    if not ref or parse_attempt_id(ref) is not None:
        return ()
    at = moment_or(told, "at", signal.time)
    match signal.type:
        case "letter.mailed":
            return (SentNotice(ref, sent_at=at),)
        case "letter.delivered":
            return (SentNotice(ref, delivered_at=at),)
        case _:
            return (SentNotice(ref, returned_at=at),)
