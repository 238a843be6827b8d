"""`outreach packs`: reports, exit status, errors people can mend."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner

from outreach.cli.packs import packs
from outreach.config_files.pack_schema import pack_schema
from outreach.config_files.packs import read_packs

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
    assert "opt-in" in said
    [row] = [line for line in said.splitlines() if "outreach-base" in line]
    pack = next(one for one in read_packs(Path(FOLDER)) if one.id == "outreach-base")
    assert f"│ {len(pack.rules)} " in row
    assert pack.content_hash in row
    assert str(min(rule.checked for rule in pack.rules if rule.checked)) in row


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
    assert "x.yaml:1: file:" in said


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, said = run("list", "--packs-dir", str(tmp_path / "nowhere"))

    assert status == 1
    assert "--packs-dir" in said


def test_a_folder_of_cases_is_run_whole(tmp_path: Path, cases: str) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "fine.yaml").write_text(yaml.safe_dump({"cases": [NIGHT]}), "utf-8")

    status, said = run("test", str(tmp_path), "--packs-dir", FOLDER)

    assert status == 1
    assert "2 passed, 1 failed" in said


def test_the_shipped_packs_are_without_fault() -> None:
    status, said = run("lint", FOLDER, "--today", "2026-11-23")

    assert status == 0, said
    assert "0 errors, 0 warnings" in said


def test_a_fault_is_named_by_file_and_line_and_sets_the_status(tmp_path: Path) -> None:
    text = (Path(FOLDER) / "us-common.yaml").read_text(encoding="utf-8")
    file = tmp_path / "us-common.yaml"
    file.write_text(text.replace("primitive: moratorium", "primitive: moratorum"), encoding="utf-8")
    line = text[: text.index("primitive:")].count("\n") + 1

    status, said = run("lint", str(file))

    assert status == 1
    assert f"{file}:{line}: error: rule us.bankruptcy.stay: primitive: 'moratorum'" in said
    assert "0 packs, 0 rules" in said


def test_a_warning_fails_nothing(tmp_path: Path) -> None:
    text = (Path(FOLDER) / "us-common.yaml").read_text(encoding="utf-8")
    file = tmp_path / "us-common.yaml"
    file.write_text(text, encoding="utf-8")

    status, said = run("lint", str(file), "--today", "2039-01-01")

    assert status == 0
    assert "warning" in said


def test_without_files_the_usual_folder_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    status, said = run("lint")

    assert status == 1
    assert "there is no folder config/compliance" in said


def test_a_rule_is_shown_in_words_with_its_cases(cases: str) -> None:
    status, said = run("show", "cn.gbt45251.quiet_22_8", "--packs-dir", FOLDER, "--cases", cases)

    assert status == 0
    for words in ("quiet_hours", "08:00 to 22:00", "GB/T 45251", "recommended", "confidence"):
        assert words in said
    assert "night:  → defer" in said
    assert "2 golden cases exercise cn.gbt45251.quiet_22_8" in said


@pytest.mark.parametrize(
    ("rule", "status", "words"),
    [
        pytest.param("us.regf.call_cap_7in8", 1, "us.regf.call_cap_7in7", id="nearly a rule"),
        pytest.param("zzz", 1, "no pack has a rule zzz", id="no rule"),
        pytest.param("us.scope.regf_third_party", 0, "says whom pack", id="a scope"),
        pytest.param("cn.gbt45251.agency_evaluation", 0, "no single contact", id="a duty"),
    ],
)
def test_what_is_no_rule_is_said_to_be_what_it_is(rule: str, status: int, words: str) -> None:
    found, said = run("show", rule, "--packs-dir", FOLDER)

    assert found == status
    assert words in said


def test_a_row_that_waits_is_said_to_wait(tmp_path: Path) -> None:
    text = "{pack: x, version: '2026.11', waiting: {x.later: telepathy}, rules: []}"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")

    status, said = run("show", "x.later", "--packs-dir", str(tmp_path))

    assert (status, "waits for telepathy" in said) == (0, True)


def test_cases_that_can_not_be_read_are_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text("[]", encoding="utf-8")

    status, said = run("show", "us.bankruptcy.stay", "--packs-dir", FOLDER, "--cases", str(file))

    assert (status, "no list of cases" in said) == (1, True)


def test_changes_are_shown_key_by_key(tmp_path: Path) -> None:
    old = Path(FOLDER) / "us-dc.yaml"
    new = tmp_path / "us-dc.yaml"
    new.write_text(old.read_text(encoding="utf-8").replace("limit: 4", "limit: 3"), "utf-8")

    status, said = run("diff", str(old), str(new))

    assert status == 0
    [row] = [line for line in said.splitlines() if "limit" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "us-dc",
        "us.dc.cap_4in7_calls",
        "changed",
        "limit",
        "4",
        "3",
    ]
    assert "0 added, 0 removed, 1 changed" in said


def test_two_folders_that_say_the_same_have_no_changes(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("pack: x", encoding="utf-8")

    assert run("diff", FOLDER, FOLDER) == (0, "no rule changed\n")
    status, said = run("diff", FOLDER, str(tmp_path / "x.yaml"))
    assert (status, "x.yaml:1: file:" in said) == (1, True)


def test_a_new_pack_and_its_cases_pass_at_once(tmp_path: Path) -> None:
    packs_dir, cases_dir = tmp_path / "packs", tmp_path / "cases"
    places = ["--packs-dir", str(packs_dir), "--cases-dir", str(cases_dir)]

    status, said = run("new", "cn-shadow", "--country", "CN", "--today", "2026-11-23", *places)

    assert status == 0, said
    assert run("lint", str(packs_dir), "--today", "2026-11-23")[0] == 0
    status, said = run("test", str(cases_dir), "--packs-dir", str(packs_dir))
    assert (status, said.split(",")[0]) == (0, "2 passed")
    status, said = run("new", "cn-shadow", "--country", "CN", *places)
    assert (status, "is there already" in said) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        pytest.param(["x-y", "--country", "XX"], 2, "ISO 3166-1", id="country"),
        pytest.param(
            ["x-y", "--country", "US", "--like", "atlantis"], 1, "can't be read", id="like"
        ),
        pytest.param(["X!", "--country", "US"], 1, "does not match", id="name"),
    ],
)
def test_what_a_new_pack_can_not_be_is_said(
    tmp_path: Path, arguments: list[str], status: int, words: str
) -> None:
    places = ["--packs-dir", str(tmp_path), "--cases-dir", str(tmp_path / "cases")]

    found, said = run("new", *arguments, *places)

    assert (found, words in said) == (status, True), said
    assert list(tmp_path.rglob("*.yaml")) == []


def test_the_schema_is_printed_as_it_is_published() -> None:
    status, said = run("schema")

    assert (status, json.loads(said)) == (0, pack_schema())
