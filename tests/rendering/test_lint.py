"""The lint names what is wrong with a template, in words that tell how to mend it."""

from pathlib import Path

import pytest

from outreach.rendering.catalog import template_paths
from outreach.rendering.expressions import load_expressions
from outreach.rendering.lint import Finding, LintCode, lint_path
from tests.rendering.folders import GOOD, SHIPPED, a_folder

ZH = "{{ signature }}{{ lender_name }}提醒您尾号{{ account_tail }}应还{{ amount }}，客服{{ phone }}。"


def lint(tmp_path: Path, words: str, **where: str) -> list[Finding]:
    return lint_path(a_folder(tmp_path, words, **where), tmp_path)


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path)) for path in template_paths(SHIPPED)]
)
def test_the_shipped_templates_have_no_errors(path: Path) -> None:
    assert [found for found in lint_path(path, SHIPPED) if found.is_error] == []


@pytest.mark.parametrize(
    ("words", "locale"), [pytest.param(GOOD, "en-US", id="en"), pytest.param(ZH, "zh-CN", id="zh")]
)
def test_good_words_have_no_findings(tmp_path: Path, words: str, locale: str) -> None:
    assert lint(tmp_path, words, locale=locale) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param("{{ nonsense }}", LintCode.UNUSABLE, "nonsense", id="unusable"),
        pytest.param(
            GOOD + "{{ quote_amount }}", LintCode.DOES_NOT_RENDER, "quote_amount", id="fact"
        ),
        pytest.param(
            GOOD.replace("{{ opt_out_instructions }}", "Reply STOP"),
            LintCode.MISSING_CONTENT,
            "opt_out_instructions",
            id="no opt-out",
        ),
        pytest.param(
            GOOD.replace("{{ amount }}", "It"), LintCode.MISSING_CONTENT, "amount", id="amount"
        ),
        pytest.param(GOOD + " Or else.", LintCode.FORBIDDEN_EXPRESSION, "'or else'", id="threat"),
        pytest.param(
            GOOD + "{% if several %} We will sue you.{% endif %}",
            LintCode.FORBIDDEN_EXPRESSION,
            "'sue'",
            id="threat in a branch that no sample takes",
        ),
        pytest.param(GOOD + " It’s late.", LintCode.UCS2, "U+2019", id="one curly quote"),
        pytest.param(GOOD + " x" * 400, LintCode.TOO_LONG, "at most 4", id="too many parts"),
        pytest.param(GOOD + " x" * 130, LintCode.LONG, "3 parts", id="many parts"),
        pytest.param(
            GOOD + " Call 614-555-0199.", LintCode.PERSONAL_DATA, "12 char", id="a number"
        ),
        pytest.param(GOOD + " Write a@b.org.", LintCode.PERSONAL_DATA, "7 char", id="an address"),
        pytest.param(GOOD + " See www.x.com", LintCode.LINK, "repay_link", id="a link"),
        pytest.param(GOOD + "  Two.", LintCode.SPACES, "two spaces", id="spaces"),
    ],
)
def test_findings_in_english(tmp_path: Path, words: str, code: LintCode, said: str) -> None:
    found = {finding.code: finding.words for finding in lint(tmp_path, words)}

    assert said in found[code]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param("尊敬的客户，" + ZH, LintCode.SIGNATURE_NOT_FIRST, id="signature later"),
        pytest.param(
            ZH.removeprefix("{{ signature }}"), LintCode.MISSING_CONTENT, id="no signature"
        ),
        pytest.param(ZH + "{{ repay_link }}", LintCode.LINK, id="a bare link"),
        pytest.param(ZH + "{{ borrower_name }}", LintCode.PERSONAL_DATA, id="a name"),
        pytest.param(ZH + "否则起 訴，已起诉", LintCode.FORBIDDEN_EXPRESSION, id="threat"),
        pytest.param(ZH + "身份证11010119900307123X", LintCode.PERSONAL_DATA, id="id number"),
    ],
)
def test_findings_in_chinese(tmp_path: Path, words: str, code: LintCode) -> None:
    assert code in {finding.code for finding in lint(tmp_path, words, locale="zh-CN")}


def test_a_locale_without_a_sample_is_an_error(tmp_path: Path) -> None:
    path = a_folder(tmp_path)
    meta = tmp_path / "test_key" / "meta.yaml"
    meta.write_text(meta.read_text(encoding="utf-8").replace("en-US:", "en-GB:"), encoding="utf-8")

    assert [finding.code for finding in lint_path(path, tmp_path)] == [LintCode.NO_SAMPLE]


def test_a_legal_notice_may_name_what_is_on_record(tmp_path: Path) -> None:
    words = GOOD + " A lawsuit was filed."

    demand = {finding.code for finding in lint(tmp_path, words)}
    notice = {finding.code for finding in lint(tmp_path, words, template_class="legal_notice")}

    assert LintCode.FORBIDDEN_EXPRESSION in demand
    assert LintCode.FORBIDDEN_EXPRESSION not in notice


def test_collectors_samples_need_the_disclosure(tmp_path: Path) -> None:
    path = a_folder(tmp_path)
    meta = tmp_path / "test_key" / "meta.yaml"
    text = meta.read_text(encoding="utf-8")
    role = "      phone: 800-555-0142\n      role: third_party\n      first_communication: true\n"
    meta.write_text(text.replace("      phone: 800-555-0142\n", role, 1), encoding="utf-8")

    (found,) = lint_path(path, tmp_path)

    assert found.code is LintCode.MISSING_CONTENT
    assert "mini_miranda_first" in found.words


def test_samples_of_california_show_the_license(tmp_path: Path) -> None:
    path = a_folder(tmp_path)
    meta = tmp_path / "test_key" / "meta.yaml"
    text = meta.read_text(encoding="utf-8")
    phone = "      phone: 800-555-0142\n"
    meta.write_text(text.replace(phone, f"{phone}      dfpi_license: 60DBO-1\n", 1), "utf-8")

    (found,) = lint_path(path, tmp_path)

    assert found.code is LintCode.MISSING_CONTENT
    assert "dfpi_license" in found.words


@pytest.mark.parametrize(
    ("language", "text", "category"),
    [
        pytest.param("zh", "老 Lai！", "insult", id="half pinyin"),
        pytest.param(
            "zh", "我們已\u200b起 訴您", "consequence", id="traditional, spaced, invisible"
        ),
        pytest.param("zh", "将通知您的家人。通知你的家人", "disclosure", id="family"),
        pytest.param("zh", "（２０２６）沪01民初12号", "authority", id="full width case number"),
        pytest.param("zh", "请加我微信", "private_channel", id="private channel"),
        pytest.param("zh", "先转手续费：手续费请先转", "money", id="fee"),
        pytest.param("zh", "必须马上还款", "pressure", id="pressure"),
        pytest.param("zh", "曝光你", "threat", id="exposure"),
        pytest.param("en", "You will be ARR3STED", "consequence", id="digits for letters"),
        pytest.param("en", "last   chance", "pressure", id="spaces"),
        pytest.param("en", "we will call your employer", "disclosure", id="employer"),
        pytest.param("en", "pay by gift card", "money", id="gift card"),
    ],
)
def test_an_expression_is_found_however_it_is_dressed(
    language: str, text: str, category: str
) -> None:
    assert category in {hit.category for hit in load_expressions(language).find(text)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("zh", "您的贷款已逾期，可协商分期还款，如有异议请投诉或核实征信", id="zh"),
        pytest.param(
            "en", "Your payment of $124.50 on account ending 4821 was due Mar 1.", id="en"
        ),
    ],
)
def test_plain_words_are_let_through(language: str, text: str) -> None:
    assert load_expressions(language).find(text) == []
