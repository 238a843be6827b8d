"""`outreach agencies`: debts placed with agencies, and recalled."""

from typing import TYPE_CHECKING, Any

import click

from outreach.cli.hand_offs import (
    approve_one,
    at_installation,
    open_one,
    show,
    show_list,
    shown_written,
    take_one,
)
from outreach.domain.hand_offs import HandOffKind

if TYPE_CHECKING:
    from outreach.runtime import Runtime

KIND = HandOffKind.PLACEMENT


@click.group()
def agencies() -> None:
    """Place debts with agencies, recall them, list what is placed.

    An agency gets the fields that the settings grant it, as far as the packs let them be given.
    What it posts back as `contact.recorded` counts against the same caps as contacts of our own.
    """


@agencies.command("list")
@click.option("--lender", help="Only this lender's; all by default.")
@click.option("--all", "ended", is_flag=True, help="Those that are over as well.")
def list_(lender: str | None, *, ended: bool) -> None:
    """List placements, the oldest first."""
    show_list(KIND, lender, ended=ended)


@agencies.command("show")
@click.argument("ref")
def show_(ref: str) -> None:
    """Show one placement: its steps, and the folder that the agency gets."""
    show(ref, KIND)


@agencies.command()
@click.option("--loan", required=True, help="The lender's own reference of the loan.")
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--agency", default="", help="Its slug; the lender's first one by default.")
@click.option("--by", required=True, help="Your name: it is kept for good.")
def place(loan: str, lender: str | None, agency: str, by: str) -> None:
    """Ask for a debt to be placed with an agency; a second person approves it."""
    open_one(KIND, loan, lender, by, agency)


@agencies.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name; never that of who asked for it.")
@click.option("--role", default="compliance", show_default=True, help="What you are.")
@click.option("--evidence", default="", help="What it rests on.")
def approve(ref: str, by: str, role: str, evidence: str) -> None:
    """Approve the placement REF: what the agency gets is written."""
    approve_one(ref, KIND, by, role, evidence)


@agencies.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--reason", required=True, help="Why.")
def decline(ref: str, by: str, reason: str) -> None:
    """Decline the proposed placement REF."""
    take_one(ref, KIND, "declined", by, reason=reason)


@agencies.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--reason", required=True, help="Why.")
def recall(ref: str, by: str, reason: str) -> None:
    """Recall the placement REF: the agency's right ends, our own outreach is decided anew."""
    from outreach.usecases.following_up import recall as recall_it

    async def work(runtime: "Runtime") -> Any:
        now = runtime.clock.business_now()
        return await recall_it(runtime, ref, by=by, reason=reason, now=now)

    _, written = at_installation(work)
    shown_written(written)
    show(ref, KIND)
