"""Somebody's own words inside a signal: an agent's note, a transcript, a message, an e-mail.

They are read by the same classifier as a text that was sent back, with the medium known, and they
protect as it does: what is plain binds at once, what isn't waits for a person.
"""

from collections.abc import Iterator
from json import dumps
from typing import Any, Final

from outreach.domain.asked import ANY_PURPOSE, PHONE, asked_of
from outreach.domain.borrowers import REVOKED, Consent, Profile, Task
from outreach.domain.holds import EVERY_LOAN, Hold
from outreach.domain.members import Json, text_or
from outreach.domain.records import dataclass
from outreach.domain.replies import Reply, classify
from outreach.domain.signals import Signal
from outreach.domain.statements import ContactTold, HoldTold
from outreach.domain.vocabulary import (
    Channel,
    ContactPolicy,
    Heard,
    HoldKind,
    ReplyKind,
    ReplyMedium,
)

REPLY_REVIEW: Final = "reply_review"
"""Kind of the task to read somebody's words."""

_WRITTEN: Final = frozenset({Channel.SMS, Channel.EMAIL, Channel.WHATSAPP, Channel.LETTER})
_MEDIUM_OF: Final = {
    "note": ReplyMedium.AGENT_NOTE,
    "transcript": ReplyMedium.VOICE_TRANSCRIPT,
    "text": ReplyMedium.SMS,
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What words in a signal protect: permissions taken back, holds, something to read."""

    profile: Profile | None = None
    holds: tuple[HoldTold, ...] = ()
    task: Task | None = None


NOTHING_SAID: Final = Spoken()


def read_spoken(signal: Signal, told: Json, contact: ContactTold) -> Spoken:
    """Read the words of one recorded contact; of several the most protective reading stands.

    Args:
        signal: Whose time the request was made at.
        told: Its `contact`, with `note` (an agent's), `transcript` (what the person said in a
            call) or `text` (what they wrote; read only where the contact came in).
        contact: The same, as read.
    """
    readings = list(_readings(told, contact))
    if not readings:
        return NOTHING_SAID
    text, reply = max(readings, key=lambda one: _weight(one[1]))
    holds = tuple(HoldTold(hold) for hold in _holds(signal, contact, reply))
    asks = reply.kind is ReplyKind.OPT_OUT
    task = None
    if asks or reply.needs_reading:
        note = dumps(note_of(text, reply, contact.channel), ensure_ascii=False)
        task = Task(REPLY_REVIEW, contact.ref, signal.time, note)
    profile = Profile(consents=tuple(_revocations(signal, contact, reply))) if asks else None
    return Spoken(profile, holds, task)


def note_of(text: str, reply: Reply, channel: str, address: str = "") -> dict[str, Any]:
    """Return what a reader needs, as JSON: the words, the proposed reading, where they came from.

    `address` is the keyed hash of where from, in hexadecimal; empty if it isn't known.
    """
    return {
        "text": text,
        "channel": channel,
        "address": address,
        "read_as": {
            "kind": reply.kind,
            "scope": reply.scope,
            "media": sorted(reply.media),
            "heard": sorted(reply.heard),
        },
    }


def _readings(told: Json, contact: ContactTold) -> Iterator[tuple[str, Reply]]:
    for name, medium in _MEDIUM_OF.items():
        words = text_or(told, name).strip()
        if not words or (name == "text" and contact.direction != "in"):
            continue
        as_email = name == "text" and contact.channel == Channel.EMAIL
        yield words, classify(words, ReplyMedium.EMAIL if as_email else medium)


def _weight(reply: Reply) -> tuple[int, bool]:
    kinds = (ReplyKind.UNCLEAR, ReplyKind.OPT_OUT)
    return kinds.index(reply.kind) + 1 if reply.kind in kinds else 0, reply.holds


def _revocations(signal: Signal, contact: ContactTold, reply: Reply) -> Iterator[Consent]:
    """Yield the media that are taken back, at the contact's address or at every one."""
    came_by = contact.channel if contact.channel in _WRITTEN else PHONE
    asked = asked_of(reply, came_by)
    endpoint = "" if asked.person_wide else contact.endpoint_id
    for medium in asked.media:
        yield Consent(
            medium,
            ANY_PURPOSE,
            endpoint,
            REVOKED,
            signal.time,
            evidence=f"reply {contact.ref}: {reply.rule}",
        )


def _holds(signal: Signal, contact: ContactTold, reply: Reply) -> Iterator[Hold]:
    if reply.holds:
        # Nobody knows which medium unclear words are about; a note is about no medium at all.
        channel = contact.channel if contact.channel in _WRITTEN else ""
        yield _hold(signal, contact, HoldKind.REVIEW, ContactPolicy.HUMAN_ONLY, channel)
    if reply.kind is ReplyKind.OPT_OUT and Heard.CEASE in reply.heard:
        yield _hold(signal, contact, HoldKind.CEASE, ContactPolicy.STOP_ALL, "")


def _hold(
    signal: Signal, contact: ContactTold, kind: HoldKind, policy: ContactPolicy, channel: str
) -> Hold:
    return Hold(
        kind=kind,
        case_ref=f"reply:{contact.ref}",
        loan_id=EVERY_LOAN,
        policy=policy,
        channel=channel,
        placed_at=signal.time,
        starts_at=signal.time,
        ends_at=None,
        version_at=signal.time,
        word="placed",
        origin="signal",
        details={"form": "written" if contact.channel in _WRITTEN else "oral"},
    )
