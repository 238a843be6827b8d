"""Fold what somebody's own words amount to, as a platform's signals are folded.

It is folded by the same code as every signal, and stays in the person's history; a platform that
tells of the same promise or dispute later simply adds to what is known.
"""

from collections.abc import Sequence
from datetime import datetime

from outreach.domain.own_words import OwnWord
from outreach.domain.reading import read_signal
from outreach.domain.refs import signal_digest
from outreach.domain.signals import OrderBy, SignalError
from outreach.domain.tasks import Deadlines
from outreach.store.inbox_claim import ClaimedRow
from outreach.store.pool import Connection
from outreach.store.vault import Vault
from outreach.usecases.intake_folding import fold_named
from outreach.usecases.intake_naming import Named, Naming


async def fold_own_words(
    conn: Connection,
    vault: Vault,
    words: Sequence[OwnWord],
    *,
    now: datetime,
    wall_now: datetime,
    deadlines: Deadlines,
) -> list[SignalError]:
    """Fold words of locked persons, in order; returns why some of them could not take effect.

    Raises:
        SignalError: A word is malformed, which is a fault of ours.
    """
    named = [_named(number, word, now) for number, word in enumerate(words, 1)]
    naming = Naming(named=named)
    folded = await fold_named(conn, vault, naming, now=now, wall_now=wall_now, deadlines=deadlines)
    return [error for _, error in folded.refused]


def _named(number: int, word: OwnWord, now: datetime) -> Named:
    signal = word.signal
    told = read_signal(signal, source=word.source, order=OrderBy.TIME, zone=word.zone)
    digest = signal_digest(word.tenant, signal.source, signal.id)
    # No row of the inbox: negative numbers are never given out there.
    row = ClaimedRow(-number, now, word.tenant, word.source, 0, signal.type, digest, [], 0, b"")
    own = word.loans[told.loans[0]] if told.loans else None
    return Named(row, told, word.person_id, own, dict(word.loans))
