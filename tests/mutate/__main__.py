"""Mutation testing of the rules: `python -m tests.mutate [--full]`, or `make mutate [FULL=1]`.

Changes one thing at a time in a copy of outreach/compliance under build/ and asks the tables of
tests/compliance and the golden cases whether they notice. Properties and brute force stay out: a
boundary that only chance finds is no tested boundary. Runs in an environment with mutmut.
"""

import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
GROUND: Final = ROOT / "build" / "mutate"
REPORT: Final = ROOT / "build" / "mutate.json"
BAR: Final = 0.9
_MUTMUT: Final = Path(sys.executable).with_name("mutmut")
_ALSO: Final = ("config", "docs", "templates", "README.md")
_COPIED: Final = ("outreach", "tests", "pyproject.toml", *_ALSO)
_CHANCE: Final = (
    "brute_force",
    "decision_properties",
    "time_properties",
    "who_and_where_properties",
)
# The smallest file: to have all mutants made before any is chosen.
_FIRST: Final = "outreach.compliance.channel_forbidden*"
_SURVIVED: Final = frozenset({0, 5, 33})
_UNTRIED: Final = frozenset({None, 2, 34})
# 95 %, of a normal distribution.
_SIGMAS: Final = 1.96


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the mutants that were tried fared, by name."""

    killed: frozenset[str]
    survived: frozenset[str]

    @property
    def rate(self) -> float:
        """Return the share that was killed."""
        return len(self.killed) / (len(self.killed) + len(self.survived))

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's interval for the share among all mutants, at 95 %."""
        n = len(self.killed) + len(self.survived)
        spread = _SIGMAS**2 / n
        center = (self.rate + spread / 2) / (1 + spread)
        half = (
            _SIGMAS * math.sqrt(self.rate * (1 - self.rate) / n + spread / (4 * n)) / (1 + spread)
        )
        return center - half, center + half


def lay_ground() -> None:
    """Copy the project to where mutants may be made; nothing is changed in the tree itself."""
    shutil.rmtree(GROUND, ignore_errors=True)
    GROUND.mkdir(parents=True)
    for name in _COPIED:
        source, target = ROOT / name, GROUND / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    chosen = ["tests/compliance", "tests/golden"]
    chosen += [f"--ignore=tests/compliance/test_{name}.py" for name in _CHANCE]
    settings = {
        "source_paths": ["outreach/"],
        "only_mutate": ["outreach/compliance/*"],
        "also_copy": list(_ALSO),
        "pytest_add_cli_args_test_selection": chosen,
        "pytest_add_cli_args": ["-p", "no:cacheprovider"],
    }
    lines = ["[mutmut]", "use_git_change_detection=false"]
    for key, values in settings.items():
        lines += [f"{key}=", *(f"    {value}" for value in values)]
    (GROUND / "setup.cfg").write_text("\n".join((*lines, "")))


def try_mutants(names: list[str], jobs: int) -> None:
    """Try these mutants, each with the tests that reach its function; all if none are named."""
    command = [str(_MUTMUT), "run", "--max-children", str(jobs), *names]
    quiet = subprocess.run(command, cwd=GROUND, capture_output=True, text=True, check=False)
    if quiet.returncode:
        sys.exit(f"mutmut failed:\n{quiet.stdout[-4000:]}\n{quiet.stderr[-4000:]}")


def results() -> dict[str, int | None]:
    """Return each mutant's exit code of pytest; None if it wasn't tried."""
    found: dict[str, int | None] = {}
    for meta in sorted((GROUND / "mutants" / "outreach" / "compliance").glob("*.meta")):
        found |= json.loads(meta.read_text())["exit_code_by_key"]
    return found


def outcome_of(names: list[str], codes: dict[str, int | None]) -> Outcome:
    """Sort mutants into killed and survived; an endless loop counts as killed."""
    untried = [name for name in names if codes[name] in _UNTRIED]
    if untried:
        sys.exit(f"not tried: {untried[:5]} and {len(untried)} in all")
    survived = frozenset(name for name in names if codes[name] in _SURVIVED)
    return Outcome(frozenset(names) - survived, survived)


def difference(name: str) -> str:
    """Return a mutant's change as a diff."""
    shown = subprocess.run(
        [str(_MUTMUT), "show", name], cwd=GROUND, capture_output=True, text=True, check=False
    )
    return shown.stdout


def module_of(name: str) -> str:
    """Return the module of `outreach.compliance` that a mutant is in."""
    return name.removeprefix("outreach.compliance.").rpartition(".")[0] or "__init__"


def tell(outcome: Outcome, total: int) -> None:
    """Print the figures, and write them with every survivor's change."""
    tried = Counter(map(module_of, outcome.killed | outcome.survived))
    left = Counter(map(module_of, outcome.survived))
    for module, count in sorted(tried.items()):
        print(f"{module:28} {count - left[module]:5} of {count:5}")
    count = tried.total()
    print(f"killed {len(outcome.killed)} of {count} ({outcome.rate:.1%}); {total} in all")
    if count < total:
        low, high = outcome.interval
        print(f"of all, between {low:.1%} and {high:.1%} (95 %)")
    report = {
        "killed": len(outcome.killed),
        "tried": count,
        "total": total,
        "survivors": {name: difference(name) for name in sorted(outcome.survived)},
    }
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"survivors: {REPORT.relative_to(ROOT)}")


def main() -> None:
    """Run it; fail where fewer than nine in ten mutants are killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    parser.add_argument("--full", action="store_true", help="every mutant, not a sample")
    parser.add_argument("--size", type=int, default=600, help="of the sample (default 600)")
    parser.add_argument("--seed", type=int, default=20261123, help="of the sample")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time (default 1)")
    given = parser.parse_args()
    os.nice(19)
    lay_ground()
    print("making mutants, and finding out which tests reach which …", flush=True)
    try_mutants([_FIRST], given.jobs)
    names = sorted(results())
    chosen = names
    if not given.full:
        chosen = random.Random(given.seed).sample(names, min(given.size, len(names)))
    print(f"trying {len(chosen)} of {len(names)} …", flush=True)
    try_mutants([] if given.full else chosen, given.jobs)
    outcome = outcome_of(chosen, results())
    tell(outcome, len(names))
    if outcome.rate < BAR:
        sys.exit(f"fewer than {BAR:.0%} were killed")


if __name__ == "__main__":
    main()
