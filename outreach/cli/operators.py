"""What the operators' commands share: whom they speak of, who speaks, and the way to the store."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from outreach.cli.servers import on_servers
from outreach.domain.records import dataclass
from outreach.settings import Settings, load_settings
from outreach.store.clock import find_clock
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import Vault

if TYPE_CHECKING:
    from outreach.usecases.protecting import About, OnRecord, Word

_T = TypeVar("_T")
_Command = Callable[..., Any]


def about_person(command: _Command) -> _Command:
    """Add the options that name a person."""
    for option in (
        click.option("--lender", help="Slug of the lender; needed where there are several."),
        click.option("--borrower", help="The lender's own reference of the borrower."),
        click.option("--loan", help="The lender's own reference of one of their loans."),
    ):
        command = option(command)
    return command


def said_by(command: _Command) -> _Command:
    """Add who speaks, and what it rests on."""
    for option in (
        click.option("--evidence", default="", help="What it rests on: a letter, a call, a file."),
        click.option(
            "--by", required=True, help="Your name: it is kept with what you record, for good."
        ),
    ):
        command = option(command)
    return command


def whom(settings: Settings, lender: str | None, loan: str | None, borrower: str | None) -> "About":
    """Return whom the options name.

    Raises:
        click.UsageError: They name nobody, both, or no lender where there are several.
    """
    from outreach.usecases.protecting import About

    slug = lender or (next(iter(settings.lenders)) if len(settings.lenders) == 1 else "")
    if slug not in settings.lenders:
        known = ", ".join(settings.lenders) or "none"
        raise click.UsageError(f"name the lender with --lender; there are {known}")
    zone = settings.lenders[slug].timezone
    match loan, borrower:
        case str(), None:
            return About(slug, "loan", loan, zone)
        case None, str():
            return About(slug, "borrower", borrower, zone)
        case _:
            raise click.UsageError("name the person by --loan or by --borrower, one of them")


@dataclass(frozen=True, slots=True)
class Desk:
    """What recording needs; no packs, so that a hold can be placed whatever is wrong with those."""

    db: Pool
    vault: Vault
    now: datetime
    wall_now: datetime


def at_desk(work: Callable[[Settings, Desk], Awaitable[_T]]) -> _T:
    """Run work against the installation's database, at business time."""

    async def run(settings: Settings) -> _T:
        from outreach.runtime import Clock

        vault = Vault(settings.require_master_key())
        pool = await open_pool(settings.require_database_url(), size=2)
        try:
            clock = Clock()
            async with pool.acquire() as conn:
                clock.set(await find_clock(conn))
            return await work(settings, Desk(pool, vault, clock.business_now(), clock.wall_now()))
        finally:
            await pool.close()

    with on_servers(load_settings(), quiet=True) as settings:
        return asyncio.run(run(settings))


def tell(
    names: tuple[str | None, str | None, str | None],
    words: "Callable[[OnRecord], list[Word]]",
    *,
    by: str,
) -> "OnRecord":
    """Record what `words` makes of what is on record; `names` are lender, loan and borrower.

    Raises:
        click.ClickException: There is no such person, or what was said makes no sense.
    """
    from outreach.domain.signals import SignalError
    from outreach.usecases.protecting import NobodyError, on_record, record
    from outreach.usecases.tasks import deadlines_of

    async def work(settings: Settings, desk: Desk) -> "OnRecord":
        about = whom(settings, *names)
        try:
            known = await on_record(desk, about)
            return await record(
                desk,
                about,
                words(known),
                by=by,
                now=desk.now,
                deadlines=deadlines_of(settings),
            )
        except NobodyError as exc:
            raise click.ClickException(f"nobody of this lender is known by {exc}") from exc
        except SignalError as exc:
            raise click.ClickException(f"not recorded: {exc}") from exc

    if not by.strip():
        raise click.UsageError("--by is empty: say who records this")
    return at_desk(work)


def read(names: tuple[str | None, str | None, str | None]) -> "OnRecord":
    """Return what is on record for a person.

    Raises:
        click.ClickException: There is no such person.
    """
    from outreach.usecases.protecting import NobodyError, on_record

    async def work(settings: Settings, desk: Desk) -> "OnRecord":
        try:
            return await on_record(desk, whom(settings, *names))
        except NobodyError as exc:
            raise click.ClickException(f"nobody of this lender is known by {exc}") from exc

    return at_desk(work)
