"""What the report says, in both languages; numbers are put in by whoever has them."""

from typing import Final

from outreach.domain.known import EPOCH
from outreach.rendering.verdicts.sentences import LANGUAGES, Language, sentences
from outreach.rendering.verdicts.values import Values

WORDS: Final[dict[str, tuple[str, str]]] = {
    "about": (
        "{tenant} · mode {mode} · {since} to {until} (not included) · as of {as_of}",
        "{tenant} · 模式 {mode} · {since} 至 {until}（不含） · 截至 {as_of}",
    ),
    "range": ("{low} to {high} %", "{low} 至 {high} %"),
    "few": ("(few)", "（样本少）"),
    "and": (" and ", " 和 "),
    "month": ("month", "月份"),
    "from": ("from", "期初"),
    "loans": ("loans", "借款数"),
    "worse": ("worse", "恶化"),
    "same": ("same", "不变"),
    "better": ("better", "好转"),
    "roll_rate": ("roll rate", "滚动率"),
    "interval": ("95 % interval", "95% 区间"),
    "small": ("small", "样本少"),
    "cases": ("cases", "个案数"),
    "cured": ("cured", "已结清逾期"),
    "rate": ("rate", "比率"),
    "stage": ("stage", "阶段"),
    "channel": ("channel", "渠道"),
    "treatment": ("treatment", "处置策略"),
    "risk_tier": ("risk tier", "风险等级"),
    "product": ("product", "产品"),
    "no_contact": ("no contact", "未联系"),
    "unnamed": ("unnamed", "未命名"),
    "current": ("current", "正常"),
    "from_bucket": ("from {name}", "期初 {name}"),
    "people": ("people", "人数"),
    "share": ("share", "占比"),
    "rolls": ("Roll rates", "滚动率"),
    "rolls.none": ("No whole month lies in the period.", "期间内没有完整的月份。"),
    "rolls.found": (
        "In {month} {rate} of current loans became late.",
        "{month}，{rate} 的正常借款转为逾期。",
    ),
    "rolls.note": (
        (
            "Of the loans in a bucket on the first of a month, how many were in a later one on the"
            " first of the next. Better: in an earlier one, or closed."
        ),
        "月初处于某一逾期档的借款中，下月初进入更高档的占比。好转：回到较低档或已结清。",
    ),
    "stages": ("Cures by stage", "各阶段的逾期结清"),
    "stages.none": ("No delinquency opened in the period.", "期间内没有新增逾期。"),
    "stages.found": (
        "{rate} of {cases} delinquencies were cured in {stage}.",
        "{cases} 笔逾期中有 {rate} 在 {stage} 内结清。",
    ),
    "stages.note": (
        (
            "Of the delinquencies that reached a stage, how many were"
            " cured while in it. Days past due"
            " count from the installment that opened the delinquency."
        ),
        "进入某阶段的逾期中，在该阶段内结清的占比。逾期天数自引发逾期的那一期起算。",
    ),
    "groups.channel": (
        "Cures by channel of the last contact",
        "按最后一次联系的渠道统计逾期结清",
    ),
    "groups.treatment": ("Cures by treatment", "按处置策略统计逾期结清"),
    "groups.risk_tier": ("Cures by risk tier", "按风险等级统计逾期结清"),
    "groups.product": ("Cures by product", "按产品统计逾期结清"),
    "groups.same": (
        "No group's cure rate differs from another's by more than chance would do.",
        "各组结清率的差异均未超出偶然范围。",
    ),
    "groups.found": (
        "Cured most often: {best}, {high}; least often: {worst}, {low}.",
        "结清率最高：{best}，{high}；最低：{worst}，{low}。",
    ),
    "groups.few": (
        "There are not two groups of {small} or more to compare.",
        "没有两个达到 {small} 笔的组可供比较。",
    ),
    "groups.note": (
        (
            "By the last contact of each delinquency. Who was contacted how wasn't drawn by lot: it"
            " proves no effect."
        ),
        "按每笔逾期的最后一次联系统计。联系方式并非随机分配，不能证明效果。",
    ),
    "groups.note.product": ("By product.", "按产品统计。"),
    "arms": ("Arms of experiments", "试验分组"),
    "arms.base": ("compared with", "对照"),
    "arms.points": ("{low} to {high} points", "{low} 至 {high} 个百分点"),
    "arms.few": ("too few", "样本过少"),
    "arms.chance": ("may be chance", "可能出于偶然"),
    "arms.differs": ("differs", "有差异"),
    "arms.found": (
        "{experiment}: {arm} differs from {base} ({points}).",
        "{experiment}：{arm} 与 {base} 有差异（{points}）。",
    ),
    "arms.same": (
        "No arm differs from the one it is compared with by more than chance would do.",
        "各组与对照组的差异均未超出偶然范围。",
    ),
    "arms.none": ("No experiment runs.", "没有进行中的试验。"),
    "arms.note": (
        (
            "Everybody counts in the arm they were drawn into, contacted or not. Difference in cure"
            " rate with its 95 % interval (Newcombe); several arms at once make one more likely to"
            " differ by chance."
        ),
        (
            "无论是否联系，每人均计入抽中的组。结清率差异附 95% 区间（Newcombe）；同时比较多组时，"
            "更容易出现偶然差异。"
        ),
    ),
    "experiment": ("experiment", "试验"),
    "arm": ("arm", "分组"),
    "difference": ("difference", "差异"),
    "verdict": ("verdict", "结论"),
    "promises": ("Promises kept", "还款承诺履约"),
    "promises.found": (
        "{rate} of {settled} settled promises were kept in full.",
        "{settled} 笔已到期的承诺中，{rate} 足额履约。",
    ),
    "promises.none": ("No promise was settled in the period.", "期间内没有到期的承诺。"),
    "promises.note": (
        "By the month they were due in. The rate is of those settled: kept, in part, or broken.",
        "按承诺到期的月份统计。比率以已有结果的承诺为基数：足额、部分或未履约。",
    ),
    "kept": ("kept", "已履约"),
    "partly": ("in part", "部分履约"),
    "broken": ("broken", "未履约"),
    "open": ("open", "未到期"),
    "canceled": ("canceled", "已取消"),
    "kept_rate": ("kept rate", "履约率"),
    "ratings": ("Ratings", "满意度"),
    "ratings.none": ("Nobody who was asked gave a rating.", "受访者均未评分。"),
    "ratings.unasked": ("Nobody was asked for a rating.", "期间内没有征求评分。"),
    "ratings.found": (
        "{answered} of {asked} people who were asked answered, {mean} of 5.",
        "{asked} 名受访者中 {answered} 人作答，平均 {mean} 分（满分 5 分）。",
    ),
    "ratings.note": (
        (
            "What people answered when a dispute or a request for"
            " relief had come to an end: 1 badly,"
            " 5 very well. Who answers isn't a sample of all."
        ),
        "异议或还款困难申请办结后的评价：1 分很差，5 分很好。作答者不代表全体。",
    ),
    "ratings.people": ("{count} people", "{count} 人"),
    "asked_by": ("asked by", "询问渠道"),
    "asked": ("asked", "询问人数"),
    "mean": ("mean", "平均"),
    "answered": ("answered", "作答率"),
    "intensity": ("Contacts per person", "人均联系次数"),
    "intensity.found": (
        "Nobody of {persons} people had more than {most} contacts within seven days.",
        "{persons} 人中，任何人在任意七天内的联系都不超过 {most} 次。",
    ),
    "intensity.none": ("Nobody was contacted in the period.", "期间内没有联系。"),
    "intensity.note": (
        "The most contacts that each person had within any seven days, all channels together.",
        "每人在任意七天内的最多联系次数，各渠道合计。",
    ),
    "intensity.contacts": ("contacts in 7 days", "7天内联系次数"),
    "intensity.bar": ("{count} contacts", "{count} 次"),
    "caps": ("Contacts against caps", "联系次数与上限"),
    "caps.none": ("Nobody reached a cap.", "没有人达到上限。"),
    "caps.above": (
        "More contacts than {rule} counts: look whether it spares them.",
        "超出 {rule} 的计数：请核对是否属于不计入的联系。",
    ),
    "caps.reached": (
        "{people} people reached {rule}, and nobody is above.",
        "{people} 人达到 {rule} 的上限，无人超出。",
    ),
    "caps.note": (
        (
            "Every contact through the channels that a cap is about,"
            " also those that the rule doesn't"
            " count (of certain outcomes, with consent); the decisions themselves count exactly."
        ),
        (
            "统计上限所涉渠道的全部联系，包括规则不计入的（特定结果、"
            "已获同意）；实际判断时按规则精确计数。"
        ),
    ),
    "rule": ("rule", "规则"),
    "at_most": ("at most", "上限"),
    "in_days": ("in days", "天数"),
    "channels": ("channels", "渠道"),
    "all": ("all", "全部"),
    "most": ("most", "最多"),
    "people_at": ("people at it", "达到人数"),
    "people_above": ("people above", "超出人数"),
    "headroom": ("Headroom to caps", "距上限的余量"),
    "headroom.none": ("No cap on days binds this lender.", "没有适用于该机构的按天上限。"),
    "headroom.found": (
        "{people} of {all} people were within one contact of a cap, most of them of {rule}.",
        "{all} 人中有 {people} 人距上限不足一次，最多的是 {rule}。",
    ),
    "headroom.far": (
        "Nobody came within one contact of a cap.",
        "没有人距上限不足一次。",
    ),
    "headroom.note": (
        (
            "Of the people contacted, how many contacts each had left under a cap in their busiest"
            " days. 0 left: at the cap or above."
        ),
        "按每人联系最密集的时段，统计距上限还剩几次。剩余 0 次：达到或超出上限。",
    ),
    "headroom.left": ("{count} left", "剩 {count} 次"),
    "headroom.more": ("4 or more left", "剩 4 次及以上"),
    "cost": ("Cost per cure", "单笔结清成本"),
    "cost.found": ("A cured delinquency cost {amounts}.", "每结清一笔逾期花费 {amounts}。"),
    "cost.none": ("Nothing was cured.", "期间内没有结清的逾期。"),
    "cost.note": (
        (
            "What contacts about delinquencies that opened in the period cost, over the {cured} of"
            " them that were cured. As charged, else as the sender's settings say."
        ),
        "期间内新增逾期的联系费用，除以其中已结清的 {cured} 笔。按实际收费，否则按发送方设置估算。",
    ),
    "currency": ("currency", "币种"),
    "contacts": ("contacts", "联系次数"),
    "cost.amount": ("cost", "费用"),
    "per_cure": ("per cure", "每笔结清"),
    "vintages": ("Vintages", "账龄（Vintage）"),
    "vintages.none": ("No loan was first due in the period.", "期间内没有首次到期的借款。"),
    "vintages.found": (
        "{rate} of {loans} loans have been {days} days late by now.",
        "{loans} 笔借款中，{rate} 曾逾期达 {days} 天。",
    ),
    "vintages.note": (
        (
            "Loans by the month of their first due date: how many had"
            " been {days} days late by so many"
            " months after it. The chart shows the newest four."
        ),
        "按首次到期月份分组：其后各月累计逾期达 {days} 天的占比。图中为最近四组。",
    ),
    "first_due": ("first due", "首次到期"),
    "months_later": ("months later", "其后月数"),
    "late_so_far": ("late so far", "累计逾期"),
    "hours": ("Best hour by stage", "各阶段的最佳时段"),
    "hours.none": ("Nobody was contacted in the period.", "期间内没有联系。"),
    "hours.few": (
        "No hour has {small} contacts of a stage to compare.",
        "没有任何时段在同一阶段达到 {small} 次联系，无法比较。",
    ),
    "hours.same": (
        "No hour differs from another of its stage by more than chance would do.",
        "同一阶段各时段的差异均未超出偶然范围。",
    ),
    "hours.found": (
        "Paid most often after contacts of {stage} at {hour}: {rate}.",
        "{stage} 阶段在 {hour} 联系后还款率最高：{rate}。",
    ),
    "hours.note": (
        (
            "Of the contacts of a stage in an hour of the lender's day, how many were followed by a"
            " payment within two days. Hours weren't drawn by lot: it"
            " proves no effect. The chart shows"
            " the four stages with most contacts."
        ),
        (
            "按机构当地小时统计：该阶段的联系中，两天内有还款的占比。"
            "时段并非随机分配，不能证明效果。"
            "图中为联系最多的四个阶段。"
        ),
    ),
    "hour": ("hour", "时段"),
    "paid": ("paid within 2 days", "两天内还款"),
    "templates": ("Versions of templates", "模板版本"),
    "templates.none": ("Nobody was contacted in the period.", "期间内没有联系。"),
    "templates.single": (
        "Only one version of each template was used.",
        "每个模板只使用了一个版本。",
    ),
    "templates.same": (
        "No version differs from the one it is compared with by more than chance would do.",
        "各版本与对照版本的差异均未超出偶然范围。",
    ),
    "templates.found": (
        "{name}: {version} differs from {base} ({points}).",
        "{name}：{version} 与 {base} 有差异（{points}）。",
    ),
    "templates.note": (
        (
            "Of the contacts made with a version, how many were"
            " followed by a payment within two days;"
            " compared with the first version used in the period. Only"
            " versions on trial side by side"
            " were drawn by lot."
        ),
        (
            "使用某版本的联系中，两天内有还款的占比，并与期间内最先使用的版本比较。"
            "只有同时试用的版本才是随机分配的。"
        ),
    ),
    "template": ("template", "模板"),
    "version": ("version", "版本"),
    "delivered": ("delivered", "已送达"),
    "wishes": ("Opt-outs and complaints", "退订与投诉"),
    "wishes.none": ("Nobody was contacted in the period.", "期间内没有联系。"),
    "wishes.found": (
        "{opt_outs} opt-outs and {complaints} complaints for every 1,000 people contacted.",
        "每联系 1,000 人，退订 {opt_outs} 次、投诉 {complaints} 次。",
    ),
    "wishes.note": (
        (
            "By month, for every 1,000 people contacted in it. An"
            " opt-out counts in the month in which"
            " it was told, whatever led to it."
        ),
        "按月统计，以当月联系的每 1,000 人为基数。退订计入提出的月份，不论起因。",
    ),
    "opt_outs": ("opt-outs", "退订"),
    "complaints": ("complaints", "投诉"),
    "opt_out_rate": ("opt-outs per 1,000", "每千人退订"),
    "complaint_rate": ("complaints per 1,000", "每千人投诉"),
}
_STAGES_ZH: Final = {
    "pre_due": "到期前", "due": "到期日", "grace": "宽限期", "early": "早期", "mid": "中期",
    "late": "后期", "pre_legal": "诉前", "legal": "法律程序", "closed": "已结清", "": "未记录",
}  # fmt: skip


def say(language: Language, key: str, **values: object) -> str:
    """Return the words for a key, with its values."""
    text = WORDS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def channel_word(language: Language, channel: str) -> str:
    """Return a channel's name; in English its own word."""
    if language == "en":
        return channel
    own = {"push": "App通知", "visit": "上门拜访"}.get(channel)
    return own or Values(sentences("zh"), "UTC", EPOCH).word("channel", channel)


def stage_word(language: Language, stage: str) -> str:
    """Return a stage's name; in English its own word."""
    return _STAGES_ZH.get(stage, stage) if language == "zh" else stage or "unknown"


def bucket_word(language: Language, bucket: str) -> str:
    """Return a bucket's name: those that are numbers stand as they are."""
    return say(language, "current") if bucket == "current" else bucket
