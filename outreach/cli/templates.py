"""`outreach templates`: check and preview message templates, and work on a lender's own words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from outreach.cli.template_versions import COMMANDS
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import load_catalog, template_paths, words_path
from outreach.rendering.lint import Finding, lint_path
from outreach.rendering.message import Rendered, render
from outreach.rendering.meta import change_facts
from outreach.rendering.segments import count_segments, split_segments, ucs2_characters
from outreach.settings import Settings, load_settings

_PHONE_WIDTH: Final = 36
_MICROS: Final = 1_000_000
_THOUSAND: Final = 1000


@click.group("templates")
def templates() -> None:
    """Check and preview message templates; write, approve and publish a lender's own words."""


for _one in COMMANDS:
    templates.add_command(_one)


@templates.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--strict", is_flag=True, help="Let warnings fail as well.")
def lint(paths: tuple[Path, ...], *, strict: bool) -> None:
    """Check templates: folders of keys, or single files; by default all of them.

    Exit status 1 when a template may not be used as it stands.
    """
    console = Console(soft_wrap=True)
    checked = 0
    findings: list[Finding] = []
    for path, root in _files(paths or (_messages(load_settings()),)):
        findings += lint_path(path, root)
        checked += 1
    for finding in findings:
        mark = "[red]error[/]" if finding.is_error else "[yellow]warning[/]"
        console.print(f"{mark} {finding.code} [bold]{finding.path}[/]")
        console.print(Text(f"  {finding.words}"))
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    console.print(f"{checked} templates, {errors} errors, {warnings} warnings", highlight=False)
    if not checked:
        raise click.ClickException("there is no <key>/<locale>/<channel>.txt.j2 there")
    if errors or (strict and warnings):
        raise click.exceptions.Exit(1)


@templates.command("render")
@click.argument("key")
@click.option("--locale", default="en-US", show_default=True, help="Language of the words.")
@click.option(
    "--channel",
    type=click.Choice([str(item) for item in Channel]),
    default="sms",
    show_default=True,
)
@click.option("--sample", help="Name of the sample facts in meta.yaml; the first by default.")
@click.option("--set", "changes", multiple=True, metavar="FACT=VALUE", help="Change a fact.")
def render_command(
    key: str, locale: str, channel: str, sample: str | None, changes: tuple[str, ...]
) -> None:
    """Show what KEY says with sample facts: text, parts, encoding, price."""
    settings = load_settings()
    template = load_catalog(_messages(settings)).pick(key, Channel(channel), (locale,))
    samples = template.meta.samples.get(template.locale, {})
    name = sample or next(iter(samples), "")
    if name not in samples:
        known = ", ".join(samples) or "none"
        raise click.UsageError(f"{key} has no sample {name!r} in {locale}; there are: {known}")
    try:
        facts = change_facts(samples[name], _pairs(changes))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    rendered = render(template, facts)
    console = Console()
    shown = Channel(channel)
    console.print(_preview(rendered, name, shown))
    console.print(_account(rendered, settings, template.locale, shown))


def _messages(settings: Settings) -> Path:
    return settings.templates_dir / "messages"


def _files(paths: tuple[Path, ...]) -> list[tuple[Path, Path]]:
    """Pair each file of words with the folder of keys that it belongs to."""
    found: list[tuple[Path, Path]] = []
    for path in paths:
        if path.is_file():
            absolute = words_path(path.resolve())
            found.append((absolute, absolute.parents[2]))
        else:
            found += [(file, path) for file in template_paths(path)]
    return found


def _pairs(changes: tuple[str, ...]) -> Mapping[str, str]:
    pairs = [change.partition("=") for change in changes]
    if not all(mark and name for name, mark, _ in pairs):
        raise click.UsageError("--set takes FACT=VALUE, as in --set amount_minor=12500")
    return {name: value for name, _, value in pairs}


def _preview(rendered: Rendered, sample: str, channel: Channel) -> Panel:
    """Show the text as wide as a phone does, with a bar where one part of a text message ends."""
    text = Text()
    if rendered.subject:
        text.append(f"{rendered.subject}\n\n", style="bold")
    parts = split_segments(rendered.text) if channel is Channel.SMS else [rendered.text]
    for number, part in enumerate(parts):
        if number:
            text.append("¦", style="bold red")
        text.append(part)
    width = None if channel is Channel.EMAIL else _PHONE_WIDTH
    return Panel(text, title=sample, subtitle=rendered.template, width=width)


def _account(rendered: Rendered, settings: Settings, locale: str, channel: Channel) -> Table:
    table = Table(show_header=False, box=None)
    table.add_row("locale", locale)
    table.add_row("encoding", str(rendered.encoding))
    if channel is Channel.SMS:
        segments = count_segments(rendered.text)
        table.add_row("units", f"{segments.units} in {rendered.parts} parts")
        strange = ucs2_characters(rendered.text)
        if strange and len(strange) < len(set(rendered.text)) / 4:
            table.add_row("why ucs-2", " ".join(strange))
    else:
        table.add_row("characters", str(len(rendered.text)))
    table.add_row("carries", ", ".join(sorted(rendered.content)))
    language = locale.partition("-")[0]
    for lender in settings.lenders.values():
        if lender.locale.partition("-")[0] != language:
            continue
        for slug, sender in lender.senders.items():
            if sender.channel is channel and sender.cost_micros_per_part:
                cost = sender.cost_micros_per_part * rendered.parts / _MICROS
                words = f"{cost:.4f} {lender.currency} each, {cost * _THOUSAND:,.2f} a thousand"
                table.add_row(f"price, {slug}", words)
    return table
