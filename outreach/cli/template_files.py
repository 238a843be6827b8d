"""`outreach templates export` and `import`: a lender's own words as files, and back."""

from pathlib import Path

import click

from outreach.cli.template_words import Words, at_words, by_account, by_login, lender_of, of_lender


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@of_lender
@click.option("--all", "everything", is_flag=True, help="The installation's words as well.")
def export(folder: Path, lender: str | None, *, everything: bool) -> None:
    """Write a lender's live words as files into FOLDER, so that Git can keep them."""
    tenant = lender_of(lender)

    async def work(words: Words) -> int:
        from outreach.usecases.template_files import export_words

        root = words.settings.templates_dir / "messages"
        found = await export_words(words, tenant, folder, root, everything=everything)
        for one in found:
            click.echo(f"{one.place} {f'v{one.number}' if one.number else 'as installed'}")
        return len(found)

    click.echo(f"{at_words(work)} written to {folder}")


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@of_lender
@by_login
def import_(folder: Path, lender: str | None, by: str) -> None:
    """Make drafts of what FOLDER says otherwise; exit status 1 when something is in conflict."""
    tenant = lender_of(lender)

    async def work(words: Words) -> list[tuple[str, str, str]]:
        from outreach.usecases.template_files import import_words

        who = await by_account(words, tenant, by)
        found = await import_words(words, tenant, folder, who)
        return [(str(one.place), one.outcome, one.detail) for one in found]

    found = at_words(work)
    for name, outcome, detail in found:
        if outcome != "same":
            click.echo(f"{outcome}: {name}: {detail}")
    drafts = sum(outcome == "draft" for _, outcome, _ in found)
    conflicts = sum(outcome in {"conflict", "unknown"} for _, outcome, _ in found)
    click.echo(f"{len(found)} files, {drafts} drafts, {conflicts} conflicts")
    if conflicts:
        raise click.exceptions.Exit(1)
