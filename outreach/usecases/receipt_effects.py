"""Everything that one batch of callbacks changes, gathered first and then written at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from outreach.channels.provider import InboundMessage
from outreach.domain.contacts import Delivery, Report
from outreach.domain.intents import Wanted
from outreach.domain.own_words import OwnWord
from outreach.domain.replies import Reply
from outreach.domain.tasks import STANDARD, Deadlines
from outreach.domain.vocabulary import (
    Channel,
    DeliveryState,
    Disposition,
    ErrorClass,
    EventKind,
    Outcome,
)
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.calls import mark_wrong_party, set_dispositions
from outreach.store.confirmations import Confirmation, ask_confirmations
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pauses import Pause, pause
from outreach.store.pool import Connection
from outreach.store.protections import (
    ReplyHold,
    Revocation,
    Suppression,
    place_holds,
    revoke_media,
    suppress,
)
from outreach.store.receipts import (
    ContactRow,
    bring_forward,
    invalidate_endpoints,
    merge_contacts,
)
from outreach.store.statements_sent import follow_statements
from outreach.store.tasks import NewTask, open_tasks
from outreach.store.threads import Thread, mark_misdirected
from outreach.store.vault import PersonKey

NOBODY = 0
"""Person id of log rows that can't be named."""


class Bill(NamedTuple):
    """What a provider took for a contact, as far as it says so."""

    parts: int | None
    price_micros: int | None
    price_currency: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """An answer that wants something, from somebody who is known.

    `thread` is the case that it is about, None where there is none; `address` the keyed hash of
    where it came from.
    """

    tenant: str
    person_id: int
    message: InboundMessage
    reply: Reply
    wanted: Wanted
    thread: Thread | None
    address: bytes


@dataclass(frozen=True, slots=True)
class CalledPromise:
    """What somebody promised and confirmed in a call: all that its debts owe, by a day."""

    tenant: str
    person_id: int
    contact_id: UUID
    debts: Sequence[int]
    day: date


@dataclass(slots=True)
class Effects:
    """Changes in the making. Times in here are business time."""

    now: datetime
    deadlines: Deadlines = STANDARD
    contacts: dict[tuple[int, UUID], ContactRow] = field(default_factory=dict)
    changed: set[tuple[int, UUID]] = field(default_factory=set)
    events: list[LogEvent] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)
    revocations: list[Revocation] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)
    holds: list[ReplyHold] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    pauses: dict[Pause, str] = field(default_factory=dict)
    dead_addresses: set[tuple[int, bytes]] = field(default_factory=set)
    wrong_addresses: set[tuple[int, bytes]] = field(default_factory=set)
    """(person, address) that turned out to be somebody else's."""
    dispositions: dict[tuple[int, UUID], Disposition] = field(default_factory=dict)
    dues: dict[int, datetime] = field(default_factory=dict)
    misdirected: set[tuple[int, bytes]] = field(default_factory=set)
    """Of these the contacts that were made there: they reached nobody that was sought."""
    wishes: list[Wish] = field(default_factory=list)
    promised: list[CalledPromise] = field(default_factory=list)
    own: list[OwnWord] = field(default_factory=list)
    """What words amount to as signals; folded after everything else is written."""
    opted_out: set[tuple[int, bytes]] = field(default_factory=set)
    """(person, address) whose messages in flight are taken back after the commit."""

    def log(
        self,
        key: PersonKey | None,
        tenant: str,
        person: int,
        contact: UUID | None,
        kind: EventKind,
        body: dict[str, Any],
    ) -> None:
        """Append to the log; what an erased person's key would have covered isn't kept."""
        if key is None:
            return
        blob = key.encrypt(msgspec.json.encode(body), event_aad(person))
        self.events.append(LogEvent(tenant, person, contact, kind, self.now, blob))

    def merge(self, at: tuple[int, UUID], report: Report, ref: str | None) -> ContactRow:
        """Merge a report into a loaded contact; returns the contact as it is now."""
        row = self.contacts[at]
        before = delivery_of(row)
        after = before.merged(report, Channel(row.channel))
        if after != before or (ref is not None and row.provider_ref is None):
            row = replace(
                row,
                delivery_state=after.state,
                outcome=after.outcome,
                error_class=after.error_class,
                error_code=after.error_code,
                provider_ref=row.provider_ref or ref,
            )
            self.contacts[at] = row
            self.changed.add(at)
        return row

    def bill(self, at: tuple[int, UUID], bill: Bill) -> None:
        """Keep what a provider says that a loaded contact cost; its last word stands."""
        row = self.contacts[at]
        known = Bill(row.billed_parts, row.price_micros, row.price_currency)
        after = bill if bill.price_micros is not None else known._replace(parts=bill.parts)
        if after.parts is None:
            after = after._replace(parts=known.parts)
        if after != known:
            self.contacts[at] = replace(
                row,
                billed_parts=after.parts,
                price_micros=after.price_micros,
                price_currency=after.price_currency,
            )
            self.changed.add(at)

    def look_again(self, person: int, at: datetime) -> None:
        """Have a person decided on again at a business time, or earlier."""
        self.dues[person] = min(at, self.dues.get(person, at))

    async def write(self, conn: Connection, *, wall_now: datetime) -> None:
        """Write all of it; the persons concerned are locked by the caller."""
        await merge_contacts(conn, [self.contacts[at] for at in self.changed], wall_now=wall_now)
        await follow_statements(conn, self.changed, now=self.now)
        await append_events(conn, self.events)
        await suppress(conn, self.suppressions)
        await revoke_media(conn, self.revocations)
        await place_holds(conn, self.holds)
        await ask_confirmations(conn, self.confirmations)
        await open_tasks(conn, self.tasks)
        await invalidate_endpoints(conn, self.dead_addresses)
        await mark_wrong_party(conn, self.wrong_addresses)
        await mark_misdirected(conn, self.misdirected)
        await set_dispositions(conn, self.dispositions)
        await bring_forward(conn, self.dues)
        await pause(conn, self.pauses, at=self.now)
        await raise_alerts(conn, self.alerts, at=wall_now)


def delivery_of(row: ContactRow) -> Delivery:
    """Return the mergeable part of a contact."""
    error = ErrorClass(row.error_class) if row.error_class else None
    return Delivery(DeliveryState(row.delivery_state), Outcome(row.outcome), error, row.error_code)


def event_aad(person: int) -> bytes:
    """Return what ties a log row's body to its person."""
    return b"contact_events:%d" % person
