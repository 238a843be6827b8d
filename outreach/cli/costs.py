"""`outreach costs`: what contacts cost, told and estimated."""

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

import click

from outreach.cli.operators import Desk, at_desk
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.store.costs import By, Cost

_BY: Final = ("lender", "channel", "template", "outcome", "account", "day")
_HEADINGS: Final = (
    "mode", "lender", "what", "currency", "contacts", "parts", "told", "estimated", "total",
    "without a price",
)  # fmt: skip


@click.command()
@click.option("--by", default="lender", show_default=True, type=click.Choice(_BY))
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3660))
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, for a spreadsheet.")
def costs(by: str, days: int, *, as_csv: bool) -> None:
    """Show what contacts cost, by lender, channel, template, outcome, account or day.

    `told` is what providers charged; `estimated` is for contacts that have no price yet, at the
    sender's configured price. Modes, lenders and currencies are never added up.
    """
    from outreach.store.costs import list_costs

    async def read(settings: Settings, desk: Desk) -> list[tuple[str, ...]]:
        since = desk.now - timedelta(days=days)
        async with desk.db.acquire() as conn:
            found = await list_costs(conn, since=since, by=cast("By", by))
        return list(_rows(settings, found))

    _show(at_desk(read), as_csv=as_csv)


def _rows(settings: Settings, found: Sequence["Cost"]) -> Iterator[tuple[str, ...]]:
    for one in found:
        lender = settings.lenders.get(one.tenant_id)
        own = lender.currency if lender else "?"
        yield (
            one.mode,
            one.tenant_id,
            one.what,
            one.currency or own,
            str(one.contacts),
            str(one.parts),
            _money(one.told_micros),
            _money(one.estimated_micros),
            _money(one.told_micros + one.estimated_micros),
            str(one.estimated),
        )


def _money(micros: int) -> str:
    return f"{Decimal(micros) / 1_000_000:.4f}"


def _show(rows: Sequence[tuple[str, ...]], *, as_csv: bool) -> None:
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_HEADINGS)
        writer.writerows(rows)
        return
    if not rows:
        click.echo("nothing was sent")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for position, heading in enumerate(_HEADINGS):
        table.add_column(heading, justify="right" if position > 3 else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
