"""The servers that a command runs on: those of the settings, else embedded ones."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from outreach.settings import Settings


@contextmanager
def on_servers(settings: Settings, *, quiet: bool = False) -> Iterator[Settings]:
    """Yield settings in which both servers are named, starting embedded ones for what is missing.

    Embedded servers are left at the end, and stopped unless another command uses them.

    Raises:
        EmbeddedUnavailableError: Neither named nor startable; says how to mend it.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    from outreach.embedded import start

    progress = None if quiet else _tell
    with start(settings.data_dir, progress=progress) as embedded:
        yield settings.with_servers(
            settings.database_url or embedded.database_url,
            settings.redis_url or embedded.redis_url,
        )


def _tell(step: str) -> None:
    click.echo(step, err=True)
