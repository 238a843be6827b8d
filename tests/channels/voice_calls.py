"""A call script, its attempt, and callbacks about it as Twilio signs them."""

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator

from outreach.channels.provider import (
    Attempt,
    Conversation,
    RawCallback,
)
from outreach.channels.twilio_voice import TwilioVoice
from outreach.domain.call_scripts import parse_script
from outreach.domain.vocabulary import Channel
from tests.channels.contract import (
    an_attempt,
)
from tests.fakes.twilio import ACCOUNT, TOKEN

PUBLIC = "https://cb.collector.example"
ADA = "+12025550143"
SCRIPT = """[identify] This is Harbor.

[right_party] For Ada press 1, wrong number press 2, never again 9.

[message] Your payment of 40.00 is due.

[menu] Promise 1, link 2, person 3, wrong person 8, never again 9.

[day] Which day?

[confirm] By *: 1 if right, 2 if not.

[promised] Noted.

[link] A link is noted.

[transfer] Please hold.

[dial] +1 (202) 555-0100

[call_us] Call us.

[wrong_party] Sorry.

[opted_out] No more calls.

[again] Pardon?

[goodbye] Goodbye.

[limited_voicemail] Harbor asks you to call."""
SPOKEN = parse_script(SCRIPT, "en-US")


def a_call(
    recipient: str = ADA, *, number: int = 1, sender: str = "+15005550006", body: str = SCRIPT
) -> Attempt:
    attempt = an_attempt(recipient, number=number, sender=sender)
    return replace(attempt, channel=Channel.CALL, body=body, locale="en-US")


def a_provider(session: aiohttp.ClientSession, base_url: str, **options: Any) -> TwilioVoice:
    given = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": base_url, **options}
    return TwilioVoice("voice", given, session, PUBLIC)


def signed(kind: str, query: str = "a=1-x", **form: str) -> RawCallback:
    given = {"CallSid": "CA" + "1" * 32, "From": "+15005550006", "CalledCity": "", **form}
    path = f"/twilio/{kind}?{query}"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, given)  # type: ignore[no-untyped-call]
    return RawCallback(kind, path, {"X-Twilio-Signature": signature}, urlencode(given).encode())


def write_day(day: date) -> str:
    return f"<{day.isoformat()}>"


SPEAKING = Conversation(SPOKEN, date(2026, 11, 23), write_day)
SILENT = Conversation(None, date(2026, 11, 23), write_day)
