"""What handlers are given: the runtime, as far as the web needs it, under typed keys."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from aiohttp import web

from outreach.sources.source import Source
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.receive import GroupCommit
from outreach.web.metrics import Metrics


class WebClock(Protocol):
    """The clocks a web process reads."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""
        ...

    def business_now(self) -> datetime:
        """Return the time that signals are told by."""
        ...

    def webhook_now(self) -> datetime:
        """Return the time that signatures are judged by."""
        ...


class WebRuntime(Protocol):
    """The part of `outreach.runtime.Runtime` that the web uses."""

    @property
    def db(self) -> Pool:
        """Return the connection pool."""
        ...

    @property
    def redis(self) -> Any:
        """Return the Redis client; asked whether it answers, nothing else."""
        ...

    @property
    def vault(self) -> Vault:
        """Return the keys."""
        ...

    @property
    def clock(self) -> WebClock:
        """Return the clocks."""
        ...

    @property
    def sources(self) -> Mapping[str, Source]:
        """Return the configured sources by slug."""
        ...

    def wake(self, kind: str) -> None:
        """Ask the workers for one run; never blocks or raises."""
        ...


RUNTIME: Final = web.AppKey("runtime", WebRuntime)
COMMIT: Final = web.AppKey("commit", GroupCommit)
METRICS: Final = web.AppKey("metrics", Metrics)
DRAINING: Final = web.AppKey("draining", asyncio.Event)
"""Set once the server stops: what would go on for long ends now."""
