"""A treatment in words, in both languages: what opens a stage, what else holds for a step."""

from collections.abc import Iterable, Iterator
from typing import Final

from outreach.domain.known import EPOCH
from outreach.domain.segments import Selector
from outreach.domain.steps import Evidence, Proof, StageSpan, Step
from outreach.domain.treatment import OnChange, Treatment
from outreach.rendering.verdicts.sentences import Language, sentences
from outreach.rendering.verdicts.values import Values

_CASES_ZH: Final = {
    OnChange.FINISH: "按原版本走完",
    OnChange.NEXT_STAGE: "进入下一阶段时转入新版本",
    OnChange.AT_ONCE: "立即转入新版本",
}
_MATTERS_ZH: Final = {"dispute": "异议", "hardship": "还款困难申请", "complaint": "投诉"}
_PICTURE_ZH: Final = {"answers": "对事件的答复", "when it happens": "发生时"}


def evidence_words(evidence: Evidence, language: Language = "en") -> str:
    """Say in a sentence what opens a stage beside its day."""
    if language == "zh":
        parts = list(_evidence_zh(evidence))
        return f"开启条件：{'；'.join(parts)}" if parts else "到期即开启"
    parts = []
    if evidence.notices:
        said = "delivered" if evidence.proof is Proof.DELIVERED else "sent"
        ways = f" by {' or '.join(sorted(evidence.channels))}" if evidence.channels else ""
        many = "a notice" if evidence.notices == 1 else f"each of {evidence.notices} notices"
        parts.append(f"{many} of the stage before was {said}{ways}")
        parts.append(f"{evidence.days_since} days have passed since")
    if evidence.none_open:
        parts.append(f"no {', '.join(sorted(evidence.none_open))} or promise is open")
    if evidence.when is not None:
        parts.append(evidence.when.source)
    return "opens when " + "; ".join(parts) if parts else "opens on its day"


def _evidence_zh(evidence: Evidence) -> Iterator[str]:
    if evidence.notices:
        said = "送达" if evidence.proof is Proof.DELIVERED else "发出"
        ways = f"以{_named_zh(evidence.channels)}" if evidence.channels else ""
        yield f"上一阶段至少 {evidence.notices} 次通知已{ways}{said}"
        yield f"其后已满 {evidence.days_since} 天"
    if evidence.none_open:
        matters = "、".join(_MATTERS_ZH[one] for one in sorted(evidence.none_open))
        yield f"没有未了结的{matters}或还款承诺"
    if evidence.when is not None:
        yield evidence.when.source


def step_words(step: Step, language: Language = "en") -> str:
    """Say what else holds for a step: conditions, arms, who must approve."""
    chinese = language == "zh"
    also, asked = [], step.conditions
    if asked.when is not None:
        also.append(f"当 {asked.when.source}" if chinese else f"if {asked.when.source}")
    if asked.first_contact is not None and chinese:
        also.append("尚未联系过时" if asked.first_contact else "已联系过时")
    elif asked.first_contact is not None:
        also.append("if nobody was contacted yet" if asked.first_contact else "if later")
    if step.arms:
        also.append(f"{'试验组' if chinese else 'arm'} {', '.join(sorted(step.arms))}")
    if step.mandatory:
        also.append("必须执行" if chinese else "mandatory")
    if step.approval:
        also.append("须另一人审批" if chinese else "a second person approves")
    return ("；" if chinese else "; ").join(also)


def ways_of(step: Step, language: Language = "en") -> str:
    """Return the channels in the order in which they are tried."""
    channels = dict.fromkeys(route.channel for route in step.routes)
    return " → ".join(_word_zh(one) if language == "zh" else one for one in channels)


def about_words(treatment: Treatment, language: Language = "en") -> str:
    """Say in a line what holds for the whole treatment."""
    arms = ""
    if treatment.experiment is not None:
        arms = ", ".join(f"{arm.key} {arm.percent} %" for arm in treatment.experiment.arms)
    if language == "zh":
        said = [f"文案语言 {treatment.locale}", f"进行中的个案：{_CASES_ZH[treatment.on_change]}"]
        if treatment.experiment is not None:
            said.append(f"试验 {treatment.experiment.key}：{arms}")
        if treatment.together_days:
            said.append(f"{treatment.together_days} 天内的多笔借款合并联系")
        return " · ".join(said)
    said = [f"words in {treatment.locale}", f"running cases: {treatment.on_change}"]
    if treatment.experiment is not None:
        said.append(f"experiment {treatment.experiment.key}: {arms}")
    if treatment.together_days:
        said.append(f"loans together within {treatment.together_days} days")
    return " · ".join(said)


def stage_words(span: StageSpan, language: Language = "en") -> str:
    """Name a stage, and what people call its days where that is another word."""
    stage = _word_zh(span.stage) if language == "zh" else str(span.stage)
    return f"{stage} · {span.bucket}" if span.bucket != stage else span.bucket


def days_words(span: StageSpan, language: Language = "en") -> str:
    """Say which days past due a stage takes in."""
    first, last = span.from_day, span.to_day
    if language == "zh":
        return f"第 {first} 天" if first == last else f"第 {first} 至 {last} 天"
    return f"day {first}" if first == last else f"days {first} to {last}"


def picture_word(key: str, language: Language) -> str:
    """Return a word of the picture itself."""
    return _PICTURE_ZH[key] if language == "zh" else key


def segment_words(segment: Selector, language: Language = "en") -> str:
    """Say which loans a segment takes in; every loan where it asks nothing."""
    chinese = language == "zh"
    asked: list[tuple[str, str, Iterable[str]]] = [
        ("lender", "机构", segment.lenders),
        ("lender's country", "机构所在国", segment.countries),
        ("product", "产品", segment.products),
        ("role", "角色", segment.roles),
        ("language", "语言", segment.languages),
        ("lives in", "居住地", segment.jurisdictions),
        ("risk tier", "风险等级", segment.risk_tiers),
        ("pays", "还款习惯", segment.payers),
    ]
    parts = [
        f"{zh}：{'、'.join(sorted(each))}" if chinese else f"{en}: {', '.join(sorted(each))}"
        for en, zh, each in asked
        if each
    ]
    parts += [
        f"{one.currency} {'' if one.at_least is None else one.at_least}–"
        f"{'' if one.below is None else one.below}"
        for one in segment.amounts
    ]
    if segment.when is not None:
        parts.append(segment.when.source)
    return ("；" if chinese else "; ").join(parts) or ("全部借款" if chinese else "every loan")


def _word_zh(value: str) -> str:
    """Return a stage or channel as the console calls it."""
    return _WORDS_ZH.get(value) or Values(sentences("zh"), "UTC", EPOCH).word("channel", value)


def _named_zh(values: Iterable[str]) -> str:
    return "或".join(map(_word_zh, sorted(values)))


_WORDS_ZH: Final = {
    "pre_due": "到期前", "due": "到期日", "grace": "宽限期", "early": "早期", "mid": "中期",
    "late": "后期", "pre_legal": "诉前", "legal": "法律程序", "closed": "已结清",
    "push": "App通知", "visit": "上门拜访", "records": "档案", "agency_handoff": "委外移交",
    "credit_bureau": "征信机构",
}  # fmt: skip
