"""One earlier contact of a person, as the store reads it back for caps and step history."""

from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass

ELSEWHERE: Final = "elsewhere"
"""Step of a contact that somebody else made: no treatment of ours led to it."""


@dataclass(frozen=True, slots=True)
class PastContact:
    """A row of the contact log's projection; `at` is business time, `send_before` wall time."""

    person_id: int
    contact_id: object
    """A `uuid.UUID`; only carried here."""
    case_id: int
    step: str
    occurrence: str
    try_number: int
    debts: tuple[int, ...]
    channel: str
    purpose: str
    direction: str
    endpoint_id: str
    recipient_role: str
    dial_mode: str
    sender: str
    at: datetime
    delivery_state: str
    outcome: str
    error_class: str | None
    notice: str = ""
    """What kind of notice it was, as its template says; "" for none."""
