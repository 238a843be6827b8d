"""`outreach statements`: send somebody a statement of a loan."""

from typing import TYPE_CHECKING
from uuid import uuid4

import click

from outreach.cli.operators import tell

if TYPE_CHECKING:
    from outreach.usecases.protecting import Word


@click.group()
def statements() -> None:
    """Send statements of loans, as far as the treatment has a `statement` step."""


@statements.command()
@click.argument("loan")
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--by", required=True, help="Your name: it is kept with the request, for good.")
def send(loan: str, lender: str | None, by: str) -> None:
    """Ask for a statement of LOAN, the lender's own reference, as its borrower would.

    It goes out when the rules allow, within three days; figures that don't reconcile stop it.
    """
    from outreach.usecases.protecting import Word

    told = {"statement": {"id": f"operator-{uuid4().hex[:12]}"}}

    def words(_: object) -> "list[Word]":
        return [Word("statement.requested", told)]

    tell((lender, loan, None), words, by=by)
    click.echo(f"asked for a statement of {loan}; `outreach explain {loan}` says when it goes out")
