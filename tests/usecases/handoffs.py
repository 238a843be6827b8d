"""Reserved texts on their way out."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from outreach.channels.provider import Attempt
from outreach.channels.throttle import SlotRequest
from outreach.domain.contacts import attempt_id
from outreach.domain.vocabulary import Channel, Purpose
from outreach.store.contacts import Reservation
from outreach.store.vault import Vault
from outreach.usecases.budget import Spend
from outreach.usecases.sending import Handoff

SENDER: Final = "+15005550006"
_VAULT: Final = Vault(bytes(range(32)))


def a_handoff(
    number: int,
    needs: SlotRequest,
    wait: float,
    reserved_at: datetime,
    within: timedelta = timedelta(seconds=30),
) -> Handoff:
    """Return a text to person `number`; it is too late `within` its slot's start."""
    contact = uuid4()
    reservation = Reservation(
        tenant_id="acme",
        person_id=number,
        contact_id=contact,
        case_id=1,
        step="day-2",
        occurrence="1:4:1",
        try_=1,
        debts=(1,),
        channel=Channel.SMS,
        purpose=Purpose.COLLECTION,
        endpoint_id="ph-1",
        address_hmac=b"",
        provider="twilio",
        sender=SENDER,
        template="overdue_early@0",
        treatment="us-default@0",
        at=reserved_at,
        send_before=reserved_at + timedelta(seconds=wait) + within,
        parts=1,
        cost_micros=0,
    )
    attempt = Attempt(
        attempt_id=attempt_id(number, contact),
        channel=Channel.SMS,
        sender=SENDER,
        recipient=f"+1212555{number:04}",
        body="A text.",
        valid_for=timedelta(hours=1),
        reserved_at=reserved_at,
    )
    spend = Spend("acme", reserved_at.date(), 0, None)
    return Handoff(reservation, attempt, _VAULT.new_key(), wait, needs, spend)
