"""What a message that somebody sent back changes, for every person its address is known for."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final
from uuid import UUID

from outreach.channels.provider import InboundMessage
from outreach.domain.asked import EVERY_MEDIUM, PHONE, Asked, asked_of
from outreach.domain.intents import PROTECTIVE, Wanted, read_wanted
from outreach.domain.ratings import read_rating
from outreach.domain.records import dataclass
from outreach.domain.replies import Reply, is_carriers_keyword, read_reply
from outreach.domain.spoken import REPLY_REVIEW
from outreach.domain.vocabulary import Channel, ContactPolicy, EventKind, Heard, HoldKind, ReplyKind
from outreach.store.alerts import Alert
from outreach.store.confirmations import Confirmation
from outreach.store.protections import ReplyHold, Revocation, Suppression
from outreach.store.tasks import NewTask
from outreach.store.threads import Thread
from outreach.store.vault import PersonKey
from outreach.usecases.receipt_effects import NOBODY, Effects, Wish
from outreach.usecases.reviewing import review_note

_EVERY_SENDER: Final = "*"
_NUMBERS: Final = frozenset({Channel.SMS, Channel.WHATSAPP})


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote, and to whom.

    Attributes:
        address: Keyed hash of where it came from.
        persons: (lender, person) that the address is known for, among `lenders`.
        keys: Their keys; None where the person was erased.
        lenders: Whose sender was written to.
        nobody: Lender and key for the log when the address is unknown.
        threads: The case that each person's words are about, where there is one.
        asked: The contact by which each person was last asked for a rating, where it was the last.
    """

    address: bytes
    persons: Sequence[tuple[str, int]]
    keys: Mapping[int, PersonKey | None]
    lenders: Sequence[str]
    nobody: tuple[str, PersonKey]
    threads: Mapping[int, Thread] = field(default_factory=dict)
    asked: Mapping[int, UUID] = field(default_factory=dict)


def fold_reply(
    effects: Effects,
    message: InboundMessage,
    writer: Writer,
    raw: dict[str, Any],
    heard: Reply | None = None,
) -> None:
    """Read a reply and protect accordingly; a second delivery of it protects no further.

    An opt-out binds the address for every sender of the lender, whether or not we know whose it
    is, and the whole person where the words say or leave open that much. START is only recorded:
    sending resumes on a consent, which is the lender's to bring. Whatever isn't understood is for
    people to read, and until then only they may write on this channel; they also look at every
    revocation in free words.

    Args:
        effects: Where changes are gathered.
        message: The text and who sent it.
        writer: Whose number it came from.
        raw: The callback as it came.
        heard: What was answered in a call, where it has been read already.
    """
    reply = heard or read_reply(message.text, message.provider_opt_out)
    wanted = read_wanted(message.text, reply)
    evidence = f"reply {message.ref}: {reply.rule}"
    asked = asked_of(reply, message.channel) if reply.kind is ReplyKind.OPT_OUT else None
    if asked is not None:
        effects.suppressions.extend(
            Suppression(
                lender, writer.address, _EVERY_SENDER, medium, effects.now, "reply", evidence
            )
            for lender in writer.lenders
            for medium in asked.media
        )
    body = {
        "channel": message.channel,
        "reply": told(reply),
        "wanted": sorted(wanted.intents),
        "text": message.text,
        "ref": message.ref,
        "to": list(message.to_addresses),
        "raw": raw,
    }
    rating = read_rating(message.text) if reply.kind is not ReplyKind.OPT_OUT else None
    for tenant, person in writer.persons:
        told_of = body | _thread_told(writer.threads.get(person))
        if rating is not None and person in writer.asked:
            contact = writer.asked[person]
            effects.dispositions[person, contact] = rating
            rated = told_of | {"rated": rating}
            effects.log(writer.keys[person], tenant, person, contact, EventKind.INBOUND, rated)
            continue
        effects.log(writer.keys[person], tenant, person, None, EventKind.INBOUND, told_of)
        if asked is not None:
            _bind(effects, tenant, person, asked, writer.address, evidence, message.channel)
        if asked is None and _is_wished(effects, (tenant, person), message, writer, reply, wanted):
            continue
        _protect(effects, tenant, person, message, reply, evidence)
        if reply.needs_reading:
            key = writer.keys[person]
            note = review_note(key, person, message.text, reply, message.channel, writer.address)
            due_at = effects.deadlines.due(tenant, REPLY_REVIEW, effects.now)
            effects.tasks.append(
                NewTask(tenant, person, REPLY_REVIEW, message.ref, effects.now, due_at, note)
            )
        if asked is not None or reply.holds:
            effects.look_again(person, effects.now)
    if reply.kind is ReplyKind.HELP:
        _help(effects, message, writer)
    if asked is not None:
        _confirm(effects, message, writer, asked, reply)
    if not writer.persons:
        tenant, key = writer.nobody
        effects.log(key, tenant, NOBODY, None, EventKind.INBOUND, body)
        effects.alerts.append(Alert(tenant, "reply_from_unknown", str(reply.kind)))


def _is_wished(
    effects: Effects,
    whose: tuple[str, int],
    message: InboundMessage,
    writer: Writer,
    reply: Reply,
    wanted: Wanted,
) -> bool:
    """Note what is wanted; says whether all of it may be done without anybody reading it.

    Words from an address that several people share are for a person, but for what protects them.
    What was promised in a call was confirmed there, and is recorded there; other words in one are
    for a person as well.
    """
    tenant, person = whose
    if writer.keys[person] is None:
        return False
    if len(writer.persons) > 1 or message.channel is Channel.CALL:
        wanted = replace(wanted, is_whole=False)
    if not (wanted.is_whole and wanted.intents) and not wanted.intents & PROTECTIVE:
        return False
    thread = writer.threads.get(person)
    effects.wishes.append(Wish(tenant, person, message, reply, wanted, thread, writer.address))
    return wanted.is_whole


def _thread_told(thread: Thread | None) -> dict[str, Any]:
    """Return the case that words were taken to be about, and by what."""
    if thread is None:
        return {}
    return {
        "thread": {
            "case": thread.case_id,
            "debts": list(thread.debts),
            "by": thread.how,
            "sure": thread.is_sure,
        }
    }


def _help(effects: Effects, message: InboundMessage, writer: Writer) -> None:
    """Tell whoever asks for help who writes and where to ask, unless the provider does."""
    if message.provider_opt_out is not None or message.channel is not Channel.SMS:
        return
    if len(writer.lenders) != 1 or not writer.persons:
        return
    tenant, person = min(writer.persons)
    sender = message.to_addresses[0] if message.to_addresses else ""
    effects.confirmations.append(
        Confirmation(
            tenant,
            person,
            message.ref,
            writer.address,
            sender,
            effects.now,
            by_keyword=False,
            kind="help",
        )
    )


def told(reply: Reply) -> dict[str, Any]:
    """Return a reading as the log keeps it; what is empty is left out."""
    kept: dict[str, Any] = {"kind": reply.kind, "rule": reply.rule}
    if reply.scope is not None:
        kept["scope"] = reply.scope
    if reply.media:
        kept["media"] = sorted(reply.media)
    if reply.heard:
        kept["heard"] = sorted(reply.heard)
    if reply.phrases:
        kept["phrases"] = list(reply.phrases)
        kept["span"] = reply.span
    return kept


def _concerns(asked: Asked, channel: Channel) -> bool:
    """Say whether what was asked for is about messages of a channel."""
    same = {channel.value, EVERY_MEDIUM, *((PHONE,) if channel in _NUMBERS else ())}
    return not same.isdisjoint(asked.media)


def _bind(
    effects: Effects,
    tenant: str,
    person: int,
    asked: Asked,
    address: bytes,
    evidence: str,
    came_by: Channel,
) -> None:
    if asked.person_wide:
        effects.revocations.extend(
            Revocation(tenant, person, medium, effects.now, evidence) for medium in asked.media
        )
    if _concerns(asked, came_by):
        effects.opted_out.add((person, address))


def _protect(
    effects: Effects,
    tenant: str,
    person: int,
    message: InboundMessage,
    reply: Reply,
    evidence: str,
) -> None:
    """Place the holds that the words call for."""
    case, at = f"reply:{message.ref}", effects.now
    if reply.holds:
        effects.holds.append(ReplyHold(tenant, person, case, message.channel, at, evidence))
    if reply.kind is ReplyKind.OPT_OUT and Heard.CEASE in reply.heard:
        policy = ContactPolicy.STOP_ALL
        effects.holds.append(
            ReplyHold(tenant, person, case, "", at, evidence, HoldKind.CEASE, policy)
        )


def _confirm(
    effects: Effects, message: InboundMessage, writer: Writer, asked: Asked, reply: Reply
) -> None:
    """Ask for one confirmation, where it is plain whose request this is and nobody else answers.

    Only a request by text about texts is confirmed, by text. The carrier's own answer to a keyword
    that it knows is enough; the lender's setting for senders whose carrier doesn't is looked up
    later.
    """
    if message.provider_opt_out is not None or len(writer.lenders) != 1 or not writer.persons:
        return
    if reply.holds or message.channel is not Channel.SMS or not _concerns(asked, Channel.SMS):
        return
    tenant, person = min(writer.persons)
    effects.confirmations.append(
        Confirmation(
            tenant,
            person,
            message.ref,
            writer.address,
            message.to_addresses[0] if message.to_addresses else "",
            effects.now,
            by_keyword=is_carriers_keyword(message.text),
        )
    )
