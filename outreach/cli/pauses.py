"""`outreach pauses`: what must not be used until somebody has looked."""

import asyncio

import click
from rich.console import Console
from rich.table import Table

from outreach.cli.servers import on_servers
from outreach.settings import Settings, load_settings


@click.group()
def pauses() -> None:
    """Show and lift pauses of senders, templates and accounts.

    A provider's word that a sender isn't registered, a template is filtered or an account is closed
    stops its use at once; people lift the pause when they have mended the cause.
    """


@pauses.command("list")
def list_() -> None:
    """List what is paused; exit status 1 when anything is."""
    from outreach.store.pauses import PlacedPause, list_pauses

    async def read(settings: Settings) -> list[PlacedPause]:
        from outreach.runtime import open_runtime

        async with open_runtime(settings, pool_size=1) as runtime, runtime.db.acquire() as conn:
            return await list_pauses(conn)

    with on_servers(load_settings(), quiet=True) as settings:
        found = asyncio.run(read(settings))
    if not found:
        click.echo("nothing is paused")
        return
    table = Table()
    for heading in ("lender", "what", "which", "why", "since (UTC)"):
        table.add_column(heading, overflow="fold")
    for one in found:
        table.add_row(*one[:4], one.placed_at.strftime("%Y-%m-%d %H:%M"))
    Console().print(table)
    raise click.exceptions.Exit(1)


@pauses.command()
@click.argument("lender")
@click.argument("scope", type=click.Choice(["sender", "template", "account"]))
@click.argument("subject")
def lift(lender: str, scope: str, subject: str) -> None:
    """Lift one pause; whoever waited for it is looked at again at once."""
    from outreach.store.pauses import Pause
    from outreach.store.pauses import lift as lift_in_store

    async def write(settings: Settings) -> int:
        from outreach.runtime import open_runtime

        async with open_runtime(settings, pool_size=1) as runtime:
            at = runtime.clock.business_now()
            async with runtime.db.acquire() as conn, conn.transaction():
                return await lift_in_store(conn, [Pause(lender, scope, subject)], at=at)

    with on_servers(load_settings(), quiet=True) as settings:
        lifted = asyncio.run(write(settings))
    if not lifted:
        raise click.ClickException("no such pause; `outreach pauses list` shows them")
    click.echo("lifted")
