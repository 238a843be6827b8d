"""Of the help pages: what statuses, keys and roles are."""

from typing import Final

# Status → tone and sign of its tag; its word is `tag.<name>`, its meaning `help.status.<name>`.
STATUSES: Final[tuple[tuple[str, str, str], ...]] = (
    ("sent", "info", "▶"),
    ("delivered", "ok", "✓✓"),
    ("read", "ok", "✓✓"),
    ("unknown", "off", "?"),
    ("undelivered", "stop", "✕"),
    ("failed", "stop", "✕"),
    ("expired", "stop", "✕"),
    ("canceled", "off", "⊘"),
    ("released", "off", "⊘"),
    ("reserved", "off", "…"),
    ("deferred", "wait", "◷"),
    ("blocked", "stop", "⬢"),
    ("inbound", "info", "↩"),
)
# Keys → what they do; the words are `help.key.<name>`. `shortcuts.js` does it.
SHORTCUTS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("/",), "search"),
    (("g", "t"), "today"),
    (("g", "c"), "contacts"),
    (("g", "r"), "replies"),
    (("j",), "next"),
    (("k",), "previous"),
    (("o",), "open"),
    (("?",), "help"),
)
WORDS: Final[dict[str, tuple[str, str]]] = {
    "help": ("Help", "帮助"),
    "help.question": ("What does this word mean?", "这个词是什么意思？"),
    "help.glossary": ("Glossary", "词汇表"),
    "help.glossary.question": (
        "One word for each idea, the same on every page.",
        "一个概念一个词，各页一致。",
    ),
    "help.word": ("Word", "词"),
    "help.word.other": ("In Chinese", "英文"),
    "help.meaning": ("Meaning", "含义"),
    "help.status": ("What became of a contact", "联系的状态"),
    "help.status.sent": (
        "The carrier took it. Whether it arrived isn't known yet.",
        "运营商已接收，是否到达尚不可知。",
    ),
    "help.status.delivered": ("The handset or mailbox confirmed it.", "手机或邮箱已确认收到。"),
    "help.status.read": ("It was opened.", "已被打开。"),
    "help.status.unknown": (
        "No receipt came. That isn't failure: it counts as made.",
        "没有收到回执。这不等于失败，仍计为一次联系。",
    ),
    "help.status.undelivered": ("The carrier gave up.", "运营商未能送达。"),
    "help.status.failed": ("The carrier refused it, with a reason.", "运营商拒绝，并给出原因。"),
    "help.status.expired": ("It waited too long at the carrier.", "在运营商处等待超时。"),
    "help.status.canceled": (
        "We took it back before it went out, for instance after a payment.",
        "发出前已撤回，例如款项已到账。",
    ),
    "help.status.released": (
        "It was never handed to the carrier, and doesn't count.",
        "从未提交运营商，不计入次数。",
    ),
    "help.status.reserved": ("It is being handed over right now.", "正在提交。"),
    "help.status.deferred": (
        "Not now; it is decided anew when the reason clears.",
        "暂不联系，原因解除后重新判断。",
    ),
    "help.status.blocked": (
        "Not made, and waiting alone doesn't change that.",
        "未联系，且不会仅因等待而改变。",
    ),
    "help.status.inbound": ("The borrower wrote or called.", "借款人来信或来电。"),
    "help.shortcuts": ("Keyboard shortcuts", "键盘快捷键"),
    "help.shortcuts.off": (
        "They do nothing while you type. Turn them off under",
        "输入时不起作用。可在此处关闭：",
    ),
    "help.keys": ("Keys", "按键"),
    "help.does": ("Does", "作用"),
    "help.key.search": ("Go to the search box", "转到查找框"),
    "help.key.today": ("Go to Today", "转到今日"),
    "help.key.contacts": ("Go to Contacts", "转到联系"),
    "help.key.replies": ("Go to Replies", "转到回复"),
    "help.key.next": ("Next row", "下一行"),
    "help.key.previous": ("Previous row", "上一行"),
    "help.key.open": ("Open the row", "打开该行"),
    "help.key.help": ("Show this page", "显示本页"),
    "help.roles": ("Who may do what", "角色说明"),
    "help.role.operator": (
        "Edits words and treatments, answers replies, works on tasks.",
        "编辑模板与处置策略，答复借款人，处理待办。",
    ),
    "help.role.approver": (
        "Approves what others wrote or asked for. Nobody approves their own.",
        "审批他人提交的内容。任何人不得审批自己的内容。",
    ),
    "help.role.compliance": (
        "Reads everything, changes holds, reviews contacts.",
        "查看全部内容，管理冻结，检查联系。",
    ),
    "help.role.admin": (
        "Stops and resumes, replays signals, looks after accounts and keys.",
        "停发与恢复，重放信号，管理账号与密钥。",
    ),
    "help.ask": (
        "Roles are given by an administrator, under Team, or by your organisation's groups.",
        "角色由管理员在“成员”中授予，或随机构统一账号的用户组而定。",
    ),
}
