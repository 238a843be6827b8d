"""`outreach alerts`."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from outreach.cli.servers import on_servers
from outreach.settings import Settings, load_settings

if TYPE_CHECKING:
    from outreach.store.gauges import RaisedAlert


@click.command()
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 3650), help="How far back."
)
def alerts(days: int) -> None:
    """Show what people should look at: unmapped signals, silent sources, provider troubles.

    Equal alerts are counted, not repeated. Exit status 1 when there are any.
    """
    with on_servers(load_settings(), quiet=True) as settings:
        found = asyncio.run(_alerts(settings, timedelta(days=days)))
    if not found:
        click.echo(f"nothing in the last {days} days")
        return
    table = Table()
    for heading in ("lender", "what", "about", "times", "last (UTC)", "detail"):
        table.add_column(heading, overflow="fold")
    for one in found:
        last = one.last_at.strftime("%Y-%m-%d %H:%M")
        table.add_row(one.tenant_id, one.kind, one.subject, str(one.times), last, one.detail)
    Console().print(table)
    raise click.exceptions.Exit(1)


async def _alerts(settings: Settings, span: timedelta) -> "list[RaisedAlert]":
    from outreach.runtime import open_runtime
    from outreach.store.gauges import list_alerts

    async with open_runtime(settings, pool_size=1) as runtime, runtime.db.acquire() as conn:
        return await list_alerts(conn, since=runtime.clock.business_now() - span)
