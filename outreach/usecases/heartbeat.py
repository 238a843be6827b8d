"""Look for sources that have gone silent: a feed that stops looks like borrowers who all paid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from outreach.sources.source import Source
from outreach.store.alerts import Alert, list_raised, raise_alerts
from outreach.store.heartbeats import expect_sources, list_heartbeats
from outreach.store.pool import Pool

SILENT: Final = "source_silent"


class Outfit(Protocol):
    """What watching takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Return the pool."""
        ...

    @property
    def sources(self) -> Mapping[str, Source]:
        """Return the configured sources by slug."""
        ...


async def watch_sources(outfit: Outfit, *, now: datetime) -> list[str]:
    """Raise one alert for each silence; returns the slugs that are silent now.

    A source that was never heard counts from the first time it was looked for.

    Args:
        outfit: Pool and sources.
        now: Business time.
    """
    options = {(one.options.tenant, slug): one.options for slug, one in outfit.sources.items()}
    async with outfit.db.acquire() as conn, conn.transaction():
        await expect_sources(conn, sorted(options), now=now)
        heard = await list_heartbeats(conn)
        silent = [key for key in sorted(options) if now - heard[key] > options[key].silent_after]
        raised = await list_raised(conn, SILENT)
        alerts = [
            Alert(key[0], SILENT, key[1], f"nothing for more than {options[key].silent_after}")
            for key in silent
            if key not in raised or raised[key] < heard[key]
        ]
        await raise_alerts(conn, alerts, at=now)
    return [slug for _, slug in silent]
