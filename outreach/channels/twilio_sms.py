"""SMS through Twilio's official SDK; `twilio_messages` tells what is certain from what isn't."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import aiohttp

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
    SendResult,
    Unsupported,
)
from outreach.channels.twilio_account import (
    account_of,
    check_account,
    signature_keys,
)
from outreach.channels.twilio_callbacks import MESSAGE_KINDS, read_events
from outreach.channels.twilio_messages import LONGEST, SHORTEST, MessageOptions, Messages
from outreach.domain.vocabulary import Channel

_TWIML: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Options(MessageOptions):
    """What one Twilio account needs to send texts."""


class TwilioSms:
    """One Twilio account, for text messages.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        public_base_url: The address that Twilio calls; signatures are checked against it.
    """

    capabilities = Capabilities(
        channels=frozenset({Channel.SMS}),
        max_body=1600,
        counts_segments=True,
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
        self.callback_paths: Mapping[str, str] = {f"/twilio/{kind}": kind for kind in MESSAGE_KINDS}
        public = public_base_url.rstrip("/")
        self._keys = signature_keys(given, public)
        self.redacts = given.redact
        self._account = account_of(given, session)
        self._messages = Messages(self._account, given, f"{public}/twilio/sms/status")

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`."""
        return await self._messages.create(attempt, deadline, body=attempt.body)

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`."""
        return await self._messages.lookup(attempt, deadline, taken, body=attempt.body)

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
