"""Golden cases run by the packs that decide now: which rules they are about, and how they end."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from outreach.compliance.pack import Pack
from outreach.config_files.golden import Bench, GoldenError, read_cases
from outreach.domain.records import dataclass

PASSED: Final = "passed"


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One case: what it tells, what must come out, and what came (`Verdicts.state`)."""

    id: str
    about: str
    expected: str
    state: str
    differences: tuple[str, ...]


Cases = Mapping[str, tuple[CaseRun, ...]]
"""Cases by the rule that they are about."""


def case_files(config_dir: Path) -> list[Path]:
    """Return the files of cases: an installation's own, and those that come with the service."""
    folders = (config_dir / "compliance" / "cases", config_dir.parent / "tests" / "golden")
    return [file for folder in folders for file in sorted(folder.rglob("*.yaml"))]


def run_cases(packs: Iterable[Pack], files: Iterable[Path]) -> Cases:
    """Run every case and file it under each rule that it is about.

    A file that can't be read is passed over: the packs that decide don't depend on it.
    """
    bench = Bench(packs)
    found: dict[str, list[CaseRun]] = {}
    for file in files:
        try:
            cases = read_cases(file)
        except GoldenError:
            continue
        for case in cases:
            verdicts = bench.run(case)
            run = CaseRun(
                case.id,
                str(case.raw.get("description", "")),
                str(case.raw["expect"].get("decision", "")),
                verdicts.state,
                verdicts.differences or verdicts.waiting_for,
            )
            for rule in case.rules:
                found.setdefault(rule, []).append(run)
    return {rule: tuple(runs) for rule, runs in found.items()}
