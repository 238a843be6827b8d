"""Revocations in many words and tongues are found; ordinary answers aren't taken for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.replies import Reply, classify, read_reply
from outreach.domain.vocabulary import ReplyKind


@pytest.mark.parametrize(
    "text",
    [
        *(
            "STOP",
            "stop.",
            "Stop!!",
            "S T O P",
            "S.T.O.P",
            "ＳＴＯＰ",
            "STOP\u200b",
            "  stop\n",
            "🛑",
        ),
        *("Unsubscribe", "opt-out", "Opt out", "END", "quit", "Cancel", "remove me"),
        *(
            "STOP PLEASE",
            "Stop I paid already",
            "please stop",
            "just stop",
            "stop it",
            "Unsubscribe me",
        ),
        *("pls stop texting me, I paid yesterday", "Please don't text me anymore", "No more texts"),
        *(
            "do not contact me again",
            "never message this number",
            "quit harassing me",
            "cease and desist",
        ),
        *("take me off your list", "lose my number", "delete my number", "Leave me ALONE!"),
        *("I revoke my consent", "I withdraw all consent to texts", "cease all communication"),
        *("ALTO", "¡Alto!", "BASTA", "Baja", "No me escriban más", "no me manden mensajes"),
        *(
            "Dejen de molestarme",
            "No quiero recibir más mensajes",
            "Quiero darme de baja",
            "borren mi número",
        ),
        *("退订", "退訂", "退 订", "T", "TD", "回复TD退订", "取消订阅", "取消訂閱", "拒收"),
        *(
            "别再发短信了",
            "別再發簡訊了",
            "请不要给我发短信了",
            "不要再傳簡訊給我",
            "请勿再联系我",
            "别烦我",
        ),
        *("我不想再收到你们的短信", "删除我的号码", "撤回我的同意", "停止发送", "請不要再聯繫我"),
        *(
            "ARRÊT",
            "Arrêtez de m'écrire",
            "Ne m'envoyez plus de SMS",
            "abmelden",
            "Keine SMS mehr bitte",
        ),
        *(
            "SAIR",
            "não me envie mensagens",
            "pare de me mandar mensagem",
            "ferma",
            "отписаться",
            "не пишите мне",
        ),
        *(
            "配信停止",
            "수신거부",
            ["हमें", "नहीं", "बंद"][-1],
            "berhenti",
            "HUỶ",
            "หยุด",
            "إيقاف",
            "İPTAL",
        ),
        *("jangan hubungi saya", "huwag na magtext"),
    ],
)
def test_a_revocation_is_an_opt_out(text: str) -> None:
    assert classify(text).kind is ReplyKind.OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        *("ok", "yes", "no", "who is this?", "wrong number", "", "   ", "👍", "12345"),
        *("I will pay Friday", "can pay half next week, rest at month end", "I already paid this"),
        *(
            "Stop by the office tomorrow?",
            "can you stop the autopay",
            "Don't stop texting me",
            "I can't stop now",
        ),
        *("do not contact my wife", "why did you not remind me", "what's the end balance?"),
        *("我已经还过了", "周五一定还款", "发了工资就还，月底之前", "不要联系我家人", "你是谁？"),
        *("pago el viernes", "ya pagué", "quién es?"),
    ],
)
def test_another_answer_is_unclear(text: str) -> None:
    assert classify(text) == Reply(ReplyKind.UNCLEAR, "none")


@pytest.mark.parametrize("text", ["START", "start!", "UNSTOP", "恢复", "恢復", "Alta"])
def test_a_start_word_asks_to_begin_again(text: str) -> None:
    assert classify(text) == Reply(ReplyKind.OPT_IN, "keyword")


@pytest.mark.parametrize("text", ["HELP", "Help?", "info", "AYUDA", "帮助", "幫助"])
def test_a_help_word_asks_for_help(text: str) -> None:
    assert classify(text) == Reply(ReplyKind.HELP, "keyword")


@pytest.mark.parametrize(
    ("text", "keyword", "expected"),
    [
        pytest.param("STOP", "STOP", Reply(ReplyKind.OPT_OUT, "keyword"), id="both see a stop"),
        pytest.param(
            "NO MORE PLZ",
            "STOP",
            Reply(ReplyKind.OPT_OUT, "provider"),
            id="a keyword of the sender's own",
        ),
        pytest.param(
            "please stop", "HELP", Reply(ReplyKind.OPT_OUT, "phrase"), id="the words revoke"
        ),
        pytest.param(
            "hello", "START", Reply(ReplyKind.OPT_IN, "provider"), id="the provider's start"
        ),
        pytest.param(
            "hello", "OTHER", Reply(ReplyKind.UNCLEAR, "provider"), id="a keyword nobody knows"
        ),
        pytest.param("hello", None, Reply(ReplyKind.UNCLEAR, "none"), id="no keyword"),
    ],
)
def test_the_more_protective_reading_wins(text: str, keyword: str | None, expected: Reply) -> None:
    assert read_reply(text, keyword) == expected


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert classify(text).kind in ReplyKind


@given(
    st.sampled_from(["stop", "alto", "退订", "unsubscribe"]),
    st.text(" .!?*-\t\n\u200b\u3000", max_size=5),
)
def test_punctuation_and_case_change_nothing(word: str, noise: str) -> None:
    assert classify(f"{noise}{word.upper()}{noise}") == Reply(ReplyKind.OPT_OUT, "keyword")
