"""WhatsApp through Twilio: free words to whoever wrote within a day, approved templates to others.

Both travel as messages of the same account as texts do. A template is sent for exactly the words
that the rules judged; `registered_words` sees to it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import aiohttp
import msgspec
from pydantic import Field

from outreach.channels.provider import (
    NO_CONTENT,
    Acknowledgment,
    Attempt,
    CallbackEvent,
    Capabilities,
    Checked,
    Finished,
    InboundMessage,
    LookupResult,
    RawCallback,
    Rejected,
    SendResult,
    Unsupported,
)
from outreach.channels.registered_words import ApprovedText, ApprovedTexts, not_approved
from outreach.channels.twilio_account import (
    account_of,
    check_account,
    signature_keys,
)
from outreach.channels.twilio_callbacks import WHATSAPP, WHATSAPP_KINDS, read_events
from outreach.channels.twilio_messages import LONGEST, SHORTEST, MessageOptions, Messages
from outreach.domain.vocabulary import Channel, ErrorClass

# A day from the person's last message, less what the clocks may differ and the way may take.
_WINDOW: Final = timedelta(hours=24) - timedelta(minutes=5)
_OUTSIDE_THE_WINDOW: Final = "63016"
_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}", re.ASCII)
_REFUSED_IN_VALUES: Final = re.compile(r"[\n\r\t]| {4}")
_TWIML: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


class ContentTemplate(ApprovedText):
    """An approved template that stands for words of ours."""

    code: str = Field(pattern=r"^HX[0-9a-fA-F]{32}$", description="Its ContentSid.")


class Options(MessageOptions):
    """What one Twilio account needs to send WhatsApp messages."""

    templates: tuple[ContentTemplate, ...] = Field(
        (),
        description="Approved templates: `template`, `locale`, `code` (ContentSid), and `text` with"
        " its `{{1}}`.",
    )


class TwilioWhatsapp:
    """One Twilio account, for WhatsApp.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        public_base_url: The address that Twilio calls; signatures are checked against it.
    """

    capabilities = Capabilities(
        channels=frozenset({Channel.WHATSAPP}),
        max_body=1600,
        counts_segments=False,
        dedupes_creates=False,
        echo="callback_url",
        lookup="by_address",
        supports_cancel=True,
        valid_for=(SHORTEST, LONGEST),
        has_delivery_receipt=True,
    )

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
        public_base_url: str,
    ) -> None:
        """See the class."""
        given = Options.model_validate(dict(options))
        self.name = name
        self.callback_paths: Mapping[str, str] = {
            f"/twilio/{kind}": kind for kind in WHATSAPP_KINDS
        }
        public = public_base_url.rstrip("/")
        self._keys = signature_keys(given, public)
        self._approved = ApprovedTexts(given.templates, _PLACEHOLDER)
        report_to = f"{public}/twilio/whatsapp/status"
        self.redacts = given.redact
        self._account = account_of(given, session)
        self._messages = Messages(self._account, given, report_to, WHATSAPP)

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`: the words as they are while the vendor takes them, else a template.

        Without either nothing leaves: the vendor would take the message, and fail it later.
        """
        if _may_be_free(attempt):
            return await self._messages.create(attempt, deadline, body=attempt.body)
        if not self._approved.knows(attempt.template, attempt.locale):
            # About this person's window: somebody else's messages may go out all the same.
            return Rejected(ErrorClass.SENDER_CONFIG, _OUTSIDE_THE_WINDOW, alert=True)
        filled = self._approved.fill(attempt.body, attempt.template, attempt.locale)
        if isinstance(filled, Rejected):
            return filled
        if any(_REFUSED_IN_VALUES.search(value) for value in filled.values.values()):
            return not_approved("variables")
        return await self._messages.create(
            attempt,
            deadline,
            content_sid=filled.code,
            content_variables=msgspec.json.encode(filled.values).decode(),
        )

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`; a template's words are the vendor's, so words aren't compared."""
        return await self._messages.lookup(attempt, deadline, taken, body=None)

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`."""
        return await self._messages.cancel(ref, deadline)

    async def check(self, deadline: float) -> Checked:
        """See `Checkable`: reads the account's own record."""
        return await check_account(self._account, deadline)

    async def finish(self, ref: str, deadline: float) -> Finished | Unsupported:
        """See `Finishing`."""
        return await self._messages.finish(ref, deadline)

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`."""
        return read_events(raw, self._keys)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return empty TwiML where the vendor executes the answer, else 204."""
        del kind
        if any(isinstance(event, InboundMessage) for event in events):
            return Acknowledgment(200, "text/xml", _TWIML)
        return NO_CONTENT


def _may_be_free(attempt: Attempt) -> bool:
    """Tell whether the person wrote to this sender recently enough to be answered in free words."""
    return attempt.wrote_at is not None and attempt.reserved_at - attempt.wrote_at < _WINDOW
