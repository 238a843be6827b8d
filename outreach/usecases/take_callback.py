"""Keep a provider's verified callback before it is acknowledged; folding comes later."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from outreach.channels.provider import (
    CallbackEvent,
    Ignored,
    InboundMessage,
    RawCallback,
    StatusUpdate,
)
from outreach.domain.contacts import parse_attempt_id
from outreach.domain.records import dataclass
from outreach.store.pool import Connection, Pool
from outreach.store.receipts import KeptCallback, keep_callbacks
from outreach.store.vault import Vault
from outreach.usecases.senders import SenderBook

_LARGEST_COMMIT: Final = 500
# Providers wait 15 seconds at most; slower than this is answered with 503.
_COMMIT_SECONDS: Final = 5.0
_KEPT_HEADERS: Final = (
    "Content-Type",
    "I-Twilio-Idempotency-Token",
    "X-Twilio-Signature",
    "X-Twilio-Webhooks-Signature-Settings",
    "X-Sandbox-Signature",
)
_TYPES: Final[dict[str, type[CallbackEvent]]] = {
    "status": StatusUpdate,
    "inbound": InboundMessage,
    "ignored": Ignored,
}


class Kept(NamedTuple):
    """A callback as it was kept: what it says, and what it was."""

    event: CallbackEvent
    raw: dict[str, Any]


def callback_aad(tenant: str) -> bytes:
    """Return what ties a kept body to its table; its row's id isn't known before the insert."""
    return b"callbacks:" + tenant.encode()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified callback on its way to disk; `at` is wall time."""

    provider: str
    raw: RawCallback
    events: Sequence[CallbackEvent]
    at: datetime


class CallbackDesk:
    """Commits whatever waits while the previous commit runs, as one statement; no timer.

    Args:
        pool: Where to write.
        vault: Keys of the day.
        senders: Whose callback it is.
    """

    def __init__(self, pool: Pool, vault: Vault, senders: SenderBook) -> None:
        self._pool = pool
        self._vault = vault
        self._senders = senders
        self._waiting: list[tuple[Arrival, asyncio.Future[None]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def put(self, arrival: Arrival) -> None:
        """Keep a callback, one row per event with the raw request in each; returns when on disk.

        Raises:
            asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError: Nothing was kept.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, done))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_LARGEST_COMMIT], self._waiting[_LARGEST_COMMIT:]
            try:
                async with asyncio.timeout(_COMMIT_SECONDS), self._pool.acquire() as conn:
                    await self._write(conn, [arrival for arrival, _ in group])
            except Exception as exc:  # noqa: BLE001 - each waiter raises it to its own provider
                for _, done in group:
                    if not done.done():
                        done.set_exception(exc)
                continue
            for _, done in group:
                if not done.done():
                    done.set_result(None)

    async def _write(self, conn: Connection, arrivals: Sequence[Arrival]) -> None:
        rows = []
        for arrival in arrivals:
            raw = _kept(arrival.raw)
            for event in arrival.events:
                to = event.to_addresses if isinstance(event, InboundMessage) else ()
                tenant = self._senders.tenant_of(arrival.provider, to)
                key = await self._vault.day_key(conn, tenant, arrival.at.date())
                body = key.encrypt(pack(event, raw), callback_aad(tenant))
                attempt = None if isinstance(event, InboundMessage) else event.attempt_id
                known = attempt if parse_attempt_id(attempt) else None
                rows.append(
                    KeptCallback(
                        arrival.at, tenant, arrival.provider, arrival.raw.kind, known, 0, body
                    )
                )
        await keep_callbacks(conn, rows)


def _kept(raw: RawCallback) -> dict[str, Any]:
    return {
        "kind": raw.kind,
        "path_qs": _without_secret(raw),
        "headers": {name: raw.headers[name] for name in _KEPT_HEADERS if name in raw.headers},
        "body": raw.body.decode("utf-8", "replace"),
    }


def _without_secret(raw: RawCallback) -> str:
    """Return the path without what follows the kind: a part that only the provider is told."""
    path, mark, query = raw.path_qs.partition("?")
    front, kind, _ = path.partition(f"/{raw.kind}/")
    return f"{front}{kind}{mark}{query}"


def pack(event: CallbackEvent, raw: dict[str, Any]) -> bytes:
    """Return an event and its raw request as bytes to encrypt."""
    name = next(name for name, kind in _TYPES.items() if isinstance(event, kind))
    return msgspec.json.encode({"type": name, "event": event, "raw": raw})


def unpack(data: bytes) -> Kept:
    """Return what `pack` was given.

    Raises:
        msgspec.DecodeError, KeyError: Written by something else.
    """
    found = msgspec.json.decode(data)
    return Kept(msgspec.convert(found["event"], _TYPES[found["type"]]), found["raw"])
