"""Only words that a registered text gives go out, and exactly those."""

import re
from dataclasses import replace

import pytest

from outreach.channels.cn_sms import (
    Register,
    RegisteredTemplate,
    international,
    mainland,
    read_batch,
)
from outreach.channels.provider import Attempt, Ignored, Rejected
from outreach.channels.registered_words import Filled
from outreach.domain.vocabulary import ErrorClass
from tests.channels.contract import an_attempt

SENDER = "10690555010142"
TEXT = "尊敬的客户（尾号${tail}），您的贷款逾期应还${amount}，应还日为${due}。客服028-5550-0142。"
WORDS = "【明禾消金】尊敬的客户（尾号8306），您的贷款逾期应还¥1,234.50，应还日为3月1日。客服028-5550-0142。"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def a_register(*texts: str, locale: str = "zh-CN") -> Register:
    templates = [
        RegisteredTemplate(template="overdue_early", locale=locale, code=f"SMS_{number}", text=text)
        for number, text in enumerate(texts)
    ]
    return Register(templates, PLACEHOLDER, {SENDER: "明禾消金", "106905550": "明禾消金"})


def words(body: str = WORDS, **changes: str) -> Attempt:
    given = {"template": "overdue_early@1f2e", "locale": "zh-CN", **changes}
    return replace(an_attempt("+8613800138000", sender=SENDER), body=body, **given)  # type: ignore[arg-type]


def test_the_vendors_variables_are_read_out_of_our_words() -> None:
    found = a_register(TEXT).fill(words())

    assert found == Filled("SMS_0", {"tail": "8306", "amount": "¥1,234.50", "due": "3月1日"})


def test_of_several_texts_the_one_that_gives_the_words_is_used() -> None:
    found = a_register("您的贷款今天到期。", TEXT, TEXT).fill(words())

    assert isinstance(found, Filled)
    assert found.code == "SMS_1"


def test_a_text_without_variables_needs_none() -> None:
    assert a_register("今天到期。").fill(words("【明禾消金】今天到期。")) == Filled("SMS_0", {})


def test_a_variable_named_twice_must_say_the_same_twice() -> None:
    register = a_register("${who}您好，${who}。")

    assert register.fill(words("【明禾消金】王女士您好，王女士。")) == Filled(
        "SMS_0", {"who": "王女士"}
    )
    assert isinstance(register.fill(words("【明禾消金】王女士您好，李女士。")), Rejected)


@pytest.mark.parametrize(
    ("attempt", "code", "error", "scope"),
    [
        pytest.param(
            words(WORDS + "回T退订"), "words_not_registered", ErrorClass.REQUEST_BUG, "template",
            id="a word more",
        ),
        pytest.param(
            words(template="pre_due"), "words_not_registered", ErrorClass.REQUEST_BUG, "template",
            id="another template",
        ),
        pytest.param(
            words(locale="en-US"), "words_not_registered", ErrorClass.REQUEST_BUG, "template",
            id="another language",
        ),
        pytest.param(
            words(WORDS.replace("明禾消金", "别家")), "other_signature", ErrorClass.REQUEST_BUG,
            "template", id="another signature",
        ),
        pytest.param(
            replace(words(), sender="10690000"), "no_sign_name", ErrorClass.SENDER_CONFIG, "sender",
            id="a sender without a signature",
        ),
    ],
)  # fmt: skip
def test_other_words_are_not_sent(
    attempt: Attempt, code: str, error: ErrorClass, scope: str
) -> None:
    found = a_register(TEXT).fill(attempt)

    assert isinstance(found, Rejected)
    assert (found.code, found.error, found.scope) == (code, error, scope)
    assert found.alert
    assert not found.contact_counted


def test_an_attempt_that_names_no_template_is_told_by_its_words() -> None:
    assert isinstance(a_register(TEXT).fill(words(template="", locale="")), Filled)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${a}${b}", "two variables touch"),
        ("，".join(f"${{v{number}}}" for number in range(31)), "more than 30 variables"),
    ],
)
def test_a_text_that_cannot_be_compared_with_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        a_register(text)


def test_a_signature_leads_back_to_its_senders() -> None:
    register = a_register(TEXT)

    assert register.senders("明禾消金") == (SENDER, "106905550")
    assert register.senders("别家") == ()


@pytest.mark.parametrize(
    ("told", "country", "number"),
    [
        ("13800138000", "", "+8613800138000"),
        ("8613800138000", "", "+8613800138000"),
        ("+8613800138000", "", "+8613800138000"),
        ("008613800138000", "", "+8613800138000"),
        ("13800138000", "86", "+8613800138000"),
        ("85291234567", "", "+85291234567"),
        ("12025550143", "", "+12025550143"),
    ],
)
def test_numbers_are_told_in_e164(told: str, country: str, number: str) -> None:
    assert international(told, country) == number
    assert international(mainland(number)) == number


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[", b"[]", b"[1, null]", b'"x"'])
def test_whatever_cannot_be_read_is_kept(body: bytes) -> None:
    events = read_batch(body, lambda row: Ignored(str(row)))

    assert events
    assert all(isinstance(event, Ignored) for event in events)
