"""`outreach links`: make, check and revoke links to a loan's self-service page."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from outreach.cli.operators import Desk, at_desk
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.domain.links import LinkMaker
    from outreach.usecases.selfservice_access import LinkState

_lender = click.option("--lender", help="Slug of the lender; the only one with a page by default.")


@click.group()
def links() -> None:
    """Make, check, revoke and unlock links to the self-service page of a loan.

    LOAN is the platform's own name of it. docs/self-service.md tells of the page.
    """


@links.command()
@click.argument("loan")
@_lender
def make(loan: str, lender: str | None) -> None:
    """Print a link to the page of LOAN, as a message made now would bring it.

    Whoever has it and knows the digits sees the loan: give it to the borrower alone.
    """
    click.echo(_of(loan, lender)[0].address)


@links.command()
@click.argument("loan")
@_lender
@click.option("--link", help="A link of a message: say whether it opens.")
def check(loan: str, lender: str | None, link: str | None) -> None:
    """Say whether the links of LOAN open: wrong digits, locks, what was revoked.

    Exit status 1 when they are locked, or the one given doesn't open.
    """
    state, maker, desk = _of(loan, lender)
    guard = state.guard
    locked = guard.is_locked(desk.wall_now)
    click.echo(f"wrong digits since they were right last: {guard.failures}")
    if locked:
        until = guard.locked_until
        waits = until is not None and until > desk.wall_now
        click.echo(f"locked until {_stamp(until)}" if until and waits else
                   "locked until `outreach links unlock`")  # fmt: skip
    if guard.revoked_until is not None:
        click.echo(f"revoked: links that end by {_stamp(guard.revoked_until)}")
    opens = True
    if link:
        opens, words = _judged(link, state, maker, desk.now)
        click.echo(words)
    if locked or not opens:
        raise click.exceptions.Exit(1)


@links.command()
@click.argument("loan")
@_lender
def revoke(loan: str, lender: str | None) -> None:
    """Revoke every link of LOAN that was made so far, and end the sessions they opened.

    Links that are made within the next hour don't open either.
    """
    state, _, _ = _of(loan, lender, revoking=True)
    click.echo(f"revoked: links that end by {_stamp(state.guard.revoked_until)}")


@links.command()
@click.argument("loan")
@_lender
def unlock(loan: str, lender: str | None) -> None:
    """Let the digits of LOAN be tried again. First be sure that it was the borrower."""
    _of(loan, lender, unlocking=True)
    click.echo("unlocked")


def _judged(link: str, state: "LinkState", maker: "LinkMaker", now: datetime) -> tuple[bool, str]:
    from outreach.domain.links import read_token
    from outreach.usecases.selfservice_access import token_of

    ref = read_token(maker.keys, token_of(link), now)
    if ref is None:
        return False, "the link isn't one that this lender's keys made"
    if (ref.person_id, ref.loan_id) != (state.person_id, state.loan_id):
        return False, "the link is about another loan"
    opens = state.guard.opens(ref, now)
    return (
        opens,
        f"the link {'opens' if opens else 'does not open'}; it ends {_stamp(ref.expires_at)}",
    )


def _stamp(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "never"


def _of(loan: str, lender: str | None, **changes: bool) -> "tuple[LinkState, LinkMaker, Desk]":
    """Return what there is of a loan's links, changed first as asked.

    Raises:
        click.ClickException: There is no such page or loan.
    """
    from outreach.plans import links_of
    from outreach.usecases.protecting import NobodyError
    from outreach.usecases.selfservice_access import link_state

    async def work(settings: Settings, desk: Desk) -> "tuple[LinkState, LinkMaker, Desk]":
        slug = lender or _only(settings)
        maker = (
            links_of(slug, settings.lenders[slug], desk.vault) if slug in settings.lenders else None
        )
        if maker is None:
            raise click.UsageError(f"`{slug}` is no lender with a table `self_service`")
        try:
            state = await link_state(desk, (slug, maker), loan, now=desk.now, **changes)
        except NobodyError:
            raise click.ClickException(f"`{slug}` has no loan `{loan}`") from None
        return state, maker, desk

    return at_desk(work)


def _only(settings: Settings) -> str:
    slugs = [slug for slug, one in settings.lenders.items() if one.self_service]
    if len(slugs) != 1:
        known = ", ".join(slugs) or "none has a page: add a table `lenders.<slug>.self_service`"
        raise click.UsageError(f"name the lender with --lender; there are {known}")
    return slugs[0]
