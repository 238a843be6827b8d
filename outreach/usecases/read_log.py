"""Read the contact log decrypted: for the page of it, and for the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from outreach.domain.decisions import Reason, Verdict
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.domain.vocabulary import EventKind
from outreach.store import contact_log as store
from outreach.store.bodies import decode_body
from outreach.store.contact_log import ContactNow, LogRow
from outreach.store.contact_log_search import LogLine
from outreach.store.people import endpoint_aad
from outreach.store.pool import Connection
from outreach.store.reading import find_loans
from outreach.store.vault import ErasedError, Vault
from outreach.usecases.receipt_effects import event_aad

# The rows that begin something: one line each in a list of contacts made and not made.
LISTED: Final = (EventKind.DECIDED, EventKind.DEFERRED, EventKind.BLOCKED, EventKind.INBOUND)
PAGE: Final = 50
_KINDS: Final = {
    "allowed": EventKind.DECIDED,
    "deferred": EventKind.DEFERRED,
    "blocked": EventKind.BLOCKED,
    "inbound": EventKind.INBOUND,
}
_NEWEST: Final = 2**62
_HISTORY: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log, decrypted.

    Attributes:
        event_id: Its place in the log.
        tenant: Lender.
        person_id: Whose; 0 is nobody we know.
        contact_id: The contact it is about, if there is one.
        kind: Of the row.
        at: Business time.
        recorded_at: Wall time.
        loans: The platform's names of the loans it is about, the leading one first.
        zone: IANA zone in which the borrower reads the clock, as far as is known.
        contact: What became of the contact.
        body: Everything else that was kept; empty where it can't be read.
        readable: False once the person was erased, or under another master key.
    """

    event_id: int
    tenant: str
    person_id: int
    contact_id: UUID | None
    kind: str
    at: datetime
    recorded_at: datetime
    loans: tuple[str, ...]
    zone: str | None
    contact: ContactNow | None
    body: dict[str, Any] = field(repr=False)
    readable: bool = True

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Every reason against what was tried, each rule once, the last to clear first."""
        found: dict[str, dict[str, Any]] = {}
        for one in self.body.get("tried", ()):
            for reason in one.get("reasons", ()):
                found.setdefault(reason["rule"], reason)
        return sorted(found.values(), key=lambda one: str(one.get("until", "9")), reverse=True)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries newest first; `newer` and `older` say whether there are more on either side."""

    entries: tuple[Entry, ...]
    newer: bool
    older: bool


@dataclass(frozen=True, slots=True)
class Story:
    """One contact or decision: its own rows oldest first, and the person's others, newest first.

    `address` is where it went, in full: whoever shows it masks it.
    """

    first: Entry
    rows: tuple[Entry, ...]
    history: tuple[Entry, ...]
    address: str | None = field(repr=False)


def kept_reason(kept: Mapping[str, Any]) -> Reason:
    """Return a reason as it was decided, from what the log keeps of it (see `explained`)."""
    until = kept.get("until")
    return Reason(
        rule=kept["rule"],
        code=kept["code"],
        verdict=Verdict(kept["verdict"]),
        parameters=kept.get("parameters", {}),
        until=datetime.fromisoformat(until) if until else None,
        also=tuple(kept.get("also", ())),
        pack=kept.get("pack", ""),
    )


async def find_person(conn: Connection, tenant: str, loan_ref: str) -> int | None:
    """Return the borrower of a loan, by the platform's name of it; None if there is none."""
    found = await find_loans(conn, [ref_digest(tenant, "loan", loan_ref)])
    return found[0].person_id if found else None


async def list_entries(
    conn: Connection,
    vault: Vault,
    tenant: str,
    *,
    kinds: Sequence[str] = LISTED,
    person_id: int | None = None,
    before: int | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> EntryPage:
    """Return one page of the log.

    Args:
        conn: Sees this lender's rows.
        vault: Keys of the people.
        tenant: Lender.
        kinds: Of rows.
        person_id: Only this person's.
        before: Rows below this id; the newest where neither bound is given.
        after: Rows next above this id.
        limit: Rows on a page.
    """
    if after is not None:
        rows = await store.list_newer(
            conn, tenant, kinds, person_id=person_id, after=after, limit=limit + 1
        )
        newer, older = len(rows) > limit, True
        rows = rows[-limit:]
    else:
        rows = await store.list_older(
            conn, tenant, kinds, person_id=person_id, before=before or _NEWEST, limit=limit + 1
        )
        newer, older = before is not None, len(rows) > limit
        rows = rows[:limit]
    return EntryPage(tuple(await _read(conn, vault, rows)), newer, older)


async def list_of_person(
    conn: Connection, vault: Vault, person_id: int, kinds: Sequence[str], *, limit: int
) -> list[Entry]:
    """Return a person's newest rows of some kinds, newest first."""
    return await _read(conn, vault, await store.list_of_person(conn, person_id, kinds, limit=limit))


async def read_lines(conn: Connection, vault: Vault, lines: Sequence[LogLine]) -> list[Entry]:
    """Return what the log says of lines of its read model, in their order.

    A line whose row retention has removed says what the read model knows.
    """
    places = [(line.person_id, line.event_id, line.recorded_at) for line in lines]
    rows = await store.list_these(conn, places)
    read = await _read(conn, vault, list(rows.values()))
    found = {entry.event_id: entry for entry in read}
    return [found.get(line.event_id) or _of_line(line) for line in lines]


async def read_named(
    conn: Connection, vault: Vault, named: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], Entry]:
    """Return rows named by person and id; what retention has removed is absent. At most a page."""
    read = await _read(conn, vault, await store.list_named(conn, named))
    return {(entry.person_id, entry.event_id): entry for entry in read}


def _of_line(line: LogLine) -> Entry:
    return Entry(
        line.event_id,
        "",
        line.person_id,
        line.contact_id,
        _KINDS[line.verdict],
        line.at,
        line.recorded_at,
        (),
        None,
        None,
        {},
        readable=False,
    )


async def find_contact(
    conn: Connection, vault: Vault, person_id: int, contact_id: UUID
) -> Story | None:
    """Return a contact's story; None if there is no such contact."""
    rows = await store.list_of_contact(conn, person_id, contact_id)
    return await _story(conn, vault, rows) if rows else None


async def find_decision(
    conn: Connection, vault: Vault, person_id: int, event_id: int
) -> Story | None:
    """Return the story of a row that led to no contact; None if there is no such row."""
    row = await store.find_one(conn, person_id, event_id)
    return await _story(conn, vault, [row]) if row else None


async def find_by_contact_id(conn: Connection, vault: Vault, contact_id: UUID) -> Story | None:
    """Return a contact's story by its id alone."""
    person_id = await store.find_whose(conn, contact_id)
    return None if person_id is None else await find_contact(conn, vault, person_id, contact_id)


async def _story(conn: Connection, vault: Vault, rows: Sequence[LogRow]) -> Story:
    own = await _read(conn, vault, rows)
    person = rows[0].person_id
    others = await store.list_of_person(conn, person, LISTED, limit=_HISTORY)
    shown = {row.event_id for row in rows}
    history = await _read(conn, vault, [row for row in others if row.event_id not in shown])
    first = own[0]
    endpoint = first.contact.endpoint_id if first.contact else _endpoint(first.body)
    address = await _address(conn, vault, rows[0], endpoint) if endpoint else None
    return Story(first, tuple(own), tuple(history), address)


def _endpoint(body: dict[str, Any]) -> str | None:
    tried = body.get("tried") or ()
    return tried[0].get("endpoint") if tried else None


async def _address(conn: Connection, vault: Vault, row: LogRow, endpoint_id: str) -> str | None:
    blob = await store.find_address(conn, row.person_id, endpoint_id)
    if blob is None:
        return None
    try:
        return vault.open(row.wrapped_key).decrypt(blob, endpoint_aad(row.person_id)).decode()
    except (ErasedError, InvalidTag):
        return None


async def _read(conn: Connection, vault: Vault, rows: Sequence[LogRow]) -> list[Entry]:
    refs = await store.list_loan_refs(conn, sorted({row.person_id for row in rows}))
    return [_entry(vault, row, refs) for row in rows]


def _entry(vault: Vault, row: LogRow, refs: dict[tuple[int, int], str]) -> Entry:
    try:
        key = vault.open(row.wrapped_key)
        body = decode_body(key.decrypt(row.body, event_aad(row.person_id)))
        readable = True
    except (ErasedError, InvalidTag, msgspec.DecodeError):
        body, readable = {}, False
    debts = row.contact.debts if row.contact else body.get("debts", ())
    return Entry(
        row.event_id,
        row.tenant_id,
        row.person_id,
        row.contact_id,
        row.kind,
        row.at,
        row.recorded_at,
        tuple(refs.get((row.person_id, debt), "?") for debt in debts),
        row.declared_zone or _zone(body),
        row.contact,
        body,
        readable,
    )


def _zone(body: dict[str, Any]) -> str | None:
    zones = body.get("facts", {}).get("zones", ())
    return str(zones[0][0]) if zones else None
