"""What a request binds: the medium it came by or names, one address or the whole person."""

import pytest

from outreach.domain.asked import Asked, asked_of
from outreach.domain.replies import Reply, classify, read_reply
from outreach.domain.vocabulary import ReplyKind, ReplyMedium


@pytest.mark.parametrize(
    ("text", "came_by", "expected"),
    [
        pytest.param("STOP", "sms", Asked(("sms",), person_wide=False), id="a keyword"),
        pytest.param("stop texting me", "sms", Asked(("sms",), person_wide=True), id="a medium"),
        pytest.param("take me off your list", "sms", Asked(("sms",), person_wide=True), id="nobody can tell"),
        pytest.param("take me off your list", "phone", Asked(("phone",), person_wide=True), id="said in a call"),
        pytest.param("no more calls, text only", "sms", Asked(("call",), person_wide=True), id="another medium"),
        pytest.param("lose my number", "sms", Asked(("phone",), person_wide=False), id="one number"),
        pytest.param("stop texting this number", "sms", Asked(("sms",), person_wide=False), id="texts to one number"),
        pytest.param("delete my email address", "email", Asked(("email",), person_wide=False), id="one e-mail address"),
        pytest.param("Don't call my work number again", "sms", Asked(("call",), person_wide=True), id="a number at work"),
        pytest.param("stop emailing this number", "sms", Asked(("email",), person_wide=True), id="no address of that kind"),
        pytest.param("stop messaging me", "whatsapp", Asked(("sms", "whatsapp"), person_wide=True), id="messages, by WhatsApp"),
        pytest.param("别再给我发短信了", "email", Asked(("email", "sms"), person_wide=True), id="texts, by e-mail"),
        pytest.param("stop calling me", "whatsapp", Asked(("call",), person_wide=True), id="calls, by WhatsApp"),
        pytest.param("leave me alone", "sms", Asked(("all",), person_wide=True), id="everything"),
    ],
)  # fmt: skip
def test_what_is_asked_is_what_is_bound(text: str, came_by: str, expected: Asked) -> None:
    reply = classify(text)
    assert reply.kind is ReplyKind.OPT_OUT
    assert asked_of(reply, came_by) == expected


def test_the_providers_keyword_binds_as_ours() -> None:
    reply = read_reply("ENOFF", "STOP")
    assert asked_of(reply, "sms") == Asked(("sms",), person_wide=False)


def test_an_agents_words_are_about_the_person() -> None:
    reply = classify("Cust asked not be texted any more", ReplyMedium.AGENT_NOTE)
    assert asked_of(reply, "phone") == Asked(("sms",), person_wide=True)


def test_what_needs_reading() -> None:
    assert not classify("STOP").needs_reading
    assert classify("please stop texting me").needs_reading
    assert classify("I will pay on Friday").needs_reading
    assert not classify("ok thanks").needs_reading
    assert not Reply(ReplyKind.HELP, "keyword").needs_reading


def test_a_request_with_a_dispute_in_it_waits_besides() -> None:
    assert classify("this isn't my debt, stop messaging me").holds
    assert not classify("I paid already, stop texting me").holds
