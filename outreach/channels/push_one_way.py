"""The half of the providers' contract that push services share: nobody asks, nobody calls back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from outreach.channels.provider import (
    NO_CONTENT,
    Acknowledgment,
    Attempt,
    BadSignatureError,
    CallbackEvent,
    Capabilities,
    LookupResult,
    RawCallback,
    Unsupported,
)
from outreach.channels.push_message import LONGEST_LIFE
from outreach.domain.vocabulary import Channel

PUSH: Final = Capabilities(
    channels=frozenset({Channel.PUSH}),
    max_body=None,
    counts_segments=False,
    dedupes_creates=False,
    echo="client_ref",
    lookup="none",
    supports_cancel=False,
    valid_for=(timedelta(0), LONGEST_LIFE),
    has_delivery_receipt=False,
)
"""`client_ref`: our id travels to the app, which tells it in `app.delivered` and `app.read`."""


class OneWay:
    """A service that takes notifications, can't be asked about them and calls nobody."""

    capabilities = PUSH
    callback_paths: Mapping[str, str] = {}

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`."""
        del attempt, deadline, taken
        return Unsupported("the service tells nothing of a notification")

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`; what was taken can't be taken back."""
        del ref, deadline
        return False

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """Refuse, whoever it is.

        Raises:
            BadSignatureError: Always.
        """
        del raw
        raise BadSignatureError

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return 204; nothing is ever taken."""
        del kind, events
        return NO_CONTENT
