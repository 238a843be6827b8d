"""Bounces, complaints, answers and clicks: what they change, and who may tell them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from outreach.channels.provider import (
    BadSignatureError,
    CallbackEvent,
    Ignored,
    InboundMessage,
    Paged,
    RawCallback,
    StatusUpdate,
)
from outreach.channels.smtp_email import SmtpEmail
from outreach.channels.smtp_unsubscribe import Unsubscribing
from outreach.domain.contacts import Report, attempt_id
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass
from tests.channels.contract import NOW
from tests.channels.push_attempts import Wall
from tests.channels.returned_mail import (
    SECRET,
    a_bounce,
    a_complaint,
    an_answer,
    signed_mail,
)

ATTEMPT = attempt_id(7, UUID(int=7, version=4))
OTHER = attempt_id(8, UUID(int=8, version=4))
REF = f"{ATTEMPT}@harbor.example"
SENDER = "service@harbor.example"


def a_provider(wall: Wall | None = None, name: str = "mail", **options: Any) -> SmtpEmail:
    given = {
        "host": "localhost",
        "callback_secrets": [SECRET],
        "mailboxes": {SENDER: {"reply_to": "Help@harbor.example"}},
        **options,
    }
    key = name.encode().ljust(32)
    return SmtpEmail(name, given, "https://cb.collector.example/", key=key, clock=wall or Wall())


@pytest.fixture
def provider() -> SmtpEmail:
    return a_provider()


def read(provider: SmtpEmail, mail: bytes) -> CallbackEvent:
    [event] = provider.parse_callback(signed_mail(mail, NOW))
    return event


@pytest.mark.parametrize(
    ("action", "status", "state", "error", "confirmations"),
    [
        ("failed", "5.1.1", "undelivered", "invalid_address", 1),
        ("failed", "5.1.10", "undelivered", "invalid_address", 1),
        ("failed", "5.1.77", "undelivered", "invalid_address", 2),
        ("failed", "4.2.2", "undelivered", "unreachable_retry", 1),
        ("failed", "4.4.7", "undelivered", "unreachable_retry", 1),
        ("failed", "5.2.2", "undelivered", "unreachable_retry", 1),
        ("failed", "5.7.1", "undelivered", "reputation", 1),
        ("failed", "5.0.0", "undelivered", "unknown", 1),
        ("delivered", "2.0.0", "delivered", None, 1),
        ("relayed", "2.0.0", "sent", None, 1),
        ("Failed (final)", "5.1.1", None, None, 1),
    ],
)
def test_a_bounce_says_what_became_of_the_message(
    provider: SmtpEmail,
    action: str,
    status: str,
    state: str | None,
    error: str | None,
    confirmations: int,
) -> None:
    event = read(provider, a_bounce(REF, action=action, status=status))

    if state is None:
        assert event == Ignored("unknown action of a bounce", ATTEMPT)
        return
    assert isinstance(event, StatusUpdate)
    assert (event.attempt_id, event.report.state) == (ATTEMPT, state)
    assert (event.report.error_class, event.confirmations) == (error, confirmations)


def test_what_is_only_late_changes_nothing(provider: SmtpEmail) -> None:
    assert read(provider, a_bounce(REF, action="delayed", status="4.4.1")) == Ignored(
        "delayed", ATTEMPT
    )


def test_a_bounce_that_reached_the_other_server_counts(provider: SmtpEmail) -> None:
    event = read(provider, a_bounce(REF))

    assert isinstance(event, StatusUpdate)
    assert event.report == Report(
        DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS, "5.1.1", counted=True
    )
    assert event.scope == "address"


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(a_bounce(f"{OTHER}@x", envelope_id=ATTEMPT), id="by the envelope"),
        pytest.param(a_bounce(REF), id="by the returned headers"),
        pytest.param(
            a_bounce("somebody@else", headers=f"In-Reply-To: <{REF}>\n"), id="by what it answers"
        ),
        pytest.param(
            a_bounce("somebody@else").replace(b"couldn't", b"about %s couldn't" % REF.encode()),
            id="by its words",
        ),
        pytest.param(
            a_bounce(REF).replace(b"text/rfc822-headers", b"message/rfc822"), id="whole message"
        ),
    ],
)
def test_a_bounce_is_matched_by_our_id_wherever_it_comes_back(
    provider: SmtpEmail, mail: bytes
) -> None:
    event = read(provider, mail)

    assert isinstance(event, StatusUpdate)
    assert event.attempt_id == ATTEMPT


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "other"])
def test_a_complaint_stops_emails_and_says_that_it_arrived(provider: SmtpEmail, kind: str) -> None:
    assert read(provider, a_complaint(REF, kind=kind)) == StatusUpdate(
        ATTEMPT, None, Report(DeliveryState.DELIVERED), opted_out="complaint"
    )


@pytest.mark.parametrize("kind", ["not-spam", "virus", "dkim"])
def test_other_feedback_stops_nothing(provider: SmtpEmail, kind: str) -> None:
    assert read(provider, a_complaint(REF, kind=kind)) == Ignored("not a complaint", ATTEMPT)


def test_an_answer_is_read_as_any_reply_is(provider: SmtpEmail) -> None:
    event = read(provider, an_answer("Ada@Example.COM", "STOP\n\n> To stop, reply STOP."))

    assert event == InboundMessage(
        "<answer-1@mailbox.example>",
        "ada@example.com",
        (SENDER,),
        "STOP\n\n> To stop, reply STOP.",
        channel=Channel.EMAIL,
    )


@pytest.mark.parametrize(
    ("mail", "text"),
    [
        pytest.param(an_answer("a@b.example", "", subject="STOP"), "STOP", id="subject alone"),
        pytest.param(
            an_answer("a@b.example", "thanks", subject="Unsubscribe me"),
            "Unsubscribe me\nthanks",
            id="both",
        ),
        pytest.param(
            an_answer("a@b.example", "退订", subject="回复：您的账户"), "退订", id="Chinese"
        ),
        pytest.param(
            an_answer(
                "a@b.example",
                "<style>p{}</style><p>No me <b>escriban</b>&nbsp;m&aacute;s</p>",
                kind="html",
            ),
            "No me \nescriban\n\xa0más",
            id="page",
        ),
    ],
)
def test_what_somebody_wrote_is_found(provider: SmtpEmail, mail: bytes, text: str) -> None:
    event = read(provider, mail)

    assert isinstance(event, InboundMessage)
    assert event.text == text


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\n",
        "Precedence: bulk\n",
        "Return-Path: <>\n",
        "X-Autoreply: yes\n",
    ],
)
def test_a_note_of_absence_is_no_answer(provider: SmtpEmail, headers: str) -> None:
    mail = an_answer("a@b.example", "I'm away.", headers=f"In-Reply-To: <{REF}>\n{headers}")

    assert read(provider, mail) == Ignored("automatic mail", ATTEMPT)


def test_an_old_fashioned_bounce_is_kept_for_people(provider: SmtpEmail) -> None:
    mail = an_answer("MAILER-DAEMON@mx.example", f"Sorry, no mailbox.\n\nMessage-ID: <{REF}>")

    assert read(provider, mail) == Ignored("automatic mail", ATTEMPT)


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe\x00=", id="bytes"),
        pytest.param(b"Content-Type: multipart/report\r\n\r\n--", id="no boundary"),
        pytest.param(b"Content-Type: message/delivery-status\r\n\r\n\xff: \xff", id="odd fields"),
        pytest.param(b"From: a@b.example\r\nContent-Type: text/plain; charset=\x00\r\n\r\nx", id="zero"),
        pytest.param(
            b"From: a@b.example\r\nMessage-ID: <x>\r\nContent-Type: text/plain; charset=klingon\r\n\r\nx",
            id="charset",
        ),
        pytest.param(b"From: a@b.example, c@d.example\r\nMessage-ID: <x>\r\n\r\nSTOP", id="two"),
        pytest.param(b"From: a@b.example\r\n\r\nSTOP", id="no id"),
        pytest.param(
            b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000)),
            id="deep",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_and_changes_nothing(provider: SmtpEmail, mail: bytes) -> None:
    event = read(provider, mail)

    assert isinstance(event, Ignored) or event.__class__ is InboundMessage


def forgeries() -> Iterator[Any]:
    good = signed_mail(a_bounce(REF), NOW)
    yield pytest.param(replace(good, kind="inbound"), id="another kind")
    yield pytest.param(replace(good, path_qs="/providers/other/bounce"), id="another account")
    yield pytest.param(signed_mail(a_bounce(REF), NOW, secret="x" * 32), id="another secret")
    yield pytest.param(signed_mail(a_bounce(REF), NOW - timedelta(minutes=6)), id="too old")
    yield pytest.param(signed_mail(a_bounce(REF), NOW + timedelta(minutes=6)), id="too early")
    yield pytest.param(
        replace(good, headers={**good.headers, "X-Outreach-Timestamp": "now"}), id="no time"
    )


@pytest.mark.parametrize("raw", list(forgeries()))
def test_only_the_lenders_own_server_may_post_mail(provider: SmtpEmail, raw: RawCallback) -> None:
    with pytest.raises(BadSignatureError):
        provider.parse_callback(raw)


def test_two_secrets_hold_while_one_is_rotated() -> None:
    new = "n" * 32
    provider = a_provider(callback_secrets=[new, SECRET])

    for secret in (new, SECRET):
        assert provider.parse_callback(signed_mail(a_bounce(REF), NOW, secret=secret))


def test_without_a_secret_no_mail_is_taken() -> None:
    provider = a_provider(callback_secrets=None)

    assert set(provider.callback_paths) == {"/email/unsubscribe/{token}"}
    with pytest.raises(BadSignatureError):
        provider.parse_callback(signed_mail(a_bounce(REF), NOW))


def a_click(token: str, *, query: str = "") -> RawCallback:
    body = b"List-Unsubscribe=One-Click"
    return RawCallback("unsubscribe", f"/email/unsubscribe/{token}{query}", {}, body)


def test_a_click_stops_emails(provider: SmtpEmail) -> None:
    token = provider._tokens.issue(ATTEMPT, NOW)

    events = provider.parse_callback(a_click(token, query="?utm=1"))

    assert events == [StatusUpdate(ATTEMPT, None, Report(None), opted_out="one_click")]
    answer = provider.ack("unsubscribe", events)
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert b"no more e-mails" in answer.body
    assert provider.ack("bounce", []).status == 204


def test_opening_the_address_only_asks(provider: SmtpEmail) -> None:
    token = provider._tokens.issue(ATTEMPT, NOW)
    assert isinstance(provider, Paged)

    page = provider.page("unsubscribe", f"/email/unsubscribe/{token}")

    assert page.status == 200
    assert b'<form method="post">' in page.body
    assert b"<script" not in page.body
    assert provider.page("unsubscribe", "/email/unsubscribe/x").status == 404


def test_a_token_carries_nothing_about_the_person_and_lapses() -> None:
    wall = Wall()
    provider = a_provider(wall, unsubscribe_days=60)
    token = provider._tokens.issue(ATTEMPT, NOW)

    assert token.startswith(f"{ATTEMPT}.")
    assert len(token) < 100
    wall.pass_by(timedelta(days=60, seconds=-1))
    assert provider.parse_callback(a_click(token))
    wall.pass_by(timedelta(seconds=1))
    with pytest.raises(BadSignatureError):
        provider.parse_callback(a_click(token))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.replace(ATTEMPT, OTHER),
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.rpartition(".")[0],
        lambda token: token.partition(".")[0],
        lambda token: token.replace(".", "/"),
        lambda token: f"{token}/x",
        lambda token: token + "%00",
        lambda token: token * 2,
        lambda _: "",
        lambda _: "é",
    ],
)
def test_a_changed_token_is_nobodys(provider: SmtpEmail, change: Any) -> None:
    token = change(provider._tokens.issue(ATTEMPT, NOW))

    with pytest.raises(BadSignatureError):
        provider.parse_callback(a_click(token))


def test_another_accounts_token_is_nobodys(provider: SmtpEmail) -> None:
    token = a_provider(name="other")._tokens.issue(ATTEMPT, NOW)

    with pytest.raises(BadSignatureError):
        provider.parse_callback(a_click(token))


def test_a_signed_token_that_names_nobody_is_refused() -> None:
    tokens = Unsubscribing(b"k" * 32, timedelta(days=60))

    assert tokens.read(tokens.issue("nobody", NOW), NOW) is None
