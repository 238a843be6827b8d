"""Which of a lender's senders a contact comes from: one that works, is known to them, has room.

A sender that is paused, or whose account doesn't answer, is passed over where there is another.
Whoever was reached before hears from the same sender again: from the one that reached them most
often, so that who heard from a substitute comes back. The others are shared out by the rates that
were granted, always in the same way, so that nobody changes sides when nothing has changed. An
account that fares badly keeps a part of its people and of what is shared out (`load_sharing`).
"""

import math
from collections import Counter
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
        if one.address == known and _keeps(stops.shares.get(one.provider, 1.0), person_id):
            return one
    return max(usable, key=lambda one: _bid(one, stops.shares.get(one.provider, 1.0), person_id))


def _known(channel: Channel, past: Sequence[PastContact]) -> str:
    """Return the sender that reached them most often on this channel; of several the first."""
    reached = Counter(
        entry.sender for entry in past if entry.channel == channel and entry.outcome in _REACHED
    )
    return max(reached, key=reached.__getitem__, default="")


def _keeps(share: float, person_id: int) -> bool:
    """Say whether a person is among those that an account keeps of the people who know it."""
    return share >= 1 or _drawn(f"{person_id}") < share


def _bid(sender: SenderPlan, share: float, person_id: int) -> float:
    """Return the sender's bid for a person: the highest wins, as often as its rate is large."""
    return -sender.per_second * share / math.log(_drawn(f"{person_id}:{sender.address}"))


def _drawn(text: str) -> float:
    """Return a number between 0 and 1, always the same for a text."""
    drawn = blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()
    return (int.from_bytes(drawn) + 0.5) / _SPAN
