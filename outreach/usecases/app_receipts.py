"""What the lender's app says of a notification: no push service tells whether one was shown.

The app sends back the id that came with the notification; by way of the lender it arrives as a
signed signal. It is folded like a provider's callback: only upward, and once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.channels.provider import StatusUpdate
from outreach.domain.contacts import Report, attempt_id
from outreach.domain.statements import ReceiptTold
from outreach.domain.vocabulary import Channel
from outreach.store.people import PersonRow
from outreach.store.pool import Connection
from outreach.store.receipts import list_contacts
from outreach.usecases.receipt_effects import Effects
from outreach.usecases.receipt_statuses import fold_status

# What an app can see. Of a text or a call it knows nothing.
_SEEN_BY_APPS: Final = frozenset({Channel.PUSH, Channel.PRIVATE_MESSAGE})


async def fold_app_receipts(
    conn: Connection,
    people: Mapping[int, PersonRow],
    receipts: Sequence[tuple[int, ReceiptTold]],
    *,
    now: datetime,
    wall_now: datetime,
) -> None:
    """Fold receipts into the contacts they name; what names none of the person's is history only.

    Args:
        conn: In a transaction that holds the persons' locks.
        people: The persons, loaded.
        receipts: By the person that the signal names.
        now: Business time, of log rows.
        wall_now: Wall time of the settlement.
    """
    if not receipts:
        return
    effects = Effects(now)
    named = [((person, UUID(one.attempt.contact_id)), one) for person, one in receipts]
    effects.contacts = await list_contacts(conn, {at for at, _ in named})
    for at, receipt in named:
        contact = effects.contacts.get(at)
        if contact is None or contact.channel not in _SEEN_BY_APPS:
            continue
        update = StatusUpdate(attempt_id(*at), None, Report(receipt.state))
        raw = {"app": receipt.state, "at": receipt.at}
        await fold_status(conn, effects, people[at[0]].key, at, update, raw)
    await effects.write(conn, wall_now=wall_now)
