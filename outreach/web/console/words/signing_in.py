"""Of signing in with the word of another system."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "sign_in.with": ("Sign in with {provider}", "使用 {provider} 登录"),
    "sign_in.local": ("Or with a password", "或使用密码登录"),
    "sign_in.elsewhere": (
        "Passwords aren't taken here. Sign in with your organisation's account.",
        "此处不接受密码登录，请使用机构统一账号登录。",
    ),
    "sign_in.provider_away": (
        (
            "The sign-in of your organisation can't be reached. Contacts go on. Try again in a"
            " minute; if it repeats, tell your administrator."
        ),
        "暂时无法连接机构的统一登录，联系任务照常进行。请稍后再试；如再次出现，请联系管理员。",
    ),
    "sign_in.provider_again": (
        (
            "This sign-in is over: it took longer than ten minutes, was used before, or began in"
            " another browser. Begin again."
        ),
        "本次登录已失效：超过十分钟、已使用过，或不是在此浏览器中发起。请重新登录。",
    ),
    "sign_in.provider_refused": (
        (
            "Your organisation's sign-in didn't prove who you are. Begin again; if it repeats, tell"
            " your administrator when it happened."
        ),
        "机构的统一登录未能证明您的身份。请重新登录；如再次出现，请将发生时间告知管理员。",
    ),
    "sign_in.no_role": (
        (
            "You are signed in with your organisation, but have no role here. Ask whoever looks"
            " after your groups to put you into one that may use the console."
        ),
        "您已通过机构的统一登录，但在此没有角色。请联系用户组管理员，将您加入可使用本系统的用户组。",
    ),
    "sign_in.disabled": (
        "Your account here is disabled. Ask an administrator of the console.",
        "您在此的账号已停用，请联系本系统管理员。",
    ),
    "sign_in.no_login": (
        (
            "Your organisation's sign-in tells no usable login, or an e-mail address that isn't"
            " verified. Tell your administrator."
        ),
        "机构的统一登录未提供可用的账号名，或电子邮箱未经验证。请联系管理员。",
    ),
    "sign_in.taken": (
        "Somebody else has an account of your name here. Ask an administrator of the console.",
        "此处已有同名账号，且不属于您。请联系本系统管理员。",
    ),
}
