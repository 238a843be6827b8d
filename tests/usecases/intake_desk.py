"""A desk for intake tests: signals go in as webhooks, state comes out as books."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from multidict import CIMultiDict, CIMultiDictProxy

from outreach.domain.loans import LoanState
from outreach.domain.refs import ref_digest
from outreach.domain.signals import OrderBy, Signal
from outreach.sources import ADAPTERS
from outreach.sources.cloudevents import CloudEventsSource
from outreach.sources.source import RawSignal, Source, SourceOptions
from outreach.store.books import PersonBook, load_books
from outreach.store.loans import load_loans
from outreach.store.people import event_aad
from outreach.store.pool import Pool, open_pool
from outreach.store.vault import Vault
from outreach.usecases.intake import IntakeResult, intake_pending
from outreach.usecases.receive import GroupCommit, Receipt, receive
from tests.sources.samples import DATA

TENANT: Final = "acme"
PATH: Final = "a-path-secret-of-24-characters"
NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Business time unless a test says otherwise; the samples' clock."""
LOAN: Final = "LN-2026-000317"
BORROWER: Final = "BR-000042"
OWNED: Final = (
    "external_refs", "loans", "installments", "payments", "promises", "quotes", "cases", "holds",
    "tasks", "endpoints", "consents", "person_events", "preferences", "records",
)  # fmt: skip
"""Tables whose rows follow a person who turns out to be another one."""
BATCH: Final = "application/cloudevents-batch+json"


@dataclass(frozen=True)
class Desk:
    """The outfit of intake over one database, with a webhook door."""

    db: Pool
    vault: Vault
    sources: Mapping[str, Source]
    door: GroupCommit

    async def post(
        self, events: Sequence[Mapping[str, Any]], *, source: str = "core", now: datetime = NOW
    ) -> list[Receipt]:
        """Post canonical CloudEvents as one batch."""
        return await self._post(source, json.dumps(events).encode(), BATCH, {}, now)

    async def post_sample(
        self, number: str, *, source: str = "core", now: datetime = NOW
    ) -> list[Receipt]:
        """Post one recorded payload."""
        path = next(DATA.glob(f"{number}-*"))
        if source == "standard":
            headers = {"webhook-id": f"msg_{number}"}
            return await self._post(source, path.read_bytes(), "application/json", headers, now)
        kind = BATCH if "batch" in path.name else "application/cloudevents+json"
        kind = "application/json" if source == "bridge" else kind
        return await self._post(source, path.read_bytes(), kind, {}, now)

    async def _post(
        self, source: str, body: bytes, kind: str, headers: Mapping[str, str], now: datetime
    ) -> list[Receipt]:
        return await receive(
            self.sources[source],
            self.door,
            headers=CIMultiDictProxy(CIMultiDict({"Content-Type": kind, **headers})),
            body=body,
            path_secret=PATH,
            webhook_now=now,
            business_now=now,
            wall_now=now,
        )

    async def intake(self, *, now: datetime = NOW, limit: int = 200) -> IntakeResult:
        """Fold one batch."""
        return await intake_pending(self, now=now, wall_now=now, limit=limit)

    async def tell(self, *numbers: str, now: datetime = NOW) -> None:
        """Post samples one by one, each folded before the next comes."""
        for number in numbers:
            await self.post_sample(number, now=now)
            await self.intake(now=now)

    async def person_of(self, kind: Any, ref: str) -> int:
        """Return whose a reference is."""
        return int(
            await self.db.fetchval(
                "SELECT person_id FROM external_refs WHERE digest = $1",
                ref_digest(TENANT, kind, ref),
            )
        )

    async def book(self, borrower: str = BORROWER) -> PersonBook:
        """Return a borrower's book, as deciding reads it."""
        person = await self.person_of("borrower", borrower)
        async with self.db.acquire() as conn:
            return (await load_books(conn, self.vault, [person]))[person]

    async def loan(self, borrower: str = BORROWER) -> LoanState:
        """Return a borrower's only loan, whole."""
        person = await self.person_of("borrower", borrower)
        async with self.db.acquire() as conn:
            loans = await load_loans(conn, [person], whole=True)
        (loan,) = loans[person].values()
        return loan

    async def owed(self, borrower: str = BORROWER) -> dict[int, int]:
        """Return what is owed by installment number."""
        loan = await self.loan(borrower)
        return {one.number: one.outstanding_minor for one in loan.installments}

    async def owners(self) -> set[int]:
        """Return everybody of whom anything is stored, but for an agenda row and the log."""
        rows: list[Any] = []
        for table in OWNED:
            rows += await self.db.fetch(f"SELECT person_id FROM {table}")
        return {row["person_id"] for row in rows}

    async def history(self, borrower: str = BORROWER) -> list[str]:
        """Return the ids of a borrower's folded signals, read with their key, sorted."""
        book = await self.book(borrower)
        assert book.key is not None
        rows = await self.db.fetch(
            "SELECT body FROM person_events WHERE person_id = $1", book.person_id
        )
        aad = event_aad(book.person_id)
        return sorted(json.loads(book.key.decrypt(row["body"], aad))["id"] for row in rows)

    async def quarantined(self) -> list[tuple[str, str]]:
        """Return reason and detail of what was set aside, sorted."""
        rows = await self.db.fetch("SELECT reason, detail FROM quarantine ORDER BY 1, 2")
        return [(row["reason"], row["detail"]) for row in rows]

    async def effects(self) -> list[tuple[str, str]]:
        """Return type and effect of every folded signal, in the order folded."""
        rows = await self.db.fetch(
            "SELECT signal_type, effect FROM person_events ORDER BY recorded_at, ctid"
        )
        return [(row["signal_type"], row["effect"]) for row in rows]


def a_source(adapter: str, slug: str, order: OrderBy, reader: Any = None, **options: Any) -> Source:
    """Return a source of the tenant that takes the secret address."""
    return ADAPTERS[adapter](_options(slug, order, **options), reader)


def _options(slug: str, order: OrderBy, **options: Any) -> SourceOptions:
    return SourceOptions(
        tenant=TENANT,
        slug=slug,
        path_secret=PATH,
        timezone="America/New_York",
        order=order,
        **options,
    )


class LedgerSource(CloudEventsSource):
    """A platform that tells of loans without saying whose they are, as payment systems do."""

    def map(self, raw: RawSignal) -> list[Signal]:
        """Return the signal as if its borrower had never been named."""
        return [
            replace(one, data={name: told for name, told in one.data.items() if name != "borrower"})
            for one in super().map(raw)
        ]


@asynccontextmanager
async def a_desk(database_url: str, **more: Source) -> AsyncIterator[Desk]:
    """Open a desk: `core` and `ledger` (by sequence), `crm`, `standard` and `bridge` (by time)."""
    pool = await open_pool(database_url, size=4)
    vault = Vault(b"k" * 32)
    sources = {
        "core": a_source("cloudevents", "core", OrderBy.SEQUENCE),
        "crm": a_source("cloudevents", "crm", OrderBy.TIME),
        "standard": a_source("standard", "standard", OrderBy.TIME),
        "bridge": a_source("fineract_events", "bridge", OrderBy.TIME),
        "ledger": LedgerSource(_options("ledger", OrderBy.SEQUENCE)),
        **more,
    }
    door = GroupCommit(pool, vault, wake=lambda _kind: None)
    try:
        yield Desk(pool, vault, sources, door)
    finally:
        await door.close()
        await pool.close()
