"""`outreach scorecards`: check, show and try what makes risk tiers."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from outreach.config_files.scorecard_cases import load_cases, try_case
from outreach.config_files.scorecard_schema import scorecard_schema
from outreach.config_files.scorecards import ScorecardFileError, load_scorecard, load_scorecards
from outreach.domain.scorecard import PointRow, Scorecard
from outreach.settings import load_settings


@click.group()
def scorecards() -> None:
    """Check, show and try scorecards: the points that make risk tiers."""


@scorecards.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
def lint(paths: tuple[Path, ...]) -> None:
    """Check scorecard files; by default all of them, and that lenders' settings name one of them.

    Exit status 1 when something must be mended.
    """
    settings = load_settings()
    folder = settings.config_dir / "scorecards"
    files = [
        file
        for path in paths or (folder,)
        for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])
    ]
    problems: list[str] = []
    names: set[str] = set()
    for file in files:
        try:
            names.add(load_scorecard(file).name)
        except ScorecardFileError as error:
            problems += str(error).splitlines()
    if not paths:
        problems += [
            f"lenders.{slug}.scorecard: there is no {lender.scorecard}.yaml in {folder}"
            for slug, lender in settings.lenders.items()
            if lender.scorecard not in names
        ]
    for problem in problems:
        click.echo(f"{click.style('error', fg='red')} {problem}")
    click.echo(f"{len(files)} scorecards, {len(problems)} errors")
    if problems:
        raise click.exceptions.Exit(1)


@scorecards.command("show")
@click.argument("name", required=False)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def show(name: str | None, lang: str) -> None:
    """Show the points and tiers of scorecard NAME, or of all."""
    loaded = load_scorecards(load_settings().config_dir / "scorecards")
    chosen = [one for one in loaded.values() if name in (None, one.name)]
    if not chosen:
        known = ", ".join(loaded) or "none"
        raise click.UsageError(f"there is no scorecard {name!r}; there are: {known}")
    for one in chosen:
        Console().print(_table(one, lang))


@scorecards.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
def test(paths: tuple[Path, ...]) -> None:
    """Try scorecards on cases; by default those in `cases` beside them.

    Exit status 1 when a case comes out otherwise than it says.
    """
    folder = load_settings().config_dir / "scorecards"
    loaded = load_scorecards(folder)
    failed = tried = 0
    for file in paths or tuple(sorted((folder / "cases").glob("*.yaml"))):
        name, cases = load_cases(file)
        scorecard = loaded.get(name)
        if scorecard is None:
            raise click.ClickException(f"{file}: there is no scorecard {name!r}")
        for case in cases:
            tried += 1
            _, differences = try_case(scorecard, case)
            if differences:
                failed += 1
                said = "; ".join(differences)
                click.echo(f"{click.style('failed', fg='red')} {name}: {case.name}: {said}")
    click.echo(f"{tried} cases, {failed} failed")
    if failed:
        raise click.exceptions.Exit(1)


@scorecards.command("schema")
def schema() -> None:
    """Print the JSON Schema of a scorecard file."""
    click.echo(json.dumps(scorecard_schema(), indent=2, ensure_ascii=False))


def _table(scorecard: Scorecard, lang: str) -> Table:
    tiers = " · ".join(f"{one.tier} from {one.from_points}" for one in scorecard.tiers)
    table = Table(title=f"{scorecard.ref} · {tiers}", title_justify="left")
    for heading in ("points", "fact", "counts when", "at most", "days", "why"):
        table.add_column(heading, justify="right" if heading in {"points", "days"} else "left")
    for row in scorecard.rows:
        most = str(row.most_points) if row.most_points is not None else ""
        points = f"{row.points:+d}" + (" each" if row.each else "")
        table.add_row(points, row.fact, _when(row), most, str(row.max_age_days), row.reason[lang])
    return table


def _when(row: PointRow) -> str:
    said = [f"{row.needs} or more"] if row.needs > 1 else []
    if row.at_least is not None:
        said.append(f"value ≥ {row.at_least}")
    if row.at_most is not None:
        said.append(f"value ≤ {row.at_most}")
    if row.words:
        said.append("word: " + ", ".join(sorted(row.words)))
    return "; ".join(said)
