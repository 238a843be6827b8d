"""Treatments are checked beyond their shape, by line; two files are compared as a reader would."""

from pathlib import Path

import pytest

from outreach.config_files.treatment_changes import changes_between
from outreach.config_files.treatment_lint import lint_treatments
from outreach.config_files.treatments import TreatmentFileError, read_treatment, read_treatments
from outreach.domain.steps import Evidence, OpenMatter, Proof
from outreach.domain.treatment import OnChange
from outreach.facts.conditions import compile_condition
from outreach.rendering.treatment_words import evidence_words, step_words

PLAIN = """\
treatment: plain
about: A test.
locale: en-US
segments: [{countries: [US]}]
stages:
  - stage: early
    bucket: M1
    from_day: 1
    to_day: 30
    steps:
      - {key: one, day: 1, purpose: collection, routes: [{channel: push, template: words}]}
  - stage: mid
    bucket: M2
    from_day: 31
    to_day: 60
    opens: {notices: 1}
    steps:
      - {key: two, day: 31, purpose: collection, routes: [{channel: sms, template: words}]}
"""


def a_file(folder: Path, *changes: tuple[str, str], name: str = "plain.yaml") -> Path:
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("notices: 1", "notices: 1, proof: delivered", 16, "nobody reports the arrival of push"),
        ("notices: 1", "notices: 1, channels: [letter]", 16, "sends nothing by letter"),
        ("notices: 1", "notices: 2", 16, "M1 has 1 contacts, and this stage asks for 2"),
        ("from_day: 31", "from_day: 35", 14, "days 31 to 34 belong to no stage"),
    ],
)
def test_what_is_doubtful_is_named_with_line_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, problem: str
) -> None:
    changes = [(old, new), ("day: 31,", "day: 36,")] if "from_day" in old else [(old, new)]
    file = a_file(tmp_path, *changes)

    found, loaded = lint_treatments([file], compile_condition)

    assert len(loaded) == 1
    [finding] = found
    assert (finding.level, finding.place) == ("warning", f"{file}:{line}")
    assert problem in finding.text


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("notices: 1", "when: dpd > 'x'", 16, "stages.1.opens.when: .*no matching overload"),
        ("countries: [US]", "when: nonsense", 4, "segments.0.when: .*no fact 'nonsense'"),
        ("key: two", "key: one", 18, "used by another step"),
        ("day: 31,", "day: 61,", 18, "outside 31"),
        ("stages:", "effective_from: '2026-02-30'\nstages:", 5, "no day of the calendar"),
        (
            "stages:",
            "effective_from: '2026-05-01'\neffective_to: '2026-04-01'\nstages:",
            6,
            "before it begins",
        ),
        (
            "stages:",
            "experiment: {key: x, arms: [{key: a, percent: 50}], hold_out: 10}\nstages:",
            5,
            "make 60, not 100",
        ),
        ("{key: two,", "{key: two, arms: [warm],", 18, "no arm 'warm'; there are: none"),
        ("countries: [US]", "amounts: [{currency: USQ, below: '5'}]", 4, "must be in ISO 4217"),
    ],
)
def test_what_is_wrong_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, line: int, problem: str
) -> None:
    file = a_file(tmp_path, (old, new))

    with pytest.raises(TreatmentFileError, match=problem) as caught:
        read_treatment(file, compile_condition)

    assert str(caught.value).startswith(f"{file}:{line}: ")
    [finding] = lint_treatments([file], compile_condition)[0]
    assert (finding.level, finding.line) == ("error", line)


def test_an_experiment_that_compares_nothing_is_doubted(tmp_path: Path) -> None:
    words = "experiment: {key: x, arms: [{key: a, percent: 90}], hold_out: 10}\nstages:"
    file = a_file(tmp_path, ("stages:", words))

    found, _ = lint_treatments([file], compile_condition)

    assert [(one.line, one.text.partition(",")[0]) for one in found] == [
        (5, "no step names an arm"),
        (5, "no step is mandatory"),
    ]


def test_a_later_version_lies_beside_the_present_one(tmp_path: Path) -> None:
    a_file(tmp_path)
    later = ("stages:", "effective_from: '2027-01-01'\nstages:")
    a_file(tmp_path, later, name="plain.2027.yaml")
    assert len(read_treatments(tmp_path, compile_condition)) == 2

    twin = a_file(tmp_path, later, name="plain.again.yaml")
    with pytest.raises(TreatmentFileError, match=r"plain\.2027\.yaml is in force from the same"):
        read_treatments(tmp_path, compile_condition)
    [finding] = lint_treatments(sorted(tmp_path.glob("*.yaml")), compile_condition)[0]
    assert finding.place == f"{twin}:5"


def test_what_changes_is_told_as_a_reader_of_the_files_would(tmp_path: Path) -> None:
    old = read_treatment(a_file(tmp_path), compile_condition)
    (tmp_path / "new").mkdir()
    changed = a_file(
        tmp_path / "new",
        ("day: 31,", "day: 33, mandatory: true,"),
        ("    to_day: 30\n", "    to_day: 30\n    opens: {days_since: 3}\n"),
        ("locale: en-US", "locale: es-US"),
        ("about: A test.\n", "about: A test.\non_change: at_once\neffective_from: '2027-01-01'\n"),
    )
    new = read_treatment(changed, compile_condition)

    assert list(changes_between(old, new)) == [
        "~ locale: en-US → es-US",
        "+ stages[M1].opens: {days_since: 3}",
        "~ stages[M2].steps[two].day: 31 → 33",
        "+ stages[M2].steps[two].mandatory: true",
        "+ on_change: at_once",
        "+ effective_from: 2027-01-01",
        "in force from 2027-01-01; cases that run move to it at once",
    ]
    back = list(changes_between(new, old))
    assert "- stages[M1].opens: {days_since: 3}" in back
    assert back[-1].endswith("cases that run move to it with their next stage")
    assert {OnChange.FINISH, OnChange.AT_ONCE, OnChange.NEXT_STAGE} == set(OnChange)


def test_what_opens_a_stage_is_said_in_words() -> None:
    assert evidence_words(Evidence(notices=0, none_open=frozenset())) == "opens on its day"
    asked = Evidence(2, Proof.DELIVERED, none_open=frozenset({OpenMatter.DISPUTE}), when=WHEN)
    assert evidence_words(asked) == (
        "opens when each of 2 notices of the stage before was delivered; 1 days have passed since; "
        "no dispute or promise is open; dpd > 3"
    )


def test_what_else_holds_for_a_step_is_said_in_words(tmp_path: Path) -> None:
    words = (
        "{key: two, mandatory: true, approval: true, conditions: {first_contact: false, "
        "when: dpd > 3},"
    )
    treatment = read_treatment(a_file(tmp_path, ("{key: two,", words)), compile_condition).treatment

    said = step_words(treatment.stages[1].steps[0])

    assert said == "if dpd > 3; if later; mandatory; a second person approves"


WHEN = compile_condition("dpd > 3")
