"""What came of golden cases: as a table, as JSON, as JUnit XML."""

import json
from collections.abc import Callable, Iterable
from typing import Final
from xml.etree import ElementTree as ET

import click
from rich.table import Table

from outreach.cli.packs.folders import console
from outreach.config_files.golden import Verdicts


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
    out = console()
    wrong = [result for result in results if result.differences]
    if wrong:
        table = Table("case", "state", "what differed")
        for result in wrong:
            table.add_row(result.case.id, result.state, "\n".join(result.differences))
        out.print(table)
    groups = _waiting(results)
    if groups:
        table = Table("waits for", "cases", "which")
        for cause, cases in groups.items():
            table.add_row(cause, str(len(cases)), ", ".join(cases))
        out.print(table)
    counts = _counts(results)
    out.print(
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


REPORTS: Final[dict[str, Callable[[list[Verdicts]], None]]] = {
    "table": _print_table,
    "json": _print_json,
    "junit": _print_junit,
}
