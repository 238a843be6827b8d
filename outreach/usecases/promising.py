"""A promise made in a call, told to ourselves as a platform would tell it: as a signal.

It is joined into the loan by the same code as every signal, and stays in the person's history; a
platform that tells of the same promise later, or that it was kept, simply adds to what is known.
"""

from datetime import date, datetime
from typing import Final

import msgspec

from outreach.domain.deriving import derive_loan
from outreach.domain.folding import effect_of, merge_loan
from outreach.domain.loans import LoanState, past_due_minor
from outreach.domain.reading import read_signal
from outreach.domain.refs import signal_digest
from outreach.domain.signals import OrderBy, Signal
from outreach.store.calls import list_debts
from outreach.store.loans import LoanChange, load_loans, write_loans
from outreach.store.people import event_aad
from outreach.store.person_events import PersonEvent, append_person_events
from outreach.store.pool import Connection
from outreach.store.receipts import ContactRow
from outreach.store.vault import PersonKey

SOURCE: Final = "calls"
_URI: Final = "urn:outreach:calls"
_TYPE: Final = "promise_to_pay.created"


async def record_promise(
    conn: Connection, key: PersonKey, row: ContactRow, day: date, *, now: datetime
) -> None:
    """Record that what is owed on a call's debts was promised for a day.

    Args:
        conn: In the transaction that holds the person's lock.
        key: The person's.
        row: The call.
        day: In the lender's calendar.
        now: Business time of the promise.
    """
    debts = await list_debts(conn, row.person_id, row.contact_id)
    loans = (await load_loans(conn, [row.person_id], whole=True)).get(row.person_id, {})
    changes, events, today = [], [], {}
    for loan_id in debts:
        loan = loans.get(loan_id)
        if loan is None or not loan.is_open:
            continue
        signal = _signal(row, loan, day, now)
        told = read_signal(signal, source=SOURCE, order=OrderBy.TIME, zone=loan.lender_timezone)
        after = merge_loan(loan, told.loan) if told.loan is not None else loan
        digest = signal_digest(row.tenant_id, _URI, signal.id)
        effect = effect_of(_TYPE, changed=after is not loan)
        body = key.encrypt(_canonical(signal), event_aad(row.person_id))
        events.append(PersonEvent(row.tenant_id, row.person_id, _TYPE, digest, effect, body))
        if after is not loan:
            changes.append(LoanChange(row.tenant_id, row.person_id, loan, derive_loan(after)))
            today[row.person_id, loan_id] = loan.today(now)
    await append_person_events(conn, events)
    await write_loans(conn, changes, today=today)


def _signal(row: ContactRow, loan: LoanState, day: date, now: datetime) -> Signal:
    """Return the promise of what the loan owes by now; a repeated answer is the same promise."""
    amount = past_due_minor(loan.installments, loan.today(now)) or sum(
        one.outstanding_minor for one in loan.installments if one.due_on <= day
    )
    ref = f"call-{row.contact_id.hex}-{loan.loan_id}"
    return Signal(
        id=ref,
        source=_URI,
        type=_TYPE,
        subject=f"loan/{loan.ref}",
        time=now,
        sequence=None,
        data={
            "loan": {"id": loan.ref, "currency": loan.currency},
            "promise": {
                "id": ref,
                "amount": amount,
                "currency": loan.currency,
                "due_on": day.isoformat(),
                "made_at": now.isoformat(),
            },
        },
    )


def _canonical(signal: Signal) -> bytes:
    return msgspec.json.encode(
        {
            "id": signal.id,
            "source": signal.source,
            "type": signal.type,
            "subject": signal.subject,
            "time": signal.time,
            "sequence": None,
            "data": signal.data,
            "via": SOURCE,
        }
    )
