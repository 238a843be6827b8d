"""`outreach log`: read, search and verify the contact log."""

from typing import Any
from uuid import UUID

import click

from outreach.cli.log_export import export
from outreach.cli.log_rows import known_lender, local_time, on_pool, show_entries
from outreach.cli.log_search import rebuild, search
from outreach.settings import Settings
from outreach.store.pool import Pool


@click.group()
def log() -> None:
    """Read, search and verify the contact log."""


@log.command()
@click.option(
    "--allow-missing", is_flag=True, help="Retention has removed rows: count gaps, accept them."
)
def verify(*, allow_missing: bool) -> None:
    """Check every checkpoint and every row under it.

    Exit status 1 and the first bad row if anything was edited, removed or put in between.
    """
    from outreach.usecases.seal import fingerprint, verify_log

    async def check(_: Settings, pool: Pool) -> Any:
        return await verify_log(pool, allow_missing=allow_missing)

    found = on_pool(check)
    click.echo(f"checkpoints  {found.seals}")
    click.echo(f"rows         {found.rows}" + (f", {found.missing} gone" if found.missing else ""))
    click.echo(f"not sealed   {found.unsealed}")
    click.echo(f"fingerprint  {fingerprint(found.root)}")
    if found.broken:
        raise click.ClickException(f"the log was edited: {found.broken}")
    click.echo("the log is as it was sealed")


@log.command()
@click.option("--loan", help="Only its borrower's, by the lender's own reference.")
@click.option("--lender", help="Only this lender's; all by default.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 1000))
def tail(loan: str | None, lender: str | None, limit: int) -> None:
    """Show what was sent, deferred, blocked and answered, the newest last, without any words."""
    from outreach.store.pool import reading_as
    from outreach.store.vault import Vault
    from outreach.usecases.read_log import Entry, find_person, list_entries

    async def read(settings: Settings, pool: Pool) -> list[Entry]:
        vault = Vault(settings.require_master_key())
        found: list[Entry] = []
        for slug in [known_lender(settings, lender)] if lender else list(settings.lenders):
            async with reading_as(pool, slug) as conn:
                person = await find_person(conn, slug, loan) if loan else None
                if loan and person is None:
                    continue
                page = await list_entries(conn, vault, slug, person_id=person, limit=limit)
                found += page.entries
        return sorted(found, key=lambda one: one.event_id)[-limit:]

    entries = on_pool(read)
    if not entries:
        about = f"about loan {loan}" if loan else "yet"
        click.echo(f"nothing was logged {about}")
    show_entries(entries)


@log.command()
@click.argument("contact_id")
def show(contact_id: str) -> None:
    """Show one contact's whole story, decrypted. It is somebody's personal data: mind the screen.

    CONTACT_ID is as `outreach log tail` prints it, or the id that providers are given.
    """
    from outreach.store.vault import Vault
    from outreach.usecases.read_log import Story, find_by_contact_id

    contact = _contact_id(contact_id)

    async def read(settings: Settings, pool: Pool) -> Story | None:
        async with pool.acquire() as conn:
            vault = Vault(settings.require_master_key())
            return await find_by_contact_id(conn, vault, contact)

    story = on_pool(read)
    if story is None:
        raise click.ClickException(f"no contact has the id {contact}")
    _tell(story)


def _tell(story: Any) -> None:
    first, contact = story.first, story.first.contact
    click.echo(f"contact    {first.contact_id}  {first.tenant}  loan {' '.join(first.loans)}")
    if not first.readable:
        click.echo("           the borrower was erased, or another master key is set")
    click.echo(f"state      {contact.state}, counts as {contact.outcome}")
    if contact.error_class:
        click.echo(f"error      {contact.error_class} {contact.error_code or ''}")
    click.echo(f"step       {contact.step}, try {contact.tries}, {contact.purpose}")
    click.echo(f"to         {story.address or 'an address that is gone'}, from {contact.sender}")
    body = first.body
    for name in ("treatment", "stage", "day", "occurrence"):
        if name in body:
            click.echo(f"{name:10} {body[name]}")
    for pack, content_hash in body.get("packs", ()):
        click.echo(f"pack       {pack}@{content_hash}")
    click.echo(f"words      {body.get('words') or '-'}")
    for row in story.rows:
        report = row.body.get("report") or {}
        detail = (row.body.get("state"), row.body.get("why"), report.get("error_code"))
        told = " ".join(str(one) for one in detail if one)
        click.echo(f"{local_time(row.at, first.zone)}  {row.kind:10} {told}")


def _contact_id(text: str) -> UUID:
    from outreach.domain.contacts import parse_attempt_id

    attempt = parse_attempt_id(text)
    try:
        return UUID(attempt.contact_id if attempt else text)
    except ValueError:
        raise click.UsageError(
            f"{text!r} is no contact id; `outreach log tail` shows them in brackets"
        ) from None


for command in (search, rebuild, export):
    log.add_command(command)
