"""The golden cases: those handed to the project, and those of our own, pack by pack."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.compliance import PRIMITIVES
from outreach.config_files.golden import Bench, GoldenCase, read_cases
from outreach.config_files.packs import read_packs

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "golden"
HANDED = FOLDER / "golden_cases.yaml"
FILES = sorted(FOLDER.rglob("*.yaml"))
OF_FILE = {file: read_cases(file) for file in FILES}
PACKS = read_packs(ROOT / "config" / "compliance")
BENCH = Bench(PACKS)
STRICT = Bench(PACKS, strict=True)
CASES = [
    pytest.param(case, id=f"{file.relative_to(FOLDER).with_suffix('')}-{case.id}")
    for file, cases in OF_FILE.items()
    for case in cases
]
TO_THE_SECOND = [
    pytest.param(case, id=f"{file.relative_to(FOLDER).with_suffix('')}-{case.id}")
    for file, cases in OF_FILE.items()
    for case in cases
    if "expect_strict" in case.raw
]


@pytest.mark.parametrize("case", CASES)
def test_a_case_comes_out_as_the_rules_say(
    case: GoldenCase, record_property: Callable[[str, object], None]
) -> None:
    result = BENCH.run(case)

    if result.state == "differs":
        record_property("low confidence differs", result.differences)
    assert result.state in {"passed", "differs"}, "\n".join(
        (*result.differences, *result.waiting_for)
    )


@pytest.mark.parametrize("case", TO_THE_SECOND)
def test_a_case_comes_out_when_days_are_counted_to_the_second(case: GoldenCase) -> None:
    result = STRICT.run(case)

    assert result.state in {"passed", "differs"}, "\n".join(result.differences)


def test_no_two_cases_of_a_file_share_an_id() -> None:
    for file, cases in OF_FILE.items():
        names = [case.id for case in cases]
        assert len(names) == len(set(names)), file


def test_few_cases_of_low_confidence_differ(
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    low = [case for cases in OF_FILE.values() for case in cases if case.confidence == "low"]
    differing = [case.id for case in low if BENCH.run(case).state == "differs"]
    record_testsuite_property("low confidence differs", json.dumps(differing))

    assert len(differing) <= len(low) // 10


def test_the_cases_handed_to_the_project_are_all_there() -> None:
    assert len(OF_FILE[HANDED]) == 268
    assert sum(case.confidence == "low" for case in OF_FILE[HANDED]) == 30


def test_nothing_waits_for_what_is_there() -> None:
    waiting = {primitive for pack in PACKS for primitive in pack.waiting.values()}

    assert not waiting & PRIMITIVES.keys()


# Packs whose rules nobody has written a case for: to be made shorter, never longer.
WITHOUT_CASES: frozenset[str] = frozenset()


def test_every_pack_has_cases() -> None:
    used = {name for cases in OF_FILE.values() for case in cases for name in case.packs}

    assert {pack.id for pack in PACKS if pack.rules} - used <= WITHOUT_CASES


# What the format can't say: an address that is no longer active.
BEYOND_THE_FORMAT: frozenset[str] = frozenset({"outreach.endpoint_unusable"})


def test_every_rule_that_applies_everywhere_has_two_cases() -> None:
    asked = [
        rule
        for cases in OF_FILE.values()
        for case in cases
        for rule in case.raw.get("exercises", ())
    ]
    [base] = [pack for pack in PACKS if pack.id == "outreach-base"]

    assert {rule.id for rule in base.rules if asked.count(rule.id) < 2} == BEYOND_THE_FORMAT
