"""`outreach version`."""

import platform
from importlib.metadata import version as installed_version

import click


@click.command()
def version() -> None:
    """Show which release this is, and what it runs on."""
    click.echo(f"outreach {installed_version('outreach')} · Python {platform.python_version()}")
