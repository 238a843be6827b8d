"""What the commands about the contact log share: rows as lines, and work on the database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from outreach.cli.servers import on_servers
from outreach.settings import Settings, load_settings
from outreach.store.pool import Pool

_T = TypeVar("_T")


def show_entries(entries: Iterable[Any]) -> None:
    """Print one line for each."""
    for entry in entries:
        state = entry.contact.state if entry.contact else entry.body.get("reply", {}).get("kind")
        step = entry.contact.step if entry.contact else entry.body.get("step", "")
        about = " ".join(
            part
            for part in (
                local_time(entry.at, entry.zone),
                f"{entry.kind:8}",
                " ".join(entry.loans) or "-",
                str(step),
                str(state or ""),
                " ".join(reason["rule"] for reason in entry.reasons),
                f"[{entry.contact_id}]" if entry.contact_id else "",
            )
            if part
        )
        click.echo(about)


def local_time(at: datetime, zone: str | None) -> str:
    """Return an instant in the borrower's zone, UTC where that isn't known."""
    return at.astimezone(ZoneInfo(zone or "UTC")).strftime("%Y-%m-%d %H:%M:%S%z")


def known_lender(settings: Settings, lender: str) -> str:
    """Return a lender's slug, or end with the ones that there are."""
    if lender not in settings.lenders:
        known = ", ".join(settings.lenders)
        raise click.UsageError(f"no lender is called {lender}; there are {known}")
    return lender


def on_pool(work: Callable[[Settings, Pool], Awaitable[_T]]) -> _T:
    """Run work on the settings' database."""
    from outreach.store.pool import open_pool

    async def run(settings: Settings) -> _T:
        pool = await open_pool(settings.require_database_url(), size=2)
        try:
            return await work(settings, pool)
        finally:
            await pool.close()

    with on_servers(load_settings(), quiet=True) as settings:
        return asyncio.run(run(settings))
