"""`outreach report`: what outreach came to, for those who set credit policy."""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from outreach.cli.operators import Desk, at_desk
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.usecases.lenders import Mode
    from outreach.usecases.report_tables import Section

_KEYS: Final = (
    "roll_rates", "cures_by_stage", "cures_by_channel", "cures_by_treatment", "cures_by_risk_tier",
    "cures_by_product", "arms", "templates", "hours", "promises", "ratings", "intensity", "caps",
    "headroom", "wishes", "cost_per_cure", "vintages",
)  # fmt: skip
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--since", type=_DAY, help="First day, in the lender's calendar; a year ago.")
@click.option("--until", type=_DAY, help="First day that is left out; tomorrow.")
@click.option(
    "--mode",
    type=click.Choice(["live", "team", "test"]),
    default="live",
    show_default=True,
    help="Contacts of which mode; modes are never added up.",
)
@click.option("--only", "keys", multiple=True, type=click.Choice(_KEYS), help="May be repeated.")
@click.option("--csv", "csv_dir", type=click.Path(path_type=Path, file_okay=False),
              help="Write each table to <DIR>/<name>.csv.")  # fmt: skip
@click.option("--svg", "svg_dir", type=click.Path(path_type=Path, file_okay=False),
              help="Write each chart to <DIR>/<name>.svg.")  # fmt: skip
def report(
    lender: str | None,
    since: datetime | None,
    until: datetime | None,
    mode: str,
    keys: tuple[str, ...],
    csv_dir: Path | None,
    svg_dir: Path | None,
) -> None:
    """Show roll rates, cures, experiments, promises, contacts, opt-outs, costs and vintages.

    Of one lender and one period, in whole days of its calendar. docs/reports.md defines every
    figure. Groups of fewer than 20 are marked: what they show may be chance.
    """
    from outreach.usecases.report_sections import sections_of
    from outreach.usecases.report_tables import about
    from outreach.usecases.reporting import period_of, read_figures

    async def read(settings: Settings, desk: Desk) -> "tuple[str, list[Section]]":
        from outreach.plans import load_rulebook

        slug = lender or (next(iter(settings.lenders)) if len(settings.lenders) == 1 else "")
        if slug not in settings.lenders:
            known = ", ".join(settings.lenders) or "none"
            raise click.UsageError(f"name the lender with --lender; there are {known}")
        rulebook = load_rulebook(settings)
        today = desk.now.date()
        first = since.date() if since else today - timedelta(days=365)
        last = until.date() if until else today + timedelta(days=2)
        try:
            period = period_of(rulebook.lenders[slug], cast("Mode", mode), first, last, desk.now)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        async with (
            desk.db.acquire() as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            figures = await read_figures(
                conn,
                rulebook.lenders[slug],
                settings.lenders[slug].currency,
                period,
                packs=rulebook.packs,
                treatments=rulebook.treatments,
            )
        return about(figures), sections_of(figures)

    said, found = at_desk(read)
    shown = [one for one in found if not keys or one.key in keys]
    if csv_dir is not None:
        _write_csv(csv_dir, said, shown)
    if svg_dir is not None:
        _write_svg(svg_dir, shown)
    if csv_dir is None and svg_dir is None:
        _show(said, shown)


def _show(said: str, sections: "Sequence[Section]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(escape(said))
    for one in sections:
        console.print(f"\n[bold]{escape(one.title)}[/]: {escape(one.finding)}", soft_wrap=True)
        table = Table()
        for heading in one.headings:
            table.add_column(heading, overflow="fold")
        for row in one.rows:
            table.add_row(*map(escape, row))
        if one.rows:
            console.print(table)
        console.print(escape(one.note), style="dim", soft_wrap=True)


def _write_csv(folder: Path, said: str, sections: "Sequence[Section]") -> None:
    """Write one file a section; the columns last say of whom and of when it is."""
    from outreach.usecases.report_tables import plain_cell

    folder.mkdir(parents=True, exist_ok=True)
    for one in sections:
        file = folder / f"{one.key}.csv"
        # The mark at its beginning makes spreadsheets read it as UTF-8.
        with file.open("w", encoding="utf-8-sig", newline="") as target:
            writer = csv.writer(target, lineterminator="\r\n")
            writer.writerow((*one.headings, "of"))
            writer.writerows((*map(plain_cell, row), said) for row in one.rows)
        click.echo(str(file))


def _write_svg(folder: Path, sections: "Sequence[Section]") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in sections:
        if one.svg is not None:
            file = folder / f"{one.key}.svg"
            file.write_text(one.svg(), encoding="utf-8")
            click.echo(str(file))
