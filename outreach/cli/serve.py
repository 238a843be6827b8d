"""`outreach serve`."""

import asyncio
import signal

import click

from outreach.cli.servers import on_servers
from outreach.settings import Settings, load_settings


@click.command()
@click.option("--host", help="Address to listen on; `listen_host` of the settings by default.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port, 0 picks a free one; `listen_port` of the settings by default.",
)
def serve(host: str | None, port: int | None) -> None:
    """Run the web server: signals, callbacks, API.

    SIGTERM and Ctrl-C end it cleanly: requests under way are answered, what waits is committed.
    """
    with on_servers(load_settings()) as settings:
        chosen_host = settings.listen_host if host is None else host
        chosen_port = settings.listen_port if port is None else port
        asyncio.run(_serve(settings, chosen_host, chosen_port))


async def _serve(settings: Settings, host: str, port: int) -> None:
    from outreach.logs import configure_logs
    from outreach.runtime import open_runtime
    from outreach.web.server import serving

    configure_logs(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_runtime(settings) as runtime, serving(runtime, host=host, port=port) as bound:
        click.echo(
            f"serving on http://{host}:{bound}; what it takes: http://{host}:{bound}/v1/docs"
        )
        await stop.wait()
        click.echo("finishing what is under way")
