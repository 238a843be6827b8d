"""`outreach approvals`: leave that somebody gives for what a rule stops until then."""

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import click

from outreach.cli.operators import about_person, read, said_by, tell
from outreach.compliance import number_freshness, representation_redirect
from outreach.domain.holds import EVERY_LOAN
from outreach.domain.on_record import Approval
from outreach.domain.vocabulary import Channel, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from outreach.usecases.protecting import OnRecord, Word

# Primitives that ask for an approval under a word of their own.
_OWN_WORDS: Final = {
    "number_freshness": number_freshness.APPROVAL,
    "representation_redirect": representation_redirect.SILENT,
}


@click.group()
def approvals() -> None:
    """List, grant and revoke approvals.

    Some rules stop a contact until a person of the lender has approved it. An approval takes
    effect with the next decision on the borrower, and is kept with who gave it.
    """


@approvals.command("list")
@about_person
@click.option("--all", "ended", is_flag=True, help="Those that were revoked as well.")
def list_(loan: str | None, borrower: str | None, lender: str | None, *, ended: bool) -> None:
    """List the approvals that stand for one person."""
    known = read((lender, loan, borrower))
    _show([one for one in known.approvals if ended or not one.revoked], known)


@approvals.command()
@about_person
@said_by
@click.option(
    "--for",
    "subject",
    required=True,
    help="What is approved: the word that the rule asks for, or the rule's id.",
)
@click.option("--role", required=True, help="What you are to the lender, such as compliance.")
@click.option("--requested-by", help="Who asked for it; nobody approves what they asked for.")
@click.option("--channel", type=click.Choice([one.value for one in Channel]))
@click.option("--purpose", type=click.Choice([one.value for one in Purpose]))
@click.option("--endpoint", help="Id of one of the person's addresses.")
@click.option("--until", help="Last date, or RFC 3339 instant of the end; until revoked if absent.")
@click.option("--id", "ref", help="To change one that exists; a new one by default.")
def grant(
    loan: str | None, borrower: str | None, lender: str | None, by: str, evidence: str, **said: Any
) -> None:
    """Approve what a rule stops until somebody at the lender has looked.

    Named by --loan it is about that loan alone, by --borrower about all of the person's loans. A
    rule may end it sooner than you say.
    """
    from outreach.usecases.protecting import Word

    ref = said["ref"] or f"operator:{uuid4().hex[:12]}"
    approval = {
        "id": ref,
        "for": _subject_of(said["subject"]),
        "role": said["role"],
        "by": by,
        "requested_by": said["requested_by"],
        "channel": said["channel"],
        "purpose": said["purpose"],
        "endpoint": said["endpoint"],
        "until": said["until"],
        "evidence": evidence,
    }
    told = {"approval": {name: value for name, value in approval.items() if value}}
    known = tell((lender, loan, borrower), lambda _: [Word("approval.granted", told)], by=by)
    click.echo(f"granted {ref}")
    _show([one for one in known.approvals if one.ref == ref], known)


@approvals.command()
@about_person
@click.argument("ref")
@said_by
def revoke(
    loan: str | None, borrower: str | None, lender: str | None, ref: str, by: str, evidence: str
) -> None:
    """Take the approval REF back."""

    def words(known: "OnRecord") -> "list[Word]":
        from outreach.usecases.protecting import Word

        if not any(one.ref == ref and not one.revoked for one in known.approvals):
            raise click.ClickException(f"there is no {ref}; `outreach approvals list`")
        told = {"approval": {"id": ref, "by": by, "evidence": evidence}}
        return [Word("approval.revoked", told)]

    tell((lender, loan, borrower), words, by=by)
    click.echo(f"revoked {ref}")


def _subject_of(named: str) -> str:
    """Return the word that a rule asks for, by the word itself or by the rule's id.

    Raises:
        click.UsageError: No rule of the installation's packs asks for it.
    """
    from outreach.config_files.packs import read_packs
    from outreach.settings import load_settings
    from outreach.usecases.letters import APPROVALS

    asked = {
        rule.id: subject
        for pack in read_packs(load_settings().config_dir / "compliance")
        for rule in pack.rules
        if (subject := rule.parameters.get("subject") or _OWN_WORDS.get(rule.primitive))
    }
    words = {str(subject) for subject in asked.values()} | APPROVALS
    subject = named if named in words else asked.get(named)
    if subject is None:
        known = ", ".join(sorted(words))
        raise click.UsageError(f"no rule asks for an approval of {named}; they ask for {known}")
    return str(subject)


def _show(shown: list[Approval], known: "OnRecord") -> None:
    from rich.console import Console
    from rich.table import Table

    if not shown:
        click.echo("no approval")
        return
    table = Table()
    for heading in ("id", "for", "what", "role", "by", "requested by", "until (UTC)", "evidence"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        until = "revoked" if one.revoked else _minute(one.expires_at)
        what = _what(one, known)
        table.add_row(
            one.ref, one.subject, what, one.role, one.by, one.requested_by, until, one.evidence
        )
    Console().print(table)


def _minute(at: "datetime | None") -> str:
    return str(at or "")[:16]


def _what(one: Approval, known: "OnRecord") -> str:
    parts = [part for part in (one.channel, one.purpose, one.endpoint_id) if part]
    if one.loan_id != EVERY_LOAN:
        parts.append(known.loans.get(one.loan_id, str(one.loan_id)))
    return " ".join(parts)
