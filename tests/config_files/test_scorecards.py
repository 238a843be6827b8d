"""Scorecard files: refused with everything that is wrong in them, and true to their cases."""

import json
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from outreach.cli import main
from outreach.config_files.scorecard_cases import load_cases, try_case
from outreach.config_files.scorecard_schema import scorecard_schema
from outreach.config_files.scorecards import ScorecardFileError, load_scorecard, load_scorecards

CONFIG: Final = Path(__file__).resolve().parents[2] / "config"
TEXT: Final = """
scorecard: mine
about: For a test.
points:
  - {key: no_salary, fact: missed_salary, points: 25, reason: {en: "No salary.", zh: "无工资。"}}
tiers: [{tier: low, from: 0}, {tier: high, from: 25}]
"""


def write(folder: Path, text: str, name: str = "mine") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_published_schema_is_the_one_files_are_read_by() -> None:
    published = CONFIG / "schemas" / "scorecard.schema.json"

    assert json.loads(published.read_text(encoding="utf-8")) == scorecard_schema(), (
        "run: outreach scorecards schema > config/schemas/scorecard.schema.json"
    )


def test_the_hash_is_of_what_a_file_says(tmp_path: Path) -> None:
    one = load_scorecard(write(tmp_path, TEXT))
    same = load_scorecard(write(tmp_path, "# a comment\n" + TEXT))
    other = load_scorecard(write(tmp_path, TEXT.replace("25}]", "26}]")))

    assert one.ref == same.ref != other.ref
    assert load_scorecards(tmp_path / "nothing") == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("points: 25", "points: many", "points.0.points", id="no number"),
        pytest.param(', zh: "无工资。"', "", "points.0.reason", id="one language"),
        pytest.param("fact: missed", "fakt: missed", "points.0", id="unknown name"),
        pytest.param("scorecard: mine", "scorecard: other", "the file's name", id="name"),
        pytest.param("missed_salary", "religion", "may not be asked", id="forbidden"),
        pytest.param("from: 25", "from: 0", "tiers.1.from", id="order"),
        pytest.param("about:", "about: [", "no YAML", id="no yaml"),
        pytest.param("For a test.", "2026-01-01", "put it in quotes", id="a date"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ScorecardFileError, match=said) as caught:
        load_scorecard(write(tmp_path, TEXT.replace(old, new, 1)))

    assert caught.value.problems


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScorecardFileError, match="can't be read"):
        load_scorecard(tmp_path / "mine.yaml")
    with pytest.raises(ScorecardFileError, match="no cases"):
        load_cases(tmp_path / "cases.yaml")


def test_shipped_scorecards_make_of_their_cases_what_those_say() -> None:
    loaded = load_scorecards(CONFIG / "scorecards")
    tried = set()
    wrong = []
    for file in (CONFIG / "scorecards" / "cases").glob("*.yaml"):
        name, cases = load_cases(file)
        tried.add(name)
        for case in cases:
            _, differences = try_case(loaded[name], case)
            wrong += [(name, case.name, one) for one in differences]

    assert wrong == []
    assert tried == set(loaded)


def test_the_commands_check_show_and_try(tmp_path: Path) -> None:
    runner = CliRunner()
    wrong = write(tmp_path, TEXT.replace("points: 25", "points: many"))
    case = "{name: x, facts: [], points: 7, tier: high, left_out: [expired]}"
    cases = write(tmp_path, f"scorecard: default\ncases: [{case}]", "cases")

    good = runner.invoke(main, ["scorecards", "lint", str(CONFIG / "scorecards")])
    bad = runner.invoke(main, ["scorecards", "lint", str(wrong)])
    shown = runner.invoke(main, ["scorecards", "show", "default", "--lang", "zh"])
    nobody = runner.invoke(main, ["scorecards", "show", "nobody"])
    passed = runner.invoke(main, ["scorecards", "test"])
    failed = runner.invoke(main, ["scorecards", "test", str(cases)])
    schema = runner.invoke(main, ["scorecards", "schema"])

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "points.0.points" in bad.output
    assert "missed_salary" in shown.output
    assert (nobody.exit_code, passed.exit_code, failed.exit_code) == (2, 0, 1)
    assert "0 points, not 7; tier low, not high; left out [], not ['expired']" in failed.output
    assert json.loads(schema.output) == scorecard_schema()
