"""Which of a lender's senders a contact comes from: one that works, is known to them, has room.

A sender that is paused, or whose account doesn't answer, is passed over where there is another.
Whoever was reached before hears from the same sender again. The others are shared out by the rates
that were granted, always in the same way, so that nobody changes sides when nothing has changed.
"""

import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from outreach.domain.ledger import PastContact
from outreach.domain.vocabulary import Channel, Outcome
from outreach.store.pauses import Stops
from outreach.usecases.lenders import LenderPlan, SenderPlan

_REACHED: Final = frozenset(
    {Outcome.DELIVERED, Outcome.READ, Outcome.CONVERSATION, Outcome.INBOUND_MESSAGE}
)
_DIGEST_BYTES: Final = 8
_SPAN: Final = 2.0 ** (8 * _DIGEST_BYTES)


def choose_sender(
    lender: LenderPlan,
    channel: Channel,
    address: tuple[str, str],
    stops: Stops,
    *,
    person_id: int,
    past: Sequence[PastContact],
) -> SenderPlan | None:
    """Return the sender for one way; None where the lender has none for it.

    Where none of them may be used now, the first is returned, to say what is missing.

    Args:
        lender: Whose senders.
        channel: What it sends.
        address: Where to, with its kind.
        stops: What must not be used.
        person_id: Who is written to.
        past: Their earlier contacts, oldest first.
    """
    able = lender.senders_for(channel, *address)
    if len(able) < 2:
        return able[0] if able else None
    usable = able
    if stops:
        usable = [one for one in able if stops.may_use(lender.slug, one.address, one.provider)]
    if not usable:
        return able[0]
    for one in usable:
        if one.provider in stops.probes:
            return one
    known = _known(channel, past)
    for one in usable:
        if one.address == known:
            return one
    return max(usable, key=lambda one: _share(one, person_id))


def _known(channel: Channel, past: Sequence[PastContact]) -> str:
    """Return the sender that reached them last on this channel, if any did."""
    for entry in reversed(past):
        if entry.channel == channel and entry.outcome in _REACHED:
            return entry.sender
    return ""


def _share(sender: SenderPlan, person_id: int) -> float:
    """Return the sender's bid for a person: the highest wins, as often as its rate is large."""
    bid = blake2b(f"{person_id}:{sender.address}".encode(), digest_size=_DIGEST_BYTES).digest()
    drawn = (int.from_bytes(bid) + 0.5) / _SPAN
    return -sender.per_second / math.log(drawn)
