"""Requests to stop that come without words: a click in an e-mail, a complaint to its mailbox."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from outreach.channels.provider import InboundMessage, OptOutBy
from outreach.domain.replies import Reply
from outreach.domain.vocabulary import Channel, OptOutScope, ReplyKind
from outreach.store.alerts import Alert
from outreach.store.vault import PersonKey
from outreach.usecases.receipt_effects import Effects
from outreach.usecases.receipt_replies import Writer, fold_reply

COMPLAINED: Final = "complaint"
"""Kind of the alert: mailboxes that complain make others refuse the sender."""


def fold_opt_out(
    effects: Effects,
    keys: Mapping[int, PersonKey | None],
    at: tuple[int, UUID],
    by: OptOutBy,
) -> None:
    """Bind a request as a reply's would be: no more by this channel, at no address of the person.

    It names no words that could narrow it, and nothing in it concerns other channels. A second
    delivery of it adds a line to the log and nothing else.

    Args:
        effects: Where changes are gathered; the contact is loaded.
        keys: Of the persons.
        at: The contact that the request came from.
        by: How it was made.
    """
    row = effects.contacts[at]
    key = keys.get(row.person_id)
    if key is None:
        return
    channel = Channel(row.channel)
    reply = Reply(ReplyKind.OPT_OUT, by, OptOutScope.MEDIUM, frozenset({channel}))
    message = InboundMessage(f"{by}:{row.contact_id.hex}", "", (), f"({by})", channel=channel)
    known = [(row.tenant_id, row.person_id)]
    writer = Writer(row.address_hmac, known, keys, (row.tenant_id,), (row.tenant_id, key))
    # The request as it came is in the row of the receipt.
    fold_reply(effects, message, writer, {}, reply)
    if by == "complaint":
        effects.alerts.append(Alert(row.tenant_id, COMPLAINED, f"{row.provider}:{row.sender}"))
