"""`outreach up`: web server and worker as supervised child processes."""

import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Final

import click

from outreach.cli.servers import on_servers
from outreach.settings import Settings, load_settings
from outreach.settings.environment import child_environment

_RESTART_AFTER: Final = 1.0
_GIVE_UP_AFTER: Final = 5
_STOP_WITHIN: Final = 30.0
_POLL: Final = 0.2


@click.command()
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 32), help="Worker processes."
)
@click.option("--host", default=None, help="Address to listen on; from the settings by default.")
@click.option(
    "--port",
    default=None,
    type=click.IntRange(0, 65535),
    help="Port; from the settings by default.",
)
def up(workers: int, host: str | None, port: int | None) -> None:
    """Run web server and worker together, on embedded servers unless told otherwise.

    Brings the schema forward first. A process that dies is started again; Ctrl-C ends all cleanly.
    """
    import asyncio

    from outreach.store.migrate import migrate

    with on_servers(load_settings()) as settings:
        for name in asyncio.run(migrate(settings.require_database_url(), modulus=settings.modulus)):
            click.echo(f"applied {name}", err=True)
        serve = ["serve"]
        serve += ["--host", host] if host else []
        serve += ["--port", str(port)] if port is not None else []
        Supervisor(settings, [serve, *[["work"]] * workers]).run()


class Supervisor:
    """Starts `outreach` commands, restarts what dies, and stops all on SIGTERM or Ctrl-C."""

    def __init__(self, settings: Settings, commands: list[list[str]]) -> None:
        self._environment = child_environment(settings)
        self._commands = commands
        self._children: list[subprocess.Popen[bytes]] = []
        self._failures = [0] * len(commands)
        self._stopping = False

    def run(self) -> None:
        """Run until told to stop.

        Raises:
            click.ClickException: A process died five times in a row.
        """
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._stop)
        self._children = [self._start(command) for command in self._commands]
        try:
            while not self._stopping:
                time.sleep(_POLL)
                self._revive()
        finally:
            self._end()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        # Its own process group: Ctrl-C reaches us alone, and we end the children in order.
        return subprocess.Popen(
            [sys.executable, "-m", "outreach", *command],
            env=self._environment,
            start_new_session=True,
        )

    def _revive(self) -> None:
        for index, child in enumerate(self._children):
            code = child.poll()
            if code is None or self._stopping:
                continue
            self._failures[index] += 1
            words = " ".join(self._commands[index])
            if self._failures[index] >= _GIVE_UP_AFTER:
                raise click.ClickException(
                    f"`outreach {words}` keeps dying (status {code}); see above"
                )
            click.echo(f"`outreach {words}` ended with status {code}; starting it again", err=True)
            time.sleep(_RESTART_AFTER)
            self._children[index] = self._start(self._commands[index])

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        self._stopping = True

    def _end(self) -> None:
        for child in self._children:
            if child.poll() is None:
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_WITHIN
        for child in self._children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
