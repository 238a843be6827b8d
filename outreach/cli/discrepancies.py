"""`outreach discrepancies`: where our books and the platform's figures differ."""

from typing import TYPE_CHECKING

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.loan_books import DiscrepancyKind
from outreach.domain.money import Money
from outreach.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outreach.store.discrepancies import DiscrepancyRow


@click.group()
def discrepancies() -> None:
    """List, show and close differences between our books and the platform's figures.

    docs/repayments.md says what each kind means. Closing one changes no figure.
    """


@discrepancies.command("list")
@click.option("--lender", help="Only this lender's.")
@click.option("--loan", help="Only of this loan, by the lender's own reference.")
@click.option("--all", "closed", is_flag=True, help="Closed ones as well.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(lender: str | None, loan: str | None, limit: int, *, closed: bool) -> None:
    """List differences, the oldest first; exit status 1 when any is open."""
    rows = _read(lender, loan, closed=closed, limit=limit)
    if not rows:
        click.echo("no differences")
    for row in rows:
        click.echo(f"{row.found_at:%Y-%m-%d}  {row.loan}  {_name(row)}  {_state(row)}")
    if any(row.closed_at is None for row in rows):
        raise click.exceptions.Exit(1)


@discrepancies.command()
@click.argument("loan")
@click.option("--lender", help="Slug of the lender, where several have a loan of this name.")
def show(loan: str, lender: str | None) -> None:
    """Show the differences of LOAN: our figures, the platform's, and why closed ones were."""
    from outreach.usecases.reading_books import read_note

    async def work(settings: Settings, desk: Desk) -> "list[tuple[DiscrepancyRow, str]]":
        rows = await _rows(settings, desk, lender, loan, closed=True, limit=1000)
        return [(row, read_note(desk.vault, row)) for row in rows]

    for row, note in at_desk(work):
        click.secho(f"{_name(row)}  {_state(row)}", bold=True)
        click.echo(f"  ours    {_amounts(row.ours, row.currency)}")
        click.echo(f"  theirs  {_amounts(row.theirs, row.currency)}")
        if row.closed_at is not None:
            click.echo(f"  closed by {row.closed_by}: {note}")


@discrepancies.command()
@click.argument("loan")
@click.option("--lender", help="Slug of the lender, where several have a loan of this name.")
@click.option("--kind", required=True, type=click.Choice([one.value for one in DiscrepancyKind]))
@click.option("--about", default="", help="The payment or installment, as `list` shows it.")
@click.option("--by", required=True, help="Your name: it is kept with the difference.")
@click.option("--note", required=True, help="Why it is settled: what the platform answered.")
def close(loan: str, lender: str | None, kind: str, about: str, by: str, note: str) -> None:
    """Close one difference of LOAN. It comes back when the figures move again."""
    from outreach.usecases import reading_books

    if not by.strip() or not note.strip():
        raise click.UsageError("--by and --note must say something")

    async def work(settings: Settings, desk: Desk) -> bool:
        rows = await _rows(settings, desk, lender, loan, closed=False, limit=1000)
        wanted = [row for row in rows if (row.kind, row.about) == (kind, about)]
        closed = [
            await reading_books.close(desk, row, by=by, note=note, now=desk.now) for row in wanted
        ]
        return any(closed)

    if not at_desk(work):
        raise click.ClickException("no such difference is open; `outreach discrepancies list`")
    click.echo(f"closed {kind} {about}".rstrip())


def _read(
    lender: str | None, loan: str | None, *, closed: bool, limit: int
) -> "list[DiscrepancyRow]":
    async def work(settings: Settings, desk: Desk) -> "list[DiscrepancyRow]":
        return await _rows(settings, desk, lender, loan, closed=closed, limit=limit)

    return at_desk(work)


async def _rows(
    settings: Settings,
    desk: Desk,
    lender: str | None,
    loan: str | None,
    *,
    closed: bool,
    limit: int,
) -> "list[DiscrepancyRow]":
    from outreach.usecases.reading_books import read_differences

    tenants = [lender] if lender else list(settings.lenders)
    return await read_differences(desk, tenants, loan=loan, closed=closed, limit=limit)


def _name(row: "DiscrepancyRow") -> str:
    return f"{row.kind} {row.about}".rstrip()


def _state(row: "DiscrepancyRow") -> str:
    if row.closed_at is not None:
        return "closed"
    return "open" if row.agreed_at is None else f"agrees since {row.agreed_at:%Y-%m-%d}"


def _amounts(figures: "Mapping[str, int]", currency: str) -> str:
    return ", ".join(f"{name} {Money(minor, currency)}" for name, minor in figures.items())
