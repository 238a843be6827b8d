"""`outreach referrals`: cases for court, from the proposal to the judgment."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from outreach.cli.hand_offs import (
    approve_one,
    open_one,
    show,
    show_list,
    take_one,
)
from outreach.domain.hand_offs import HandOffKind

if TYPE_CHECKING:
    pass

KIND = HandOffKind.REFERRAL


@click.group()
def referrals() -> None:
    """List, open, approve and follow cases for court.

    A treatment proposes a case, or you open one; a second person approves it, and its package is
    written. What counsel and the court do after that is told here, or by the platform's signals.
    """


@referrals.command("list")
@click.option("--lender", help="Only this lender's; all by default.")
@click.option("--all", "ended", is_flag=True, help="Those that are over as well.")
def list_(lender: str | None, *, ended: bool) -> None:
    """List cases, the oldest first."""
    show_list(KIND, lender, ended=ended)


@referrals.command("show")
@click.argument("ref")
def show_(ref: str) -> None:
    """Show one case: its steps, who took them, its package."""
    show(ref, KIND)


@referrals.command("open")
@click.option("--loan", required=True, help="The lender's own reference of the loan.")
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--to", default="", help="Who takes the case; as the settings say by default.")
@click.option("--by", required=True, help="Your name: it is kept for good.")
def open_(loan: str, lender: str | None, to: str, by: str) -> None:
    """Propose a case by hand, where no treatment does."""
    open_one(KIND, loan, lender, by, to)


@referrals.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name; never that of who asked for it.")
@click.option("--role", default="legal", show_default=True, help="What you are to the lender.")
@click.option("--evidence", default="", help="What it rests on.")
def approve(ref: str, by: str, role: str, evidence: str) -> None:
    """Approve the case REF: it is referred, and its package is written."""
    approve_one(ref, KIND, by, role, evidence)


@referrals.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--evidence", default="", help="What it rests on.")
def accept(ref: str, by: str, evidence: str) -> None:
    """Record that counsel, or the court's registry, took the case REF."""
    take_one(ref, KIND, "accepted", by, evidence=evidence)


@referrals.command("file")
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--court", required=True, help="The court.")
@click.option("--case-no", default="", help="The court's number of the case.")
def file_(ref: str, by: str, court: str, case_no: str) -> None:
    """Record that the case REF was filed with a court."""
    take_one(ref, KIND, "filed", by, court=court, case_no=case_no)


@referrals.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--result", required=True, help="What the court decided, in short.")
def judge(ref: str, by: str, result: str) -> None:
    """Record that the court decided the case REF."""
    take_one(ref, KIND, "judged", by, result=result)


@referrals.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--reason", required=True, help="Why.")
def withdraw(ref: str, by: str, reason: str) -> None:
    """Give the case REF up, or decline its proposal; outreach about the loan goes on."""
    take_one(ref, KIND, "withdrawn", by, reason=reason)


@referrals.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def verify(folder: Path) -> None:
    """Check that the package in FOLDER is as it was written and its log as it was sealed.

    Needs no database: whoever got a package can do it.
    """
    from outreach.usecases.proving import prove

    problems = prove(folder)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.ClickException("the package isn't as it was written")
    click.echo("every file has its hash, every row of the log its place under a checkpoint")
