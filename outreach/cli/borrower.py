"""`outreach borrower`: everything about one borrower, in order of time."""

import json
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outreach.cli.operators import Desk, at_desk, whom
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.usecases.borrower_story import Story


@click.command()
@click.argument("ref")
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, times in UTC.")
def borrower(ref: str, lender: str | None, *, as_json: bool) -> None:
    """Show the whole history of the borrower REF: loans, payments, stages, contacts, wishes.

    REF is the lender's own reference of the borrower, or of one of their loans. Times are the
    lender's.
    """
    story, zone = at_desk(lambda settings, desk: _story(settings, desk, ref, lender))
    if as_json:
        click.echo(json.dumps(_plain(story), ensure_ascii=False, indent=2))
        return
    _show(Console(), ref, story, ZoneInfo(zone))


async def _story(
    settings: Settings, desk: Desk, ref: str, lender: str | None
) -> "tuple[Story, str]":
    from outreach.domain.refs import ref_digest
    from outreach.store.aliases import find_aliases
    from outreach.usecases.borrower_story import tell_story

    about = whom(settings, lender, None, ref)
    digests = [ref_digest(about.tenant, kind, ref) for kind in ("borrower", "loan")]
    async with desk.db.acquire() as conn:
        found = await find_aliases(conn, digests)
        alias = next((found[one] for one in digests if one in found), None)
        if alias is None:
            raise click.ClickException(
                f"nobody of {about.tenant} is known by {ref}: `outreach inbox list` shows signals "
                "that took no effect"
            )
        story = await tell_story(conn, desk.vault, alias.person_id, now=desk.now)
    if story is None:
        raise click.ClickException("the person was erased: nothing is readable any more")
    return story, settings.lenders[about.tenant].timezone


def _show(console: Console, ref: str, story: "Story", zone: ZoneInfo) -> None:
    loans = Table(title=f"{ref} · late {story.late_before} times before", title_justify="left")
    for heading in ("loan", "status", "product", "past due", "days"):
        loans.add_column(heading)
    for loan in story.loans:
        loans.add_row(
            escape(loan.ref), loan.status, escape(loan.product), loan.past_due,
            str(loan.days_past_due),
        )  # fmt: skip
    console.print(loans)
    table = Table(show_edge=False)
    for heading in ("when", "what", "loan", ""):
        table.add_column(heading, overflow="fold")
    for one in story.moments:
        at = _local(one.at, zone)
        table.add_row(at, one.kind, escape(one.loan), escape(one.text))
    console.print(table)


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _plain(story: "Story") -> dict[str, object]:
    return {
        "late_before": story.late_before,
        "loans": [
            {
                "ref": one.ref,
                "status": one.status,
                "product": one.product,
                "past_due": one.past_due,
                "days_past_due": one.days_past_due,
            }
            for one in story.loans
        ],
        "moments": [
            {"at": one.at.isoformat(), "kind": one.kind, "loan": one.loan, "text": one.text}
            for one in story.moments
        ],
    }
