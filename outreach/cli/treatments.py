"""`outreach treatments`: check and show who is contacted on which day."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from outreach.config_files.treatment_schema import treatment_schema
from outreach.config_files.treatments import TreatmentFileError, load_treatment, load_treatments
from outreach.domain.treatment import PlannedStep, Treatment
from outreach.rendering.catalog import load_catalog
from outreach.settings import load_settings
from outreach.usecases.check_words import words_missing


@click.group("treatments")
def treatments() -> None:
    """Check and show treatments: who is contacted on which day."""


@treatments.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
def lint(paths: tuple[Path, ...]) -> None:
    """Check treatment files, and that every step has words; by default all of them.

    Exit status 1 when something must be mended.
    """
    settings = load_settings()
    folder = settings.config_dir / "treatments"
    files = [
        file
        for path in paths or (folder,)
        for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])
    ]
    problems: list[str] = []
    loaded: list[Treatment] = []
    for file in files:
        try:
            loaded.append(load_treatment(file))
        except TreatmentFileError as error:
            problems += str(error).splitlines()
    catalog = load_catalog(settings.templates_dir / "messages")
    problems += words_missing(loaded, catalog)
    for problem in problems:
        click.echo(f"{click.style('error', fg='red')} {problem}")
    click.echo(f"{len(files)} treatments, {len(problems)} errors")
    if not files:
        raise click.ClickException("there is no .yaml file there")
    if problems:
        raise click.exceptions.Exit(1)


@treatments.command("show")
@click.argument("name", required=False)
def show(name: str | None) -> None:
    """Show the days and steps of treatment NAME, or of all."""
    console = Console()
    loaded = load_treatments(load_settings().config_dir / "treatments")
    chosen = [treatment for treatment in loaded if name in (None, treatment.name)]
    if not chosen:
        known = ", ".join(treatment.name for treatment in loaded)
        raise click.UsageError(f"there is no treatment {name!r}; there are: {known}")
    for treatment in chosen:
        console.print(_table(treatment))


@treatments.command("schema")
def schema() -> None:
    """Print the JSON Schema of a treatment file."""
    click.echo(json.dumps(treatment_schema(), indent=2, ensure_ascii=False))


def _table(treatment: Treatment) -> Table:
    table = Table(title=f"{treatment.ref} · {treatment.locale}", title_justify="left")
    for heading in ("day", "stage", "step", "through", "local time", "also"):
        table.add_column(heading, justify="right" if heading == "day" else "left")
    for planned in treatment.timeline:
        span = treatment.stage_on(planned.day)
        bucket = "" if span is None else span.bucket
        table.add_row(*_row(planned, bucket))
    quote = treatment.quote_step
    if quote is not None:
        table.add_section()
        event = PlannedStep(quote.key, 0, treatment.stages[0].stage, quote)
        table.add_row("–", "quote asked for", *_row(event, "")[2:])
    return table


def _row(planned: PlannedStep, bucket: str) -> tuple[str, ...]:
    step = planned.step
    routes = ", ".join(
        f"{route.channel} {route.template}" + (f" x{route.addresses}" * (route.addresses > 1))
        for route in step.routes
    )
    also = [f"up to {step.late_by} days late"] if step.late_by else []
    if step.retry.times:
        also.append(f"{step.retry.times} retry")
    also += [
        f"from {currency} {floor} minor units" for currency, floor in step.conditions.floor_minor
    ]
    return (
        f"{planned.day:+d}" if planned.day else "0",
        f"{planned.stage} {bucket}".strip(),
        planned.key,
        routes,
        f"{step.window.opens:%H:%M}-{step.window.closes:%H:%M}",
        ", ".join(also),
    )
