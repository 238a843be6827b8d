"""Mail that comes back, as mail servers write it, signed as the adapter wants it posted."""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

from outreach.channels.provider import RawCallback

SECRET: Final = "5b1f6f4a9f0f4bb6a8f5d4b7c1e2a3b4"


def signed_mail(
    mail: bytes, at: datetime, *, kind: str = "bounce", name: str = "mail", secret: str = SECRET
) -> RawCallback:
    """Return a raw mail as a mail server's script posts it."""
    stamp = str(int(at.timestamp()))
    digest = hmac.digest(secret.encode(), f"{stamp}.".encode() + mail, sha256).hex()
    headers = {
        "Content-Type": "message/rfc822",
        "X-Outreach-Timestamp": stamp,
        "X-Outreach-Signature": f"sha256={digest}",
    }
    return RawCallback(kind, f"/providers/{name}/{kind}", headers, mail)


def a_bounce(
    message_id: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    envelope_id: str = "",
    headers: str = "",
) -> bytes:
    """Return a delivery status notification (RFC 3464) with the headers of what it is about."""
    told = f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    return _wire(f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: bounces@harbor.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
{headers}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

The mail couldn't be handed over.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
{told}Arrival-Date: Mon, 23 Nov 2026 09:02:01 +0000

Final-Recipient: rfc822; ada@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 {status} what the other server said

--b
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
From: service@harbor.example
To: ada@example.com
Subject: A message about your account

--b--
""")


def a_complaint(message_id: str, *, kind: str = "abuse") -> bytes:
    """Return an abuse report (RFC 5965) with the message that it is about."""
    return _wire(f"""\
From: feedback@mailbox.example
To: complaints@harbor.example
Subject: complaint about message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is an abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Mailbox/1.0
Version: 1
Original-Rcpt-To: redacted@mailbox.example

--b
Content-Type: message/rfc822

Message-ID: <{message_id}>
From: service@harbor.example
To: redacted@mailbox.example
Subject: A message about your account
Content-Type: text/plain

(redacted)

--b--
""")


def an_answer(
    sender: str,
    text: str,
    *,
    subject: str = "Re: A message about your account",
    headers: str = "",
    kind: str = "plain",
    to: str = "Harbor <help@harbor.example>",
) -> bytes:
    """Return what somebody wrote back."""
    return _wire(f"""\
From: Ada <{sender}>
To: {to}
Message-ID: <answer-1@mailbox.example>
Subject: {subject}
{headers}MIME-Version: 1.0
Content-Type: text/{kind}; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
""")


def _wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
