"""`outreach work`."""

import asyncio

import click

from outreach.cli.servers import on_servers
from outreach.settings import load_settings


@click.command()
def work() -> None:
    """Run one worker: fold signals, decide, send, settle, fold receipts, seal the log.

    Any number may run at once. SIGTERM and Ctrl-C end it cleanly: nothing new is claimed, what was
    sent is settled, what was only reserved is released.
    """
    from outreach.logs import configure_logs
    from outreach.worker import work as run

    with on_servers(load_settings()) as settings:
        configure_logs(settings)
        click.echo("working; Ctrl-C finishes what is under way")
        asyncio.run(run(settings))
