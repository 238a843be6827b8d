"""WhatsApp through Twilio: free words to whoever wrote within a day, approved templates to others.

Both travel as messages of the same account as texts do. What a template says was approved outside
this service, so its words must be those of ours that it stands for.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, Field

from outreach.channels.provider import (
    NO_CONTENT,
    Acknowledgment,
    Attempt,
    CallbackEvent,
    Capabilities,
    InboundMessage,
    LookupResult,
    RawCallback,
    Rejected,
    SendResult,
)
from outreach.channels.twilio_account import AccountOptions, account_of, signature_keys
from outreach.channels.twilio_callbacks import WHATSAPP, WHATSAPP_KINDS, read_events
from outreach.channels.twilio_messages import LONGEST, SHORTEST, Messages
from outreach.domain.vocabulary import Channel, ErrorClass

# A day from the person's last message, less what the clocks may differ and the way may take.
_WINDOW: Final = timedelta(hours=24) - timedelta(minutes=5)
_OUTSIDE_THE_WINDOW: Final = "63016"
_TWIML: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


class ContentTemplate(BaseModel):
    """An approved template that stands for one of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content_sid: str = Field(pattern=r"^HX[0-9a-fA-F]{32}$")
    variables: dict[str, str] = Field(
        default_factory=dict,
        description='Its placeholder → variable of ours, as in `{ "1" = "amount" }`.',
    )


class Options(AccountOptions):
    """What one Twilio account needs to send WhatsApp messages."""

    templates: dict[str, dict[str, ContentTemplate]] = Field(
        default_factory=dict,
        description="Key of our template → locale → the approved one: `content_sid`, `variables`.",
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
        self._templates = given.templates
        report_to = f"{public}/twilio/whatsapp/status"
        self._messages = Messages(account_of(given, session), report_to, WHATSAPP)

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`: the words as they are while the vendor takes them, else a template.

        Without either nothing leaves: the vendor would take the message, and fail it later.
        """
        if _may_be_free(attempt):
            return await self._messages.create(attempt, deadline, body=attempt.body)
        template = self._templates.get(attempt.template, {}).get(attempt.locale)
        if template is None:
            # About this person's window: somebody else's messages may go out all the same.
            return Rejected(ErrorClass.SENDER_CONFIG, _OUTSIDE_THE_WINDOW, alert=True)
        values = {
            number: attempt.variables.get(name) for number, name in template.variables.items()
        }
        if not all(values.values()):
            return Rejected(ErrorClass.REQUEST_BUG, "variables", scope="template", alert=True)
        # The vendor refuses line breaks and runs of spaces in values.
        filled = {number: " ".join(str(value).split()) for number, value in values.items()}
        return await self._messages.create(
            attempt,
            deadline,
            content_sid=template.content_sid,
            content_variables=msgspec.json.encode(filled).decode(),
        )

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`; a template's words are the vendor's, so words aren't compared."""
        return await self._messages.lookup(attempt, deadline, taken, body=None)

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`."""
        return await self._messages.cancel(ref, deadline)

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
