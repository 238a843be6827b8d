"""`outreach packs show`."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import click
from rich.table import Table

from outreach.cli.packs.folders import console, packs_dir, read_folder, whom, yaml_files
from outreach.compliance.pack import Pack, Rule
from outreach.config_files.golden import GoldenCase, GoldenError, read_cases
from outreach.rendering.rule_words import rule_in_words

_CASES: Final = Path("tests/golden")


@click.command()
@click.argument("rule")
@packs_dir
@click.option(
    "--cases",
    "case_files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Files or folders of golden cases to look through; tests/golden by default.",
)
def show(rule: str, packs_dir: Path, case_files: tuple[Path, ...]) -> None:
    """Say in plain words what RULE asks, on whose authority, and which golden cases exercise it."""
    loaded = read_folder(packs_dir)
    found = [(pack, one) for pack in loaded for one in pack.rules if rule in one.ids]
    if not found:
        _tell_otherwise(rule, loaded)
    for pack, one in found:
        console().print(_table(pack, one))
    if not case_files:
        case_files = (_CASES,) if _CASES.is_dir() else ()
    try:
        cases = list(_exercising(rule, case_files))
    except GoldenError as exc:
        raise click.ClickException(str(exc)) from exc
    for case in cases:
        said = case.raw.get("description", "")
        click.echo(f"{case.id}: {said} → {case.raw['expect'].get('decision', '?')}")
    click.echo(f"{len(cases)} golden cases exercise {rule}")


def _tell_otherwise(rule: str, packs: tuple[Pack, ...]) -> None:
    """Say what else an id may be, and stop unless it is known for something."""
    for pack in packs:
        if rule in pack.governance:
            click.echo(f"{rule}: no single contact is judged by it. {pack.governance[rule]}")
            return
        if rule in pack.scopes:
            click.echo(f"{rule}: says whom pack {pack.id} is for: {whom(pack)}")
            return
        if rule in pack.waiting:
            click.echo(
                f"{rule}: pack {pack.id} can't say it yet, it waits for {pack.waiting[rule]}"
            )
            return
    known = [one for pack in packs for one in pack.ids]
    close = ", ".join(get_close_matches(rule, known, n=3))
    raise click.ClickException(
        f"no pack has a rule {rule}" + (f"; there are {close}" if close else "")
    )


def _table(pack: Pack, rule: Rule) -> Table:
    table = Table(
        title=f"{rule.id} · {rule.primitive} · pack {pack.id} {pack.version}",
        title_justify="left",
        show_header=False,
    )
    for _ in range(3):
        table.add_column(overflow="fold")
    for said in rule_in_words(rule):
        table.add_row(said.key, said.value, said.meaning)
    return table


def _exercising(rule: str, files: tuple[Path, ...]) -> Iterator[GoldenCase]:
    for file in yaml_files(files):
        for case in read_cases(file):
            if rule in {*case.rules, *case.raw["expect"].get("also_acceptable_rules", ())}:
                yield case
