"""Providers' callbacks: verify, keep, wake the workers, answer as the provider expects."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

import asyncpg
import structlog
from aiohttp import web

from outreach.channels.provider import (
    Acknowledgment,
    BadSignatureError,
    CallbackEvent,
    Conversing,
    InboundMessage,
    Provider,
    RawCallback,
    StatusUpdate,
)
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import Outcome
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases import conversing, senders
from outreach.usecases.conversing import ScriptDesk
from outreach.usecases.senders import SenderBook
from outreach.usecases.take_callback import Arrival, CallbackDesk

log = structlog.get_logger(__name__)

# The vendors' largest forms are a few kilobytes; event batches stay below this by their settings.
_MOST_BYTES: Final = 256 * 1024
_RETRY_AFTER: Final = "5"


class BothClocks(Protocol):
    """The machine's time stamps a receipt; business time says whether a call may still begin."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""

    def business_now(self) -> datetime:
        """Return the time of decisions."""


class LenderLike(senders.LenderLike, conversing.LenderLike, Protocol):
    """A lender's senders and calendar."""


class LenderSettings(Protocol):
    """The part of the settings that callbacks are read by."""

    @property
    def lenders(self) -> Mapping[str, LenderLike]:
        """Lenders by slug."""


class Front(Protocol):
    """What callbacks take from the runtime."""

    @property
    def db(self) -> Pool:
        """Where they are kept."""

    @property
    def vault(self) -> Vault:
        """The keys of the day."""

    @property
    def clock(self) -> BothClocks:
        """For the time of receipt, and of speaking."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Who may call."""

    @property
    def settings(self) -> LenderSettings:
        """Whose senders are whose, and which day it is there."""

    def wake(self, kind: str) -> None:
        """Ask the workers for one run of a kind of work."""


def routes(runtime: Front) -> list[web.RouteDef]:
    """Return one route for each address that a configured provider calls."""
    owners: dict[str, list[tuple[Provider, str]]] = {}
    for provider in runtime.providers.values():
        for path, kind in provider.callback_paths.items():
            owners.setdefault(path, []).append((provider, kind))
    desk = CallbackDesk(runtime.db, runtime.vault, SenderBook(runtime.settings))
    scripts = ScriptDesk(runtime.db, runtime.vault, runtime.settings)
    return [
        web.post(path, _CallbackRoute(runtime, desk, scripts, accounts).handle)
        for path, accounts in sorted(owners.items())
    ]


class _CallbackRoute:
    """One address, with the accounts that may call it; the signature tells which one does."""

    def __init__(
        self,
        runtime: Front,
        desk: CallbackDesk,
        scripts: ScriptDesk,
        accounts: list[tuple[Provider, str]],
    ) -> None:
        self._runtime = runtime
        self._desk = desk
        self._scripts = scripts
        self._accounts = accounts

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer 2xx only after the callback is on disk."""
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        for provider, kind in self._accounts:
            raw = RawCallback(kind, request.raw_path, request.headers, body)
            try:
                events = provider.parse_callback(raw)
            except BadSignatureError:
                continue
            try:
                await self._desk.put(
                    Arrival(provider.name, raw, events, self._runtime.clock.wall_now())
                )
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as exc:
                log.warning("callback_not_kept", provider=provider.name, error=type(exc).__name__)
                return web.Response(status=503, headers={"Retry-After": _RETRY_AFTER})
            self._runtime.wake("receipts")
            ack = await self._answer(provider, raw, events)
            headers: Mapping[str, str] = {}
            if ack.content_type:
                headers = {"Content-Type": f"{ack.content_type}; charset=utf-8"}
            return web.Response(status=ack.status, body=ack.body or None, headers=headers)
        log.warning("callback_refused", route=self._accounts[0][1])
        return web.Response(status=403)

    async def _answer(
        self, provider: Provider, raw: RawCallback, events: Sequence[CallbackEvent]
    ) -> Acknowledgment:
        """Return what the provider expects; while somebody is on the line, what to say next."""
        if not isinstance(provider, Conversing) or raw.kind not in provider.conversing:
            return provider.ack(raw.kind, events)
        named = (None if isinstance(one, InboundMessage) else one.attempt_id for one in events)
        attempt, begins = next(named, None), provider.begins(raw.kind)
        conversation = await self._scripts.conversation(
            attempt, now=self._runtime.clock.business_now(), begins=begins
        )
        if begins and conversation.script is None:
            await self._note_silence(provider, raw, attempt)
        return await provider.converse(raw, conversation)

    async def _note_silence(
        self, provider: Provider, raw: RawCallback, attempt: str | None
    ) -> None:
        """Keep that somebody picked up and is told nothing: a silent call, which rules count."""
        event = StatusUpdate(attempt, None, Report(None, outcome=Outcome.ABANDONED))
        arrival = Arrival(provider.name, raw, [event], self._runtime.clock.wall_now())
        try:
            await self._desk.put(arrival)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as exc:
            log.warning("silence_not_kept", provider=provider.name, error=type(exc).__name__)


async def _body(request: web.Request) -> bytes | None:
    """Read the body; None if it is too large to be a callback."""
    if (request.content_length or 0) > _MOST_BYTES:
        return None
    parts, size = [], 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > _MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
