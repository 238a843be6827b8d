"""What a call may say, looked up while somebody is on the line: the words that were decided on.

They are read out of the log's own row of the decision, so that what is spoken and what is on record
can't differ, and so that any process can answer, after any restart.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import structlog
from cryptography.exceptions import InvalidTag

from outreach.channels.provider import Conversation
from outreach.domain.call_scripts import CallScript, ScriptError, parse_script
from outreach.domain.contacts import parse_attempt_id
from outreach.domain.vocabulary import DeliveryState
from outreach.rendering.locales import format_day
from outreach.store.agenda import list_unfolded
from outreach.store.bodies import decode_body
from outreach.store.calls import DecidedCall, find_decided_call
from outreach.store.pool import Pool
from outreach.store.vault import ErasedError, Vault
from outreach.usecases.receipt_effects import event_aad

log = structlog.get_logger(__name__)

_OVER: Final = frozenset(
    {DeliveryState.CANCELED, DeliveryState.RELEASED, DeliveryState.FAILED, DeliveryState.EXPIRED}
)
_UNREADABLE: Final = (
    InvalidTag,
    zlib.error,
    msgspec.DecodeError,
    ErasedError,
    ScriptError,
    KeyError,
    TypeError,
    ValueError,
)
_FALLBACK: Final = "en-US"


class LenderLike(Protocol):
    """The part of a lender that is asked for."""

    @property
    def timezone(self) -> str:
        """Zone of its book calendar."""


class LenderZones(Protocol):
    """The part of the settings that is asked for."""

    @property
    def lenders(self) -> Mapping[str, LenderLike]:
        """Lenders by slug."""


class ScriptDesk:
    """Finds what calls may say.

    Args:
        pool: Where the log is.
        vault: Keys of the people.
        settings: The lenders' calendars.
    """

    def __init__(self, pool: Pool, vault: Vault, settings: LenderZones) -> None:
        self._pool = pool
        self._vault = vault
        self._settings = settings

    async def conversation(
        self, attempt: str | None, *, now: datetime, begins: bool
    ) -> Conversation:
        """Return what a call may say; nothing where it is over, or can't be read.

        A call that only begins says nothing either once its window has closed, or while something
        about its person waits to be folded: a payment, a dispute.

        Args:
            attempt: Public id of the call, as the provider echoes it.
            now: Business time.
            begins: Somebody has just picked up.
        """
        nothing = Conversation(
            None, now.astimezone(UTC).date(), partial(format_day, locale=_FALLBACK)
        )
        at = parse_attempt_id(attempt)
        if at is None:
            return nothing
        try:
            async with self._pool.acquire() as conn:
                found = await find_decided_call(conn, at.person_id, UUID(at.contact_id))
                waits = begins and bool(await list_unfolded(conn, [at.person_id]))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as exc:
            log.warning("script_not_found", error=type(exc).__name__)
            return nothing
        if found is None or waits or found.delivery_state in _OVER:
            return nothing
        try:
            script, closes_at = self._script(found, at.person_id)
        except _UNREADABLE as exc:
            log.warning("script_unreadable", error=type(exc).__name__)
            return nothing
        if begins and now >= closes_at:
            return nothing
        write_day = partial(format_day, locale=script.locale)
        return Conversation(script, self._today(found.tenant_id, now), write_day)

    def _script(self, found: DecidedCall, person: int) -> tuple[CallScript, datetime]:
        key = self._vault.open(found.wrapped_key)
        body = decode_body(key.decrypt(found.body, event_aad(person)))
        script = parse_script(body["words"], body["action"]["locale"])
        return script, datetime.fromisoformat(body["closes_at"])

    def _today(self, tenant: str, now: datetime) -> date:
        lender = self._settings.lenders.get(tenant)
        return now.astimezone(ZoneInfo(lender.timezone) if lender else UTC).date()
