"""When somebody last wrote to a sender: some channels take free words only in answer."""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag

from outreach.domain.vocabulary import Channel
from outreach.store.bodies import decode_body
from outreach.store.inbound import list_inbound_since
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey
from outreach.usecases.receipt_effects import event_aad

IN_ANSWER_ONLY: Final = frozenset({Channel.WHATSAPP})
"""Channels that take free words only from whoever was written to lately."""
LATELY: Final = timedelta(hours=24)
"""No channel's window is longer."""

_UNREADABLE: Final = (InvalidTag, zlib.error, msgspec.DecodeError, ValueError)


class Correspondence(NamedTuple):
    """A person, and the sender that is about to write to them."""

    key: PersonKey
    channel: Channel
    sender: str


async def list_written(
    conn: Connection, wanted: Mapping[int, Correspondence], *, wall_now: datetime
) -> dict[int, datetime]:
    """Return the wall times at which people last wrote to these senders by these channels.

    Whoever didn't within `LATELY` is left out. A message that came by another channel, or to
    another sender, opens no window; one that can't be read doesn't either.
    """
    asked = {person: one for person, one in wanted.items() if one.channel in IN_ANSWER_ONLY}
    found: dict[int, datetime] = {}
    for row in await list_inbound_since(conn, asked, wall_now - LATELY):
        one = asked[row.person_id]
        try:
            body = decode_body(one.key.decrypt(row.body, event_aad(row.person_id)))
        except _UNREADABLE:
            continue
        if body.get("channel") == one.channel and one.sender in body.get("to", ()):
            found[row.person_id] = row.recorded_at
    return found
