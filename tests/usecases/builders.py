"""A lender's people and contacts in a real database, and the parts that use cases take."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from outreach.channels.provider import CallbackEvent, Provider, RawCallback
from outreach.domain.contacts import attempt_id
from outreach.domain.vocabulary import Channel, DeliveryState, Outcome, Purpose, TaskKind
from outreach.store.bodies import encode_body
from outreach.store.people import endpoint_aad
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.senders import SenderBook
from outreach.usecases.take_callback import Arrival, CallbackDesk, callback_aad

NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Business time; it differs from wall time on purpose."""
WALL: Final = datetime(2027, 1, 5, 12, 3, tzinfo=UTC)
NUMBER: Final = "+12025550143"
SENDER: Final = "+15005550006"
SERVICE: Final = "MG" + "0b" * 16


@dataclass
class ASender:
    """A configured sender."""

    provider: str = "twilio"
    address: str = SENDER


@dataclass
class ALender:
    """A configured lender."""

    senders: Mapping[str, ASender]
    timezone: str = "America/New_York"
    paid_claim_hold: timedelta = timedelta(days=5)
    task_deadlines: Mapping[TaskKind, timedelta] = field(default_factory=dict)


@dataclass
class SomeSettings:
    """Lenders and their senders."""

    lenders: Mapping[str, ALender] = field(
        default_factory=lambda: {
            "acme": ALender({"main": ASender(), "pool": ASender(address=SERVICE)}),
            "other": ALender({"main": ASender(address="+15005550009")}),
        }
    )


@dataclass
class Office:
    """The parts of a runtime, on real PostgreSQL."""

    db: Pool
    vault: Vault
    providers: dict[str, Provider] = field(default_factory=dict)
    settings: SomeSettings = field(default_factory=SomeSettings)
    woken: list[str] = field(default_factory=list)
    wall: datetime = WALL
    keys: dict[int, PersonKey] = field(default_factory=dict)

    @property
    def clock(self) -> "Office":
        """Stands still at `wall`."""
        return self

    def wall_now(self) -> datetime:
        return self.wall

    def business_now(self) -> datetime:
        return NOW

    def wake(self, kind: str) -> None:
        self.woken.append(kind)

    async def a_person(self, person: int, *, tenant: str = "acme", number: str = NUMBER) -> None:
        """Insert a person with one mobile number and an empty agenda."""
        key = self.keys[person] = self.vault.new_key()
        await self.db.execute(
            "INSERT INTO persons (tenant_id, person_id, wrapped_key) VALUES ($1, $2, $3)",
            tenant,
            person,
            key.wrapped,
        )
        await self.db.execute(
            "INSERT INTO agenda (tenant_id, person_id, due_at) VALUES ($1, $2, 'infinity')",
            tenant,
            person,
        )
        await self.db.execute(
            """INSERT INTO endpoints (tenant_id, person_id, endpoint_id, medium, kind, address_hmac,
                                      address, status)
               VALUES ($1, $2, 'ph-1', 'phone', 'mobile', $3, $4, 'active')""",
            tenant,
            person,
            self.vault.address_hmac(number),
            key.encrypt(number.encode(), endpoint_aad(person)),
        )

    async def a_contact(self, person: int, **given: Any) -> UUID:
        """Insert a contact with its decision; columns can be given by name."""
        number = given.pop("number", NUMBER)
        row: dict[str, Any] = {
            "tenant_id": "acme",
            "person_id": person,
            "contact_id": uuid4(),
            "case_id": 1,
            "step": "overdue:1",
            "occurrence": uuid4().hex,
            "try": 1,
            "debts": [1],
            "channel": Channel.SMS,
            "purpose": Purpose.COLLECTION,
            "endpoint_id": "ph-1",
            "address_hmac": self.vault.address_hmac(number),
            "provider": "twilio",
            "sender": SENDER,
            "template": "overdue_first@1",
            "treatment": "us@1",
            "at": NOW - timedelta(minutes=1),
            "send_before": WALL - timedelta(minutes=1),
            "parts": 1,
            "delivery_state": DeliveryState.RESERVED,
            "outcome": Outcome.PENDING,
            **given,
        }
        columns = ", ".join(row)
        marks = ", ".join(f"${index}" for index in range(1, len(row) + 1))
        await self.db.execute(f"INSERT INTO contacts ({columns}) VALUES ({marks})", *row.values())
        decided = encode_body({"words": "Your payment is due."})
        await self.db.execute(
            """INSERT INTO contact_events (tenant_id, person_id, contact_id, kind, at, body)
               VALUES ('acme', $1, $2, 'decided', $3, $4)""",
            person,
            row["contact_id"],
            row["at"],
            self.keys[person].encrypt(decided, event_aad(person)),
        )
        contact: UUID = row["contact_id"]
        return contact

    async def contact(self, contact: UUID) -> dict[str, Any]:
        """Return a contact's row."""
        return dict(
            await self.db.fetchrow("SELECT * FROM contacts WHERE contact_id = $1", contact) or {}
        )

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table."""
        return [dict(row) for row in await self.db.fetch(f"SELECT * FROM {table}")]

    async def events(self, person: int, *kinds: str) -> list[dict[str, Any]]:
        """Return a person's log, decrypted, without the decisions unless asked for."""
        rows = await self.db.fetch(
            "SELECT kind, at, body FROM contact_events WHERE person_id = $1 ORDER BY event_id",
            person,
        )
        found = []
        for row in rows:
            if row["kind"] not in (
                kinds or ("receipt", "inbound", "reconciled", "unknown", "canceled")
            ):
                continue
            body = msgspec.json.decode(self.keys[person].decrypt(row["body"], event_aad(person)))
            found.append({"kind": row["kind"], "at": row["at"], **body})
        return found

    async def due_at(self, person: int) -> datetime | None:
        """Return when a person is due; None for never."""
        found: datetime = await self.db.fetchval(
            "SELECT due_at FROM agenda WHERE person_id = $1", person
        )
        return None if found.year > 3000 else found

    async def kept(self) -> list[bytes]:
        """Return the callbacks on disk, decrypted."""
        found = []
        async with self.db.acquire() as conn:
            for row in await conn.fetch(
                "SELECT tenant_id, received_at, body FROM callbacks ORDER BY callback_id"
            ):
                key = await self.vault.day_key(conn, row["tenant_id"], row["received_at"].date())
                found.append(key.decrypt(row["body"], callback_aad(row["tenant_id"])))
        return found


def attempt_of(person: int, contact: UUID) -> str:
    """Return the public id of a contact."""
    return attempt_id(person, contact)


@asynccontextmanager
async def an_office(database_url: str) -> AsyncIterator[Office]:
    """Open the parts on a database; a key of zeros wraps the persons' keys."""
    pool = await open_pool(database_url, size=4)
    try:
        yield Office(pool, Vault(bytes(32)))
    finally:
        await pool.close()


async def keep(office: Office, raw: RawCallback, events: Sequence[CallbackEvent]) -> None:
    """Keep a callback as the web does."""
    desk = CallbackDesk(office.db, office.vault, SenderBook(office.settings))
    await desk.put(Arrival("twilio", raw, events, office.wall))
