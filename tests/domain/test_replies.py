"""Revocations in many words and tongues are found; ordinary answers aren't taken for them."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.replies import Reply, classify, is_carriers_keyword, read_reply
from outreach.domain.vocabulary import Heard, OptOutScope, ReplyKind, ReplyMedium
from tests.domain.utterances import Utterance, utterances

# What quotes carries meaning, and so isn't noise.
_QUOTING = re.compile(r"[\"“”«»「」>]")


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
        *(
            "退订",
            "退訂",
            "退 订",
            "T",
            "TD",
            "R",
            "回复R",
            "回复TD退订",
            "取消订阅",
            "取消訂閱",
            "拒收",
        ),
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
def test_another_answer_is_no_opt_out(text: str) -> None:
    assert classify(text).kind in {ReplyKind.UNCLEAR, ReplyKind.OTHER}


@pytest.mark.parametrize("text", ["START", "start!", "UNSTOP", "恢复", "恢復", "Alta"])
def test_a_start_word_asks_to_begin_again(text: str) -> None:
    assert classify(text) == Reply(ReplyKind.OPT_IN, "keyword")


@pytest.mark.parametrize("text", ["HELP", "Help?", "info", "AYUDA", "帮助", "幫助"])
def test_a_help_word_asks_for_help(text: str) -> None:
    assert classify(text) == Reply(ReplyKind.HELP, "keyword")


@pytest.mark.parametrize(
    "text",
    ["", "   ", "12345", "no", "asdfgh", "call me less", "请少发点", "no me escriban en la noche"],
)
def test_what_is_not_understood_waits_for_a_person(text: str) -> None:
    reply = classify(text)
    assert (reply.kind, reply.holds) == (ReplyKind.UNCLEAR, True)


@pytest.mark.parametrize("text", ["ok", "thanks!", "好的", "gracias", "👍"])
def test_what_is_understood_and_asks_nothing_holds_nothing_back(text: str) -> None:
    reply = classify(text)
    assert (reply.kind, reply.holds) == (ReplyKind.OTHER, False)


@pytest.mark.parametrize(
    ("text", "heard", "holds"),
    [
        pytest.param("I will pay on Friday", Heard.PROMISE, False, id="promise"),
        pytest.param("ya pagué ayer", Heard.PAID, False, id="paid"),
        pytest.param("Talk to my lawyer", Heard.ATTORNEY, True, id="attorney"),
        pytest.param("这不是我借的", Heard.DISPUTE, True, id="dispute"),
        pytest.param("I refuse to pay", Heard.REFUSAL, True, id="refusal"),
        pytest.param("número equivocado", Heard.WRONG_PARTY, True, id="wrong party"),
        pytest.param("call me after 6pm", Heard.TIME, True, id="time"),
        pytest.param("who are you?", Heard.QUESTION, True, id="question"),
        pytest.param("not at work please", Heard.PLACE, True, id="place"),
        pytest.param("don't contact my wife", Heard.THIRD_PARTY, True, id="third party"),
    ],
)
def test_what_somebody_must_act_on_is_heard(text: str, heard: Heard, *, holds: bool) -> None:
    reply = classify(text)
    assert heard in reply.heard
    assert reply.kind is not ReplyKind.OPT_OUT
    assert reply.holds is holds


SCOPED = [
    ("stop texting me", OptOutScope.MEDIUM, {"sms"}),
    ("no more calls, text only", OptOutScope.MEDIUM, {"call"}),
    ("stop texting me and stop calling me", OptOutScope.MEDIUM, {"sms", "call"}),
    ("stop texting this number", OptOutScope.ENDPOINT, {"sms"}),
    ("lose my number", OptOutScope.ENDPOINT, set()),
    ("stop texting me, lose my number", OptOutScope.MEDIUM, {"sms"}),
    ("stop texting me about loan 5521", OptOutScope.TOPIC, {"sms"}),
    ("leave me alone", OptOutScope.ALL, set()),
    ("leave me alone and forget this number", OptOutScope.ALL, set()),
    ("cease all contact regarding account 7", OptOutScope.ALL, set()),
    ("take me off your list", None, set()),
    ("STOP", None, set()),
    ("不要再给我打电话", OptOutScope.MEDIUM, {"call"}),
    ("不要再联系我", OptOutScope.ALL, set()),
    ("no me llamen más", OptOutScope.MEDIUM, {"call"}),
]


@pytest.mark.parametrize(("text", "scope", "media"), SCOPED)
def test_a_request_says_how_much_it_is_about(
    text: str, scope: OptOutScope | None, media: set[str]
) -> None:
    reply = classify(text)
    assert reply.kind is ReplyKind.OPT_OUT
    assert (reply.scope, set(reply.media)) == (scope, media)


def test_a_request_to_end_everything_is_a_cease() -> None:
    assert Heard.CEASE in classify("do not contact me again in any way").heard


def test_what_was_read_can_be_shown() -> None:
    reply = classify("uh, PLEASE stop   texting me!")
    assert reply.rule == "phrase"
    assert reply.phrases[0] == "en.texts"
    assert reply.span == "stop texting"


@pytest.mark.parametrize(
    "text",
    [
        "stop lol jk",
        "stop texting me so late at night",
        "晚上别发短信",
        "no me escriban en la noche",
    ],
)
def test_a_joke_or_a_wish_about_the_hour_is_for_a_person(text: str) -> None:
    assert classify(text).kind is ReplyKind.UNCLEAR


def test_again_makes_it_more_than_a_wish_about_the_hour() -> None:
    assert classify("don't ever text me again in the evening").kind is ReplyKind.OPT_OUT


@pytest.mark.parametrize("text", ["don't stop texting me", "不要退订", "no quiero darme de baja"])
def test_a_denied_request_is_for_a_person(text: str) -> None:
    assert classify(text).kind is ReplyKind.UNCLEAR


def test_words_of_an_agent_are_read_in_notes_only() -> None:
    note = "customer requests removal"
    assert classify(note, ReplyMedium.AGENT_NOTE).kind is ReplyKind.OPT_OUT
    assert classify(note).kind is ReplyKind.UNCLEAR


def test_a_last_stop_in_speech_may_mean_anything() -> None:
    text = "I'm driving stop"
    assert classify(text).kind is ReplyKind.OPT_OUT
    assert classify(text, ReplyMedium.VOICE_TRANSCRIPT).kind is ReplyKind.UNCLEAR


QUOTING = [
    pytest.param(
        "> Reply STOP to opt out\nok thanks", ReplyKind.OTHER, id="quoted lines are not said"
    ),
    pytest.param(
        "ok\n\nOn Monday, Harbor wrote:\nReply STOP", ReplyKind.OTHER, id="nor what is below"
    ),
    pytest.param(
        "Who are you? It says “Reply STOP to opt out”", ReplyKind.UNCLEAR, id="a quoted request"
    ),
    pytest.param('"STOP"', ReplyKind.OPT_OUT, id="all of it in quotation marks"),
    pytest.param("> STOP", ReplyKind.OPT_OUT, id="nothing but a quoted line"),
    pytest.param("“STOP” and stop texting me", ReplyKind.OPT_OUT, id="quoted and said"),
    pytest.param("Is this “the bank”? who is this", ReplyKind.OTHER, id="quoted and harmless"),
]


@pytest.mark.parametrize(("text", "kind"), QUOTING)
def test_what_is_quoted_is_not_said(text: str, kind: ReplyKind) -> None:
    assert classify(text, ReplyMedium.EMAIL).kind is kind


def test_a_text_too_long_to_read_is_for_a_person() -> None:
    assert classify("ok thanks " * 500).kind is ReplyKind.UNCLEAR
    assert classify("stop texting me " + "x " * 3_000).kind is ReplyKind.OPT_OUT


def test_somebody_may_ask_to_begin_again_in_other_words() -> None:
    assert classify("please start texting me again").kind is ReplyKind.OPT_IN


@pytest.mark.parametrize(
    ("text", "keyword", "kind", "rule"),
    [
        pytest.param("STOP", "STOP", ReplyKind.OPT_OUT, "keyword", id="both see a stop"),
        pytest.param(
            "ENOFF", "STOP", ReplyKind.OPT_OUT, "provider", id="a keyword of the sender's own"
        ),
        pytest.param(
            "please stop doing that", "HELP", ReplyKind.OPT_OUT, "phrase", id="the words revoke"
        ),
        pytest.param("hello", "START", ReplyKind.OPT_IN, "provider", id="the provider's start"),
        pytest.param("hello", "OTHER", ReplyKind.UNCLEAR, "provider", id="a keyword nobody knows"),
        pytest.param("hello", None, ReplyKind.UNCLEAR, "none", id="no keyword"),
    ],
)
def test_the_more_protective_reading_wins(
    text: str, keyword: str | None, kind: ReplyKind, rule: str
) -> None:
    reply = read_reply(text, keyword)
    assert (reply.kind, reply.rule) == (kind, rule)


@pytest.mark.parametrize(
    ("text", "theirs"),
    [("Stop!", True), ("UNSUBSCRIBE", True), ("退订", False), ("stop it", False)],
)
def test_carriers_know_a_few_single_words(text: str, *, theirs: bool) -> None:
    assert is_carriers_keyword(text) is theirs


@given(st.text(), st.sampled_from(ReplyMedium))
def test_any_text_is_read_without_an_error(text: str, medium: ReplyMedium) -> None:
    reply = classify(text, medium)
    assert reply.kind in ReplyKind
    assert reply.holds or reply.kind is not ReplyKind.UNCLEAR


@given(
    st.sampled_from(["stop", "alto", "退订", "unsubscribe"]),
    st.text(" .!?*-\t\n\u200b\u3000", max_size=5),
)
def test_noise_around_a_keyword_changes_nothing(word: str, noise: str) -> None:
    assert classify(f"{noise}{word.upper()}{noise}") == Reply(ReplyKind.OPT_OUT, "keyword")


def _widened(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@given(
    st.sampled_from([one for one in utterances() if one.medium is not ReplyMedium.EMAIL]),
    st.sampled_from(
        [str.upper, str.title, _widened, "  {}  ".format, "{}\n".format, "…{}!!".format]
    ),
    st.sampled_from(["  ", "\t", "\n", ", ", " - ", "... ", "\u3000", " \u200b"]),
)
def test_case_width_punctuation_and_blanks_change_nothing(
    one: Utterance, change: Callable[[str], str], blank: str
) -> None:
    plain = _QUOTING.sub("", one.text)
    other = change(blank.join(plain.split(" ")))
    assert classify(other, one.medium) == classify(plain, one.medium)
