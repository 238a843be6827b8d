"""`outreach migrate`."""

import asyncio

import click

from outreach.cli.servers import on_servers
from outreach.settings import load_settings


@click.command()
def migrate() -> None:
    """Bring the database's schema forward; does nothing when it is current.

    Safe to run from several places at once: one goes first, the others find it done.
    """
    from outreach.store.migrate import migrate as apply

    with on_servers(load_settings()) as settings:
        done = asyncio.run(apply(settings.require_database_url(), modulus=settings.modulus))
    for name in done:
        click.echo(f"applied {name}")
    if not done:
        click.echo("the schema is current")
