"""What somebody's answers in a call change: promises, opt-outs, addresses, work for people."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from outreach.channels.provider import InboundMessage, Said, StatusUpdate
from outreach.domain.replies import Reply, read_reply
from outreach.domain.vocabulary import (
    CallAnswer,
    Channel,
    Disposition,
    OptOutScope,
    ReplyKind,
    ReplyMedium,
    TaskKind,
)
from outreach.store.calls import list_debts
from outreach.store.pool import Connection
from outreach.store.threads import find_threads
from outreach.store.vault import PersonKey
from outreach.usecases.receipt_effects import CalledPromise, Effects
from outreach.usecases.receipt_replies import Writer, fold_reply
from outreach.usecases.tasks import Work, new_task

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
        debts = await list_debts(conn, row.person_id, row.contact_id)
        effects.promised.append(
            CalledPromise(row.tenant_id, row.person_id, row.contact_id, debts, said.day)
        )
        effects.look_again(row.person_id, effects.now)
    elif said.answer is CallAnswer.LINK:
        about = {"channel": Channel.CALL, "asked_for": "a link to pay, by text"}
        work = Work(
            row.tenant_id, row.person_id, TaskKind.PAYMENT_LINK, f"call:{row.contact_id.hex}",
            effects.now, about,
        )  # fmt: skip
        effects.tasks.append(new_task(key, work, effects.deadlines))
    if (reply := _reply(said)) is not None:
        words = said.words or "(key)"
        ref = f"call:{row.contact_id.hex}:{said.turn}"
        message = InboundMessage(ref, "", (), words, channel=Channel.CALL)
        known = [(row.tenant_id, row.person_id)]
        threads = await find_threads(conn, [row.person_id], [row.address_hmac])
        cases = {person: thread for (person, _), thread in threads.items()}
        nobody = (row.tenant_id, key)
        writer = Writer(row.address_hmac, known, keys, (row.tenant_id,), nobody, cases)
        fold_reply(effects, message, writer, raw, reply)


def _reply(said: Said) -> Reply | None:
    """Return the reading of words that bind, or that somebody has to read."""
    if said.words:
        return read_reply(said.words, medium=ReplyMedium.VOICE_TRANSCRIPT)
    return _NO_MORE_CALLS if said.answer is CallAnswer.OPT_OUT else None
