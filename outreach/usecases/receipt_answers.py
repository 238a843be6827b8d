"""What somebody's answers in a call change: promises, opt-outs, addresses, work for people."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from outreach.channels.provider import InboundMessage, Said, StatusUpdate
from outreach.domain.replies import Reply, read_reply
from outreach.domain.vocabulary import (
    CallAnswer,
    Channel,
    Disposition,
    OptOutScope,
    ReplyKind,
    ReplyMedium,
)
from outreach.store.pool import Connection
from outreach.store.protections import Task
from outreach.store.reviews import note_aad
from outreach.store.vault import PersonKey
from outreach.usecases.promising import record_promise
from outreach.usecases.receipt_effects import Effects
from outreach.usecases.receipt_replies import Writer, fold_reply

LINK_WANTED: Final = "payment_link"
"""Kind of the task to send somebody the way to pay, which they asked for in a call."""

BY_KEY: Final = "key"
_NO_MORE_CALLS: Final = Reply(
    ReplyKind.OPT_OUT, BY_KEY, OptOutScope.MEDIUM, frozenset({Channel.CALL})
)
_DISPOSITIONS: Final = {
    CallAnswer.PROMISED: Disposition.RPC_PROMISE,
    CallAnswer.REFUSED: Disposition.RPC_REFUSED,
    CallAnswer.WRONG_PARTY: Disposition.WRONG_NUMBER,
}


async def fold_answer(
    conn: Connection,
    effects: Effects,
    keys: Mapping[int, PersonKey | None],
    at: tuple[int, UUID],
    update: StatusUpdate,
    raw: dict[str, Any],
) -> None:
    """Draw the consequences of one answer; a second delivery of it adds nothing.

    A request not to be called again binds as any reply does: by a key it is about calls, in words
    about what they say. What only people can read waits for them, and calls with it.

    Args:
        conn: In the transaction that holds the person's lock.
        effects: Where changes are gathered; the contact is loaded.
        keys: Of the persons.
        at: The call.
        update: With the answer.
        raw: The callback as it came.
    """
    said, row = update.said, effects.contacts[at]
    key = keys.get(row.person_id)
    if said is None or key is None:
        return
    if (disposition := _DISPOSITIONS.get(said.answer)) is not None:
        effects.dispositions[at] = disposition
    if said.answer is CallAnswer.WRONG_PARTY:
        effects.wrong_addresses.add((row.person_id, row.address_hmac))
        effects.look_again(row.person_id, effects.now)
    elif said.answer is CallAnswer.PROMISED and said.day is not None:
        await record_promise(conn, key, row, said.day, now=effects.now)
        effects.look_again(row.person_id, effects.now)
    elif said.answer is CallAnswer.LINK:
        note = {"channel": Channel.CALL, "asked_for": "a link to pay, by text"}
        blob = key.encrypt(msgspec.json.encode(note), note_aad(row.person_id))
        ref = f"call:{row.contact_id.hex}"
        task = Task(row.tenant_id, row.person_id, LINK_WANTED, ref, effects.now, blob)
        effects.tasks.append(task)
    if (reply := _reply(said)) is not None:
        words = said.words or "(key)"
        ref = f"call:{row.contact_id.hex}:{said.turn}"
        message = InboundMessage(ref, "", (), words, channel=Channel.CALL)
        known = [(row.tenant_id, row.person_id)]
        writer = Writer(row.address_hmac, known, keys, (row.tenant_id,), (row.tenant_id, key))
        fold_reply(effects, message, writer, raw, reply)


def _reply(said: Said) -> Reply | None:
    """Return the reading of words that bind, or that somebody has to read."""
    if said.words:
        return read_reply(said.words, medium=ReplyMedium.VOICE_TRANSCRIPT)
    return _NO_MORE_CALLS if said.answer is CallAnswer.OPT_OUT else None
