"""Of what is stopped."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "stops": ("Stops", "停发"),
    "stops.question": (
        "What is stopped, by whom, and why. A stop acts within a second.",
        "停发了什么、由谁停发、原因为何。停发在一秒内生效。",
    ),
    "stops.none": ("Nothing is stopped.", "当前没有停发。"),
    "stops.new": ("Stop something", "新增停发"),
    "stops.what": ("What", "范围"),
    "stops.reason": ("Why", "原因"),
    "stops.kept": ("Kept in the log, with your name, for good.", "将与您的姓名一起永久记入日志。"),
    "stops.by": ("By whom, since", "操作人与时间"),
    "stops.confirmation": ("To confirm, type STOP", "请输入“停止”确认"),
    "stops.stop": ("Stop now", "立即停发"),
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
    "stops.placed": ("Stopped. What was on its way is held back.", "已停发，待发送的联系已拦下。"),
    "stops.lifted": (
        "Let go. Whoever waited is decided about anew; nothing is sent blindly.",
        "已恢复。等待中的联系将重新判断，不会直接发出。",
    ),
    "stops.what.unknown": ("Choose what to stop from the list.", "请从列表中选择停发范围。"),
    "stops.reason.missing": ("Say why.", "请填写原因。"),
    "stops.confirmation.wrong": (
        "Type STOP to confirm; in capitals or not.",
        "请输入“停止”以确认。",
    ),
    "stops.gone": ("It isn't stopped any more.", "该停发已解除。"),
    "stops.own": (
        "Whoever stopped it can't let go of it: ask somebody else.",
        "停发人不能自行恢复，请由他人操作。",
    ),
    "stops.effect": (
        "Each choice says what it would hold now. What the carrier has can't be called back.",
        "每个选项标明当前将拦下的数量。已提交运营商的无法撤回。",
    ),
    "stops.effect.slow": (
        "What each would hold takes too long to count at the moment. Stopping works.",
        "当前无法及时统计影响数量，停发不受影响。",
    ),
    "stops.effect.due": ("{count} people due would wait", "{count} 人到期将等待"),
    "stops.effect.held": ("{count} queued will be held", "{count} 条待提交将拦下"),
    "stops.effect.gone": ("{count} already at the carrier", "{count} 条已在运营商"),
    "stops.effect.and": ("; ", "；"),
    "stops.ready.1": ("Provider incident", "服务商故障"),
    "stops.ready.2": ("Wrong words were sent", "发送内容有误"),
    "stops.ready.3": ("Complaints came in", "收到投诉"),
    "stops.ready.4": ("The platform's data is wrong", "平台数据有误"),
    "stops.ready.5": ("An authority asked for it", "监管机构要求"),
}
