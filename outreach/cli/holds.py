"""`outreach holds`: reasons to leave a person alone, placed and released by hand."""

from typing import TYPE_CHECKING, Any

import click

from outreach.cli.operators import about_person, read, said_by, tell
from outreach.domain.holds import ENDED_BANKRUPTCY, EVERY_LOAN, Hold
from outreach.domain.vocabulary import Channel, ContactPolicy, HoldKind, Purpose

if TYPE_CHECKING:
    from outreach.usecases.protecting import OnRecord, Word


@click.group()
def holds() -> None:
    """List, place and release holds.

    A hold takes effect with the next decision on the person. docs/holds.md tells what each kind
    stops.
    """


@holds.command("list")
@about_person
@click.option("--all", "ended", is_flag=True, help="Released ones as well.")
def list_(loan: str | None, borrower: str | None, lender: str | None, *, ended: bool) -> None:
    """List the holds of one person; exit status 1 when any is in force."""
    known = read((lender, loan, borrower))
    shown = [one for one in known.holds if ended or one.released_at is None]
    _show(shown, known)
    if any(one.released_at is None for one in known.holds):
        raise click.exceptions.Exit(1)


@holds.command()
@about_person
@click.option("--kind", required=True, type=click.Choice([one.value for one in HoldKind]))
@said_by
@click.option("--case", "case_ref", help="Reference of the case; a new one by default.")
@click.option("--only-loan", "loans", multiple=True, help="Only this loan; may be repeated.")
@click.option("--channel", type=click.Choice([one.value for one in Channel]), help="Only on it.")
@click.option("--policy", type=click.Choice([one.value for one in ContactPolicy]))
@click.option("--allow", "allowed", multiple=True, type=click.Choice([p.value for p in Purpose]),
              help="A purpose that it lets through; may be repeated.")  # fmt: skip
@click.option("--may-speak-to", "recipients", multiple=True,
              help="A role that may be spoken to, such as executor; may be repeated.")  # fmt: skip
@click.option("--form", type=click.Choice(["written", "oral"]), help="How the person asked.")
@click.option("--start", help="Date or RFC 3339 instant since when it acts; now by default.")
@click.option("--end", help="Last date, or RFC 3339 instant of the end; until released by default.")
def place(
    loan: str | None, borrower: str | None, lender: str | None, by: str, evidence: str, **said: Any
) -> None:
    """Place a hold on a person, or on some of their loans."""
    from outreach.usecases.holds_by_hand import case_of, placing

    kind = HoldKind(said["kind"])
    case = case_of(kind, said["case_ref"])
    word = placing(
        kind,
        case,
        by=by,
        evidence=evidence,
        contact_policy=said["policy"],
        channel=said["channel"],
        loans=list(said["loans"]),
        allowed_purposes=list(said["allowed"]),
        recipients=list(said["recipients"]),
        form=said["form"],
        **{"from": said["start"], "until": said["end"]},
    )
    known = tell((lender, loan, borrower), lambda _: [word], by=by)
    click.echo(f"placed {kind} {case}")
    _show([one for one in known.holds if (one.kind, one.case_ref) == (kind, case)], known)


@holds.command()
@about_person
@click.option("--case", "case_ref", required=True, help="As `outreach holds list` shows it.")
@said_by
@click.option(
    "--because",
    type=click.Choice(sorted(ENDED_BANKRUPTCY)),
    help="How a bankruptcy ended; needed to release one. A discharge releases nothing.",
)
def release(
    loan: str | None,
    borrower: str | None,
    lender: str | None,
    case_ref: str,
    by: str,
    evidence: str,
    because: str | None,
) -> None:
    """Release one hold."""

    def words(known: "OnRecord") -> "list[Word]":
        found = [one for one in known.holds if one.case_ref == case_ref and not one.released_at]
        if not found:
            raise click.ClickException(f"no hold {case_ref} is in force; `outreach holds list`")
        return _releasing(found, because, evidence, by)

    known = tell((lender, loan, borrower), words, by=by)
    still = [one for one in known.holds if one.case_ref == case_ref and one.released_at is None]
    if still:
        raise click.ClickException(f"{case_ref} still holds: {still[0].kind}")
    click.echo(f"released {case_ref}; whoever waited is looked at again")


def _releasing(found: list[Hold], because: str | None, evidence: str, by: str) -> "list[Word]":
    from outreach.usecases.holds_by_hand import BecauseMissingError, releasing

    try:
        return list(releasing(found, because=because, evidence=evidence, by=by))
    except BecauseMissingError:
        raise click.UsageError("say with --because how the bankruptcy ended") from None


def _show(shown: list[Hold], known: "OnRecord") -> None:
    from rich.console import Console
    from rich.table import Table

    if not shown:
        click.echo("no hold")
        return
    table = Table()
    for heading in ("kind", "case", "on", "policy", "since (UTC)", "until (UTC)", "by", "evidence"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        on = "every loan" if one.loan_id == EVERY_LOAN else known.loans.get(one.loan_id, "?")
        until = "released" if one.released_at else str(one.ends_at or "")[:16]
        table.add_row(
            one.kind,
            one.case_ref,
            f"{on}, {one.channel}" if one.channel else on,
            one.policy,
            f"{one.starts_at:%Y-%m-%d %H:%M}",
            until or "released by hand",
            str(one.details.get("by", one.origin)),
            one.evidence,
        )
    Console().print(table)
