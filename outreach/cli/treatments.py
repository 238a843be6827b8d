"""`outreach treatments`: check, show, draw and compare who is contacted on which day."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from outreach.config_files.treatment_changes import changes_between
from outreach.config_files.treatment_lint import Finding, lint_treatments
from outreach.config_files.treatment_schema import treatment_schema
from outreach.config_files.treatments import Loaded, read_treatment, read_treatments
from outreach.domain.steps import PlannedStep
from outreach.domain.treatment import Treatment
from outreach.facts.conditions import compile_condition
from outreach.rendering.catalog import load_catalog
from outreach.rendering.treatment_picture import draw
from outreach.rendering.treatment_words import evidence_words, step_words
from outreach.settings import Settings, load_settings
from outreach.usecases.check_words import words_missing


@click.group("treatments")
def treatments() -> None:
    """Check and show treatments: who is contacted on which day."""


@treatments.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
def lint(paths: tuple[Path, ...]) -> None:
    """Check treatment files, and that every step has words; by default all of them.

    Names file, line and how to mend it. Exit status 1 when something must be mended; a warning
    asks for a second look.
    """
    settings = load_settings()
    files = [
        file
        for path in paths or (_folder(settings),)
        for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])
    ]
    found, loaded = lint_treatments(files, compile_condition)
    catalog = load_catalog(settings.templates_dir / "messages")
    for one in loaded:
        found += [
            Finding(str(one.file), _line_of_step(one, text), "error", text)
            for text in words_missing([one.treatment], catalog)
        ]
    for finding in sorted(found, key=lambda each: (each.file, each.line)):
        color = "red" if finding.level == "error" else "yellow"
        click.echo(f"{click.style(finding.level, fg=color)} {finding.place}\n  {finding.text}")
    errors = sum(finding.level == "error" for finding in found)
    click.echo(f"{len(files)} treatments, {errors} errors, {len(found) - errors} warnings")
    if not files:
        raise click.ClickException("there is no .yaml file there")
    if errors:
        raise click.exceptions.Exit(1)


@treatments.command("show")
@click.argument("name", required=False)
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it into this file instead; needs NAME.",
)
def show(name: str | None, svg: Path | None) -> None:
    """Show the days and steps of treatment NAME, or of all."""
    settings = load_settings()
    loaded = read_treatments(_folder(settings), compile_condition)
    chosen = [one.treatment for one in loaded if name in (None, one.treatment.name)]
    if not chosen:
        known = ", ".join(sorted({one.treatment.name for one in loaded}))
        raise click.UsageError(f"there is no treatment {name!r}; there are: {known}")
    if svg is not None:
        if name is None:
            raise click.UsageError("say which treatment is to be drawn: outreach treatments show")
        svg.write_text(draw(chosen[-1], settings.templates_dir / "console"), encoding="utf-8")
        click.echo(f"{chosen[-1].ref} is drawn in {svg}")
        return
    console = Console()
    for treatment in chosen:
        console.print(_table(treatment))


@treatments.command("diff")
@click.argument("old", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("new", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def diff(old: Path, new: Path) -> None:
    """Tell what changes from file OLD to file NEW, and what becomes of cases that run.

    Exit status 0 when nothing changes, 1 when something does.
    """
    before = read_treatment(old, compile_condition)
    after = read_treatment(new, compile_condition)
    if before.treatment.content_hash == after.treatment.content_hash:
        click.echo(f"{before.treatment.ref}: nothing changes")
        return
    click.echo(f"{before.treatment.ref} → {after.treatment.ref}")
    for line in changes_between(before, after):
        click.echo(f"  {line}")
    raise click.exceptions.Exit(1)


@treatments.command("schema")
def schema() -> None:
    """Print the JSON Schema of a treatment file."""
    click.echo(json.dumps(treatment_schema(), indent=2, ensure_ascii=False))


def _folder(settings: Settings) -> Path:
    return settings.config_dir / "treatments"


def _line_of_step(one: Loaded, text: str) -> int:
    """Return the line of the step that a sentence about missing words names."""
    key = text.partition(", step ")[2].partition(":")[0]
    for number, stage in enumerate(one.content["stages"]):
        for place, step in enumerate(stage.get("steps", ())):
            if step["key"] == key:
                return one.lines.of(["stages", number, "steps", place, "routes"])
    return 1


def _table(treatment: Treatment) -> Table:
    table = Table(title=f"{treatment.ref} · {treatment.locale}", title_justify="left")
    for heading in ("day", "stage", "step", "through", "local time", "also"):
        table.add_column(heading, justify="right" if heading == "day" else "left")
    shown: set[str] = set()
    for planned in treatment.timeline:
        span = treatment.stage_on(planned.day)
        bucket = "" if span is None else span.bucket
        if span is not None and span.to_day > 0 and bucket not in shown and shown:
            table.add_section()
            table.add_row("", f"{span.stage} {bucket}", "", "", "", evidence_words(span.opens))
        if span is not None and span.to_day > 0:
            shown.add(bucket)
        table.add_row(*_row(planned, bucket))
    events = [treatment.quote_step, *treatment.events.values()]
    for event in filter(None, events):
        table.add_section()
        planned = PlannedStep(event.key, 0, treatment.stages[0].stage, event)
        table.add_row("–", "when it happens", *_row(planned, "")[2:])
    return table


def _row(planned: PlannedStep, bucket: str) -> tuple[str, ...]:
    step = planned.step
    routes = ", ".join(
        f"{route.channel} {route.template}".strip()
        + (f" x{route.addresses}" * (route.addresses > 1))
        for route in step.routes
    )
    also = [f"up to {step.late_by} days late"] if step.late_by else []
    if step.retry.times:
        also.append(f"{step.retry.times} retry")
    also += [
        f"from {currency} {floor} minor units" for currency, floor in step.conditions.floor_minor
    ]
    if more := step_words(step):
        also.append(more)
    return (
        f"{planned.day:+d}" if planned.day else "0",
        f"{planned.stage} {bucket}".strip(),
        planned.key,
        routes,
        f"{step.window.opens:%H:%M}-{step.window.closes:%H:%M}",
        ", ".join(also),
    )
