"""`outreach keys`: keys by which machines use the API."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.api_keys import ApiKey, KeyMode, Scope
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.store.pool import Connection
    from outreach.usecases.api_keys import By, NewKey

_T = TypeVar("_T")
_SCOPES: Final = ", ".join(Scope)
_BY: Final = "command line"


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke keys of machines.

    A key is for one lender. Its secret is shown once, when it is made.
    """


@keys.command()
@click.argument("name")
@click.option("--lender", required=True, help="Slug of the lender that it is for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help=f"One of {_SCOPES}; repeat it."
)
@click.option(
    "--mode",
    type=click.Choice([str(one) for one in KeyMode]),
    default=str(KeyMode.LIVE),
    show_default=True,
    help="A test key ends when the lender goes live.",
)
@click.option(
    "--days", type=click.IntRange(1, 3_650), help="Days until it expires; never if left out."
)
def add(name: str, lender: str, scopes: tuple[str, ...], mode: str, days: int | None) -> None:
    """Make a key called NAME: say whose it is."""
    from outreach.usecases.api_keys import make_key

    unknown = sorted(set(scopes) - set(Scope))
    if unknown:
        raise click.UsageError(f"{unknown[0]!r} is no scope; there are {_SCOPES}")

    async def run(conn: "Connection", settings: Settings, by: "By") -> "NewKey":
        if lender not in settings.lenders:
            known = ", ".join(settings.lenders) or "none"
            raise click.UsageError(f"no lender is called {lender}; there are {known}")
        try:
            return await make_key(
                conn,
                lender,
                name,
                [Scope(one) for one in scopes],
                mode=KeyMode(mode),
                expires_at=by.at + timedelta(days=days) if days else None,
                by=by,
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    _tell(_on_store(run))


@keys.command("list")
@click.option("--lender", help="Of one lender; of all if left out.")
def list_(lender: str | None) -> None:
    """List the keys, newest first, revoked ones last."""
    from outreach.store.api_keys import list_keys

    async def run(conn: "Connection", settings: Settings, by: "By") -> list[str]:
        chosen = [lender] if lender else list(settings.lenders)
        return [_line(one, by.at) for one in await list_keys(conn, chosen)]

    found = _on_store(run)
    click.echo("\n".join(found) or "There is no key; make one with outreach keys add.")


@keys.command()
@click.argument("prefix")
@click.option(
    "--overlap",
    default=24,
    show_default=True,
    type=click.IntRange(0, 720),
    help="Hours for which the old key goes on working.",
)
def rotate(prefix: str, overlap: int) -> None:
    """Make a successor of the key PREFIX, and let the old one end."""
    from outreach.usecases.api_keys import KeyUnknownError, rotate_key

    async def run(conn: "Connection", settings: Settings, by: "By") -> "NewKey":
        span = timedelta(hours=overlap)
        try:
            return await rotate_key(conn, prefix, list(settings.lenders), by=by, overlap=span)
        except KeyUnknownError as error:
            raise _unknown(prefix) from error

    _tell(_on_store(run))
    click.echo(f"{prefix} ends in {overlap} h")


@keys.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Take the key PREFIX back; it is refused within a second."""
    from outreach.usecases.api_keys import KeyUnknownError, revoke_key

    async def run(conn: "Connection", settings: Settings, by: "By") -> None:
        try:
            await revoke_key(conn, prefix, list(settings.lenders), by=by)
        except KeyUnknownError as error:
            raise _unknown(prefix) from error

    _on_store(run)
    click.echo(f"{prefix} is revoked")


def _tell(made: "NewKey") -> None:
    click.echo(made.token)
    click.echo("Keep it now: it isn't shown again.", err=True)


def _line(one: ApiKey, now: datetime) -> str:
    if one.revoked_at:
        state = f"revoked {one.revoked_at:%Y-%m-%d}"
    elif not one.is_good(now):
        state = "expired"
    else:
        state = f"until {one.expires_at:%Y-%m-%d %H:%MZ}" if one.expires_at else "in force"
    used = f"used {one.last_used_at:%Y-%m-%d %H}h" if one.last_used_at else "never used"
    scopes = " ".join(sorted(one.scopes))
    return f"{one.prefix}  {one.tenant:<12} {one.mode:<4}  {one.name:<28} {state}, {used}, {scopes}"


def _unknown(prefix: str) -> click.ClickException:
    return click.ClickException(f"no key {prefix} is in force: see outreach keys list")


def _on_store(run: "Callable[[Connection, Settings, By], Awaitable[_T]]") -> _T:
    """Run something in one transaction of the store."""

    async def work(settings: Settings, desk: Desk) -> _T:
        from outreach.usecases.api_keys import By

        async with desk.db.acquire() as conn, conn.transaction():
            return await run(conn, settings, By(_BY, desk.wall_now))

    return at_desk(work)
