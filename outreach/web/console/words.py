"""What the console's pages say, in both languages: one word per idea, as in the glossary."""

from typing import Final, Literal

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

# Key → (English, Chinese). A test holds both complete and every key of the templates known.
WORDS: Final[dict[str, tuple[str, str]]] = {
    "product": ("Outreach", "Outreach"),
    "skip": ("Skip to the content", "跳到正文"),
    "lender": ("Lender", "贷款机构"),
    "language": ("Language", "语言"),
    "sign_in": ("Sign in", "登录"),
    "sign_in.lead": ("With the account that your lender gave you.", "请使用机构为您开通的账号。"),
    "sign_in.login": ("Login", "账号"),
    "sign_in.password": ("Password", "密码"),
    "sign_in.wrong": (
        "Login or password is wrong. After ten wrong passwords, wait for a quarter of an hour.",
        "账号或密码不正确。连续错误十次后须等待一刻钟。",
    ),
    "sign_in.too_many": (
        "Too many wrong passwords. Try again in a quarter of an hour, or ask for a new one.",
        "密码错误次数过多。请一刻钟后再试，或请管理员重置密码。",
    ),
    "sign_in.away": (
        "Nobody can sign in at the moment. Contacts go on. Try again in a minute.",
        "暂时无法登录，联系任务照常进行。请稍后再试。",
    ),
    "sign_in.error": ("Error", "错误"),
    "sign_out": ("Sign out", "退出"),
    "signed_in_as": ("Signed in as", "当前用户"),
    "view_as": ("View as", "以角色查看"),
    "refused": ("This isn't yours to open", "您没有权限打开此页"),
    "refused.why": (
        "It needs one of these roles: {roles}. Ask your administrator.",
        "需要以下角色之一：{roles}。请联系管理员。",
    ),
    "away": ("Nothing can be shown at the moment", "暂时无法显示"),
    "away.why": (
        "Sessions can't be checked. Contacts go on. Reload the page in a minute.",
        "目前无法核对登录状态，联系任务照常进行。请稍后刷新页面。",
    ),
    "log.short": ("Contacts", "联系"),
    "sections": ("Sections", "栏目"),
    "stops": ("Stops", "暂停"),
    "stops.question": (
        "What is stopped, by whom, and why. A stop acts within a second.",
        "暂停了什么、由谁暂停、原因为何。暂停在一秒内生效。",
    ),
    "stops.none": ("Nothing is stopped.", "当前没有暂停。"),
    "stops.new": ("Stop something", "新增暂停"),
    "stops.what": ("What", "范围"),
    "stops.reason": ("Why", "原因"),
    "stops.kept": ("Kept in the log, with your name, for good.", "将与您的姓名一起永久记入日志。"),
    "stops.by": ("By whom, since", "操作人与时间"),
    "stops.confirmation": ("To confirm, type STOP", "请输入“停止”确认"),
    "stops.stop": ("Stop now", "立即暂停"),
    "stops.lift": ("Let go", "恢复"),
    "stops.lift.why": ("Why it may go on", "恢复原因"),
    "stops.lift.other": ("Somebody else lets go of it.", "须由他人恢复。"),
    "stops.every_lender": ("Every lender", "所有机构"),
    "stops.everything": ("Everything", "全部联系"),
    "stops.channel": ("Channel", "渠道"),
    "stops.treatment": ("Treatment", "策略"),
    "stops.template": ("Template", "模板"),
    "stops.sender": ("Sender", "发送号码"),
    "stops.account": ("Provider account", "服务商账号"),
    "stops.placed": ("Stopped. What was on its way is held back.", "已暂停，待发送的联系已拦下。"),
    "stops.lifted": (
        "Let go. Whoever waited is decided about anew; nothing is sent blindly.",
        "已恢复。等待中的联系将重新判断，不会直接发出。",
    ),
    "stops.what.unknown": ("Choose what to stop from the list.", "请从列表中选择暂停范围。"),
    "stops.reason.missing": ("Say why.", "请填写原因。"),
    "stops.confirmation.wrong": (
        "Type STOP to confirm; in capitals or not.",
        "请输入“停止”以确认。",
    ),
    "stops.gone": ("It isn't stopped any more.", "该暂停已解除。"),
    "stops.own": (
        "Whoever stopped it can't let go of it: ask somebody else.",
        "暂停人不能自行恢复，请由他人操作。",
    ),
    "role.operator": ("Operator", "操作员"),
    "role.approver": ("Approver", "审批人"),
    "role.compliance": ("Compliance", "合规"),
    "role.admin": ("Administrator", "管理员"),
    "development": ("Development page", "开发页面"),
    "development.why": (
        "Open to everybody who reaches this address: production asks for an account.",
        "任何能访问此地址的人都可打开；生产环境需要登录。",
    ),
    "log": ("Contact log", "联系记录"),
    "log.question": (
        "What was sent, held back or refused, and why.",
        "发出、延后或拦截了什么，以及原因。",
    ),
    "as_of": ("As of", "截至"),
    "business_time": ("business time", "业务时间"),
    "filter": ("Show", "显示"),
    "kind.all": ("Everything", "全部"),
    "kind.sent": ("Sent", "已发出"),
    "kind.deferred": ("Deferred", "已延后"),
    "kind.blocked": ("Blocked", "已拦截"),
    "kind.inbound": ("Replies", "回复"),
    "loan": ("Loan", "借款"),
    "loan.search": ("Loan reference", "借款编号"),
    "loan.find": ("Find loan", "查找借款"),
    "loan.unknown": (
        "No loan of this lender is called {ref}. References must be complete.",
        "该机构没有编号为 {ref} 的借款。编号须完整。",
    ),
    "kind.unknown": ("There is no filter called {kind}.", "没有名为 {kind} 的筛选。"),
    "lender.unknown": ("There is no lender called {slug}.", "没有名为 {slug} 的机构。"),
    "filter.remove": ("Remove filter", "移除筛选"),
    "person_of": ("Everybody's contact about {ref}", "与 {ref} 的借款人的全部联系"),
    "when": ("When, for the borrower", "时间（借款人当地）"),
    "step": ("Step", "步骤"),
    "state": ("State", "状态"),
    "why": ("Why, or what came of it", "原因或结果"),
    "why.short": ("Why", "原因"),
    "older": ("Older", "更早"),
    "newer": ("Newer", "更新"),
    "newest": ("Newest", "最新"),
    "pages": ("Pages", "翻页"),
    "empty": ("Nothing was contacted or held back yet.", "还没有联系，也没有延后或拦截。"),
    "empty.next": (
        "Post signals to this lender's source; the API page says how.",
        "请向该机构的信号源发送信号；方法见 API 页面。",
    ),
    "empty.filtered": ("Nothing matches.", "没有符合条件的记录。"),
    "empty.lenders": (
        "No lender is configured. Add one to config/outreach.toml.",
        "尚未配置机构。请在 config/outreach.toml 中添加。",
    ),
    "unreadable": ("Erased, or under another key.", "已删除，或使用其他密钥。"),
    "contact": ("Contact", "联系"),
    "decision": ("Decision", "判断"),
    "reply": ("Reply", "回复"),
    "missing": ("There is no such contact here.", "此处没有这条联系记录。"),
    "back": ("Back to the contact log", "返回联系记录"),
    "verdict.allowed": ("Allowed and made", "可联系，已发出"),
    "verdict.allowed.sub": (
        "All rules were asked; none objected.",
        "已检查全部规则，均无异议。",
    ),
    "verdict.deferred": ("Not sent: deferred", "未发送：已延后"),
    "verdict.deferred.until": ("Not sent: deferred until {until}", "未发送：已延后至 {until}"),
    "verdict.blocked": ("Not sent: blocked", "未发送：已拦截"),
    "verdict.inbound": ("The borrower wrote", "借款人来信"),
    "reasons": ("Why", "原因"),
    "rule": ("Rule", "规则"),
    "clears": ("Clears", "解除"),
    "clears.at": ("by itself, {at}", "自动解除，{at}"),
    "clears.never": ("not by waiting", "不会因等待解除"),
    "next": ("Then", "其后"),
    "next.again": ("looked at again {at}, never sent blindly", "{at} 重新判断，不会直接发送"),
    "needs": ("Needs", "需要"),
    "words": ("Words", "内容"),
    "words.none": ("No words were kept with this row.", "此记录没有保存内容。"),
    "words.show": ("Show the words", "显示内容"),
    "parts": ("Segments", "计费条数"),
    "to": ("To", "接收号码"),
    "purpose": ("Purpose", "目的"),
    "template": ("Template", "模板"),
    "treatment": ("Treatment", "处置策略"),
    "packs": ("Rule packs", "规则包"),
    "day": ("Days past due", "逾期天数"),
    "facts": ("Facts used", "依据的事实"),
    "facts.zones": ("Time zones", "时区"),
    "facts.residence": ("Residence", "居住地"),
    "facts.contacts": ("Earlier contacts looked at", "考虑的过往联系"),
    "facts.consents": ("Consents", "同意"),
    "facts.opt_outs": ("Opt-outs", "退订"),
    "facts.holds": ("Holds", "暂停"),
    "none": ("none", "无"),
    "zone.d": ("stated", "本人声明"),
    "zone.a": ("address", "地址"),
    "zone.n": ("area code", "区号"),
    "timeline": ("What happened", "经过"),
    "history": ("Other contacts with this borrower", "与该借款人的其他联系"),
    "history.none": ("There are no others.", "没有其他联系。"),
    "event.decided": ("Decided and reserved", "判断并预留"),
    "event.accepted": ("The carrier took it", "运营商已接收"),
    "event.rejected": ("The carrier refused it", "运营商拒收"),
    "event.unknown": ("No answer from the carrier", "运营商未答复"),
    "event.released": ("Never handed over", "未交给运营商"),
    "event.receipt": ("Receipt", "回执"),
    "event.reconciled": ("Looked up at the carrier", "向运营商核实"),
    "event.inbound": ("Reply", "回复"),
    "event.operator": ("Recorded by an operator", "操作员登记"),
    "event.hand_off": ("A step that people took", "人工步骤"),
    "event.canceled": ("Taken back", "已撤回"),
    "event.risk": ("Risk judged anew", "重新评估风险"),
    "event.recorded": ("Told by somebody else", "由其他机构告知"),
    "event.deferred": ("Deferred", "已延后"),
    "event.blocked": ("Blocked", "已拦截"),
    "tag.deferred": ("Deferred", "已延后"),
    "tag.blocked": ("Blocked", "已拦截"),
    "tag.inbound": ("Reply", "回复"),
    "tag.reserved": ("Being sent", "发送中"),
    "tag.unknown": ("Unknown", "状态未知"),
    "tag.accepted": ("Sent", "已提交"),
    "tag.queued": ("Sent", "已提交"),
    "tag.sending": ("Sent", "已提交"),
    "tag.sent": ("Sent", "已提交"),
    "tag.delivered": ("Delivered", "已送达"),
    "tag.read": ("Read", "已读"),
    "tag.undelivered": ("Not delivered", "未送达"),
    "tag.failed": ("Failed", "失败"),
    "tag.expired": ("Expired", "已过期"),
    "tag.canceled": ("Taken back", "已撤回"),
    "tag.released": ("Not handed over", "未提交"),
    "reply.opt_out": ("Asked to stop", "要求停止"),
    "reply.opt_in": ("Asked to start again", "要求恢复"),
    "reply.help": ("Asked for help", "请求帮助"),
    "reply.other": ("Asked for nothing that stops or starts outreach", "未要求停止或恢复"),
    "reply.unclear": ("To be read by a person", "待人工阅读"),
    "error.opt_out": ("The number or address has opted out", "该号码或地址已退订"),
    "error.invalid_address": ("No such number or address", "号码或地址不存在"),
    "error.unreachable_retry": ("Out of reach", "无法接通"),
    "error.throttled": ("Too many at once", "发送过快"),
    "error.unavailable": ("The carrier was away", "运营商暂不可用"),
    "error.expired": ("It waited too long", "等待超时"),
    "error.reputation": ("Filtered by the carrier", "被运营商过滤"),
    "error.sender_config": ("The sender isn't set up", "发送号码未配置"),
    "error.account": ("Trouble with the account", "账户问题"),
    "error.request_bug": ("A malformed request", "请求有误"),
    "error.quiet_hours": ("Outside the carrier's hours", "运营商时段限制"),
    "error.unknown": ("Unknown reason", "原因不明"),
    "channel.sms": ("Text message", "短信"),
    "channel.push": ("App notification", "App通知"),
    "channel.email": ("E-mail", "电子邮件"),
    "channel.whatsapp": ("WhatsApp", "WhatsApp"),
    "channel.call": ("Call", "电话"),
    "channel.voicemail": ("Voicemail", "语音留言"),
    "channel.private_message": ("Private message", "私信"),
    "channel.letter": ("Letter", "信函"),
    "channel.visit": ("Visit", "上门拜访"),
    "channel.agency_handoff": ("Hand-off to an agency", "委外移交"),
    "channel.credit_bureau": ("Credit bureau", "征信机构"),
    "channel.social_public": ("Public post", "社交平台公开信息"),
    "channel.records": ("Records", "档案"),
    "purpose.servicing_reminder": ("Reminder", "还款提醒"),
    "purpose.collection": ("Overdue outreach", "逾期联系"),
    "purpose.reply_to_debtor": ("Answer to the borrower", "答复借款人"),
    "purpose.legal_notice": ("Legal notice", "法律函件"),
    "purpose.location_info": ("Asking where somebody lives", "查询联系地址"),
    "purpose.consent_request": ("Asking for consent", "征求同意"),
    "purpose.opt_out_confirmation": ("Confirming an opt-out", "确认退订"),
    "purpose.remedy_notice": ("Notice of what mends a default", "补救通知"),
    "purpose.credit_report": ("Report to a credit bureau", "征信报送"),
    "purpose.relay_request": ("Asking somebody to pass on a message", "请求转告"),
    "purpose.marketing": ("Marketing", "营销"),
    "purpose.assign": ("Assignment of the loan", "债权转让或委外"),
    "purpose.purge": ("Removal of records", "清除记录"),
    "purpose.statutory_notice": ("Statutory notice", "法定通知"),
    "stage.pre_due": ("before due", "到期前"),
    "stage.due": ("due day", "到期日"),
    "stage.grace": ("days of grace", "宽限期"),
    "stage.early": ("early", "早期"),
    "stage.mid": ("middle", "中期"),
    "stage.late": ("late", "后期"),
    "stage.pre_legal": ("before legal action", "诉前"),
    "stage.legal": ("legal action", "法律程序"),
    "stage.closed": ("closed", "已结清"),
}


def say(language: Language, key: str, **values: object) -> str:
    """Return the words for a key.

    Raises:
        KeyError: There is no such key.
    """
    text = WORDS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def say_or(language: Language, key: str, otherwise: str, **values: object) -> str:
    """Return the words for a key, or `otherwise` for one that vocabulary grew since."""
    return say(language, key, **values) if key in WORDS else otherwise


def language_of(chosen: str | None, accepted: str) -> Language:
    """Return the language that was chosen, else the first of Accept-Language that we speak."""
    for language in LANGUAGES:
        if chosen == language:
            return language
    ranked = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        ranked.append((-_weight(weight), place, tag.strip().lower()))
    for _, _, tag in sorted(ranked):
        for language in LANGUAGES:
            if tag == language or tag.startswith(f"{language}-"):
                return language
    return "en"


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
