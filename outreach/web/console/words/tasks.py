"""Of tasks for people."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "tasks": ("Tasks", "待办"),
    "tasks.question": (
        "What only people can do, the most urgent first.",
        "需要人工处理的事项，最紧急的在前。",
    ),
    "tasks.none": ("Nothing waits for people.", "当前没有待办。"),
    "tasks.kind": ("Kind", "类型"),
    "tasks.kind.unknown": ("There is no task of this kind.", "没有该类型的待办。"),
    "tasks.due": ("Due", "期限"),
    "tasks.late": ("Overdue", "已超时"),
    "tasks.since": ("Waiting since", "等待自"),
    "tasks.assignee": ("Who has it", "处理人"),
    "tasks.nobody": ("Nobody yet", "暂无"),
    "tasks.borrower": ("Borrower", "借款人"),
    "tasks.more": ("Only the first 100 are shown.", "仅显示前100项。"),
    "tasks.about": ("What it is about", "事项内容"),
    "tasks.take": ("I do it", "由我处理"),
    "tasks.taken": ("Somebody else has taken it.", "已由他人处理。"),
    "tasks.close": ("Close it", "办结"),
    "tasks.closed": ("It is closed already.", "该事项已办结。"),
    "tasks.was_closed": ("Closed: {outcome}.", "已办结：{outcome}。"),
    "tasks.done": (
        "Closed, and kept in the log with your name.",
        "已办结，并与您的姓名一起记入日志。",
    ),
    "tasks.outcome.label": (
        "What came of it, in one plain word such as granted",
        "处理结果，一个英文词，如 granted",
    ),
    "tasks.outcome": (
        "Say what came of it in one plain word: small letters and underscores.",
        "请用一个英文词填写处理结果：小写字母和下划线。",
    ),
    "tasks.why": ("What to remember of it", "备注"),
    "tasks.verdict": (
        "A reply is settled by saying what it was: outreach replies resolve.",
        "回复须先判定含义：outreach replies resolve。",
    ),
    "task.reply_review": ("A reply to read", "待人工阅读的回复"),
    "task.confirm_death": ("A death to confirm", "核实身故"),
    "task.hardship": ("Somebody can't pay", "还款困难"),
    "task.dispute": ("A dispute", "异议"),
    "task.complaint": ("A complaint", "投诉"),
    "task.payment_link": ("The way to pay is to be sent", "发送还款链接"),
    "task.callback": ("Somebody wants a call", "请求回电"),
    "task.already_paid_check": ("A payment to look for", "核实是否已还款"),
    "task.wrong_number": ("A wrong number", "号码有误"),
    "task.payoff_quote": ("An early payoff to quote", "提前结清报价"),
    "task.statement": ("A statement is wanted", "申请对账单"),
    "task.letter_approval": ("A letter to approve", "信函审批"),
    "task.field_visit": ("A visit", "上门拜访"),
    "task.referral": ("A case for court", "诉讼材料"),
    "task.agency_placement": ("A placement with an agency", "委外移交"),
}
