"""Golden cases by rule, and where a treatment's cases are."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from outreach.config_files.packs import parse_raw, read_packs
from outreach.config_files.treatments import load_treatment
from outreach.facts.conditions import compile_condition
from outreach.store.pack_versions import PackVersion
from outreach.usecases.pack_versions import pack_from
from outreach.usecases.rule_cases import PASSED, case_files, run_cases
from outreach.usecases.treatment_cases import spread_of

ROOT: Final = Path(__file__).parents[2]
PACKS: Final = read_packs(ROOT / "config" / "compliance")


def test_the_shipped_cases_are_filed_by_the_rules_they_are_about_and_pass(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("cases: 3", encoding="utf-8")

    found = run_cases(PACKS, [*case_files(ROOT / "config"), broken])

    cap = found["us.regf.call_cap_7in7"]
    assert len(cap) > 10
    assert {one.state for one in cap} == {PASSED}
    assert all(one.about and one.expected for one in cap)


def test_a_pack_is_read_again_as_it_was_kept() -> None:
    file = ROOT / "config" / "compliance" / "us-regf.yaml"
    raw = parse_raw(file.read_text(encoding="utf-8"), str(file))
    [pack] = [one for one in PACKS if one.id == "us-regf"]
    at = datetime(2026, 11, 23, tzinfo=UTC)

    assert pack_from(PackVersion(pack.version, pack.content_hash, raw, at)) == pack
    assert pack_from(PackVersion("1", "x", {"pack": "us-regf"}, at)) is None


def test_cases_stand_in_the_stage_of_their_day_past_the_last_step_that_came() -> None:
    file = ROOT / "config" / "treatments" / "us-default.yaml"
    treatment = load_treatment(file, compile_condition)
    days = Counter({-40: 1, -10: 2, 1: 3, 3: 4, 8: 5, 12: 6, 4000: 7})

    found = spread_of(treatment, days)

    assert (found.total, found.outside) == (28, 8)
    by_day = {one.span.from_day: one for one in found.stages}
    assert (by_day[-14].cases, by_day[-14].steps[0].cases) == (2, 2)
    grace = by_day[1]
    assert (grace.cases, grace.before) == (12, 3)
    assert [(one.planned.key, one.cases) for one in grace.steps] == [("day-2", 4), ("day-7", 5)]
