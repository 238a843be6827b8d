"""A script that tells too early, or offers what it can't take, is refused with words on why."""

from pathlib import Path

import pytest

from outreach.rendering.lint import LintCode, lint_path
from tests.rendering.folders import SHIPPED, a_folder

GOOD = """[identify] Hello, this is {{ sender_name }}.

[right_party] If you are our customer, press 1, if not 2. {{ opt_out_instructions }}

[message] {{ lender_name }}: {{ amount }} is due.

[menu] To pay on a day press 1. {{ opt_out_instructions }}

[day] Which day?

[confirm] By *? Press 1 if so, 2 if not.

[promised] Noted.

[goodbye] Goodbye."""


def wrong(tmp_path: Path, words: str) -> set[str]:
    findings = lint_path(a_folder(tmp_path, words, channel="call"), tmp_path)
    refused = [found for found in findings if found.is_error]
    assert {found.code for found in refused} <= {LintCode.CALL, LintCode.DOES_NOT_RENDER}
    return {found.words for found in refused}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/*/call.txt.j2")), ids=str)
def test_every_shipped_script_is_fit_to_be_spoken(path: Path) -> None:
    assert lint_path(path, SHIPPED) == []


def test_a_good_script_has_no_findings(tmp_path: Path) -> None:
    assert wrong(tmp_path, GOOD) == set()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("this is {{ sender_name }}", "you owe {{ amount }}", "[identify]: {{ amount",
                     id="the amount before anybody is known"),
        pytest.param("our customer", "our customer about your debt", "[right_party]: 'debt'",
                     id="a debt before anybody is known"),
        pytest.param(", if not 2", "", "[right_party]: it doesn't say what key 2",
                     id="no way to say that it isn't they"),
        pytest.param("day press 1. {{ opt_out_instructions }}", "day press 1.",
                     "[menu]: it doesn't say what key 9", id="no way to end it for good"),
        pytest.param("[promised] Noted.", "[link] Noted.", "[promised] is missing",
                     id="a promise that isn't answered"),
        pytest.param("By *?", "Really?", "[confirm]: it says the day", id="no day"),
        pytest.param("[goodbye] Goodbye.", "[goodbye]", "no words for [goodbye]", id="no end"),
        pytest.param("[goodbye] Goodbye.", "[goodbye] Goodbye.\n\n[sales] Buy!", "is no piece",
                     id="a piece that isn't one"),
        pytest.param("[goodbye] Goodbye.", "[goodbye] Goodbye.\n\n[dial] {{ phone }}",
                     "[transfer] is missing", id="somebody is put through without a word"),
        pytest.param("[goodbye] Goodbye.",
                     "[goodbye] Goodbye.\n\n[limited_voicemail] {{ reply_request }} {{ phone }}"
                     " {{ lender_name }}",
                     "natural_person_name is missing", id="a limited message that lacks a name"),
        pytest.param("[goodbye] Goodbye.",
                     "[goodbye] Goodbye.\n\n[limited_voicemail] {{ reply_request }} {{ phone }}"
                     " {{ lender_name }}",
                     "lender_name may not be in it", id="a limited message that says more"),
        pytest.param("Hello, this is {{ sender_name }}.\n\n[right_party]",
                     "{% if phone %}Hello, this is {{ sender_name }}.\n\n[right_party] {% endif %}",
                     "ends in another piece", id="a condition over two pieces"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD

    found = wrong(tmp_path, GOOD.replace(old, new))

    assert any(said in words for words in found), found
