"""`outreach templates` and `outreach treatments`, as people run them."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from outreach.cli import main
from tests.rendering.folders import GOOD, a_folder


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, words)
    return result.exit_code, result.output


def test_the_shipped_templates_and_treatments_pass_their_lint() -> None:
    status, said = run("templates", "lint")
    assert status == 0, said
    assert re.search(r"\b\d\d templates, 0 errors", said)

    status, said = run("treatments", "lint")
    assert (status, said) == (0, "2 treatments, 0 errors, 0 warnings\n")


def test_lint_of_one_file_names_what_to_mend(tmp_path: Path) -> None:
    path = a_folder(tmp_path, GOOD + " Or else.")

    status, said = run("templates", "lint", str(path))

    assert status == 1
    assert "lint.forbidden_expression" in said
    assert "1 templates, 1 errors, 0 warnings" in said


def test_warnings_fail_only_when_strict(tmp_path: Path) -> None:
    a_folder(tmp_path, GOOD + "  Two.")

    assert run("templates", "lint", str(tmp_path))[0] == 0
    assert run("templates", "lint", "--strict", str(tmp_path))[0] == 1


def test_lint_of_a_folder_without_templates_says_so(tmp_path: Path) -> None:
    assert run("templates", "lint", str(tmp_path))[0] == 1
    assert run("treatments", "lint", str(tmp_path))[0] == 1


def test_render_shows_words_parts_and_price() -> None:
    status, said = run("templates", "render", "due_today", "--set", "amount_minor=99900")

    assert status == 0, said
    assert "$999.00" in said
    assert "gsm-7" in said
    assert "harbor_sms" in said
    assert "minghe_sms" not in said


def test_render_in_chinese_says_what_it_carries() -> None:
    status, said = run("templates", "render", "overdue_mid", "--locale", "zh-CN")

    assert status == 0, said
    assert "ucs-2" in said
    assert "signature" in said


def test_render_names_the_character_that_costs(tmp_path: Path) -> None:
    del tmp_path
    status, said = run("templates", "render", "due_today", "--set", "lender_name=Northwind’s")

    assert status == 0, said
    assert "why ucs-2" in said


def test_render_shows_a_notification_with_its_title_and_an_email_in_paragraphs() -> None:
    status, push = run("templates", "render", "due_today", "--channel", "push")
    assert status == 0, push
    assert "Northwind Credit" in push
    assert "characters" in push
    assert "parts" not in push

    status, email = run("templates", "render", "due_today", "--channel", "email")
    assert status == 0, email
    assert "A message about your Northwind Credit account" in email
    assert "Hello," in email


def test_lint_of_a_subject_is_lint_of_its_words(tmp_path: Path) -> None:
    path = a_folder(tmp_path, GOOD, channel="email")
    subject = path.with_name("email.subject.txt.j2")
    subject.write_text("Your debt", encoding="utf-8")

    status, said = run("templates", "lint", str(subject))

    assert status == 1
    assert "lint.lock_screen" in said
    assert "1 templates, 1 errors" in said


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(("nothing",), 1, "template.missing", id="no such key"),
        pytest.param(("pre_due", "--sample", "x"), 2, "there are: one loan", id="no such sample"),
        pytest.param(("pre_due", "--set", "x=1"), 2, "unknown field", id="no such fact"),
        pytest.param(("pre_due", "--set", "phone"), 2, "FACT=VALUE", id="no value"),
    ],
)
def test_render_refuses_in_words(words: tuple[str, ...], status: int, said: str) -> None:
    found, output = run("templates", "render", *words)

    assert found == status
    assert said in output


def test_a_treatment_file_with_an_error_is_named(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("treatment: wrong\n", encoding="utf-8")

    status, said = run("treatments", "lint", str(file))

    assert status == 1
    assert "'about' is a required property" in said.replace('"', "'")


def test_treatments_are_shown_day_by_day() -> None:
    status, said = run("treatments", "show", "cn-default")

    assert status == 0, said
    assert "+91" in said
    assert run("treatments", "show", "none")[0] == 2
    assert '"$schema"' in run("treatments", "schema")[1]
