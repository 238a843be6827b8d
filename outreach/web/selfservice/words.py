"""What the self-service page says, in both languages: one word per idea, as in the glossary."""

from typing import Final, Literal

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

# Key → (English, Chinese). A test holds both complete and every key of the templates known.
WORDS: Final[dict[str, tuple[str, str]]] = {
    "skip": ("Skip to the content", "跳到正文"),
    "language": ("Language", "语言"),
    "error.prefix": ("Error: ", "错误："),
    "error.title": ("Something needs your attention", "请检查以下内容"),
    "back": ("Back", "返回"),
    "close": ("Close this page", "退出本页"),
    "closed": ("The page is closed", "您已退出"),
    "closed.text": (
        "Open the link in our message again if you need it.",
        "如需再次查看，请重新打开消息中的链接。",
    ),
    "call": ("Questions? Call {phone}.", "如有疑问，请致电{phone}。"),
    "complain.call": ("Complaints: {phone}.", "投诉电话：{phone}。"),
    # The check
    "check.title": ("Please show that it is you", "请先验证身份"),
    "check.text": (
        "{lender} sent you this link. Nothing about you is shown until the digits are right.",
        "此链接由{lender}发送。验证通过前，页面不会显示您的任何信息。",
    ),
    "check.phone": ("Last 4 digits of your phone number", "您手机号的后四位"),
    "check.attribute": (
        "The 4 digits that {lender} agreed with you",
        "您与{lender}约定的四位数字",
    ),
    "check.hint": ("For example 4821", "例如4821"),
    "check.send": ("Open my page", "进入页面"),
    "check.wrong": (
        "These are not the right digits. Check them and try again.",
        "数字不正确，请核对后重新输入。",
    ),
    "check.malformed": ("Enter exactly 4 digits", "请输入四位数字"),
    "check.cookies": (
        "The page was open too long, or your browser keeps no cookies. Allow them and try again.",
        "页面停留时间过长，或浏览器未启用Cookie。请启用后重试。",
    ),
    "check.not_you": (
        "Not you? Close this page. You need do nothing.",
        "如非本人，请关闭本页，无需其他操作。",
    ),
    # What opens nothing
    "unknown.title": ("This link does not work", "链接无效"),
    "unknown.text": (
        "It may be incomplete. Open it from our message again, or copy all of it.",
        "链接可能不完整。请从消息中重新打开，或完整复制后再试。",
    ),
    "expired.title": ("This link has ended", "链接已失效"),
    "expired.text": (
        "Our next message brings a new one. You can also call us.",
        "下一条消息会附上新链接，您也可以直接致电我们。",
    ),
    "locked.title": ("This link is locked for now", "链接已暂时锁定"),
    "locked.text": (
        "The digits were wrong too often. Try again later, or call us.",
        "验证失败次数过多。请稍后再试，或致电我们。",
    ),
    "busy.title": ("Too many requests", "访问过于频繁"),
    "busy.text": ("Wait a few seconds, then load the page again.", "请稍候几秒后刷新页面。"),
    "away.title": ("We could not save it", "保存失败"),
    "away.text": (
        "Nothing was recorded. Go back and send it again in a minute.",
        "内容未保存。请返回，一分钟后重新提交。",
    ),
    # What is due
    "loan": ("Your loan", "您的借款"),
    "loan.tail": ("Your loan ending in {tail}", "您尾号{tail}的借款"),
    "due.now": ("Due now", "当前应还"),
    "due.nothing": ("Nothing is due today", "今日无应还款项"),
    "due.next": ("Next: {amount} on {day}", "下一期：{day}应还{amount}"),
    "due.closed": ("This loan is closed. There is nothing to pay.", "该笔借款已结清，无需还款。"),
    "due.elsewhere": (
        "This page no longer shows this loan. Please call us about it.",
        "本页不再显示该笔借款，请致电我们咨询。",
    ),
    "due.today": ("Due today", "今日到期"),
    "late.one": ("1 day late", "逾期1天"),
    "late.many": ("{days} days late", "逾期{days}天"),
    "late.since": ("The oldest amount was due on {day}.", "最早一期应还日为{day}。"),
    "as_of": (
        "As of {day}. A payment made since may not show yet.",
        "截至{day}。之后的还款可能尚未显示。",
    ),
    "paused": (
        "We have paused outreach about this loan while your request is looked into.",
        "您的申请处理期间，我们已暂停就该笔借款与您联系。",
    ),
    "pay.now": ("Pay now", "去还款"),
    "pay.channel": ("You can pay {channel}.", "请通过{channel}还款。"),
    "table.title": ("What is due, by installment", "各期应还明细"),
    "table.number": ("Installment", "期数"),
    "table.later": ("Installments after these: {number}", "其后还有{number}期"),
    "table.nth": ("No. {number}", "第{number}期"),
    "table.date": ("Due date", "应还日"),
    "table.amount": ("Left to pay", "剩余未还"),
    "table.state": ("State", "状态"),
    "state.upcoming": ("Not due yet", "未到期"),
    "total.owed": ("Left to pay on the whole loan: {amount}", "整笔借款剩余未还：{amount}"),
    # Allocation
    "share.title": ("How a payment is used", "还款如何抵扣"),
    "share.text": (
        "If you pay {amount} today, it is used like this:",
        "如您今日还款{amount}，将按以下方式抵扣：",
    ),
    "share.order": (
        "The oldest installment is paid first.",
        "优先抵扣最早到期的一期。",
    ),
    "part.fees": ("Fees", "费用"),
    "part.penalty": ("Late charges", "罚息"),
    "part.interest": ("Interest", "利息"),
    "part.principal": ("Principal", "本金"),
    "part.unstated": ("Amount due", "应还金额"),
    # Early payoff
    "payoff.title": ("Pay it all off early", "提前结清"),
    "payoff.quoted": (
        "{amount} pays off the whole loan if it arrives by {day}.",
        "在{day}前还款{amount}，即可结清整笔借款。",
    ),
    "payoff.none": (
        "We have no figure for this at hand. Call us for one.",
        "暂无提前结清金额，请致电我们查询。",
    ),
    # What they can do
    "do.title": ("What would you like to do?", "您想办理什么？"),
    "promise.title": ("Promise to pay", "承诺还款"),
    "promise.short": ("Tell us on which day you will pay", "告诉我们您哪天还款"),
    "promise.text": (
        "Until that day has passed we do not remind you of this amount.",
        "在该日期之前，我们不再就这笔款项提醒您。",
    ),
    "promise.amount": ("Amount ({currency})", "金额（{currency}）"),
    "promise.day": ("Day on which you will pay", "还款日期"),
    "promise.send": ("Make the promise", "提交承诺"),
    "hardship.title": ("Paying is hard right now", "还款有困难"),
    "hardship.short": ("Ask for help. We pause outreach", "申请协商，我们会暂停联系"),
    "hardship.text": (
        "We pause outreach about this loan, and a person looks for a way with you.",
        "我们会暂停就该笔借款与您联系，并由专人与您协商。",
    ),
    "hardship.kind": ("What makes it hard?", "困难原因"),
    "hardship.income_loss": ("Less income, or none", "收入减少或失业"),
    "hardship.illness": ("Illness or injury", "疾病或受伤"),
    "hardship.family": ("A change in the family", "家庭变故"),
    "hardship.disaster": ("A disaster", "自然灾害"),
    "hardship.other": ("Something else", "其他"),
    "hardship.send": ("Ask for help", "提交申请"),
    "suggest.title": ("What could fit", "可供参考的还款安排"),
    "suggest.text": (
        "Worked out from what we know. Nothing changes until a person has agreed with you.",
        "根据已知的收支情况测算，仅供参考；经专人与您协商一致后方可调整。",
    ),
    "sum.free": (
        "Left over a month: {income} − other debts {obligations} − living {essentials} = {result}",
        "每月结余：收入{income} − 其他债务{obligations} − 生活支出{essentials} = {result}",
    ),
    "sum.usable": (
        "Of this, for the loan: {share}% of {free} = {result}",
        "其中可用于还款：{free} × {share}% = {result}",
    ),
    "sum.rest": (
        "Beside the installment: {usable} − {installment} = {result}",
        "扣除当期应还后：{usable} − {installment} = {result}",
    ),
    "sum.months": (
        "Months, rounded up: {past_due} ÷ {rest} = {result}",
        "所需月数（向上取整）：{past_due} ÷ {rest} = {result}",
    ),
    "suggest.plan": (
        "What is late, in monthly parts beside the installments: {parts}",
        "逾期款项按月分期偿还（当期应还另计）：{parts}",
    ),
    "suggest.day": (
        "Due on day {day} of the month, after your income comes",
        "还款日调整为每月{day}日（收入到账后）",
    ),
    "suggest.wish": ("Ask for this", "申请按此安排还款"),
    "dispute.title": ("Something is wrong with this debt", "对账单有异议"),
    "dispute.short": ("Not yours, already paid, wrong amount", "非本人借款、已还款或金额不符"),
    "dispute.text": (
        "We pause outreach about this loan until we have looked into it, and then answer you.",
        "核实期间，我们会暂停就该笔借款与您联系，并将结果答复您。",
    ),
    "dispute.kind": ("What is wrong?", "异议类型"),
    "dispute.amount": ("The amount is wrong", "金额不符"),
    "dispute.already_paid": ("I have already paid", "我已还款"),
    "dispute.not_mine": ("It is not my debt", "不是我的借款"),
    "dispute.identity": ("Somebody used my name", "身份被冒用"),
    "dispute.other": ("Something else", "其他"),
    "dispute.send": ("Send the dispute", "提交异议"),
    "complaint.title": ("Complain about us", "投诉"),
    "complaint.short": ("How we treated you", "对我们的服务不满意"),
    "complaint.text": (
        "A person reads it and answers you.",
        "由专人处理，并将结果答复您。",
    ),
    "complaint.kind": ("What is it about?", "投诉类型"),
    "complaint.conduct": ("How somebody spoke or wrote to me", "沟通态度或方式"),
    "complaint.frequency": ("Too many messages or calls", "联系过于频繁"),
    "complaint.privacy": ("Somebody else learned of it", "信息泄露给他人"),
    "complaint.service": ("A service did not work", "服务问题"),
    "complaint.other": ("Something else", "其他"),
    "complaint.send": ("Send the complaint", "提交投诉"),
    "note": ("Tell us more (optional)", "补充说明（选填）"),
    "note.hint": (
        "Up to 1,000 characters. Please no card numbers or passwords.",
        "最多1000字。请勿填写银行卡号或密码。",
    ),
    "preferences.title": ("When and how we contact you", "联系时间和方式"),
    "preferences.short": ("Hours, channels, language", "时段、渠道和语言"),
    "preferences.text": (
        "We keep to it from our next message on. The law may set narrower hours.",
        "自下一次联系起生效。法规规定的时段更窄时，以法规为准。",
    ),
    "preferences.hours": ("Only at these hours, your local time", "仅在以下时段联系（当地时间）"),
    "preferences.from": ("From", "开始"),
    "preferences.to": ("To", "结束"),
    "preferences.any": ("Any", "不限"),
    "preferences.not_by": ("Rather not by", "请不要使用"),
    "preferences.locale": ("Language of our messages", "消息语言"),
    "preferences.send": ("Keep these wishes", "保存设置"),
    "stop.title": ("Stop messages or calls", "停止联系"),
    "stop.short": ("Opt out of one channel, or of all", "退订某种或全部联系方式"),
    "stop.text": (
        "It takes effect at once. What is due stays due, and you can still pay and call us.",
        "立即生效。应还款项不受影响，您仍可还款或致电我们。",
    ),
    "stop.what": ("What should stop?", "停止哪种联系？"),
    "stop.send": ("Stop it", "确认停止"),
    "channel.sms": ("Text messages", "短信"),
    "channel.call": ("Calls", "电话"),
    "channel.voicemail": ("Voicemails", "语音留言"),
    "channel.email": ("E-mails", "电子邮件"),
    "channel.whatsapp": ("WhatsApp", "WhatsApp"),
    "channel.push": ("App notifications", "App通知"),
    "channel.all": (
        "Everything, save what the law requires us to send",
        "全部（法律要求的通知除外）",
    ),
    "statement.title": ("Ask for a statement", "申请对账单"),
    "statement.short": ("Payments, interest, what is left", "还款、利息与剩余未还"),
    "statement.text": (
        "We send you a statement of this loan.",
        "我们会向您发送该笔借款的对账单。",
    ),
    "statement.send": ("Ask for the statement", "提交申请"),
    # Errors of forms
    "error.choose": ("Choose one", "请选择一项"),
    "error.amount": ("Enter an amount such as {example}", "请输入金额，例如{example}"),
    "error.amount_most": (
        "Enter at most {most}, which is all that is owed",
        "金额不能超过{most}（全部未还）",
    ),
    "error.day": ("Enter a day from {first} to {last}", "请输入{first}至{last}之间的日期"),
    "error.note": ("Write at most 1,000 characters", "说明不能超过1000字"),
    "error.hours": (
        "Choose both hours, the second later than the first, or Any for both",
        "请同时选择开始和结束时间，且结束晚于开始；或都选“不限”",
    ),
    "error.session": (
        "The page was open for too long. Nothing was sent. Check the form and send it again.",
        "页面停留时间过长，内容未提交。请核对后重新提交。",
    ),
    "error.unnamed": (
        "We cannot record this here. Please call us.",
        "此处暂时无法办理，请致电我们。",
    ),
    # What they told
    "done.title": ("Done", "已提交"),
    "done.promise": ("Thank you. We have noted your promise.", "谢谢，您的还款承诺已记录。"),
    "done.hardship": (
        "Thank you for telling us. Outreach about this loan pauses now.",
        "感谢告知。我们已暂停就该笔借款与您联系。",
    ),
    "done.dispute": (
        "We have your dispute. Outreach about this loan pauses now.",
        "异议已收到。我们已暂停就该笔借款与您联系。",
    ),
    "done.complaint": (
        "We have your complaint. A person will answer.",
        "投诉已收到，将由专人答复您。",
    ),
    "done.preferences": ("We have noted your wishes.", "您的联系偏好已保存。"),
    "done.stop": ("It is stopped.", "已停止。"),
    "done.statement": ("We have your request for a statement.", "对账单申请已收到。"),
    "told.title": ("What you told us", "您提交过的内容"),
    "told.none": ("Nothing yet.", "暂无记录。"),
    "told.promise_to_pay.created": (
        "You promised {amount} by {day}",
        "您承诺在{day}前还款{amount}",
    ),
    "told.borrower.hardship": ("You asked for help: {kind}", "您申请了协商：{kind}"),
    "told.borrower.dispute": ("You disputed the debt: {kind}", "您提出了异议：{kind}"),
    "told.complaint.received": ("You complained: {kind}", "您提交了投诉：{kind}"),
    "told.consent.revoked": ("You stopped: {channel}", "您停止了：{channel}"),
    "told.preference.set": ("You asked: {wish}", "您要求：{wish}"),
    "told.preference.removed": ("You took back a wish", "您取消了一项要求"),
    "told.borrower.updated": ("You chose a language", "您选择了消息语言"),
    "told.statement.requested": ("You asked for a statement", "您申请了对账单"),
    "wish.hours": ("contact only from {begins} to {ends}", "仅在{begins}至{ends}联系"),
    "wish.not": ("rather not by: {channel}", "请不要使用：{channel}"),
    "promise.open": ("Open", "待履约"),
    "promise.kept": ("Kept", "已履约"),
    "promise.partly_kept": ("Partly kept", "部分履约"),
    "promise.broken": ("Not kept", "未履约"),
    "promise.canceled": ("Canceled", "已取消"),
}


def say(language: Language, key: str, **values: object) -> str:
    """Return the words for a key.

    Raises:
        KeyError: There is no such key.
    """
    text = WORDS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def language_of(*tags: str | None) -> Language:
    """Return the first language that a tag names and we speak; English if none does."""
    for tag in tags:
        prefix = (tag or "").lower()[:2]
        for language in LANGUAGES:
            if prefix == language:
                return language
    return "en"
