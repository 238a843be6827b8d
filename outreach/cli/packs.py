"""`outreach packs`: list compliance packs, and run golden cases against them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import click
from rich.console import Console
from rich.table import Table

from outreach.compliance.pack import Pack
from outreach.config_files.golden import Bench, GoldenError, Verdicts, read_cases
from outreach.config_files.packs import PackError, read_packs

DEFAULT_FOLDER: Final = Path("config/compliance")
_FOLDER = click.option(
    "--packs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Folder with the packs.",
)


@click.group()
def packs() -> None:
    """List compliance packs and run their golden cases."""


@packs.command("list")
@_FOLDER
def list_packs(packs_dir: Path) -> None:
    """Show each pack: whom it is for, how many rules it has, its content hash."""
    table = Table("pack", "version", "for", "rules", "shadow", "waiting", "hash")
    for pack in _read(packs_dir):
        shadow = sum(not rule.enforce for rule in pack.rules)
        table.add_row(
            pack.id,
            pack.version,
            _whom(pack),
            str(len(pack.rules)),
            str(shadow),
            str(len(pack.waiting)),
            pack.content_hash,
        )
    _console().print(table)


@packs.command("test")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@_FOLDER
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "junit"]),
    default="table",
    show_default=True,
    help="How to report.",
)
@click.option(
    "--strict", is_flag=True, help="Count days to the second and compare with expect_strict."
)
def test_packs(files: tuple[Path, ...], packs_dir: Path, style: str, *, strict: bool) -> None:
    """Run golden cases from FILES; exit 1 if one failed.

    Cases whose packs or rules don't exist here wait, grouped by what they wait for, and cases of
    low confidence are reported; neither fails the run.
    """
    bench = Bench(_read(packs_dir), strict=strict)
    try:
        results = [bench.run(case) for file in files for case in read_cases(file)]
    except GoldenError as exc:
        raise click.ClickException(str(exc)) from exc
    {"table": _print_table, "json": _print_json, "junit": _print_junit}[style](results)
    if any(result.state == "failed" for result in results):
        raise click.exceptions.Exit(1)


def _read(folder: Path) -> tuple[Pack, ...]:
    if not folder.is_dir():
        message = f"there is no folder {folder}: name the one with the packs by --packs-dir"
        raise click.ClickException(message)
    try:
        return read_packs(folder)
    except PackError as exc:
        raise click.ClickException(str(exc)) from exc


def _whom(pack: Pack) -> str:
    requires = pack.requires
    where = sorted(requires.regions or requires.countries)
    return " ".join((*where, *sorted(requires.roles))) or "everybody"


def _console() -> Console:
    """Return a console that doesn't fold lines when its output is read by a program."""
    console = Console()
    return console if console.is_terminal else Console(width=200)


def _counts(results: Iterable[Verdicts]) -> dict[str, int]:
    counts = dict.fromkeys(("passed", "failed", "differs", "waiting"), 0)
    for result in results:
        counts[result.state] += 1
    return counts


def _waiting(results: Iterable[Verdicts]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for result in results:
        for cause in result.waiting_for:
            groups.setdefault(cause, []).append(result.case.id)
    return dict(sorted(groups.items()))


def _print_table(results: list[Verdicts]) -> None:
    console = _console()
    wrong = [result for result in results if result.differences]
    if wrong:
        table = Table("case", "state", "what differed")
        for result in wrong:
            table.add_row(result.case.id, result.state, "\n".join(result.differences))
        console.print(table)
    groups = _waiting(results)
    if groups:
        table = Table("waits for", "cases", "which")
        for cause, cases in groups.items():
            table.add_row(cause, str(len(cases)), ", ".join(cases))
        console.print(table)
    counts = _counts(results)
    console.print(
        f"{counts['passed']} passed, {counts['failed']} failed, {counts['differs']} of low "
        f"confidence differ, {counts['waiting']} wait"
    )


def _print_json(results: list[Verdicts]) -> None:
    report = {
        "counts": _counts(results),
        "waiting": _waiting(results),
        "cases": [
            {
                "id": result.case.id,
                "state": result.state,
                "confidence": result.case.confidence,
                "differences": list(result.differences),
                "waiting_for": list(result.waiting_for),
            }
            for result in results
        ],
    }
    click.echo(json.dumps(report, indent=2, ensure_ascii=False))


def _print_junit(results: list[Verdicts]) -> None:
    counts = _counts(results)
    suite = ET.Element(
        "testsuite",
        name="compliance packs",
        tests=str(len(results)),
        failures=str(counts["failed"]),
        skipped=str(counts["waiting"]),
        errors="0",
    )
    for result in results:
        case = ET.SubElement(
            suite, "testcase", classname=" ".join(result.case.packs), name=result.case.id
        )
        if result.state == "failed":
            failure = ET.SubElement(case, "failure", message=result.differences[0])
            failure.text = "\n".join(result.differences)
        elif result.state == "waiting":
            waits = ", ".join(result.waiting_for)
            ET.SubElement(case, "skipped", message=f"waits for {waits}")
        elif result.differences:
            ET.SubElement(case, "system-out").text = "\n".join(result.differences)
    click.echo(ET.tostring(suite, encoding="unicode", xml_declaration=True))
