"""Of templates as files, and of tests that an operator sends to themselves."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "templates.files": ("Files: download, import", "文件：下载、导入"),
    "templates.files.title": ("Templates as files", "模板文件"),
    "templates.files.lead": (
        "To keep words in Git, or to bring words that were written there.",
        "用于以 Git 保存文本，或导入在别处编写的文本。",
    ),
    "templates.files.export": ("Download", "下载"),
    "templates.files.export.what": (
        "A zip in the shape of templates/messages, with what the words were when it was made.",
        "与 templates/messages 结构相同的 zip，并记录导出时的文本版本。",
    ),
    "templates.files.own": ("What this lender changed", "本机构修改过的文本"),
    "templates.files.all": ("All live words", "全部使用中的文本"),
    "templates.files.import": ("Import", "导入"),
    "templates.files.import.what": (
        "Each file that differs becomes a draft. Nothing that somebody wrote is overwritten.",
        "有差异的文件将成为草稿，不会覆盖任何人的文本。",
    ),
    "templates.files.zip": ("Zip of words", "文本 zip 文件"),
    "templates.files.do": ("Import as drafts", "导入为草稿"),
    "templates.files.result": ("What became of each file", "导入结果"),
    "templates.files.same": ("The same already", "已相同"),
    "templates.files.draft": ("Draft made", "已建草稿"),
    "templates.files.kept": ("Only changed here: kept", "仅此处有修改，保留"),
    "templates.files.conflict": ("Conflict: both changed", "冲突：两边均有修改"),
    "templates.files.unknown": ("No such key or language", "没有该模板或语言"),
    "templates.files.both": ("Compare the file with what stands", "对比文件与当前文本"),
    "templates.files.unreadable": (
        "That is no zip of words, or it is too large.",
        "不是有效的文本 zip，或文件过大。",
    ),
    "templates.files.not_ours": (
        "versions.yaml in it isn't this lender's export. Export again.",
        "其中的 versions.yaml 不是本机构的导出，请重新导出。",
    ),
    "templates.test": ("Send to myself", "发送给自己"),
    "templates.test.lead": (
        "The saved text, with sample facts, to a number or address that is yours.",
        "将已保存的文本以示例数据发送至您本人的号码或邮箱。",
    ),
    "templates.test.proved": ("verified", "已验证"),
    "templates.test.unproved": ("waits for its code", "待验证"),
    "templates.test.sample": ("Sample", "示例"),
    "templates.test.send": ("Send the test", "发送测试"),
    "templates.test.forget": ("Forget it", "移除"),
    "templates.test.code": ("Code that came", "收到的验证码"),
    "templates.test.verify": ("Verify", "验证"),
    "templates.test.add": ("Add a number or address", "添加号码或邮箱"),
    "templates.test.address": (
        "Your own number (+…) or e-mail address",
        "您本人的号码（+…）或邮箱",
    ),
    "templates.test.note": (
        "A code is sent there first. It can't be a borrower's.",
        "将先发送验证码。不得为借款人的号码或邮箱。",
    ),
    "templates.test.ask": ("Send a code", "发送验证码"),
    "templates.test.coded": ("The code was sent.", "验证码已发送。"),
    "templates.test.verified": ("Verified: it can be used for tests.", "已验证，可用于测试。"),
    "templates.test.forgotten": ("Forgotten.", "已移除。"),
    "templates.test.sent": ("The test was handed over.", "测试已提交发送。"),
    "templates.test.unsent": ("The provider didn't take it:", "服务商未接收："),
    "templates.test.borrower": (
        "That address is a borrower's. Use one of your own.",
        "该号码或邮箱属于借款人，请使用您本人的。",
    ),
    "templates.test.stopped": (
        "Everything is stopped, and that holds for tests as well.",
        "当前已全部停发，测试同样不可发送。",
    ),
    "templates.test.not_a_guest": (
        "That address isn't among those listed for tests.",
        "该地址不在测试名单中。",
    ),
    "templates.test.not_verified": ("Verify the address first.", "请先验证该地址。"),
    "templates.test.too_many": (
        "Too many within an hour. Try again later.",
        "一小时内次数过多，请稍后再试。",
    ),
    "templates.test.no_sender": (
        "The lender has no sender for that.",
        "贷款机构没有可用的发送号码。",
    ),
    "templates.test.wrong_channel": (
        "The text is for another channel than that address.",
        "该地址与文本渠道不符。",
    ),
    "templates.test.must_fix": ("Mend the text first: see the checks.", "请先修正文本中的问题。"),
    "templates.test.bad_address": (
        "Enter a number with + and country, or an e-mail address.",
        "请输入以 + 和国家码开头的号码，或邮箱地址。",
    ),
    "templates.test.wrong_code": (
        "The code is wrong or too old. Ask for a new one.",
        "验证码有误或已过期，请重新获取。",
    ),
}
