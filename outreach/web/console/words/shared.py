"""Of the frame, of signing in, and of what several pages name: channels, states, roles."""

from typing import Final

from outreach.rendering.value_words import VALUES

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
    "sections": ("Sections", "栏目"),
    "role.operator": ("Operator", "操作员"),
    "role.approver": ("Approver", "审批人"),
    "role.compliance": ("Compliance", "合规"),
    "role.admin": ("Administrator", "管理员"),
    "development": ("Development page", "开发页面"),
    "development.why": (
        "Open to everybody who reaches this address: production asks for an account.",
        "任何能访问此地址的人都可打开；生产环境需要登录。",
    ),
    "as_of": ("As of", "截至"),
    "business_time": ("business time", "业务时间"),
    "filter": ("Show", "显示"),
    "loan": ("Loan", "借款"),
    "lender.unknown": ("There is no lender called {slug}.", "没有名为 {slug} 的机构。"),
    "filter.remove": ("Remove filter", "移除筛选"),
    "when": ("When, for the borrower", "时间（借款人当地）"),
    "state": ("State", "状态"),
    "why": ("Why, or what came of it", "原因或结果"),
    "why.short": ("Why", "原因"),
    "older": ("Older", "更早"),
    "newer": ("Newer", "更新"),
    "newest": ("Newest", "最新"),
    "pages": ("Pages", "翻页"),
    "empty.lenders": (
        "No lender is configured. Add one to config/outreach.toml.",
        "尚未配置机构。请在 config/outreach.toml 中添加。",
    ),
    "missing": ("There is no such contact here.", "此处没有这条联系记录。"),
    "back": ("Back to the contact log", "返回联系记录"),
    "none": ("none", "无"),
    **VALUES,
}
