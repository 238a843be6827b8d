"""Every rule of every shipped pack can be read in both languages."""

from pathlib import Path
from typing import Final

from outreach.compliance import PRIMITIVES
from outreach.compliance.pack import Effective, Force, Rule
from outreach.config_files.packs import read_packs
from outreach.domain.steps import Evidence, OpenMatter, Proof
from outreach.domain.treatment import OnChange
from outreach.rendering import rule_words_zh as zh
from outreach.rendering.rule_sheet import rule_sheet, rule_title
from outreach.rendering.treatment_words import (
    about_words,
    days_words,
    evidence_words,
    segment_words,
    step_words,
)
from outreach.rendering.verdicts.sentences import Language
from tests.domain.plans import a_treatment

PACKS: Final = read_packs(Path(__file__).parents[2] / "config" / "compliance")
_NAMES: Final[tuple[tuple[Language, str, str], ...]] = (
    ("en", "force", "authority"),
    ("zh", "效力", "依据"),
)
RULES: Final = [rule for pack in PACKS for rule in pack.rules]


def test_every_kind_of_rule_and_each_of_its_numbers_has_a_chinese_name() -> None:
    selected = {key for rule in RULES for one in (rule.applies_to, *rule.unless) for key in one}

    assert set(PRIMITIVES) - set(zh.PRIMITIVES) == set()
    assert {key for rule in RULES for key in rule.parameters} - set(zh.KEYS) == set()
    assert selected - set(zh.SELECTORS) == set()


def test_every_rule_has_a_title_and_says_when_and_on_what_it_rests() -> None:
    wrong = []
    for rule in RULES:
        for language, force, said in _NAMES:
            sheet = rule_sheet(rule, language)
            known = {one.key: one.value for one in sheet.lines}
            if not (sheet.title and sheet.objections and known[force] and known[said]):
                wrong.append((rule.id, language))
    assert wrong == []


def test_a_rule_is_said_with_its_numbers() -> None:
    cap = next(rule for rule in RULES if rule.id == "us.regf.call_cap_7in7")
    said = {one.key: one.value for one in rule_sheet(cap, "zh").lines}

    assert rule_title(cap, "zh") == "7天内对每笔债务最多联系7次"
    assert (said["统计窗口"], said["上限（次）"], said["是否执行"]) == ("7天", "7", "是")
    own = Rule(
        "own.hours", "quiet_hours", {"windows": {"mon-fri": [["09:00", "20:00"]]}, "limit": None},
        force=Force.POLICY, enforce=False, effective=Effective(None, None, None),
        applies_to={"dpd": {"min": 1, "max": 30}, "channel": {"any_of": ["sms", "call"]}},
        unless=({"first_communication": True},), needs="pack", obligations=("badge", "x"),
    )  # fmt: skip
    told = {one.key: one.value for one in rule_sheet(own, "zh").lines}
    assert told["适用范围"] == "逾期天数：自 1 至 30；渠道：短信、电话"
    assert (told["除外"], told["生效期间"]) == ("首次联系：是", "始终")
    assert told["须履行的义务"] == "佩戴工作证件；x"


def test_a_treatment_is_said_in_chinese() -> None:
    asked = Evidence(2, Proof.DELIVERED, none_open=frozenset({OpenMatter.DISPUTE}))
    treatment = a_treatment()
    step = treatment.stages[0].steps[0]

    assert evidence_words(asked, "zh") == (
        "开启条件：上一阶段至少 2 次通知已送达；其后已满 1 天；没有未了结的异议或还款承诺"
    )
    assert evidence_words(Evidence(notices=0, none_open=frozenset()), "zh") == "到期即开启"
    assert about_words(treatment, "zh").startswith(f"文案语言 {treatment.locale}")
    assert all(days_words(span, "zh").startswith("第 ") for span in treatment.stages)
    assert step_words(step, "zh") == ""
    assert {segment_words(one, "zh") for one in treatment.segments} <= {"全部借款"} or all(
        "：" in segment_words(one, "zh") for one in treatment.segments
    )
    assert set(OnChange) == {OnChange.FINISH, OnChange.NEXT_STAGE, OnChange.AT_ONCE}
