"""Around the report's tables; what they say is in `outreach.usecases.report_words`."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "reports": ("Reports", "报表"),
    "reports.question": ("How is it going over weeks?", "近期进展如何？"),
    "reports.period": ("Period", "期间"),
    "reports.days": ("Last {days} days", "近 {days} 天"),
    "reports.counting": (
        "The figures are being counted. They are here within a few minutes; reload then.",
        "正在统计，几分钟后可查看，请稍后刷新。",
    ),
    "reports.table": ("The numbers behind it", "查看数据"),
    "reports.csv": ("These numbers as CSV", "下载 CSV"),
    "reports.empty": ("Nothing to draw.", "没有可绘制的数据。"),
    "reports.others": ("Other reports", "其他报表"),
    "reports.missing": ("There is no such report.", "没有这份报表。"),
    "reports.back": ("Back to reports", "返回报表"),
}
