"""`outreach demo`."""

import time
from typing import Final

import click

from outreach.cli.servers import on_servers
from outreach.settings import Profile, load_settings

_SECONDS: Final = 75.0


@click.command()
@click.option("--loans", default=300, show_default=True, type=click.IntRange(10, 5_000))
@click.option(
    "--speed",
    default=3_600.0,
    show_default=True,
    type=click.FloatRange(1, 14_400),
    help="Business seconds per second: 3600 shows a day in 24 s.",
)
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(1, 86_400),
    help=f"Seconds to play; {_SECONDS:.0f} by default.",
)
@click.option("--seed", default=1, show_default=True, help="Another seed, other borrowers.")
@click.option("--keep", is_flag=True, help="Go on with the last demo's data instead of afresh.")
@click.option(
    "--serve/--no-serve",
    default=None,
    help="Keep the pages up afterwards until Ctrl-C; by default in a terminal only.",
)
@click.option(
    "--browser/--no-browser", default=False, help="Open the contact log in a browser at the start."
)
def demo(
    loans: int,
    speed: float,
    seconds: float | None,
    seed: int,
    *,
    keep: bool,
    serve: bool | None,
    browser: bool,
) -> None:
    """Run a synthetic portfolio on embedded servers and watch it live.

    A few hundred invented borrowers in China and the United States, signed webhooks over HTTP, a
    carrier that sends nothing, and time that runs fast. Ctrl-C ends it cleanly.
    """
    started = time.monotonic()
    import asyncio

    from rich.console import Console

    from outreach.demo.books import MissingLenderError
    from outreach.demo.installation import NotReadyError, free_port
    from outreach.demo.own_settings import settings_for
    from outreach.demo.run import Plan, run

    console = Console()
    base = load_settings(profile=Profile.DEVELOPMENT)
    port = free_port(base.listen_host)
    own = settings_for(base, base.data_dir / "demo", port)
    plan = Plan(
        loans,
        speed,
        seconds or _SECONDS,
        seed,
        keep,
        console.is_terminal if serve is None else serve,
        browser,
        started,
    )
    with on_servers(own) as settings:
        try:
            whole = asyncio.run(run(settings, plan, console, port))
        except (MissingLenderError, NotReadyError) as error:
            raise click.ClickException(str(error)) from None
    if not whole:
        raise click.exceptions.Exit(1)
