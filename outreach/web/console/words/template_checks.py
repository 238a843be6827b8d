"""Of what is wrong with words, and of what is right: one plain sentence for each check."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "templates.check.unusable": ("These words can't be used: {said}", "文本无法使用：{said}"),
    "templates.check.too_large": (
        "The text is longer than {most} bytes. Shorten it.",
        "文本超过 {most} 字节，请精简。",
    ),
    "templates.check.syntax": (
        "The template's signs don't close here: {said}. Each variable is written {{{{ name }}}}.",
        "此处模板语法有误：{said}。变量写作 {{{{ name }}}}。",
    ),
    "templates.check.construct": (
        "{found} isn't allowed. Use variables, if … else … endif, and comparisons.",
        "不允许使用 {found}。可使用变量、if … else … endif 与比较。",
    ),
    "templates.check.filter": (
        "There is no filter {found}. There are {known}.",
        "没有名为 {found} 的过滤器，可用：{known}。",
    ),
    "templates.check.unknown_variable": (
        "There is no variable {found}. Choose one from the list.",
        "没有变量 {found}，请从列表中选择。",
    ),
    "templates.check.unknown_variable_near": (
        "There is no variable {found}. Did you mean {nearest}?",
        "没有变量 {found}，是否应为 {nearest}？",
    ),
    "templates.check.no_subject": ("Write a title or subject.", "请填写标题或主题。"),
    "templates.check.no_sample": (
        "There are no sample facts in {locale}, so nobody can see these words before borrowers do.",
        "{locale} 没有示例数据，借款人收到之前无人能预览文本。",
    ),
    "templates.check.render_missing_fact": (
        (
            "Some borrowers have no such fact, and would get nothing: {detail}. Ask for it"
            " first with if."
        ),
        "部分借款人缺少以下信息，将不会收到任何内容：{detail}。请先用 if 判断。",
    ),
    "templates.check.render_too_long": (
        "The words come out too long to be sent: {detail}.",
        "生成的文本过长，无法发送：{detail}。",
    ),
    "templates.check.render_empty": ("Nothing comes out: {detail}.", "生成的文本为空：{detail}。"),
    "templates.check.render_failed": (
        "No words can be made: {detail}.",
        "无法生成文本：{detail}。",
    ),
    "templates.check.missing": (
        "The text lacks {element}. Messages for this purpose must carry it.",
        "文本缺少{element}，此用途的消息必须包含。",
    ),
    "templates.check.pack_missing": (
        "The text lacks {element}, which a rule of your country asks for.",
        "文本缺少{element}，适用规则要求必须包含。",
    ),
    "templates.check.pack_missing_maybe": (
        (
            "Some borrowers may only be sent texts with {element}. Without it they aren't"
            " contacted by this one."
        ),
        "对部分借款人，文本须包含{element}；否则不会以此文本联系他们。",
    ),
    "templates.check.pack_not_allowed": (
        "This kind of message may not carry {element}.",
        "此类消息不得包含{element}。",
    ),
    "templates.check.pack_not_allowed_maybe": (
        "For some borrowers this kind of message may not carry {element}.",
        "对部分借款人，此类消息不得包含{element}。",
    ),
    "templates.check.pack_present": (
        "The text carries {element}, which a rule of your country forbids.",
        "文本包含{element}，适用规则禁止。",
    ),
    "templates.check.pack_present_maybe": (
        "Some borrowers may not be sent texts with {element}.",
        "对部分借款人，文本不得包含{element}。",
    ),
    "templates.check.signature_first": (
        "A Chinese text message begins with its registered signature in 【】.",
        "中文短信须以已报备的【】签名开头。",
    ),
    "templates.check.forbidden_threat": (
        "“{found}” threatens the borrower or their family. Say it another way.",
        "“{found}”涉及威胁借款人或其家人，请更换表述。",
    ),
    "templates.check.forbidden_authority": (
        "“{found}” poses as a court, the police or another authority. Take it out.",
        "“{found}”冒充司法或其他机关，请删除。",
    ),
    "templates.check.forbidden_insult": (
        "“{found}” insults the borrower. Take it out.",
        "“{found}”侮辱借款人，请删除。",
    ),
    "templates.check.forbidden_disclosure": (
        "“{found}” tells others of the debt, or threatens to. Take it out.",
        "“{found}”向他人透露或威胁透露债务，请删除。",
    ),
    "templates.check.forbidden_consequence": (
        "“{found}” names a legal or credit consequence that isn't on record. Take it out.",
        "“{found}”提及未经证实的法律或征信后果，请删除。",
    ),
    "templates.check.forbidden_money": (
        "“{found}” asks for fees, private payment or new borrowing. Take it out.",
        "“{found}”涉及收费、私人收款或诱导借新还旧，请删除。",
    ),
    "templates.check.forbidden_pressure": (
        "“{found}” presses or deceives the borrower. Say it another way.",
        "“{found}”对借款人施压或误导，请更换表述。",
    ),
    "templates.check.forbidden_private_channel": (
        "“{found}” moves the matter to a private channel. Take it out.",
        "“{found}”引导至私人渠道，请删除。",
    ),
    "templates.check.too_long": (
        "{parts} segments; at most {most} are sent. Shorten the text.",
        "共 {parts} 条短信，最多 {most} 条，请精简文本。",
    ),
    "templates.check.long": (
        "{parts} segments are paid for. A shorter text is read and costs less.",
        "按 {parts} 条短信计费。更短的文本更易读，也更省。",
    ),
    "templates.check.long_words": (
        "{length} characters; about {most} are seen or read.",
        "共 {length} 字，约 {most} 字会被看到。",
    ),
    "templates.check.long_subject": (
        "The title has {length} characters; about {most} are seen.",
        "标题共 {length} 字，约 {most} 字会被看到。",
    ),
    "templates.check.ucs2": (
        "{named} turns segments of 160 characters into segments of 70.",
        "{named} 使每条短信由 160 字符降为 70 字符。",
    ),
    "templates.check.personal_literal": (
        "“{found}” looks like somebody's number or address. Use a variable.",
        "“{found}”像是个人号码或地址，请使用变量。",
    ),
    "templates.check.name_in_chinese": (
        "A Chinese text carries no name. Write 尊敬的客户 and borrower_tail.",
        "中文文本不得包含姓名，请用“尊敬的客户”及 borrower_tail。",
    ),
    "templates.check.link_literal": (
        "“{found}” is a link. Use the variable repay_link or pay_channel.",
        "“{found}”是链接，请使用变量 repay_link 或 pay_channel。",
    ),
    "templates.check.link_bare": (
        "No bare link in a Chinese text. Name the way to pay with pay_channel.",
        "中文文本不得直接出现链接，请用 pay_channel 说明还款渠道。",
    ),
    "templates.check.locked_screen": (
        (
            "{found} would be seen on a locked screen. Leave it to the app, or put it inside"
            " if may_show_details."
        ),
        "{found} 会显示在锁屏上。请留待App内展示，或置于 if may_show_details 中。",
    ),
    "templates.check.spaces": ("There are two spaces in a row.", "存在连续两个空格。"),
    "templates.check.call_condition": (
        "A condition begins in [{piece}] and ends in another piece.",
        "条件从 [{piece}] 开始却在另一段落结束。",
    ),
    "templates.check.call_told": (
        "[{piece}] is heard before it is known who listens, and tells {found}.",
        "[{piece}] 在确认接听人之前播放，却透露了 {found}。",
    ),
    "templates.check.call_script": ("The script can't be used: {said}.", "话术无法使用：{said}。"),
    "templates.check.call_key": (
        "[{piece}] doesn't say what key {key} does.",
        "[{piece}] 未说明按键 {key} 的作用。",
    ),
    "templates.check.call_menu": (
        "{pieces} is missing: a menu needs the whole.",
        "缺少 {pieces}：菜单须完整。",
    ),
    "templates.check.call_day": (
        "[confirm] says the day once, written as *.",
        "[confirm] 须且仅须出现一次以 * 表示的日期。",
    ),
    "templates.check.call_voicemail_missing": (
        "The limited voicemail lacks {element}.",
        "有限内容留言缺少{element}。",
    ),
    "templates.check.call_voicemail_extra": (
        "The limited voicemail may not carry {element}.",
        "有限内容留言不得包含{element}。",
    ),
    "templates.check.unprintable": (
        "The letter can't be printed: {said}.",
        "信函无法打印：{said}。",
    ),
    "templates.check.pages": (
        "{pages} pages; at most {most} are sent.",
        "共 {pages} 页，最多 {most} 页。",
    ),
    "templates.check.passed_variables": ("Every variable is known.", "变量均有效。"),
    "templates.check.passed_renders": (
        "Words come out of every sample.",
        "所有示例均能生成文本。",
    ),
    "templates.check.passed_content": (
        "What such a message must carry is there.",
        "必备内容齐全。",
    ),
    "templates.check.passed_expressions": (
        "No forbidden or threatening words.",
        "无禁用或威胁性用语。",
    ),
    "templates.check.passed_personal": ("No personal data typed in.", "未直接写入个人信息。"),
    "templates.check.passed_links": ("No link typed in.", "未直接写入链接。"),
    "templates.check.passed_length": ("It isn't too long.", "长度合适。"),
    "templates.check.passed_encoding": (
        "No character makes it dearer than its language does.",
        "没有导致额外费用的字符。",
    ),
    "templates.check.passed_lock_screen": (
        "A locked screen tells of no debt.",
        "锁屏不透露债务。",
    ),
    "templates.check.passed_call": ("The script is whole.", "话术完整。"),
    "templates.check.passed_letter": ("It fits on one sheet.", "一张纸即可打印。"),
    "templates.check.passed_rule": ("What {rule} asks for is met.", "符合 {rule} 的要求。"),
}
