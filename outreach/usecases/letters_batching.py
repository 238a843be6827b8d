"""Hand letters to the printer once a day, at the time of day that a lender settled."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import structlog

from outreach.channels.provider import Provider
from outreach.domain.vocabulary import Channel
from outreach.usecases.letters_desk import Batching, BatchLike

log = structlog.get_logger(__name__)

WITHIN: Final = timedelta(hours=3)
"""So long after its time a batch is still made: a worker may have been away."""


class LettersLike(Protocol):
    """The part of the settings for letters that is asked for."""

    @property
    def batch_at(self) -> str | None:
        """Time of day, as in `16:00`; None: people do it."""


class SenderLike(Protocol):
    """The part of a sender that is asked for."""

    @property
    def channel(self) -> Channel:
        """What it sends by."""

    @property
    def provider(self) -> str:
        """Name of the account."""


class LenderLike(Protocol):
    """The part of a lender that is asked for."""

    @property
    def timezone(self) -> str:
        """Its calendar."""

    @property
    def letters(self) -> LettersLike:
        """What it settled for letters."""

    @property
    def senders(self) -> Mapping[str, SenderLike]:
        """What it sends from."""


class LenderSettings(Protocol):
    """The part of the settings that is asked for."""

    @property
    def lenders(self) -> Mapping[str, LenderLike]:
        """Lenders by slug."""


async def close_due_batches(
    settings: LenderSettings, providers: Mapping[str, Provider], *, now: datetime
) -> list[BatchLike]:
    """Make the batches whose time has come, each once a day; returns those made.

    An account holds the letters of all lenders that send by it. What a disk refuses waits for the
    next look, and is logged.

    Args:
        settings: Who wants a batch when.
        providers: Accounts by name.
        now: Business time.
    """
    made: list[BatchLike] = []
    for account, since in sorted(_due(settings, now).items()):
        collecting: object = providers.get(account)
        if not isinstance(collecting, Batching):
            continue
        try:
            if await _was_made(collecting, since):
                continue
            batch = await collecting.close_batch(now)
        except OSError as error:
            log.warning("letters_not_batched", account=account, error=type(error).__name__)
            continue
        if batch is not None:
            log.info("letters_batched", account=account, batch=batch.name, letters=batch.letters)
            made.append(batch)
    return made


def _due(settings: LenderSettings, now: datetime) -> dict[str, datetime]:
    """Return since when a batch is due, by account: the latest time that has come lately."""
    found: dict[str, datetime] = {}
    for lender in settings.lenders.values():
        if lender.letters.batch_at is None:
            continue
        here = now.astimezone(ZoneInfo(lender.timezone))
        at = datetime.combine(here.date(), time.fromisoformat(lender.letters.batch_at), here.tzinfo)
        if not at <= here < at + WITHIN:
            continue
        for sender in lender.senders.values():
            if sender.channel is Channel.LETTER:
                found[sender.provider] = max(at, found.get(sender.provider, at))
    return found


async def _was_made(collecting: Batching, since: datetime) -> bool:
    """Say whether a batch was made since; batches are named by when they were, in UTC."""
    first = f"{since.astimezone(UTC):%Y%m%d-%H%M%S}"
    return any(one.name >= first for one in await collecting.batches())
