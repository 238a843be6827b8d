"""Of exports of the contact log."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "exports": ("Exports", "导出"),
    "export": ("Export", "导出"),
    "exports.question": ("Is my file ready, what is in it?", "文件是否就绪，包含哪些内容？"),
    "exports.none": ("No export yet.", "暂无导出。"),
    "exports.new": ("Export contacts", "导出联系记录"),
    "exports.filter": ("Which contacts", "导出范围"),
    "exports.filter.hint": (
        (
            "What the contact log's address says behind the question mark, such as"
            " verdict=blocked&from=-7d. Empty: all of the last seven days."
        ),
        "联系记录地址中问号后的部分，例如 verdict=blocked&from=-7d。留空为最近七天的全部记录。",
    ),
    "exports.format": ("Format", "格式"),
    "exports.format.csv": ("CSV, for spreadsheets", "CSV（电子表格）"),
    "exports.format.jsonl": ("JSON Lines, for programs", "JSON Lines（程序）"),
    "exports.format.parquet": ("Parquet, for analysis", "Parquet（数据分析）"),
    "exports.unmasked": ("With numbers and addresses in full", "包含完整号码和地址"),
    "exports.reason": ("Why in full; kept with the export", "包含完整信息的原因（随导出保存）"),
    "exports.ask": ("Make the file", "生成文件"),
    "exports.state": ("State", "状态"),
    "exports.state.waiting": ("Waiting", "等待中"),
    "exports.state.running": ("Being written", "写入中"),
    "exports.state.done": ("Ready", "已就绪"),
    "exports.state.failed": ("Failed", "失败"),
    "exports.state.stopped": ("Stopped", "已停止"),
    "exports.state.expired": ("Deleted", "已删除"),
    "exports.rows": ("Rows", "行数"),
    "exports.rows.of": ("{rows} of {expected} rows", "{rows} / {expected} 行"),
    "exports.rows.so_far": ("{rows} rows", "{rows} 行"),
    "exports.asked": ("Asked for", "申请"),
    "exports.as_of": ("What was recorded by", "数据截至"),
    "exports.masked": ("Numbers and addresses", "号码和地址"),
    "exports.masked.yes": ("left out", "未包含"),
    "exports.masked.no": ("in full", "完整"),
    "exports.manifest": ("Manifest", "清单"),
    "exports.manifest.what": (
        "Filter, time, rows, rule packs, who, and the SHA-256 of each file.",
        "筛选条件、时间、行数、规则包、申请人及每个文件的 SHA-256。",
    ),
    "exports.files": ("Files", "文件"),
    "exports.bytes": ("{size} kB", "{size} kB"),
    "exports.download": ("Download", "下载"),
    "exports.expires": ("Deleted after", "保留至"),
    "exports.elsewhere": (
        "Its files were written by the command line, into a folder of its own.",
        "文件由命令行写入指定目录。",
    ),
    "exports.close": (
        "You can close this page: the file is made all the same.",
        "可以关闭此页，文件会继续生成。",
    ),
    "exports.refresh": ("Look again", "刷新"),
    "exports.stop": ("Stop export", "停止导出"),
    "exports.resume": ("Go on with it", "继续导出"),
    "exports.failed": (
        "It failed: {problem}. Finished files stay.",
        "失败：{problem}。已完成的文件会保留。",
    ),
    "exports.stopped": ("It was stopped. Finished files stay.", "已停止。已完成的文件会保留。"),
    "exports.expired": ("Its files were deleted.", "文件已删除。"),
    "exports.same": ("See these contacts in the log", "在联系记录中查看"),
    "exports.owner": (
        "Files with numbers in full are for whoever asked for them.",
        "含完整号码的文件仅申请人可下载。",
    ),
    "exports.problem.filter": (
        "This isn't a filter of the contact log: {detail}",
        "不是有效的联系记录筛选：{detail}",
    ),
    "exports.problem.reason": (
        "Say why numbers are needed in full, in at most 500 characters.",
        "请填写需要完整号码的原因，不超过 500 字。",
    ),
    "exports.problem.format": (
        "Parquet can't be written here: {detail}",
        "此处无法生成 Parquet：{detail}",
    ),
    "exports.problem.unready": (
        "The contact log is being made anew. Try again in a few minutes.",
        "联系记录正在重建，请几分钟后再试。",
    ),
    "exports.problem.unmasked": (
        "Only compliance exports numbers in full.",
        "仅合规人员可导出完整号码。",
    ),
}
