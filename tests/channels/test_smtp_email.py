"""E-mail by SMTP against a local server with TLS, signing in, and real servers' bad manners."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from outreach.channels.provider import (
    Accepted,
    Attempt,
    Provider,
    RawCallback,
    Rejected,
    Unknown,
    Unsupported,
)
from outreach.channels.smtp_email import SmtpEmail
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import (
    DEADLINE,
    NOW,
    Harness,
    InboundContract,
    SendContract,
    StatusContract,
)
from tests.channels.mailing import (
    ADA,
    PUBLIC,
    SENDER,
    SUBJECT,
    WORDS,
    a_provider,
    an_email,
    message_id,
)
from tests.channels.push_attempts import Wall
from tests.channels.returned_mail import SECRET, a_bounce, an_answer, signed_mail
from tests.fakes.smtp import PASSWORD, USER, FakeSmtp, running_smtp


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeSmtp]:
    async with running_smtp(tmp_path) as fake:
        yield fake


@pytest.fixture
async def provider(server: FakeSmtp) -> AsyncIterator[SmtpEmail]:
    built = a_provider(server)
    yield built
    await built.close()


class TestContract(SendContract, StatusContract, InboundContract):
    """The contract, kept by the adapter for mail servers."""

    @pytest.fixture
    async def harness(self, server: FakeSmtp, provider: SmtpEmail) -> Harness:
        server.for_recipient("slow@example.com", at="dot", manner="hang")
        server.for_recipient(
            "much@example.com", answer="450 4.7.28 too much mail, try again in 2 seconds"
        )
        server.for_recipient("gone@example.com", answer="550 5.1.1 <gone@example.com>: nobody")

        def status(attempt: Attempt, state: str) -> RawCallback:
            return signed_mail(a_bounce(message_id(attempt), action=state, status="2.0.0"), NOW)

        def inbound(sender: str, text: str) -> RawCallback:
            return signed_mail(an_answer(sender, text), NOW, kind="inbound")

        def unavailable() -> Provider:
            return a_provider(server, port=9)

        return Harness(
            provider,
            unanswered="slow@example.com",
            throttled="much@example.com",
            unavailable=unavailable,
            away=ADA,
            dead="gone@example.com",
            status=status,
            inbound=inbound,
            writer=ADA,
            attempt=an_email,
            secrets=(SUBJECT, "Your payment", ADA, PASSWORD, SECRET),
        )


async def test_an_email_says_who_it_is_from_and_how_to_stop(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    attempt = an_email()

    result = await provider.send(attempt, DEADLINE)

    assert result == Accepted(message_id(attempt), DeliveryState.ACCEPTED, 1)
    [mail] = server.mails
    assert (mail.sender, mail.recipient) == (SENDER, ADA)
    assert (mail.encrypted, mail.user) == (True, USER)
    found = mail.message
    token = provider._tokens.issue(attempt.attempt_id, NOW)
    assert {name: str(found[name]) for name in found if name != "Content-Type"} == {
        "Message-ID": f"<{message_id(attempt)}>",
        "Date": "Mon, 23 Nov 2026 09:02:00 +0000",
        "From": f"Harbor Credit <{SENDER}>",
        "Reply-To": "Harbor Credit <help@harbor.example>",
        "To": ADA,
        "Subject": SUBJECT,
        "List-Unsubscribe": f"<{PUBLIC}/email/unsubscribe/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Language": "en-US",
    }
    assert mail.text.splitlines() == WORDS.splitlines()
    html = found.get_body(("html",))
    assert html is not None
    assert "<p>Your payment of $40.00 is due.</p>" in html.get_content()


async def test_a_bounce_brings_our_id_back_and_not_the_words(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    attempt = an_email()
    await provider.send(attempt, DEADLINE)
    server.offers_dsn = False
    await server.hang_up()
    await provider.send(attempt, DEADLINE)

    known, unknown = server.mails
    assert known.mail_options == ("RET=HDRS", f"ENVID={attempt.attempt_id}")
    assert known.rcpt_options == ("NOTIFY=FAILURE,DELAY",)
    assert unknown.mail_options == unknown.rcpt_options == ()


async def test_bounces_go_where_the_settings_say(server: FakeSmtp) -> None:
    box = {"return_path": "bounces@harbor.example"}
    provider = a_provider(server, mailboxes={"Service@Harbor.example": box})

    await provider.send(an_email(), DEADLINE)

    assert server.mails[0].sender == "bounces@harbor.example"
    assert str(server.mails[0].message["From"]) == SENDER
    await provider.close()


async def test_messages_share_a_connection_that_the_server_may_close(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    for number in range(1, 4):
        await provider.send(an_email(number=number), DEADLINE)
    assert server.connections == 1

    await server.hang_up()
    assert isinstance(await provider.send(an_email(number=4), DEADLINE), Accepted)

    assert server.connections == 2
    assert len(server.mails) == 4


async def test_a_kept_connection_that_is_told_to_go_is_opened_anew(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    await provider.send(an_email(), DEADLINE)
    server.for_recipient("", at="mail", answer="421 4.4.2 idle for too long", times=1)

    assert isinstance(await provider.send(an_email(number=2), DEADLINE), Accepted)
    assert server.connections == 2


async def test_many_at_once_wait_for_each_other(server: FakeSmtp) -> None:
    provider = a_provider(server, connections=3)

    results = await asyncio.gather(
        *(provider.send(an_email(f"p{n}@example.com", number=n), DEADLINE) for n in range(1, 31))
    )

    assert all(isinstance(one, Accepted) for one in results)
    assert len({mail.recipient for mail in server.mails}) == len(server.mails) == 30
    assert server.connections == 3
    await provider.close()


async def test_whoever_waits_in_vain_for_a_connection_sent_nothing(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    server.for_recipient("slow@example.com", at="dot", manner="hang")
    slow = asyncio.create_task(provider.send(an_email("slow@example.com"), 1.0))
    await asyncio.sleep(0.3)

    result = await provider.send(an_email(number=2), 0.2)

    assert result == Rejected(ErrorClass.UNAVAILABLE, "busy", timedelta(seconds=5), "account")
    assert isinstance(await slow, Unknown)
    assert isinstance(await provider.send(an_email(number=3), DEADLINE), Accepted)


@pytest.mark.parametrize("manner", ["drop", "hang", "garbage", "flood"])
@pytest.mark.parametrize("at", ["data", "dot"])
async def test_whatever_breaks_once_the_words_go_out_is_unknown_and_sent_once(
    provider: SmtpEmail, server: FakeSmtp, at: str, manner: str
) -> None:
    await provider.send(an_email("other@example.com", number=2), DEADLINE)
    server.for_recipient(ADA, at=at, manner=manner)

    assert isinstance(await provider.send(an_email(), 0.3), Unknown)

    assert len(server.mails_to(ADA)) == (1 if at == "dot" else 0)
    server.behaviors.clear()
    assert isinstance(await provider.send(an_email(number=3), DEADLINE), Accepted)


@pytest.mark.parametrize("manner", ["drop", "hang", "garbage", "flood"])
@pytest.mark.parametrize("at", ["greeting", "login", "mail", "rcpt"])
async def test_whatever_breaks_before_leaves_nothing_behind(
    provider: SmtpEmail, server: FakeSmtp, at: str, manner: str
) -> None:
    server.for_recipient("", at=at, manner=manner)

    result = await provider.send(an_email(), 0.3)

    assert isinstance(result, Rejected)
    assert (result.error, result.contact_counted) == (ErrorClass.UNAVAILABLE, False)
    assert server.mails == []


@pytest.mark.parametrize(
    ("at", "answer", "error", "scope", "wait"),
    [
        pytest.param("rcpt", "550 5.1.1 nobody", "invalid_address", "address", None, id="nobody"),
        pytest.param("rcpt", "550 no", "invalid_address", "address", None, id="basic code alone"),
        pytest.param("rcpt", "552 5.2.2 full", "unreachable_retry", "address", None, id="full"),
        pytest.param(
            "rcpt",
            "451 4.7.1 Greylisted, come back in 5 minutes",
            "unreachable_retry",
            "address",
            300,
            id="greylisted",
        ),
        pytest.param("rcpt", "450 4.7.1 later", "unreachable_retry", "address", 900, id="no time"),
        pytest.param("rcpt", "550 5.7.1 policy", "reputation", "address", None, id="policy"),
        pytest.param("dot", "554 5.6.0 spam", "reputation", "template", None, id="spam"),
        pytest.param("dot", "554 no", "reputation", "template", None, id="words, basic code"),
        pytest.param("dot", "452 4.3.1 full", "throttled", "account", 60, id="server is full"),
        pytest.param("data", "451 later", "throttled", "account", 60, id="before the words"),
        pytest.param("mail", "550 5.7.23 SPF", "sender_config", "sender", None, id="SPF"),
        pytest.param("mail", "553 5.1.1 who", "sender_config", "sender", None, id="sender unknown"),
        pytest.param("mail", "450 4.2.1 wait", "throttled", "sender", 5, id="sender waits"),
        pytest.param("login", "535 5.7.8 no", "account", "account", None, id="password"),
        pytest.param("login", "535 5.1.1 no", "account", "account", None, id="odd code"),
        pytest.param("greeting", "554 5.1.1 go away", "account", "account", None, id="banned"),
        pytest.param("greeting", "421 too many", "throttled", "account", 60, id="too many"),
        pytest.param("rcpt", "550 4.1.1 mixed", "invalid_address", "address", None, id="mixed up"),
        pytest.param("rcpt", "555 5.8.9 new", "unknown", "address", None, id="code of tomorrow"),
        pytest.param(
            "rcpt", "550 5.1.99 new", "invalid_address", "address", None, id="address of tomorrow"
        ),
    ],
)
async def test_a_refusal_is_classified_and_counts_for_nothing(
    provider: SmtpEmail,
    server: FakeSmtp,
    at: str,
    answer: str,
    error: str,
    scope: str,
    wait: int | None,
) -> None:
    server.for_recipient("", at=at, answer=answer)

    result = await provider.send(an_email(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.scope, result.contact_counted) == (error, scope, False)
    assert result.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert server.mails == []
    server.behaviors.clear()
    assert isinstance(await provider.send(an_email(number=2), DEADLINE), Accepted)


async def test_what_nobody_classified_alerts(provider: SmtpEmail, server: FakeSmtp) -> None:
    server.for_recipient(ADA, answer="550 5.8.9 new")

    result = await provider.send(an_email(), DEADLINE)

    assert result == Rejected(ErrorClass.UNKNOWN, "5.8.9", scope="address", alert=True)


async def test_a_sender_that_is_no_address_is_the_settings_mistake(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    result = await provider.send(an_email(sender="Harbor"), DEADLINE)

    assert result == Rejected(ErrorClass.SENDER_CONFIG, "sender", scope="sender", alert=True)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("offered", "code", "error"),
    [
        pytest.param({"offers_starttls": False}, "tls", ErrorClass.UNAVAILABLE, id="no encryption"),
        pytest.param({"offers_auth": ""}, "login", ErrorClass.ACCOUNT, id="no signing in"),
        pytest.param({"offers_auth": "GSSAPI"}, "login", ErrorClass.ACCOUNT, id="another way"),
    ],
)
async def test_nothing_goes_in_the_clear_or_unsigned(
    provider: SmtpEmail, server: FakeSmtp, offered: dict[str, Any], code: str, error: ErrorClass
) -> None:
    for name, value in offered.items():
        setattr(server, name, value)

    result = await provider.send(an_email(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.code, result.error, result.alert) == (code, error, True)
    assert not any(one.startswith(("AUTH", "MAIL")) for one in server.commands)


async def test_a_server_that_nobody_vouches_for_gets_nothing(server: FakeSmtp) -> None:
    provider = a_provider(server, ca_file=None)

    result = await provider.send(an_email(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.code, result.error, result.alert) == ("tls", ErrorClass.UNAVAILABLE, True)
    assert server.mails == []


async def test_encryption_from_the_start(tmp_path: Path) -> None:
    async with running_smtp(tmp_path, tls_from_the_start=True) as server:
        provider = a_provider(server, security="tls")
        assert isinstance(await provider.send(an_email(), DEADLINE), Accepted)
        assert server.mails[0].encrypted

        untrusting = a_provider(server, security="tls", ca_file=None)
        result = await untrusting.send(an_email(), DEADLINE)
        assert isinstance(result, Rejected)
        assert (result.code, result.alert) == ("tls", True)
        await provider.close()


async def test_a_server_on_this_machine_needs_no_encryption(server: FakeSmtp) -> None:
    provider = a_provider(server, security="none", username=None, password=None)

    assert isinstance(await provider.send(an_email(), DEADLINE), Accepted)

    assert (server.mails[0].encrypted, server.mails[0].user) == (False, None)
    await provider.close()


async def test_a_mail_server_cannot_be_asked_and_takes_nothing_back(provider: SmtpEmail) -> None:
    found = await provider.lookup(an_email(), DEADLINE)

    assert isinstance(found, Unsupported)
    assert await provider.cancel(message_id(an_email()), DEADLINE) is False
    able = provider.capabilities
    assert (able.lookup, able.supports_cancel, able.has_delivery_receipt) == ("none", False, False)


async def test_it_takes_leave_and_can_close_twice(provider: SmtpEmail, server: FakeSmtp) -> None:
    await provider.send(an_email(), DEADLINE)

    await provider.close()
    await provider.close()

    assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    "wrong",
    [
        {"security": "none"},
        {"security": "none", "host": "mail.example.com", "username": None, "password": None},
        {"username": None},
        {"password": None},
        {"port": 0},
        {"host": "mail.example.com/x"},
        {"ca_file": "/nowhere.pem"},
        {"connections": 0},
        {"mailboxes": {SENDER: {"reply_to": "a@b.example\r\nBcc: x@y.example"}}},
        {"callback_secrets": ["short"]},
        {"unsubscribe_days": 30},
        {"surprise": 1},
    ],
    ids=str,
)
def test_wrong_options_are_refused_without_showing_secrets(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    options = {"host": "localhost", "username": USER, "password": "very secret", **wrong}

    with pytest.raises(ValidationError) as refused:
        SmtpEmail("mail", options, PUBLIC, key=b"k" * 32, clock=Wall())

    assert "very secret" not in str(refused.value)


async def test_a_later_date_is_told_by_the_wall_clock(server: FakeSmtp) -> None:
    wall = Wall()
    provider = a_provider(server, wall)
    wall.pass_by(timedelta(days=1))

    await provider.send(replace(an_email(), reserved_at=NOW), DEADLINE)

    assert str(server.mails[0].message["Date"]).startswith("Tue, 24 Nov 2026")
    await provider.close()
