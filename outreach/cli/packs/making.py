"""`outreach packs new`."""

import os
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from outreach.cli.packs.folders import DEFAULT_FOLDER, SCHEMA_FILE, date_of, on_date
from outreach.config_files.pack_template import new_cases, new_pack
from outreach.config_files.packs import PackError, parse_pack, parse_raw, read_text
from outreach.domain.residences import residence_of

_CASES: Final = Path("tests/golden")


@click.command()
@click.argument("name")
@click.option("--country", required=True, help="ISO 3166-1 country of the residences it is for.")
@click.option("--like", help="Pack whose rules and roles to begin with; none will be enforced.")
@click.option(
    "--packs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Folder to write the pack into.",
)
@click.option(
    "--cases-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=_CASES,
    show_default=True,
    help="Folder to write the golden cases into.",
)
@on_date
def new(
    name: str,
    country: str,
    like: str | None,
    packs_dir: Path,
    cases_dir: Path,
    today: datetime | None,
) -> None:
    """Begin a pack NAME (as in us-me) with comments, and golden cases to fill in beside it.

    Its rules are judged and recorded, and stop nothing until somebody enforces them.
    """
    from outreach.facts.zones import zones_of_region

    zones = zones_of_region(residence_of(country))
    if not zones:
        raise click.UsageError(f"--country {country!r} is no ISO 3166-1 country, such as US")
    pack_file, case_file = packs_dir / f"{name}.yaml", cases_dir / f"{name}.yaml"
    for file in (pack_file, case_file):
        if file.exists():
            raise click.ClickException(f"{file} is there already: choose another name")
    try:
        other = packs_dir / f"{like}.yaml"
        model = parse_raw(read_text(other), str(other)) if like else None
        schema = os.path.relpath(SCHEMA_FILE.absolute(), packs_dir.absolute())
        text = new_pack(name, country, date_of(today), schema=schema, like=model)
        pack = parse_pack(text, str(pack_file))
    except PackError as exc:
        raise click.ClickException(str(exc)) from exc
    zone = zones[0]
    noon = datetime(2026, 6, 10, 12, tzinfo=ZoneInfo(zone))
    offset = noon.isoformat()[-6:]
    cases = new_cases(name, rule=pack.rules[0].id, zone=zone, offset=offset)
    for file, content in ((pack_file, text), (case_file, cases)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        click.echo(f"wrote {file}")
    click.echo(f"fill them in, then: outreach packs lint {pack_file}")
    click.echo(f"                    outreach packs test {case_file}")
