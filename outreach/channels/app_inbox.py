"""The inbox of the lender's own app, for apps without push: nothing is posted, it comes to ask.

A notification sent here stands in `GET /v1/borrowers/{borrower}/notifications` from then on; the
app tells what was shown and opened by `app.delivered` and `app.read`, as it does for push.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from outreach.channels.provider import Accepted, Attempt, SendResult
from outreach.channels.push_message import no_address
from outreach.channels.push_one_way import OneWay
from outreach.domain.vocabulary import DeliveryState


class Options(BaseModel):
    """What one app's inbox needs: nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AppInbox(OneWay):
    """One app's inbox; a sender's address is the app's id.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
    """

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        """See the class."""
        Options.model_validate(dict(options))
        self.name = name

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`; what is in the log is in the feed, so there is nothing to do."""
        del deadline  # answers at once
        if not attempt.recipient.strip():
            return no_address("no_user")
        return Accepted(attempt.attempt_id, DeliveryState.SENT, 1)
