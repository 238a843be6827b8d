"""Where packs and golden cases lie, and what is said when they don't."""

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from outreach.compliance.pack import Pack
from outreach.config_files.packs import PackError, read_packs

DEFAULT_FOLDER: Final = Path("config/compliance")
SCHEMA_FILE: Final = Path("config/schemas/pack.schema.json")
_WIDE: Final = 200

packs_dir = click.option(
    "--packs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Folder with the packs.",
)
on_date = click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date to hold the packs' dates against; today by default.",
)


def read_folder(folder: Path) -> tuple[Pack, ...]:
    """Return the packs of a folder.

    Raises:
        click.ClickException: There is no such folder, or a pack in it can't be used.
    """
    if not folder.is_dir():
        message = f"there is no folder {folder}: name the one with the packs by --packs-dir"
        raise click.ClickException(message)
    try:
        return read_packs(folder)
    except PackError as exc:
        raise click.ClickException(str(exc)) from exc


def yaml_files(paths: Iterable[Path]) -> list[Path]:
    """Return files as they are, and the `*.yaml` in and under folders, in the order of names."""
    return [
        file
        for path in paths
        for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])
    ]


def date_of(option: object) -> date:
    """Return the date that `--today` gave, else today's in UTC."""
    from datetime import datetime

    from outreach.runtime import Clock

    return option.date() if isinstance(option, datetime) else Clock().wall_now().date()


def console() -> Console:
    """Return a console that doesn't fold lines when its output is read by a program."""
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def whom(pack: Pack) -> str:
    """Say in a few words whom a pack is for."""
    requires = pack.requires
    parts = [
        *sorted(requires.regions or requires.countries),
        *sorted(requires.roles),
        *sorted(requires.products),
        *sorted(requires.stages),
    ]
    marks = [word for word, is_so in (("draft", pack.draft), ("opt-in", pack.opt_in)) if is_so]
    said = " ".join(parts) or "everybody"
    return f"{said} ({', '.join(marks)})" if marks else said
