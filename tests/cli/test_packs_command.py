"""`outreach packs`: reports, exit status, errors people can mend."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner

from outreach.cli.packs import packs

FOLDER = str(Path(__file__).parents[2] / "config" / "compliance")
NIGHT = {
    "id": "night",
    "packs": ["cn-consumer-lending"],
    "sender_role": "third_party",
    "confidence": "high",
    "plausible_zones": ["Asia/Shanghai"],
    "proposed": {
        "at": "2026-06-10T22:00:00+08:00",
        "channel": "call",
        "purpose": "collection",
        "debts": ["D1"],
        "recipient_role": "debtor",
    },
    "expect": {
        "decision": "defer",
        "rule": "cn.gbt45251.quiet_22_8",
        "until": "2026-06-11T08:00:00+08:00",
    },
}
WRONG = {**NIGHT, "id": "wrong", "expect": {"decision": "allow"}}
DOUBTFUL = {**WRONG, "id": "doubtful", "confidence": "low"}
WAITS = {**NIGHT, "id": "waits", "packs": ["atlantis"]}


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(packs, list(arguments))
    return result.exit_code, result.output


@pytest.fixture
def cases(tmp_path: Path) -> str:
    file = tmp_path / "cases.yaml"
    file.write_text(yaml.safe_dump({"cases": [NIGHT, WRONG, DOUBTFUL, WAITS]}), encoding="utf-8")
    return str(file)


def test_packs_are_listed() -> None:
    status, said = run("list", "--packs-dir", FOLDER)

    assert status == 0
    assert "us-regf" in said
    assert "everybody" in said


def test_failures_are_shown_and_set_the_status(cases: str) -> None:
    status, said = run("test", cases, "--packs-dir", FOLDER)

    assert status == 1
    assert "decision: expected allow, got defer" in said
    assert "pack atlantis" in said
    assert "1 passed, 1 failed, 1 of low confidence differ, 1 wait" in said


def test_waiting_and_doubtful_cases_do_not_fail(tmp_path: Path) -> None:
    file = tmp_path / "fine.yaml"
    file.write_text(yaml.safe_dump({"cases": [NIGHT, DOUBTFUL, WAITS]}), encoding="utf-8")

    assert run("test", str(file), "--packs-dir", FOLDER)[0] == 0
    assert run("test", str(file), "--packs-dir", FOLDER, "--strict")[0] == 0


def test_a_clean_run_prints_one_line(tmp_path: Path) -> None:
    file = tmp_path / "fine.yaml"
    file.write_text(yaml.safe_dump({"cases": [NIGHT]}), encoding="utf-8")

    status, said = run("test", str(file), "--packs-dir", FOLDER)

    assert (status, said) == (0, "1 passed, 0 failed, 0 of low confidence differ, 0 wait\n")


def test_the_report_as_json(cases: str) -> None:
    status, said = run("test", cases, "--packs-dir", FOLDER, "--format", "json")

    report = json.loads(said)
    assert status == 1
    assert report["counts"] == {"passed": 1, "failed": 1, "differs": 1, "waiting": 1}
    assert report["waiting"] == {"pack atlantis": ["waits"]}
    assert [case["state"] for case in report["cases"]] == ["passed", "failed", "differs", "waiting"]


def test_the_report_as_junit(cases: str) -> None:
    status, said = run("test", cases, "--packs-dir", FOLDER, "--format", "junit")

    suite = ET.fromstring(said)  # noqa: S314 - our own output
    assert status == 1
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "1")
    children = [[child.tag for child in case] for case in suite]
    assert children == [[], ["failure"], ["system-out"], ["skipped"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("cases: [{id: x, colour: red}]", "colour", id="a case with an unknown key"),
        pytest.param("[]", "no list of cases", id="no cases"),
    ],
)
def test_a_file_that_can_not_be_used_is_explained(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(text, encoding="utf-8")

    status, said = run("test", str(file), "--packs-dir", FOLDER)

    assert status == 1
    assert words in said


def test_packs_that_can_not_be_used_are_explained(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("pack: x", encoding="utf-8")

    status, said = run("list", "--packs-dir", str(tmp_path))

    assert status == 1
    assert "x.yaml: file:" in said


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, said = run("list", "--packs-dir", str(tmp_path / "nowhere"))

    assert status == 1
    assert "--packs-dir" in said
