"""The golden cases: every one that today's primitives can express is run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.compliance import PRIMITIVES
from outreach.config_files.golden import Bench, GoldenCase, read_cases
from outreach.config_files.packs import read_packs

ROOT = Path(__file__).parents[2]
CASES = read_cases(ROOT / "tests" / "golden" / "golden_cases.yaml")
PACKS = read_packs(ROOT / "config" / "compliance")
BENCH = Bench(PACKS)
STRICT = Bench(PACKS, strict=True)
RUN = [case for case in CASES if BENCH.run(case).state != "waiting"]
RUN_STRICT = [case for case in CASES if STRICT.run(case).state != "waiting"]


@pytest.mark.parametrize("case", RUN, ids=lambda case: case.id)
def test_a_case_comes_out_as_the_rules_say(
    case: GoldenCase, record_property: Callable[[str, object], None]
) -> None:
    result = BENCH.run(case)

    if result.state == "differs":
        record_property("low confidence differs", result.differences)
    assert result.state != "failed", "\n".join(result.differences)


@pytest.mark.parametrize("case", RUN_STRICT, ids=lambda case: case.id)
def test_a_case_comes_out_when_days_are_counted_to_the_second(case: GoldenCase) -> None:
    assert STRICT.run(case).differences == ()


def test_the_cases_that_wait_are_named_by_what_they_wait_for(
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    waiting: dict[str, list[str]] = {}
    for case in CASES:
        for cause in BENCH.run(case).waiting_for:
            waiting.setdefault(cause, []).append(case.id)
    record_testsuite_property("waiting", json.dumps(waiting))

    # Nothing waits for what is there, nor for a rule that no pack has heard of.
    assert not waiting.keys() & PRIMITIVES.keys()
    assert not [cause for cause in waiting if cause.startswith("rule ")]
    assert len(RUN) + len({case for cases in waiting.values() for case in cases}) == len(CASES)


def test_most_cases_of_the_packs_we_ship_are_run() -> None:
    shipped = {pack.id for pack in PACKS}
    ours = [case for case in CASES if set(case.packs) <= shipped]

    assert len(RUN) >= 108
    assert len(RUN) > len(ours) * 3 // 4
