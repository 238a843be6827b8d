"""Of opt-outs: who may not be reached, where, since when."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "opt_outs": ("Opt-outs", "退订"),
    "opt_outs.question": (
        "Who may not be reached, where, since when?",
        "谁不可联系，通过什么渠道，从何时起？",
    ),
    "opt_outs.since": ("Since", "时间"),
    "opt_outs.what": ("What may not come", "不可使用的渠道"),
    "opt_outs.where": ("Where", "号码或地址"),
    "opt_outs.how": ("How it was told", "来源"),
    "opt_outs.person": ("Borrower", "借款人"),
    "opt_outs.person.link": ("Borrower {number}", "借款人 {number}"),
    "opt_outs.nobody": ("nobody we know any more", "已无对应借款人"),
    "opt_outs.everywhere": ("every address", "所有号码和地址"),
    "opt_outs.sender": ("from {sender} only", "仅限 {sender}"),
    "opt_outs.medium.phone": ("Calls and texts", "电话和短信"),
    "opt_outs.medium.all": ("Everything", "全部渠道"),
    "opt_outs.origin.reply": ("the borrower's words", "借款人本人"),
    "opt_outs.origin.provider": ("the carrier", "运营商"),
    "opt_outs.origin.signal": ("the platform", "业务平台"),
    "opt_outs.origin.profile": ("the platform", "业务平台"),
    "opt_outs.origin.operator": ("an operator", "操作员"),
    "opt_outs.days": ("{days} days", "近 {days} 天"),
    "opt_outs.none": ("No opt-out in this period.", "本期内没有退订。"),
    "opt_outs.period": ("Period", "期间"),
    "opt_outs.record": ("Record an opt-out", "登记退订"),
    "opt_outs.record.loan": ("Loan reference of the borrower", "借款人的借款编号"),
    "opt_outs.record.go": ("Choose what to stop", "选择要停止的渠道"),
    "opt_outs.record.note": (
        "Takes you to the borrower; what is stopped there binds every later contact.",
        "将转到借款人页面；在那里停止的渠道对此后所有联系生效。",
    ),
}
