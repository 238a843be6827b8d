"""What a lender says of contacts of ours: its app of a notification, its post room of a letter.

No push service tells whether a notification was shown. The app sends back the id that came with
it; by way of the lender it arrives as a signed signal. A letter's id is in its manifest. Either is
folded like a provider's callback: only upward, and once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.channels.provider import Scope, StatusUpdate
from outreach.domain.contacts import Report, attempt_id
from outreach.domain.statements import ReceiptTold
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass
from outreach.store.people import PersonRow
from outreach.store.pool import Connection
from outreach.store.receipts import list_contacts
from outreach.usecases.receipt_effects import Effects
from outreach.usecases.receipt_statuses import fold_status

# What an app can see. Of a text or a call it knows nothing.
_SEEN_BY_APPS: Final = frozenset({Channel.PUSH, Channel.PRIVATE_MESSAGE})
_POSTED: Final = frozenset({Channel.LETTER})
_RETURNED: Final = Report(DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS, "returned")


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
        if contact is None or contact.channel not in _able(receipt):
            continue
        returned = receipt.state is DeliveryState.UNDELIVERED
        report = _RETURNED if returned else Report(receipt.state)
        scope: Scope = "address" if returned else "request"
        update = StatusUpdate(attempt_id(*at), None, report, scope)
        raw = {"post" if receipt.of_letter else "app": receipt.state, "at": receipt.at}
        await fold_status(conn, effects, people[at[0]].key, at, update, raw)
    await effects.write(conn, wall_now=wall_now)


def _able(receipt: ReceiptTold) -> frozenset[Channel]:
    return _POSTED if receipt.of_letter else _SEEN_BY_APPS
