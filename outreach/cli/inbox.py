"""`outreach inbox`: signals that wait, and signals that could not take effect."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from outreach.cli.servers import on_servers
from outreach.settings import load_settings
from outreach.store.pool import Connection

_T = TypeVar("_T")


@click.group()
def inbox() -> None:
    """List, show and replay signals that could not take effect."""


@inbox.command(name="list")
@click.option("--lender", help="Only this lender's.")
@click.option("--pending", is_flag=True, help="What waits to be folded, instead of the quarantine.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(lender: str | None, limit: int, *, pending: bool) -> None:
    """List the quarantine (or what waits), newest first, with the reason and how to mend it."""
    from outreach.store.inbox import list_pending, list_quarantined

    listing = list_pending if pending else list_quarantined
    rows = _with_database(lambda conn: listing(conn, lender, limit=limit))
    if not rows:
        click.echo("nothing is waiting" if pending else "the quarantine is empty")
    for row in rows:
        about = (
            f"{row.inbox_id:>10}  {row.received_at:%Y-%m-%d %H:%M:%S}  {row.tenant}/{row.source}"
        )
        click.echo(f"{about}  {row.type}" + (f"  try {row.tries}" if row.tries else ""))
        if row.reason:
            click.echo(f"            {row.reason}: {row.detail}")
            click.echo(f"            mend: {_mend(row.reason)}")


def _mend(reason: str) -> str:
    from outreach.web.console.words import say, say_or

    return say_or("en", f"signal.mend.{reason}", say("en", "signal.mend.otherwise"))


@inbox.command()
@click.argument("inbox_id", type=int)
def show(inbox_id: int) -> None:
    """Show one row decrypted, as it was sent. It is somebody's personal data: mind the screen."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

    from outreach.sources.source import RawSignal, inbox_aad
    from outreach.store.inbox import find_row
    from outreach.store.vault import Vault

    vault = Vault(load_settings().require_master_key())

    async def read(conn: Connection) -> RawSignal | None:
        row = await find_row(conn, inbox_id)
        if row is None or row.day is None:
            return None
        key = await vault.day_key(conn, row.tenant, row.day)
        return RawSignal.unpack(key.decrypt(row.body, inbox_aad(row.tenant)))

    try:
        raw = _with_database(read)
    except (InvalidTag, InvalidUnwrap):
        raise click.ClickException(
            "the row was encrypted under another master key: set the one it was received under"
        ) from None
    if raw is None:
        raise click.ClickException(f"no row {inbox_id} is waiting or in quarantine")
    click.echo(f"source    {raw.source} ({raw.source_uri})")
    click.echo(f"id        {raw.signal_id}")
    click.echo(f"type      {raw.type}, read as {raw.kind}")
    click.echo(f"received  {raw.received_at.isoformat()}")
    for name, value in raw.headers.items():
        click.echo(f"{name}: {value}")
    click.echo(raw.body.decode(errors="backslashreplace"))


@inbox.command()
@click.argument("inbox_ids", type=int, nargs=-1, required=True)
def replay(inbox_ids: tuple[int, ...]) -> None:
    """Move rows out of the quarantine and try them again, as if they had come just now."""
    from outreach.cli.operators import Desk, at_desk
    from outreach.settings import Settings
    from outreach.usecases.signal_inbox import replay as replay_signals

    async def work(_: Settings, desk: Desk) -> list[int]:
        return await replay_signals(desk, inbox_ids, wall_now=desk.wall_now)

    moved = at_desk(work)
    for inbox_id in inbox_ids:
        click.echo(
            f"{inbox_id}: " + ("back in the inbox" if inbox_id in moved else "not in quarantine")
        )
    if len(moved) < len(inbox_ids):
        raise click.exceptions.Exit(1)


def _with_database(work: Callable[[Connection], Awaitable[_T]]) -> _T:
    """Run work on one connection, outside any transaction."""

    async def run(database_url: str) -> _T:
        from outreach.store.pool import open_pool

        pool = await open_pool(database_url, size=1)
        try:
            async with pool.acquire() as conn:
                return await work(conn)
        finally:
            await pool.close()

    with on_servers(load_settings(), quiet=True) as settings:
        return asyncio.run(run(settings.require_database_url()))
