"""What a text that somebody sent back changes, for every person its number is known for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from outreach.channels.provider import InboundMessage
from outreach.domain.replies import Reply, read_reply
from outreach.domain.vocabulary import Channel, EventKind, ReplyKind
from outreach.store.alerts import Alert
from outreach.store.protections import ReviewHold, Suppression, Task
from outreach.store.vault import PersonKey
from outreach.usecases.receipt_effects import NOBODY, Effects

_EVERY_SENDER: Final = "*"


def fold_reply(
    effects: Effects,
    message: InboundMessage,
    address: bytes,
    persons: Sequence[tuple[str, int]],
    keys: Mapping[int, PersonKey | None],
    *,
    lenders: Sequence[str],
    nobody: tuple[str, PersonKey],
    raw: dict[str, Any],
) -> None:
    """Read a reply and protect accordingly; a second delivery of it protects no further.

    An opt-out binds the address for every sender of the lender, whether or not we know whose it
    is. START is only recorded: sending resumes on a consent, which is the lender's to bring.
    Whatever isn't understood, and every revocation in free words, is for people to read; until
    then only they may write on this channel.

    Args:
        effects: Where changes are gathered.
        message: The text and who sent it.
        address: Keyed hash of the sender's number.
        persons: (lender, person) that the number is known for, among `lenders`.
        keys: Their keys; None where the person was erased.
        lenders: Whose sender was written to.
        nobody: Lender and key for the log when the number is unknown.
        raw: The callback as it came.
    """
    reply = read_reply(message.text, message.provider_opt_out)
    body = {
        "reply": {"kind": reply.kind, "rule": reply.rule},
        "text": message.text,
        "ref": message.ref,
        "raw": raw,
    }
    evidence = f"reply {message.ref}: {reply.rule}"
    if reply.kind is ReplyKind.OPT_OUT:
        effects.suppressions.extend(
            Suppression(lender, address, _EVERY_SENDER, Channel.SMS, effects.now, "reply", evidence)
            for lender in lenders
        )
    for tenant, person in persons:
        effects.log(keys[person], tenant, person, None, EventKind.INBOUND, body)
        if reply.kind is ReplyKind.OPT_OUT:
            effects.opted_out.add((person, address))
        if _needs_reading(reply):
            _hand_to_people(effects, tenant, person, keys[person], message, reply, evidence)
        if reply.kind in {ReplyKind.OPT_OUT, ReplyKind.UNCLEAR}:
            effects.look_again(person, effects.now)
    if not persons:
        tenant, key = nobody
        effects.log(key, tenant, NOBODY, None, EventKind.INBOUND, body)
        effects.alerts.append(Alert(tenant, "reply_from_unknown", str(reply.kind)))


def _needs_reading(reply: Reply) -> bool:
    return reply.kind is ReplyKind.UNCLEAR or (
        reply.kind is ReplyKind.OPT_OUT and reply.rule == "phrase"
    )


def _hand_to_people(
    effects: Effects,
    tenant: str,
    person: int,
    key: PersonKey | None,
    message: InboundMessage,
    reply: Reply,
    evidence: str,
) -> None:
    effects.holds.append(
        ReviewHold(tenant, person, f"reply:{message.ref}", Channel.SMS, effects.now, evidence)
    )
    note = None
    if key is not None:
        words = msgspec.json.encode({"text": message.text, "read_as": reply.kind})
        note = key.encrypt(words, b"tasks:%d" % person)
    effects.tasks.append(Task(tenant, person, "reply_review", message.ref, effects.now, note))
