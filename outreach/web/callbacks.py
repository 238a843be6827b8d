"""Providers' callbacks: verify, keep, wake the workers, answer as the provider expects."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

import asyncpg
import structlog
from aiohttp import web

from outreach.channels.provider import BadSignatureError, Provider, RawCallback
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.senders import LenderSettings, SenderBook
from outreach.usecases.take_callback import Arrival, CallbackDesk

log = structlog.get_logger(__name__)

# The vendors' largest forms are a few kilobytes; event batches stay below this by their settings.
_MOST_BYTES: Final = 256 * 1024
_RETRY_AFTER: Final = "5"


class WallClock(Protocol):
    """The part of the clock that a receipt is stamped by."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""


class Front(Protocol):
    """What callbacks take from the runtime."""

    @property
    def db(self) -> Pool:
        """Where they are kept."""

    @property
    def vault(self) -> Vault:
        """The keys of the day."""

    @property
    def clock(self) -> WallClock:
        """For the time of receipt."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Who may call."""

    @property
    def settings(self) -> LenderSettings:
        """Whose senders are whose."""

    def wake(self, kind: str) -> None:
        """Ask the workers for one run of a kind of work."""


def routes(runtime: Front) -> list[web.RouteDef]:
    """Return one route for each address that a configured provider calls."""
    owners: dict[str, list[tuple[Provider, str]]] = {}
    for provider in runtime.providers.values():
        for path, kind in provider.callback_paths.items():
            owners.setdefault(path, []).append((provider, kind))
    desk = CallbackDesk(runtime.db, runtime.vault, SenderBook(runtime.settings))
    return [
        web.post(path, _CallbackRoute(runtime, desk, accounts).handle)
        for path, accounts in sorted(owners.items())
    ]


class _CallbackRoute:
    """One address, with the accounts that may call it; the signature tells which one does."""

    def __init__(
        self, runtime: Front, desk: CallbackDesk, accounts: list[tuple[Provider, str]]
    ) -> None:
        self._runtime = runtime
        self._desk = desk
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
            ack = provider.ack(kind, events)
            headers: Mapping[str, str] = {}
            if ack.content_type:
                headers = {"Content-Type": f"{ack.content_type}; charset=utf-8"}
            return web.Response(status=ack.status, body=ack.body or None, headers=headers)
        log.warning("callback_refused", route=self._accounts[0][1])
        return web.Response(status=403)


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
