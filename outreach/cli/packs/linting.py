"""`outreach packs lint`."""

from datetime import datetime
from pathlib import Path

import click

from outreach.cli.packs.folders import DEFAULT_FOLDER, date_of, on_date, yaml_files
from outreach.config_files.pack_lint import lint_packs


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
@on_date
def lint(files: tuple[Path, ...], today: datetime | None) -> None:
    """Check pack FILES or folders, all packs by default: what, on which line, how to mend it.

    Exit status 1 if there is an error. Warnings ask for a second look and fail nothing.
    """
    if not files and not DEFAULT_FOLDER.is_dir():
        raise click.ClickException(f"there is no folder {DEFAULT_FOLDER}: name files or folders")
    found, packs = lint_packs(yaml_files(files or (DEFAULT_FOLDER,)), date_of(today))
    for one in found:
        color = "red" if one.level == "error" else "yellow"
        click.echo(f"{one.place}: {click.style(one.level, fg=color)}: {one.text}")
    errors = sum(one.level == "error" for one in found)
    rules = sum(len(pack.rules) for pack in packs)
    click.echo(
        f"{len(packs)} packs, {rules} rules: {errors} errors, {len(found) - errors} warnings"
    )
    if errors:
        raise click.exceptions.Exit(1)
