"""Attempts and a clock for tests of push services."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from outreach.channels.provider import Attempt
from outreach.domain.contacts import attempt_id
from outreach.domain.vocabulary import Channel
from tests.channels.contract import NOW

TITLE: Final = "A message from Harbor"
WORDS: Final = "Please open the app. ¿Preguntas? 您好"
SECRETS: Final = (TITLE, "Please open", "Preguntas")


@dataclass
class Wall:
    """The machine's clock, standing still."""

    now: datetime = NOW

    def wall_now(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


def a_push(recipient: str, *, number: int = 1, sender: str = "app", **given: Any) -> Attempt:
    """Return a notification that may be shown for three hours."""
    fields: dict[str, Any] = {
        "attempt_id": attempt_id(number, UUID(int=number, version=4)),
        "channel": Channel.PUSH,
        "sender": sender,
        "recipient": recipient,
        "subject": TITLE,
        "body": WORDS,
        "valid_for": timedelta(hours=3),
        "reserved_at": NOW,
        **given,
    }
    return Attempt(**fields)
