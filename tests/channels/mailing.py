"""E-mails and an account at a mail server, for tests of the adapter."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from outreach.channels.provider import Attempt
from outreach.channels.smtp_email import SmtpEmail
from outreach.domain.contacts import attempt_id
from outreach.domain.vocabulary import Channel
from tests.channels.contract import NOW
from tests.channels.push_attempts import Wall
from tests.channels.returned_mail import SECRET
from tests.fakes.smtp import FakeSmtp

PUBLIC = "https://cb.collector.example"
SENDER = "service@harbor.example"
ADA = "ada@example.com"
SUBJECT = "A message about your account"
WORDS = "Hello Ada,\n\nYour payment of $40.00 is due.\n\nTo stop these e-mails, reply STOP. 您好"


def a_provider(server: FakeSmtp, wall: Wall | None = None, **options: Any) -> SmtpEmail:
    given = {
        **server.options,
        "callback_secrets": [SECRET],
        "mailboxes": {SENDER: {"name": "Harbor Credit", "reply_to": "help@harbor.example"}},
        **options,
    }
    return SmtpEmail("mail", given, PUBLIC, key=b"k" * 32, clock=wall or Wall())


def an_email(
    recipient: str = ADA, *, number: int = 1, sender: str = SENDER, **given: Any
) -> Attempt:
    fields: dict[str, Any] = {
        "attempt_id": attempt_id(number, UUID(int=number, version=4)),
        "channel": Channel.EMAIL,
        "sender": sender,
        "recipient": recipient,
        "subject": SUBJECT,
        "body": WORDS,
        "valid_for": timedelta(hours=3),
        "reserved_at": NOW,
        "locale": "en-US",
        **given,
    }
    return Attempt(**fields)


def message_id(attempt: Attempt) -> str:
    return f"{attempt.attempt_id}@harbor.example"
